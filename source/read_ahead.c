#include "source/read_ahead.h"

#include <stdlib.h>
#include <string.h>

struct read_ahead {
    source *source;
    source_stream *stream;
    uint8_t *memory;
    struct iovec *segment; /* ring buffer of n segments */
    size_t n, first, segment_bytes;
    uint64_t at;     /* end of the previous read */
    uint64_t offset; /* of segment[first] */
    uint64_t next;   /* the first byte that has not been requested */
    bool fetched;    /* segment[first] has been read */
    int rc;          /* the error that ended reading ahead */
    cz_error err;
};

/* Request the next segment of the file into segment i of the ring; it is empty after the end. */
static int request_next(read_ahead *a, size_t i, cz_error *err)
{
    const uint64_t left = source_size(a->source) - a->next;
    const size_t len = left < a->segment_bytes ? (size_t)left : a->segment_bytes;
    a->segment[i] = (struct iovec){a->memory + i * a->segment_bytes, len};
    const int rc = source_stream_request(a->stream, a->next, &a->segment[i], 1, err);
    a->next += len;
    return rc;
}

/* The first segment has been consumed: request the next one in its place. */
static int advance(read_ahead *a, cz_error *err)
{
    const size_t i = a->first;
    a->offset += a->segment[i].iov_len;
    a->at = a->offset;
    a->first = (i + 1) % a->n;
    a->fetched = false;
    return request_next(a, i, err);
}

static int read_some(read_ahead *a, uint8_t **to, uint64_t *offset, size_t *len, cz_error *err)
{
    const struct iovec *p = &a->segment[a->first];
    const uint64_t end = a->offset + p->iov_len;
    if (!a->fetched) {
        const int rc = source_stream_take(a->stream, err);
        if (rc < 0)
            return rc;
        a->fetched = true;
    }
    if (*offset < end) {
        const size_t part = *len < end - *offset ? *len : (size_t)(end - *offset);
        memcpy(*to, (const uint8_t *)p->iov_base + (*offset - a->offset), part);
        *to += part;
        *offset += part;
        *len -= part;
        a->at = *offset;
    }
    return *offset >= end ? advance(a, err) : CZ_OK;
}

/* A read may skip some bytes, but not so many that skipping them costs more than a request of its
 * own. */
static bool is_sequential(const read_ahead *a, uint64_t offset, size_t len)
{
    const uint64_t size = source_size(a->source);
    return offset >= a->at && offset - a->at < a->segment_bytes && offset <= size &&
           len <= size - offset;
}

int read_ahead_read(read_ahead *a, uint64_t offset, void *to, size_t len, cz_error *err)
{
    uint8_t *at = to;
    if (a->rc == CZ_OK && !is_sequential(a, offset, len))
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
        return cz_fail_memory(err, "%s: read-ahead", source_shown(s));
    a->source = s;
    a->at = a->offset = a->next = offset;
    source_stream_advice(s, memory, &a->n, &a->segment_bytes);
    a->memory = malloc(a->n * a->segment_bytes);
    a->segment = calloc(a->n, sizeof *a->segment);
    if (!a->memory || !a->segment)
        rc = cz_fail_memory(err, "%s: read-ahead buffer of %zu bytes", source_shown(s),
                            a->n * a->segment_bytes);
    if (rc == CZ_OK)
        rc = source_stream_open(&a->stream, s, a->n, err);
    for (size_t i = 0; rc == CZ_OK && i < a->n; i++)
        rc = request_next(a, i, err);
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
    free((*a)->segment);
    free((*a)->memory);
    free(*a);
    *a = NULL;
}
