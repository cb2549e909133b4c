/* A source behind http(s). */
#include "store/http/call.h"
#include "source/http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/text/encode.h"
#include "store/text/shown_url.h"

enum { SIDECAR_MAX = 64 << 10 };

/* ---- Requests ------------------------------------------------------------------------------- */

static int build(http_request *r, http_message *m, cz_error *err)
{
    const http_source *s = r->user;
    (void)err; /* a shortage of memory is recorded in m */
    m->method = "GET";
    m->follow = true;
    m->netrc = true;
    buf_printf(&m->url, "%s", s->url);
    if (r->len > 0)
        http_message_range(m, r->offset + r->received, r->offset + r->len - 1);
    if (s->etag[0] == '"') /* a weak ETag cannot be a precondition */
        http_message_header(m, "If-Match", "%s", s->etag);
    else if (s->modified[0])
        http_message_header(m, "If-Unmodified-Since", "%s", s->modified);
    return CZ_OK;
}

static provider_request describe_request(const http_source *s, const http_request *r)
{
    return (provider_request){.op = PROVIDER_GET,
                              .key = s->base.name,
                              .first = r->offset,
                              .last = r->offset + r->len - 1};
}

static int classify_status(const http_source *s, const http_request *r, const http_answer *a,
                           cz_error *err)
{
    const provider_request described = describe_request(s, r);
    const int rc = provider_classify_status(err, &s->shown, &described, a, "");
    if (a->status == 401)
        cz_hint(err, "put user and password into ~/.netrc");
    return rc;
}

static bool differs(const http_answer *a, const char *name, const char *was)
{
    const char *is = http_answer_header(a, name);
    return *was && is && strcmp(is, was) != 0;
}

static uint64_t total_of(const http_answer *a)
{
    uint64_t first, last, total = UINT64_MAX;
    if (a->status == 206 ? !http_answer_range(a, &first, &last, &total)
                         : !http_answer_length(a, &total))
        return UINT64_MAX;
    return total;
}

static int classify(http_request *r, const http_answer *a, cz_error *err)
{
    const http_source *s = r->user;
    int rc = classify_status(s, r, a, err);
    const uint64_t total = rc == CZ_OK ? total_of(a) : UINT64_MAX;
    if (rc == CZ_OK && (differs(a, "ETag", s->etag) || differs(a, "Last-Modified", s->modified) ||
                        (total != UINT64_MAX && total != s->base.size)))
        rc = source_changed(&s->base, "was replaced", err);
    return rc;
}

void http_source_request(http_request *r, http_source *s, uint64_t offset, void *to, size_t len)
{
    *r = (http_request){.what = s->base.shown,
                        .build = build,
                        .classify = classify,
                        .user = s,
                        .to = to,
                        .offset = offset,
                        .len = len};
}

int http_source_failed(const http_source *s, int rc, cz_error *err)
{
    if (rc == CZ_CORRUPT || rc == CZ_ABSENT)
        return source_changed(&s->base, rc == CZ_ABSENT ? "went away" : "became shorter", err);
    if (rc == CZ_CHANGED)
        return source_changed(&s->base, "changed", err);
    return rc;
}

/* ---- Reading -------------------------------------------------------------------------------- */

static int http_read_at(source *base, uint64_t offset, void *to, size_t len, cz_error *err)
{
    http_source *s = (http_source *)base;
    http_request r;
    http_source_request(&r, s, offset, to, len);
    r.hedge = true;
    return http_source_failed(s, transport_run(s->transport, &r, 1, NULL, err), err);
}

static int get_done(const http_source *s, os_read *read, int rc, const cz_error *why,
                    void (*done)(os_read *r))
{
    if (rc < 0)
        read->err = *why;
    read->rc = http_source_failed(s, rc, &read->err);
    if (done)
        done(read);
    return read->rc;
}

