#include "store/http/call.h"
#include "store/cloud/remote.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/cloud/remote_request.h"

enum {
    PAGE_MAX = 64 << 20, /* bytes of a page of a listing */
    IDLE_PAGES_MAX =
        100, /* consecutive pages without a new key, of which services may send a few */
    HEDGED_MAX = 8 << 20, /* bytes: larger ranges are not hedged */
};

/* ---- One request ----------------------------------------------------------------------------- */

static int build(http_request *h, http_message *m, cz_error *err)
{
    remote_request *r = h->user;
    provider *d = r->remote->provider;
    r->spec.sums = &r->sums;
    if (r->spec.op == PROVIDER_GET) {
        r->spec.first = h->offset + h->received;
        r->spec.if_match = h->etag;
    }
    const int rc = d->ops->build(d, &r->spec, m, err);
    /* The provider's message does not name the object. */
    return rc == CZ_NOMEM ? cz_fail_memory(err, "%s", h->what) : rc;
}

static int classify(http_request *h, const http_answer *a, cz_error *err)
{
    remote_request *r = h->user;
    provider *d = r->remote->provider;
    const int rc = d->ops->classify(d, &r->spec, a, err);
    r->status = a->status;
    if (rc == CZ_OK && r->spec.op == PROVIDER_STAT && !http_answer_length(a, &r->size))
        return provider_fail(err, CZ_IO, d, &r->spec, a, "response has no Content-Length");
    if (rc == CZ_OK && r->spec.op == PROVIDER_STAT)
        remote_read_md5(r->md5, a);
    if (rc == CZ_OK && r->spec.op == PROVIDER_PART) {
        const char *etag = http_answer_header(a, "ETag");
        (void)snprintf(r->part.etag, sizeof r->part.etag, "%s", etag ? etag : "");
        memcpy(r->part.sha256, r->sums.sha256, sizeof r->part.sha256);
    }
    return rc;
}

void remote_prepare(remote_request *r, remote *m, provider_op op, const char *key)
{
    *r = (remote_request){.remote = m};
    r->spec = (provider_request){.op = op, .key = key, .if_match = "", .token = "", .upload = ""};
    r->http =
        (http_request){.what = *key ? key : m->base.url, .build = build, .classify = classify};
    r->http.user = r;
}

