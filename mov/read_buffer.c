#include "mov/read_buffer.h"

#include <stdlib.h>

int read_buffer_new(read_buffer *out, const mov_input *in, cz_error *err)
{
    *out = (read_buffer){.in = in, .at = malloc(READ_BUFFER_SIZE)};
    return out->at ? CZ_OK : cz_fail_memory(err, "%s: read buffer", in->name);
}

void read_buffer_free(read_buffer *w)
{
    free(w->at);
    *w = (read_buffer){0};
}

int read_buffer_get(read_buffer *w, const uint8_t **p, size_t *have, uint64_t offset, size_t n,
                    cz_error *err)
{
    if (offset < w->offset || offset - w->offset > w->len || w->len - (offset - w->offset) < n) {
        const uint64_t left = w->in->size - offset;
        const size_t len = left < READ_BUFFER_SIZE ? (size_t)left : READ_BUFFER_SIZE;
        w->len = 0;
        const int rc = w->in->read_at(w->in->ctx, offset, w->at, len, err);
        if (rc < 0)
            return rc;
        w->offset = offset;
        w->len = len;
    }
    *p = w->at + (offset - w->offset);
    *have = w->len - (size_t)(offset - w->offset);
    return CZ_OK;
}
