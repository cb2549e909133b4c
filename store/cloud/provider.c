#include "store/cloud/provider.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DETAIL_MAX = 200 };

const char *provider_method(provider_op op)
{
    switch (op) {
    case PROVIDER_STAT:
        return "HEAD";
    case PROVIDER_PUT:
    case PROVIDER_PART:
        return "PUT";
    case PROVIDER_REMOVE:
    case PROVIDER_PARTS_ABORT:
        return "DELETE";
    case PROVIDER_PARTS_BEGIN:
    case PROVIDER_PARTS_END:
        return "POST";
    case PROVIDER_GET:
    case PROVIDER_GET_ALL:
    case PROVIDER_LIST:
        break;
    }
    return "GET";
}

int provider_fail(cz_error *err, int code, const provider *d, const provider_request *r,
                  const http_answer *a, const char *fmt, ...)
{
    char why[sizeof err->message], range[64] = "", status[32] = "";
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    if (r->op == PROVIDER_GET)
        (void)snprintf(range, sizeof range, " bytes %" PRIu64 " to %" PRIu64, r->first, r->last);
    if (r->op == PROVIDER_PART)
        (void)snprintf(range, sizeof range, " part %u", r->part);
    if (a && a->status)
        (void)snprintf(status, sizeof status, ", HTTP %d", a->status);
    const char *what = *r->key ? r->key : d->url;
    return cz_fail(err, code, "%s: %s (%s%s%s, %s)", what, why,
                   r->op == PROVIDER_LIST ? "listing" : provider_method(r->op), range, status,
                   d->url);
}

/* The meaning of a status, for all providers. */
static const struct error_map {
    int status, code;
    const char *why, *hint;
} error_maps[] = {
    {400, CZ_IO, "bad request", NULL},
    {401, CZ_DENIED, "authentication required", NULL},
    {403, CZ_DENIED, "not permitted", NULL},
    {404, CZ_ABSENT, "no such object", NULL},
    {405, CZ_UNSUPPORTED, "method not allowed", NULL},
    {407, CZ_DENIED, "proxy authentication required", "put user and password into https_proxy"},
    {408, CZ_UNREACHABLE, "request timeout", NULL},
    {409, CZ_UNREACHABLE, "conflict with another request", NULL},
    {410, CZ_ABSENT, "object is gone", NULL},
    {411, CZ_IO, "length required", NULL},
    {412, CZ_CHANGED, "object changed while it was read", NULL},
    {413, CZ_UNSUPPORTED, "body too large for the server", NULL},
    {416, CZ_CORRUPT, "range beyond the end of the object", NULL},
    {429, CZ_UNREACHABLE, "too many requests", "fewer --connections"},
    {500, CZ_UNREACHABLE, "internal server error", NULL},
    {501, CZ_UNSUPPORTED, "not implemented by the server", NULL},
    {502, CZ_UNREACHABLE, "bad gateway", NULL},
    {503, CZ_UNREACHABLE, "service unavailable", "try again later, or fewer --connections"},
    {504, CZ_UNREACHABLE, "gateway timeout", NULL},
    {507, CZ_FULL, "no space left on the server", NULL},
};

static const struct error_map *error_map_of(int status)
{
    static const struct error_map redirected = {0, CZ_UNSUPPORTED, "redirected",
                                                "use the address that it redirects to"};
    static const struct error_map other = {0, CZ_IO, "unexpected response", NULL};
    for (size_t i = 0; i < sizeof error_maps / sizeof *error_maps; i++)
        if (error_maps[i].status == status)
            return &error_maps[i];
    return status / 100 == 3 ? &redirected : &other;
}

/* ": DETAIL", without control characters, and shortened. */
static void clean_detail(char out[DETAIL_MAX + 3], const char *detail)
{
    size_t n = 0;
    if (*detail) {
        out[n++] = ':';
        out[n++] = ' ';
    }
    for (; *detail && n < DETAIL_MAX + 2; detail++)
        out[n++] = iscntrl((unsigned char)*detail) ? ' ' : *detail;
    out[n] = '\0';
}

/* The bodies that servers send when they are spoken to without TLS at a port for https: nginx,
 * Apache, and Go's library (MinIO, Garage and others). */
static bool wants_https(const http_answer *a)
{
    static const char *const texts[] = {"plain HTTP request was sent to HTTPS port",
                                        "speaking plain HTTP to an SSL-enabled server port",
                                        "HTTP request to an HTTPS server"};
    for (size_t i = 0; a->status == 400 && i < sizeof texts / sizeof *texts; i++)
        if (memmem(a->body, a->body_len, texts[i], strlen(texts[i])))
            return true;
    return false;
}

int provider_classify_status(cz_error *err, const provider *d, const provider_request *r,
                             const http_answer *a, const char *detail)
{
    char cleaned[DETAIL_MAX + 3];
    if (a->status / 100 == 2)
        return CZ_OK;
    if (wants_https(a)) {
        (void)provider_fail(err, CZ_UNSUPPORTED, d, r, a, "the server speaks TLS at this port");
        cz_hint(err, "https:// in the address, or another port");
        return CZ_UNSUPPORTED;
    }
    clean_detail(cleaned, detail);
    const struct error_map *m = error_map_of(a->status);
    (void)provider_fail(err, m->code, d, r, a, "%s%s", m->why, cleaned);
    if (m->hint)
        cz_hint(err, "%s", m->hint);
    return m->code;
}
