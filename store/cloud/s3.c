#include "store/cloud/s3.h"

#include <stdio.h>
#include <string.h>

#include "store/cloud/body.h"

enum { SIGNED_MAX = 12, QUERY_MAX = 8 };

/* The signed headers of a request; not the owner of the values. */
typedef struct signed_headers {
    http_pair at[SIGNED_MAX];
    size_t n;
} signed_headers;

static void add(signed_headers *h, const char *name, const char *value)
{
    h->at[h->n++] = (http_pair){name, value};
}

/* ---- The address ----------------------------------------------------------------------------- */

static void add_path(buf *out, const s3 *s, const provider_request *r)
{
    buf_printf(out, "%s", s->root);
    if (r->op == PROVIDER_LIST) {
        /* Some servers require "/bucket" without trailing slash. */
        if (out->len > 1 && !out->bad)
            out->len--;
        return;
    }
    uri_encode(out, s->prefix, true);
    uri_encode(out, r->key, true);
}

static int add_query(buf *out, const s3 *s, const provider_request *r, cz_error *err)
{
    http_pair pair[QUERY_MAX];
    char part[16];
    size_t n = 0;
    buf prefix = {0};
    if (r->op == PROVIDER_LIST) {
        buf_printf(&prefix, "%s%s", s->prefix, r->key);
        const char *text = buf_text(&prefix);
        if (!text)
            return cz_fail_memory(err, "%s: list", s->base.url);
        pair[n++] = (http_pair){"list-type", "2"};
        pair[n++] = (http_pair){"encoding-type", "url"};
        pair[n++] = (http_pair){"prefix", text};
        if (r->delimiter)
            pair[n++] = (http_pair){"delimiter", "/"};
        if (r->token && r->token[0])
            pair[n++] = (http_pair){"continuation-token", r->token};
    } else if (r->op == PROVIDER_PARTS_BEGIN) {
        pair[n++] = (http_pair){"uploads", ""};
    } else if (r->op == PROVIDER_PART || r->op == PROVIDER_PARTS_END ||
               r->op == PROVIDER_PARTS_ABORT) {
        (void)snprintf(part, sizeof part, "%u", r->part);
        if (r->op == PROVIDER_PART)
            pair[n++] = (http_pair){"partNumber", part};
        pair[n++] = (http_pair){"uploadId", r->upload};
    }
    query_text(out, pair, n);
    buf_free(&prefix);
    return CZ_OK;
}

/* ---- Headers --------------------------------------------------------------------------------- */

/* Values that the headers point to, for one attempt. */
typedef struct values {
    char when[SIGV4_TIME];
    char hash[SHA256_HEX + 1];
    buf md5;
} values;

/* If the signed hash protects the body, an MD5 would cost more than the rest of a put, on both
 * sides; only buckets with Object Lock require it. */
static bool needs_md5(const s3 *s, const provider_request *r, const credential *c)
{
    const bool protected = c->id && s->words->checks_hash;
    return body_is_sent(r) && (!protected || atomic_load(&s->wants_md5));
}

static int add_headers(signed_headers *h, values *v, const s3 *s, const provider_request *r,
                       const credential *c, cz_error *err)
{
    const s3_words *w = s->words;
    sigv4_time(v->when, time(NULL));
    int rc = body_sha256(v->hash, r, err);
    if (rc == CZ_OK && needs_md5(s, r, c))
        rc = body_md5(&v->md5, r, err);
    const char *md5 = rc == CZ_OK ? buf_text(&v->md5) : NULL;
    if (rc == CZ_OK && !md5)
        rc = cz_fail_memory(err, "%s: headers", r->key);
    if (rc < 0)
        return rc;
    if (v->md5.len > 0)
        add(h, "content-md5", md5);
    add(h, "host", s->host);
    if (c->id) {
        add(h, w->date, v->when);
        add(h, w->hash, v->hash);
    }
    if (c->id && c->token)
        add(h, w->token, c->token);
    if (s->payer)
        add(h, w->payer, s->payer);
    if (r->op == PROVIDER_PUT || r->op == PROVIDER_PARTS_BEGIN)
        add(h, "content-type", body_type(r->key));
    if (r->op == PROVIDER_PARTS_END)
        add(h, "content-type", "application/xml");
    if ((r->op == PROVIDER_PUT || r->op == PROVIDER_PARTS_END) && r->mode == OS_CREATE)
        add(h, w->create.name, w->create.value);
    return CZ_OK;
}

/* Copy the signed headers, except Host, which the transport adds, and add the unsigned ones. */
static void send_headers(http_message *m, const signed_headers *h, const provider_request *r)
{
    for (size_t i = 0; i < h->n; i++)
        if (strcmp(h->at[i].name, "host") != 0)
            http_message_header(m, h->at[i].name, "%s", h->at[i].value);
    if (r->op == PROVIDER_GET)
        http_message_range(m, r->first, r->last);
    if (r->op == PROVIDER_GET && r->if_match && r->if_match[0])
        http_message_header(m, "If-Match", "%s", r->if_match);
}

static int authorize(http_message *m, signed_headers *h, const values *v, const s3 *s,
                     const credential *c, const char *path, const char *query, cz_error *err)
{
    if (!c->id) {
        if (c->token)
            http_message_header(m, "Authorization", "Bearer %s", c->token);
        return CZ_OK;
    }
    buf text = {0};
    sigv4_request signing = {m->method, path, query, h->at, h->n, v->hash};
    int rc =
        sigv4_sign(&text, s->words->signature, &signing, v->when, s->region, c->id, c->secret, err);
    const char *value = rc == CZ_OK ? buf_text(&text) : NULL;
    if (value)
        http_message_header(m, "Authorization", "%s", value);
    else if (rc == CZ_OK)
        rc = cz_fail_memory(err, "%s: signature", s->base.url);
    buf_free(&text);
    return rc;
}

int s3_build(provider *d, const provider_request *r, http_message *m, cz_error *err)
{
    const s3 *s = (const s3 *)d;
    credential c = {0};
    signed_headers h = {0};
    values v = {0};
    buf path = {0}, query = {0};
    m->method = provider_method(r->op);
    int rc = credentials_take(&c, s->keys, err);
    if (rc < 0)
        return rc;
    add_path(&path, s, r);
    rc = add_query(&query, s, r, err);
    const char *encoded_path = buf_text(&path), *encoded_query = buf_text(&query);
    if (rc == CZ_OK && (!encoded_path || !encoded_query))
        rc = cz_fail_memory(err, "%s: address", r->key);
    if (rc == CZ_OK)
        rc = add_headers(&h, &v, s, r, &c, err);
    if (rc == CZ_OK) {
        buf_printf(&m->url, "%s%s%s%s", s->origin, encoded_path, query.len ? "?" : "",
                   encoded_query);
        send_headers(m, &h, r);
        rc = authorize(m, &h, &v, s, &c, encoded_path, encoded_query, err);
    }
    if (rc == CZ_OK && (m->bad || m->url.bad))
        rc = cz_fail_memory(err, "%s: request", r->key);
    credential_free(&c);
    buf_free(&v.md5);
    buf_free(&path);
    buf_free(&query);
    return rc;
}
