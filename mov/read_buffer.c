#include "mov/read_buffer.h"

#include <stdlib.h>

int read_buffer_new(read_buffer *out, const mov_input *in, cz_error *err)
{
    *out = (read_buffer){.in = in, .at = malloc(READ_BUFFER_SIZE)};
    return out->at ? CZ_OK : cz_fail_memory(err, "%s: read buffer", in->name);
}

void read_buffer_free(read_buffer *b)
{
    free(b->at);
    *b = (read_buffer){0};
}

int read_buffer_get(read_buffer *b, const uint8_t **p, size_t *have, uint64_t offset, size_t n,
                    cz_error *err)
{
    if (offset < b->offset || offset - b->offset > b->len || b->len - (offset - b->offset) < n) {
        const uint64_t left = b->in->size - offset;
        const size_t len = left < READ_BUFFER_SIZE ? (size_t)left : READ_BUFFER_SIZE;
        b->len = 0;
        const int rc = b->in->read_at(b->in->ctx, offset, b->at, len, err);
        if (rc < 0)
            return rc;
        b->offset = offset;
        b->len = len;
    }
    *p = b->at + (offset - b->offset);
    *have = b->len - (size_t)(offset - b->offset);
    return CZ_OK;
}