static int begin_get(http_call *call, http_source *s, http_request *r, const os_read *read,
                     cz_error *err)
{
    const int rc = source_check_range(&s->base, read->offset, read->len, err);
    if (rc < 0)
        return rc;
    http_source_request(r, s, read->offset, read->to, read->len);
    r->hedge = true;
    if (read->len > 0)
        http_call_add(call, r);
    return CZ_OK;
}

static int http_get(source *base, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err)
{
    http_source *s = (http_source *)base;
    http_call *call = NULL;
    http_request *r = calloc(n, sizeof *r);
    int first = r ? http_call_open(&call, s->transport, err)
                  : cz_fail_memory(err, "%s: %zu requests", s->base.shown, n);
    for (size_t i = 0; i < n && first < 0; i++)
        reads[i].rc = first;
    for (size_t i = 0; i < n && call; i++) {
        cz_error why = {0};
        const int rc = begin_get(call, s, &r[i], &reads[i], &why);
        if (rc == CZ_OK && reads[i].len > 0)
            continue;
        if (get_done(s, &reads[i], rc, &why, done) < 0 && first == CZ_OK) {
            first = reads[i].rc;
            if (err)
                *err = reads[i].err;
        }
    }
    for (http_request *over; call && (over = http_call_next(call));) {
        os_read *read = &reads[over - r];
        if (get_done(s, read, over->rc, &over->err, done) < 0 && first == CZ_OK) {
            first = read->rc;
            if (err)
                *err = read->err;
        }
    }
    http_call_close(&call);
    free(r);
    return first;
}

/* ---- The file beside it --------------------------------------------------------------------- */

static int sidecar_build(http_request *r, http_message *m, cz_error *err)
{
    const http_source *s = r->user;
    const size_t path = strcspn(s->url, "?");
    (void)err;
    m->method = "GET";
    m->follow = true;
    m->netrc = true;
    buf_printf(&m->url, "%.*s.md5%s", (int)path, s->url, s->url + path);
    return CZ_OK;
}

/* A bucket without the right to list returns 403 for absent objects, and some servers return a page
 * for every address. */
static int classify_sidecar(http_request *r, const http_answer *a, cz_error *err)
{
    http_source *s = r->user;
    const char *type = http_answer_header(a, "Content-Type");
    s->base.sidecar_is_page =
        type && strncasecmp(type, "text/html", 9) == 0 && a->status / 100 == 2;
    if (a->status == 403 || a->status == 404 || a->status == 410 || s->base.sidecar_is_page)
        return cz_fail(err, CZ_ABSENT, "%s.md5: no such file", s->base.shown);
    return classify_status(s, r, a, err);
}

static int http_sidecar(source *base, char *to, size_t room, size_t *ret_len, cz_error *err)
{
    http_source *s = (http_source *)base;
    buf text = {0};
    http_request r = {.what = base->shown,
                      .build = sidecar_build,
                      .classify = classify_sidecar,
                      .user = s,
                      .all = &text,
                      .max = SIDECAR_MAX};
    const int rc = transport_run(s->transport, &r, 1, NULL, err);
    *ret_len = text.len < room ? text.len : room;
    if (*ret_len > 0)
        memcpy(to, text.at, *ret_len);
    buf_free(&text);
    return rc;
}

/* ---- Opening and closing -------------------------------------------------------------------- */

static void keep_header(char *to, size_t room, const http_answer *a, const char *name)
{
    const char *value = http_answer_header(a, name);
    if (value && strlen(value) < room)
        memcpy(to, value, strlen(value) + 1);
}

/* Classify the first response, which gives the length and the validators. */
static int classify_first(http_request *r, const http_answer *a, cz_error *err)
{
    http_source *s = r->user;
    const int rc = classify_status(s, r, a, err);
    if (rc < 0)
        return rc;
    s->base.size = total_of(a);
    if (s->base.size == UINT64_MAX)
        return cz_fail(err, CZ_UNSUPPORTED, "%s: the server doesn't say how long it is",
                       s->base.shown);
    keep_header(s->etag, sizeof s->etag, a, "ETag");
    keep_header(s->modified, sizeof s->modified, a, "Last-Modified");
    return CZ_OK;
}

