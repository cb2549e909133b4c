/* Objects read front to back through a buffer of bounded size. */
#ifndef CZ_READER_OBJECT_BUFFER_H
#define CZ_READER_OBJECT_BUFFER_H

#include "format/layout.h"
#include "store/objects/object_store.h"

typedef struct object_buffer {
    object_store *os;
    char key[KEY_MAX]; /* the object whose bytes are held */
    uint64_t offset;   /* of the first of them */
    size_t len;
    uint8_t *bytes; /* room for WINDOW of them */
} object_buffer;
enum { OBJECT_BUFFER = 8 << 20 };

/* Zero-initialise before; os must outlive it. Errors: NOMEM. */
int object_buffer_new(object_buffer *w, object_store *os, cz_error *err);
void object_buffer_free(object_buffer *w); /* NULL-safe, repeatable */

/* Bytes of the object from offset on: at least one, and at most those before `end`, which lies in
 * the object and behind offset. What isn't held is read, to the window's size. *ret_bytes holds
 * until the next call. Errors: what reading says. */
int object_buffer_at(object_buffer *w, const char *key, uint64_t offset, uint64_t end,
                     const uint8_t **ret_bytes, size_t *ret_n, cz_error *err);
/* The next call is to give all of bytes [offset, offset + len): what is held is dropped if it ends
 * inside them. len is at most WINDOW, and `end` of that call not before them. */
void window_need(object_buffer *w, const char *key, uint64_t offset, size_t len);

#endif
