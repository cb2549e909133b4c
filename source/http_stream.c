/* Streams of a source over http(s): one request for each range, which is received straight into its
 * parts. */
#include <stdlib.h>

#include "store/http/call.h"
#include "source/http.h"

typedef struct slot {
    http_request http;
    bool finished;
} slot;

typedef struct stream {
    http_source *source;
    http_call *call;
    slot *slot;
} stream;

int http_stream_open(void **out, source *s, size_t n, cz_error *err)
{
    *out = NULL;
    stream *st = calloc(1, sizeof *st);
    slot *slots = calloc(n, sizeof *slots);
    http_source *from = (http_source *)s;
    int rc = CZ_OK;
    if (!st || !slots)
        rc = cz_fail_memory(err, "%s: %zu requests", s->shown, n);
    if (rc == CZ_OK)
        rc = http_call_open(&st->call, from->transport, err);
    if (rc < 0) {
        free(slots);
        free(st);
        return rc;
    }
    st->source = from;
    st->slot = slots;
    *out = st;
    return CZ_OK;
}

void http_stream_close(void *opaque)
{
    stream *st = opaque;
    http_call_close(&st->call);
    free(st->slot);
    free(st);
}

void http_stream_request(void *opaque, size_t i, const source_range *r)
{
    stream *st = opaque;
    slot *s = &st->slot[i];
    s->finished = false;
    http_source_request(&s->http, st->source, r->offset, NULL, r->len);
    s->http.to_parts = r->to;
    s->http.parts = r->parts;
    http_call_add(st->call, &s->http);
    http_call_go(st->call);
}

int http_stream_wait(void *opaque, size_t i, cz_error *err)
{
    stream *st = opaque;
    slot *s = &st->slot[i];
    for (http_request *r; !s->finished && (r = http_call_next(st->call));)
        ((slot *)r)->finished = true; /* the request is its first member */
    if (s->http.rc < 0 && err)
        *err = s->http.err;
    return s->http.rc < 0 ? http_source_failed(st->source, s->http.rc, err) : CZ_OK;
}
