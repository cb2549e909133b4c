#include "store/cloud/azure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/cloud/address.h"
#include "store/cloud/body.h"
#include "store/cloud/shared_key.h"

/* The API version, which the service and Azurite support. Since 2019-12-12 Put Blob accepts 5000
 * MiB and Put Block 4000 MiB. */
#define VERSION "2021-08-06"
#define PUT_MAX (UINT64_C(1) << 30)
#define PART_SIZE (UINT64_C(128) << 20)
enum { PARTS_MAX = 50000, HEADERS_MAX = 12, QUERY_MAX = 8, DATE = 32 };

/* Headers and query of a request, before they are signed. */
typedef struct parts {
    http_pair header[HEADERS_MAX], query[QUERY_MAX];
    size_t n_headers, n_query;
    char date[DATE], range[64], block[AZURE_BLOCK_NAME];
    buf md5, prefix, path;
} parts;

static void add(parts *p, const char *name, const char *value)
{
    p->header[p->n_headers++] = (http_pair){name, value};
}

static void add_parameter(parts *p, const char *name, const char *value)
{
    p->query[p->n_query++] = (http_pair){name, value};
}

/* ---- Path and query -------------------------------------------------------------------------- */

int azure_block_name(char out[AZURE_BLOCK_NAME], size_t part, const char *sha256, cz_error *err)
{
    char plain[32];
    buf name = {0};
    const int n =
        snprintf(plain, sizeof plain, "%06u%.18s", (unsigned)(part % (PARTS_MAX + 1)), sha256);
    base64_encode(&name, plain, (size_t)n);
    const char *text = buf_text(&name);
    const bool bad = name.bad || !text;
    (void)snprintf(out, AZURE_BLOCK_NAME, "%s", bad ? "" : text);
    buf_free(&name);
    return bad ? cz_fail_memory(err, "part %zu", part) : CZ_OK;
}

static void add_path(parts *p, const azure *s, const provider_request *r)
{
    buf_printf(&p->path, "%s", s->root);
    if (r->op != PROVIDER_LIST) {
        buf_add(&p->path, "/", 1);
        uri_encode(&p->path, s->prefix, true);
        uri_encode(&p->path, r->key, true);
    }
}

static int add_query(parts *p, const azure *s, const provider_request *r, cz_error *err)
{
    int rc = CZ_OK;
    if (r->op == PROVIDER_LIST) {
        buf_printf(&p->prefix, "%s%s", s->prefix, r->key);
        const char *prefix = buf_text(&p->prefix);
        add_parameter(p, "restype", "container");
        add_parameter(p, "comp", "list");
        add_parameter(p, "prefix", prefix ? prefix : "");
        if (r->delimiter)
            add_parameter(p, "delimiter", "/");
        if (r->token && r->token[0])
            add_parameter(p, "marker", r->token);
    } else if (r->op == PROVIDER_PART) {
        char hex[SHA256_HEX + 1];
        rc = body_sha256(hex, r, err);
        if (rc == CZ_OK)
            rc = azure_block_name(p->block, r->part, hex, err);
        add_parameter(p, "comp", "block");
        add_parameter(p, "blockid", p->block);
    } else if (r->op == PROVIDER_PARTS_END) {
        add_parameter(p, "comp", "blocklist");
    }
    return rc;
}

/* ---- Headers --------------------------------------------------------------------------------- */

