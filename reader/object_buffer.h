/* Sequential reads of objects through a buffer of bounded size. Belongs to one thread. */
#ifndef CZ_READER_OBJECT_BUFFER_H
#define CZ_READER_OBJECT_BUFFER_H

#include "format/layout.h"
#include "store/objects/object_store.h"

typedef struct object_buffer {
    object_store *os;
    char key[KEY_MAX]; /* of the object whose bytes are in the buffer */
    uint64_t offset;   /* of the first of these bytes in the object */
    size_t len;
    uint8_t *bytes; /* OBJECT_BUFFER bytes of memory */
} object_buffer;
enum { OBJECT_BUFFER = 8 << 20 };

/* Zero-initialise before; os must outlive it. Errors: NOMEM. */
int object_buffer_new(object_buffer *b, object_store *os, cz_error *err);
void object_buffer_free(object_buffer *b); /* NULL-safe, repeatable */

/* Bytes of the object from `offset` on: at least one, and none from `end` on, which is above offset
 * and within the object. Unless they are in the buffer, it is filled from offset on. *ret_bytes is
 * valid until the next call. Errors: those of os_get(). */
int object_buffer_at(object_buffer *b, const char *key, uint64_t offset, uint64_t end,
                     const uint8_t **ret_bytes, size_t *ret_n, cz_error *err);
/* Make the next object_buffer_at() at this offset return all `len` bytes, at most OBJECT_BUFFER:
 * drop the buffer's content if it ends among them. The `end` of that call is not below offset +
 * len. */
void object_buffer_require(object_buffer *b, const char *key, uint64_t offset, size_t len);

#endif