/* Servers reject the first byte of an empty file in various ways, and those that return wrong
 * ranges do so in similar ones. So the whole file is requested, and must be empty. */
static bool is_empty(http_source *s)
{
    buf nothing = {0};
    http_request r;
    http_source_request(&r, s, 0, NULL, 0);
    r.classify = classify_first;
    r.all = &nothing;
    const bool empty = transport_run(s->transport, &r, 1, NULL, NULL) == CZ_OK && s->base.size == 0;
    buf_free(&nothing);
    return empty;
}

/* Request the first byte: the response has length and ETag, and shows that the server supports
 * ranges. */
static int probe(http_source *s, cz_error *err)
{
    uint8_t byte;
    http_request r;
    cz_error why;
    http_source_request(&r, s, 0, &byte, 1);
    r.classify = classify_first;
    const int rc = transport_run(s->transport, &r, 1, NULL, &why);
    if (rc == CZ_CORRUPT && is_empty(s))
        return CZ_OK;
    if (rc < 0 && err)
        *err = why;
    return rc;
}

static int http_check(source *base, cz_error *err)
{
    http_source *s = (http_source *)base;
    uint8_t byte;
    http_request r;
    if (base->size == 0)
        return CZ_OK;
    http_source_request(&r, s, 0, &byte, 1);
    return http_source_failed(s, transport_run(s->transport, &r, 1, NULL, err), err);
}

static void http_statistics(const source *base, net_statistics *out)
{
    transport_statistics(out, ((const http_source *)base)->transport);
}

static void http_close(source *base)
{
    http_source *s = (http_source *)base;
    transport_close(&s->transport);
    free(base->shown);
    free(base->name);
    free(s->url);
    free(s);
}

/* The file name in an address: "my%20dive.mov" is "my dive.mov". */
static char *name_of(const char *shown)
{
    const char *slash = strrchr(shown, '/');
    char *name = strdup(slash ? slash + 1 : shown);
    char *plain = name ? strdup(name) : NULL;
    if (plain && uri_decode(plain) && !strchr(plain, '/')) {
        free(name);
        return plain;
    }
    free(plain);
    return name;
}

int source_http_open(source **out, const char *url, const cz_network *network, cz_error *err)
{
    static const source_ops ops = {.read_at = http_read_at,
                                   .get = http_get,
                                   .check = http_check,
                                   .sidecar = http_sidecar,
                                   .statistics = http_statistics,
                                   .close = http_close,
                                   .stream_open = http_stream_open,
                                   .stream_request = http_stream_request,
                                   .stream_wait = http_stream_wait,
                                   .stream_close = http_stream_close};
    *out = NULL;
    http_source *s = calloc(1, sizeof *s);
    if (!s)
        return cz_fail_memory(err, "source");
    const transport_options o = {.connections = network ? network->connections : 0,
                                 .rate_limit = network ? network->rate_limit : 0,
                                 .allow_private_redirects =
                                     network && network->allow_private_redirects};
    s->base.ops = &ops;
    s->base.connections = o.connections ? o.connections : TRANSPORT_CONNECTIONS;
    s->url = strndup(url, strcspn(url, "#"));
    s->base.shown = shown_url(url);
    s->base.name = s->base.shown ? name_of(s->base.shown) : NULL;
    s->shown.url = s->base.shown;
    int rc = CZ_OK;
    if (!s->url || !s->base.name)
        rc = cz_fail_memory(err, "source");
    if (rc == CZ_OK)
        rc = transport_open(&s->transport, &o, err);
    if (rc == CZ_OK)
        rc = probe(s, err);
    if (rc == CZ_OK)
        *out = &s->base;
    else
        http_close(&s->base);
    return rc;
}