static int add_headers(parts *p, const provider_request *r, cz_error *err)
{
    struct tm t;
    const time_t now = time(NULL);
    static const char *const day[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const month[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (!gmtime_r(&now, &t)) /* strftime() depends on the locale */
        return cz_fail(err, CZ_IO, "%s: the clock can't be read", r->key);
    (void)snprintf(p->date, sizeof p->date, "%s, %02d %s %d %02d:%02d:%02d GMT", day[t.tm_wday],
                   t.tm_mday, month[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    add(p, "x-ms-date", p->date);
    add(p, "x-ms-version", VERSION);
    if (r->op == PROVIDER_GET) {
        (void)snprintf(p->range, sizeof p->range, "bytes=%" PRIu64 "-%" PRIu64, r->first, r->last);
        add(p, "x-ms-range", p->range);
        if (r->if_match && r->if_match[0])
            add(p, "if-match", r->if_match);
    }
    if (r->op == PROVIDER_PUT) {
        add(p, "x-ms-blob-type", "BlockBlob");
        add(p, "content-type", body_type(r->key));
    }
    if (r->op == PROVIDER_PART)
        add(p, "content-type", "application/octet-stream");
    if (r->op == PROVIDER_PARTS_END) {
        add(p, "content-type", "application/xml");
        add(p, "x-ms-blob-content-type", body_type(r->key));
    }
    if ((r->op == PROVIDER_PUT || r->op == PROVIDER_PARTS_END) && r->mode == OS_CREATE)
        add(p, "if-none-match", "*");
    const int rc = body_is_sent(r) ? body_md5(&p->md5, r, err) : CZ_OK;
    const char *md5 = buf_text(&p->md5);
    if (rc == CZ_OK && !md5)
        return cz_fail_memory(err, "%s: headers", r->key);
    if (p->md5.len > 0)
        add(p, "content-md5", md5);
    return rc;
}

/* ---- Signing ---------------------------------------------------------------------------- */

static int authorize(http_message *m, parts *p, const azure *s, const provider_request *r,
                     const credential *c, const char *path, cz_error *err)
{
    if (c->token)
        http_message_header(m, "Authorization", "Bearer %s", c->token);
    if (!c->secret)
        return CZ_OK;
    buf text = {0};
    shared_key_request signing = {m->method,   path,      p->query,    p->n_query,
                                  r->body_len, p->header, p->n_headers};
    int rc = shared_key_sign(&text, &signing, s->account, c->secret, err);
    const char *value = rc == CZ_OK ? buf_text(&text) : NULL;
    if (value)
        http_message_header(m, "Authorization", "%s", value);
    else if (rc == CZ_OK)
        rc = cz_fail_memory(err, "%s: signature", s->base.url);
    buf_free(&text);
    return rc;
}

static void add_url(buf *url, parts *p, const azure *s, const char *path)
{
    buf_printf(url, "%s%s", s->origin, path);
    if (p->n_query) {
        buf_add(url, "?", 1);
        query_text(url, p->query, p->n_query);
    }
    if (s->sas)
        buf_printf(url, "%s%s", p->n_query ? "&" : "?", s->sas);
}

static int azure_build(provider *d, const provider_request *r, http_message *m, cz_error *err)
{
    const azure *s = (const azure *)d;
    credential c = {0};
    parts p = {0};
    /* Put Block List is a PUT. Uploads are neither started nor aborted. */
    m->method = r->op == PROVIDER_PARTS_END ? "PUT" : provider_method(r->op);
    int rc = credentials_take(&c, s->keys, err);
    if (rc < 0)
        return rc;
    add_path(&p, s, r);
    rc = add_query(&p, s, r, err);
    const char *path = buf_text(&p.path);
    if (rc == CZ_OK)
        rc = path ? add_headers(&p, r, err) : cz_fail_memory(err, "%s: address", r->key);
    if (rc == CZ_OK) {
        for (size_t i = 0; i < p.n_headers; i++)
            http_message_header(m, p.header[i].name, "%s", p.header[i].value);
        add_url(&m->url, &p, s, path);
        rc = authorize(m, &p, s, r, &c, path, err);
    }
    if (rc == CZ_OK && (m->bad || m->url.bad || p.prefix.bad || p.path.bad))
        rc = cz_fail_memory(err, "%s: request", r->key);
    credential_free(&c);
    buf_free(&p.md5);
    buf_free(&p.prefix);
    buf_free(&p.path);
    return rc;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static void azure_close(provider *d)
{
    azure *s = (azure *)d;
    credentials_close(&s->keys);
    free(s->base.url);
    free(s->account);
    free_secret(s->sas);
    free(s->container);
    free(s->prefix);
    free(s->origin);
    free(s->root);
    free(s);
}

static int set_location(azure *s, const char *url, cz_error *err)
{
    endpoint e;
    int rc = endpoint_read(&e, url, "the endpoint of Azure's blobs", err);
    if (rc < 0)
        return rc;
    buf root = {0};
    buf_printf(&root, "%s/", e.path);
    uri_encode(&root, s->container, false);
    const char *text = buf_text(&root);
    s->root = text && !root.bad ? strdup(text) : NULL;
    s->origin = e.origin; /* moved */
    e.origin = NULL;
    if (!s->root)
        rc = cz_fail_memory(err, "%s", s->base.url);
    buf_free(&root);
    endpoint_free(&e);
    return rc;
}

int provider_azure(provider **out, const char *url, transport *t, cz_error *err)
{
    static const provider_ops ops = {azure_build, azure_classify, azure_parse_page,
                                     NULL,        azure_end_body, azure_close};
    store_address a;
    azure_settings from = {0};
    int rc = store_address_read(&a, url, err);
    if (rc < 0)
        return rc;
    azure *s = calloc(1, sizeof *s);
    if (!s) {
        store_address_free(&a);
        return cz_fail_memory(err, "%.200s", url);
    }
    s->base = (provider){.ops = &ops,
                         .writes = true,
                         .has_begin = false,
                         .put_max = PUT_MAX,
                         .part_size = PART_SIZE,
                         .parts_max = PARTS_MAX,
                         .url = a.url};
    s->container = a.bucket; /* moved */
    s->prefix = a.prefix;
    rc = azure_settings_find(&from, t, err);
    if (rc == CZ_OK)
        rc = set_location(s, from.endpoint, err);
    if (rc == CZ_OK) {
        s->keys = from.keys; /* moved */
        s->account = from.account;
        s->sas = from.sas;
        free(from.endpoint);
        *out = &s->base;
        return CZ_OK;
    }
    azure_settings_free(&from);
    azure_close(&s->base);
    return rc;
}
