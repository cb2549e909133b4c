/* The provider for plain http and https: read-only, without listing.
 *
 * An object's URL is the store's, and its key, percent-encoded. A query of the store's URL
 * ("?token=...") is appended to every URL, and never appears in messages. */
#include <stdlib.h>
#include <string.h>

#include "store/cloud/provider.h"
#include "store/text/encode.h"
#include "store/text/shown_url.h"

typedef struct plain {
    provider base;
    char *folder; /* URL as sent, user and password included; without trailing '/' */
    char *query;  /* "" or "?..." */
} plain;

static int plain_build(provider *d, const provider_request *r, http_message *m, cz_error *err)
{
    const plain *p = (plain *)d;
    (void)err; /* running out of memory sets m->bad or m->url.bad */
    m->method = r->op == PROVIDER_STAT ? "HEAD" : "GET";
    m->follow = true;
    m->netrc = true;
    buf_printf(&m->url, "%s/", p->folder);
    uri_encode(&m->url, r->key, true);
    buf_printf(&m->url, "%s", p->query);
    if (r->op == PROVIDER_GET)
        http_message_range(m, r->first, r->last);
    if (r->op == PROVIDER_GET && r->if_match[0])
        http_message_header(m, "If-Match", "%s", r->if_match);
    return CZ_OK;
}

static int plain_classify(provider *d, const provider_request *r, const http_answer *a,
                          cz_error *err)
{
    const int rc = provider_classify_status(err, d, r, a, "");
    if (a->status == 401)
        cz_hint(err, "put user and password into ~/.netrc");
    return rc;
}

static void plain_close(provider *d)
{
    plain *p = (plain *)d;
    free(p->base.url);
    free(p->folder);
    free(p->query);
    free(p);
}

int provider_plain(provider **out, const char *url, transport *t, cz_error *err)
{
    static const provider_ops ops = {
        .build = plain_build, .classify = plain_classify, .close = plain_close};
    (void)t; /* needs no credentials from the network */
    *out = NULL;
    plain *p = calloc(1, sizeof *p);
    if (!p)
        return cz_fail_memory(err, "store");
    const size_t path = strcspn(url, "?#"), query = strcspn(url + path, "#");
    size_t n = path;
    while (n > 0 && url[n - 1] == '/')
        n--;
    p->base = (provider){.ops = &ops, .url = shown_url(url)};
    p->folder = strndup(url, n);
    p->query = strndup(url + path, query);
    if (!p->base.url || !p->folder || !p->query) {
        plain_close(&p->base);
        return cz_fail_memory(err, "store");
    }
    *out = &p->base;
    return CZ_OK;
}
