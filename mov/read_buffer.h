/* A read buffer: small reads close together become one. Not thread-safe. */
#ifndef CZ_MOV_READ_BUFFER_H
#define CZ_MOV_READ_BUFFER_H

#include "mov/mov.h"

enum { READ_BUFFER_SIZE = 65536 };

typedef struct read_buffer {
    const mov_input *in;
    uint8_t *at; /* READ_BUFFER_SIZE bytes */
    uint64_t offset;
    size_t len;
} read_buffer;

/* Errors: NOMEM. */
int read_buffer_new(read_buffer *out, const mov_input *in, cz_error *err);
void read_buffer_free(read_buffer *b);

/* Get at least n bytes at offset; n <= READ_BUFFER_SIZE, and offset + n must be within the file.
 * *have is the number of bytes available at *p, which are valid until the next call. Errors: those
 * of read_at. */
int read_buffer_get(read_buffer *b, const uint8_t **p, size_t *have, uint64_t offset, size_t n,
                    cz_error *err);

#endif
