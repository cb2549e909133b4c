#include "source/read_ahead.h"

#include <stdlib.h>
#include <string.h>

struct read_ahead {
    source *source;
    source_stream *stream;
    uint8_t *memory;
    struct iovec *piece; /* a ring of n */
    size_t n, first, piece_bytes;
    uint64_t at;     /* where reading is */
    uint64_t offset; /* of the first piece */
    uint64_t next;   /* the first byte that was not requested yet */
    bool here;       /* the first piece is */
    int rc;          /* the failure that ended it */
    cz_error err;
};

/* Ask for the next piece of the file into the ring's piece i; of no bytes behind the end. */
static int ask(read_ahead *a, size_t i, cz_error *err)
{
    const uint64_t left = source_size(a->source) - a->next;
    const size_t len = left < a->piece_bytes ? (size_t)left : a->piece_bytes;
    a->piece[i] = (struct iovec){a->memory + i * a->piece_bytes, len};
    const int rc = source_stream_ask(a->stream, a->next, &a->piece[i], 1, err);
    a->next += len;
    return rc;
}

/* The first piece has been read: it becomes the last one. */
static int move_on(read_ahead *a, cz_error *err)
{
    const size_t i = a->first;
    a->offset += a->piece[i].iov_len;
    a->at = a->offset;
    a->first = (i + 1) % a->n;
    a->here = false;
    return ask(a, i, err);
}

static int read_some(read_ahead *a, uint8_t **to, uint64_t *offset, size_t *len, cz_error *err)
{
    const struct iovec *p = &a->piece[a->first];
    const uint64_t end = a->offset + p->iov_len;
    if (!a->here) {
        const int rc = source_stream_take(a->stream, err);
        if (rc < 0)
            return rc;
        a->here = true;
    }
    if (*offset < end) {
        const size_t part = *len < end - *offset ? *len : (size_t)(end - *offset);
        memcpy(*to, (const uint8_t *)p->iov_base + (*offset - a->offset), part);
        *to += part;
        *offset += part;
        *len -= part;
        a->at = *offset;
    }
    return *offset >= end ? move_on(a, err) : CZ_OK;
}

/* A read may leave out some bytes, but not so many that asking for them would cost more than to ask
 * by itself for what is wanted. */
static bool goes_on(const read_ahead *a, uint64_t offset, size_t len)
{
    const uint64_t size = source_size(a->source);
    return offset >= a->at && offset - a->at < a->piece_bytes && offset <= size &&
           len <= size - offset;
}

int read_ahead_read(read_ahead *a, uint64_t offset, void *to, size_t len, cz_error *err)
{
    uint8_t *at = to;
    if (a->rc == CZ_OK && !goes_on(a, offset, len))
        return source_read_at(a->source, offset, to, len, err);
    while (a->rc == CZ_OK && len > 0)
        a->rc = read_some(a, &at, &offset, &len, &a->err);
    if (a->rc < 0 && err)
        *err = a->err;
    return a->rc;
}

int read_ahead_open(read_ahead **out, source *s, uint64_t offset, size_t memory, cz_error *err)
{
    int rc = CZ_OK;
    *out = NULL;
    read_ahead *a = calloc(1, sizeof *a);
    if (!a)
        return cz_fail(err, CZ_NOMEM, "%s: reading ahead", source_shown(s));
    a->source = s;
    a->at = a->offset = a->next = offset;
    source_stream_advice(s, memory, &a->n, &a->piece_bytes);
    a->memory = malloc(a->n * a->piece_bytes);
    a->piece = calloc(a->n, sizeof *a->piece);
    if (!a->memory || !a->piece)
        rc = cz_fail(err, CZ_NOMEM, "%s: %zu bytes to read ahead", source_shown(s),
                     a->n * a->piece_bytes);
    if (rc == CZ_OK)
        rc = source_stream_open(&a->stream, s, a->n, err);
    for (size_t i = 0; rc == CZ_OK && i < a->n; i++)
        rc = ask(a, i, err);
    if (rc < 0)
        read_ahead_close(&a);
    *out = a;
    return rc;
}

void read_ahead_close(read_ahead **a)
{
    if (!a || !*a)
        return;
    source_stream_close(&(*a)->stream);
    free((*a)->piece);
    free((*a)->memory);
    free(*a);
    *a = NULL;
}
