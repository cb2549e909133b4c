/* Ranges of a source that are requested in advance, in a ring buffer, in the order of the requests.
 * A remote source fetches them meanwhile; a file is read when a range is taken. */
#include <stdlib.h>

#include "source/backend.h"
#include "source/source.h"

enum {
    FILE_RANGE = 1 << 20,
    RANGE_MIN = 256 << 10,
    RANGE_MAX = 8 << 20,
};

struct source_stream {
    source *source;
    void *backend; /* stream of the backend; NULL: it has none */
    source_range *range;
    size_t n, first, count;
};

/* One and a half ranges for each connection, so that no connection is idle until a range is taken.
 */
void source_stream_advice(const source *s, size_t memory, size_t *ret_n, size_t *ret_bytes)
{
    *ret_n = 1;
    *ret_bytes = FILE_RANGE;
    if (!s->connections)
        return;
    const size_t bytes = memory / ((size_t)s->connections + s->connections / 2 + 1);
    *ret_bytes = bytes < RANGE_MIN ? RANGE_MIN : bytes > RANGE_MAX ? RANGE_MAX : bytes;
    *ret_n = memory / *ret_bytes < 2 ? 2 : memory / *ret_bytes;
}

int source_stream_open(source_stream **out, source *s, size_t n, cz_error *err)
{
    *out = NULL;
    source_stream *st = calloc(1, sizeof *st);
    source_range *range = calloc(n, sizeof *range);
    int rc = CZ_OK;
    if (!st || !range)
        rc = cz_fail_memory(err, "%s: %zu ranges", s->shown, n);
    if (rc == CZ_OK && s->ops->stream_open)
        rc = s->ops->stream_open(&st->backend, s, n, err);
    if (rc < 0) {
        free(range);
        free(st);
        return rc;
    }
    st->source = s;
    st->range = range;
    st->n = n;
    *out = st;
    return CZ_OK;
}

void source_stream_close(source_stream **st)
{
    if (!st || !*st)
        return;
    if ((*st)->backend)
        (*st)->source->ops->stream_close((*st)->backend);
    free((*st)->range);
    free(*st);
    *st = NULL;
}

int source_stream_request(source_stream *st, uint64_t offset, const struct iovec *to, size_t parts,
                          cz_error *err)
{
    source_range r = {.offset = offset, .to = to, .parts = parts};
    for (size_t i = 0; i < parts; i++)
        r.len += to[i].iov_len;
    if (st->count == st->n)
        return cz_fail(err, CZ_USAGE, "%s: %zu ranges are in progress", st->source->shown, st->n);
    const int rc = source_check_range(st->source, offset, r.len, err);
    if (rc < 0)
        return rc;
    const size_t slot = (st->first + st->count++) % st->n;
    st->range[slot] = r;
    if (st->backend && r.len > 0)
        st->source->ops->stream_request(st->backend, slot, &st->range[slot]);
    return CZ_OK;
}

static int read_now(source *s, const source_range *r, cz_error *err)
{
    int rc = CZ_OK;
    uint64_t at = r->offset;
    for (size_t i = 0; rc == CZ_OK && i < r->parts; at += r->to[i++].iov_len)
        rc = source_read_at(s, at, r->to[i].iov_base, r->to[i].iov_len, err);
    return rc;
}

int source_stream_take(source_stream *st, cz_error *err)
{
    if (st->count == 0)
        return cz_fail(err, CZ_USAGE, "%s: no range is in progress", st->source->shown);
    const size_t slot = st->first;
    const source_range *r = &st->range[slot];
    st->first = (st->first + 1) % st->n;
    st->count--;
    if (!st->backend)
        return read_now(st->source, r, err);
    return r->len > 0 ? st->source->ops->stream_wait(st->backend, slot, err) : CZ_OK;
}