int remote_run(remote_request *r, cz_error *err)
{
    r->http.user = r; /* it may have been copied since */
    r->http.body = r->spec.body;
    r->http.body_len = r->spec.body_len;
    return transport_run(r->remote->transport, &r->http, 1, NULL, err);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static int remote_get_all(object_store *os, const char *key, size_t max, buf *out, cz_error *err)
{
    remote_request r;
    remote_prepare(&r, (remote *)os, PROVIDER_GET_ALL, key);
    r.http.all = out;
    r.http.max = max;
    return remote_run(&r, err);
}

/* HEAD responses have no body: GET the object for the error text. */
static int get_error_text(object_store *os, const char *key, int rc, cz_error *err)
{
    cz_error why;
    buf body = {0};
    const int get_rc = remote_get_all(os, key, 0, &body, &why);
    buf_free(&body);
    if (get_rc != CZ_DENIED && get_rc != CZ_IO && get_rc != CZ_USAGE && get_rc != CZ_UNSUPPORTED)
        return rc;
    if (err)
        *err = why;
    return get_rc;
}

static int remote_stat(object_store *os, const char *key, uint64_t *ret_size, cz_error *err)
{
    remote_request r;
    remote_prepare(&r, (remote *)os, PROVIDER_STAT, key);
    const int rc = remote_run(&r, err);
    if (rc == CZ_OK)
        *ret_size = r.size;
    else if (rc == CZ_DENIED || rc == CZ_IO)
        return get_error_text(os, key, rc, err);
    return rc;
}

/* HTTP cannot express an empty range, nor libcurl one beyond INT64_MAX. */
static bool is_range(const os_read *r)
{
    return r->len > 0 && r->len <= INT64_MAX && r->offset <= (uint64_t)INT64_MAX - r->len;
}

static int read_empty(remote *m, const os_read *r, cz_error *err)
{
    uint64_t size = 0;
    const int rc = remote_stat(&m->base, r->key, &size, err);
    if (rc == CZ_OK && r->offset > size)
        return cz_fail(err, CZ_CORRUPT, "%s: has %" PRIu64 " bytes", r->key, size);
    return rc;
}

/* Returns the first failure so far. */
static int read_done(remote_request *r, int rc, const cz_error *why, int first, cz_error *err)
{
    r->read->rc = rc;
    if (rc < 0)
        r->read->err = *why;
    if (rc < 0 && first == CZ_OK && err)
        *err = *why;
    if (r->done)
        r->done(r->read);
    return first == CZ_OK ? rc : first;
}

static void prepare_read(remote_request *r, remote *m, os_read *read, void (*done)(os_read *r))
{
    remote_prepare(r, m, PROVIDER_GET, read->key);
    r->spec.last = read->offset + read->len - 1;
    r->http.to = read->to;
    r->http.offset = read->offset;
    r->http.len = read->len;
    r->http.hedge = read->len <= HEDGED_MAX;
    r->read = read;
    r->done = done;
}

static int remote_get(object_store *os, os_read *reads, size_t n, void (*done)(os_read *r),
                      cz_error *err)
{
    remote *m = (remote *)os;
    http_call *call = NULL;
    remote_request *r = calloc(n, sizeof *r);
    int first = r ? http_call_open(&call, m->transport, err)
                  : cz_fail_memory(err, "%s: %zu requests", reads->key, n);
    if (first < 0) {
        for (size_t i = 0; i < n; i++)
            reads[i].rc = first;
        free(r);
        return first;
    }
    for (size_t i = 0; i < n; i++) {
        prepare_read(&r[i], m, &reads[i], done);
        if (is_range(&reads[i]))
            http_call_add(call, &r[i].http);
    }
    for (http_request *over; (over = http_call_next(call));)
        first = read_done(over->user, over->rc, &over->err, first, err);
    for (size_t i = 0; i < n; i++)
        if (!is_range(&reads[i])) {
            cz_error why;
            const int rc = read_empty(m, &reads[i], &why);
            first = read_done(&r[i], rc, &why, first, err);
        }
    http_call_close(&call);
    free(r);
    return first;
}

/* ---- Listing and removing -------------------------------------------------------------------- */

/* The receiver of a listing, and its progress: each page must have greater keys than the last. */
typedef struct listing {
    int (*each)(void *user, const os_object *o);
    void *user;
    char greatest[OS_KEY_MAX + 2];
    unsigned idle_pages; /* consecutive pages without a greater key */
} listing;

static int list_each(void *user, const os_object *o)
{
    listing *l = user;
    if (strcmp(o->key, l->greatest) > 0) {
        (void)snprintf(l->greatest, sizeof l->greatest, "%s", o->key);
        l->idle_pages = 0;
    }
    return l->each(l->user, o);
}

static int remote_list(object_store *os, const char *prefix, bool delimiter,
                       int (*each)(void *user, const os_object *o), void *user, cz_error *err)
{
    remote *m = (remote *)os;
    provider *d = m->provider;
    buf token = {0}, body = {0};
    int rc = CZ_OK;
    remote_request r;
    listing l = {.each = each, .user = user};
    remote_prepare(&r, m, PROVIDER_LIST, prefix);
    if (!d->ops->parse_page) {
        provider_fail(err, CZ_UNSUPPORTED, d, &r.spec, NULL, "web servers cannot be listed");
        cz_hint(err, "name the clip; or open the store where it can be listed");
        return CZ_UNSUPPORTED;
    }
    do {
        provider_page page = {.each = list_each, .user = &l};
        l.idle_pages++;
        r.spec.delimiter = delimiter;
        r.spec.token = buf_text(&token);
        body.len = 0;
        r.http.all = &body;
        r.http.max = PAGE_MAX;
        rc = r.spec.token ? remote_run(&r, err) : cz_fail_memory(err, "%s: listing", m->base.url);
        if (rc == CZ_OK)
            rc = d->ops->parse_page(d, &r.spec, body.at, body.len, &page, err);
        if (rc == CZ_OK && page.next.len > 0 && l.idle_pages > IDLE_PAGES_MAX)
            rc = provider_fail(err, CZ_FORMAT, d, &r.spec, NULL, "listing makes no progress");
        buf_free(&token);
        token = page.next;
    } while (rc == CZ_OK && token.len > 0);
    buf_free(&token);
    buf_free(&body);
    return rc;
}

static int remote_remove(object_store *os, const char *key, cz_error *err)
{
    remote *m = (remote *)os;
    uint64_t size;
    int rc = remote_writes(m, PROVIDER_REMOVE, key, err);
    if (rc == CZ_OK && m->provider->remove_silent)
        rc = remote_stat(os, key, &size, err);
    if (rc < 0)
        return rc;
    remote_request r;
    remote_prepare(&r, m, PROVIDER_REMOVE, key);
    rc = remote_run(&r, err);
    return rc == CZ_ABSENT && r.http.maybe_applied ? CZ_OK : rc; /* an earlier attempt removed it */
}

/* ---- Opening and closing
 * ------------------------------------------------------------------------------------ */

static void remote_statistics(object_store *os, net_statistics *out)
{
    transport_statistics(out, ((remote *)os)->transport);
}

static void remote_close(object_store *os)
{
    remote *m = (remote *)os;
    if (m->provider)
        m->provider->ops->close(m->provider);
    transport_close(&m->transport);
    free(m->base.url);
    free(m);
}

static const object_store_ops remote_ops = {
    .get = remote_get,
    .get_all = remote_get_all,
    .stat = remote_stat,
    .put = remote_put,
    .list = remote_list,
    .remove = remote_remove,
    .same = remote_same,
    .statistics = remote_statistics,
    .close = remote_close,
};

remote *remote_of(object_store *os)
{
    return os->ops == &remote_ops ? (remote *)os : NULL;
}

int os_remote_over(object_store **out, provider **d, transport **t, cz_error *err)
{
    *out = NULL;
    remote *m = calloc(1, sizeof *m);
    if (!m || !(m->base.url = strdup((*d)->url))) {
        free(m);
        return cz_fail_memory(err, "%s", (*d)->url);
    }
    m->base.ops = &remote_ops;
    m->base.range_cost = REMOTE_RANGE_COST;
    m->base.puts = REMOTE_PUTS;
    m->provider = *d;
    m->transport = *t;
    *d = NULL;
    *t = NULL;
    *out = &m->base;
    return CZ_OK;
}

int os_remote(object_store **out, const char *url, provider_open *open, const cz_network *network,
              cz_error *err)
{
    transport_options o = {0};
    transport *t = NULL;
    provider *d = NULL;
    *out = NULL;
    if (network) {
        o.connections = network->connections;
        o.rate_limit = network->rate_limit;
        o.allow_private_redirects = network->allow_private_redirects;
    }
    int rc = transport_open(&t, &o, err);
    if (rc == CZ_OK)
        rc = open(&d, url, t, err);
    if (rc == CZ_OK)
        rc = os_remote_over(out, &d, &t, err);
    if (d)
        d->ops->close(d);
    transport_close(&t);
    return rc;
}
