/* A window on a file: small reads next to one another become one. Belongs to one thread. */
#ifndef CZ_MOV_READ_BUFFER_H
#define CZ_MOV_READ_BUFFER_H

#include "mov/mov.h"

enum { READ_BUFFER_SIZE = 65536 };

typedef struct read_buffer {
    const mov_input *in;
    uint8_t *at; /* READ_BUFFER_SIZE, the window's own */
    uint64_t offset;
    size_t len;
} read_buffer;

/* Errors: NOMEM. */
int read_buffer_new(read_buffer *out, const mov_input *in, cz_error *err);
void read_buffer_free(read_buffer *w);

/* Bytes at offset, at least n of them, which the caller knows to be in the file; n <= READ_BUFFER_SIZE. *have says how
 * many there are at once. They stay until the next call. Errors: read_at's. */
int read_buffer_get(read_buffer *w, const uint8_t **p, size_t *have, uint64_t offset, size_t n,
                    cz_error *err);

#endif
