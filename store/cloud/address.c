#include "store/cloud/address.h"

#include <stdlib.h>
#include <string.h>

#include "store/objects/object_store.h"

int store_address_read(store_address *out, const char *url, cz_error *err)
{
    const char *scheme_end = strstr(url, "://");
    const size_t scheme = scheme_end ? (size_t)(scheme_end - url) : 0;
    const char *at = scheme_end ? scheme_end + 3 : url;
    const size_t bucket = strcspn(at, "/"), all = strlen(at);
    if (strpbrk(at, "?#") || memchr(at, '@', bucket))
        return cz_fail(err, CZ_USAGE,
                       "%.*s://: invalid address: expected a bucket and a prefix, without options "
                       "and credentials",
                       (int)(scheme < 32 ? scheme : 32), url);
    size_t end = all;
    while (end > bucket && at[end - 1] == '/')
        end--;
    const char *prefix = end > bucket ? at + bucket + 1 : "";
    const size_t n = end > bucket ? end - bucket - 1 : 0;
    store_address a = {strndup(at, bucket), malloc(n + 2), strndup(url, scheme + 3 + end)};
    int rc = CZ_OK;
    if (!a.bucket || !a.prefix || !a.url) {
        rc = cz_fail(err, CZ_NOMEM, "out of memory");
        goto end;
    }
    memcpy(a.prefix, prefix, n);
    a.prefix[n] = '\0';
    if (bucket == 0)
        rc = cz_fail(err, CZ_USAGE, "%.200s: no bucket", url);
    else if (n > 0 && !os_key_valid(a.prefix))
        rc = cz_fail(err, CZ_USAGE, "%.200s: invalid prefix", url);
    if (n > 0)
        memcpy(a.prefix + n, "/", 2);
end:
    if (rc < 0)
        store_address_free(&a);
    *out = a;
    return rc;
}

void store_address_free(store_address *a)
{
    free(a->bucket);
    free(a->prefix);
    free(a->url);
    *a = (store_address){0};
}

/* Length of "host:port" in the header Host, without the scheme's default port. */
static size_t host_length(const char *host, size_t n, bool tls)
{
    const char *standard = tls ? ":443" : ":80";
    const size_t m = strlen(standard);
    return n > m && memcmp(host + n - m, standard, m) == 0 ? n - m : n;
}

int endpoint_read(endpoint *out, const char *url, const char *where, cz_error *err)
{
    const bool tls = strncmp(url, "https://", 8) == 0;
    const char *host = tls ? url + 8 : url + 7;
    const size_t n = tls || strncmp(url, "http://", 7) == 0 ? strcspn(host, "/") : 0;
    *out = (endpoint){0};
    if (n == 0 || strpbrk(host, "?#@ \t\r\n"))
        return cz_fail(err, CZ_USAGE, "%s: not of the form https://HOST[:PORT]", where);
    size_t path = strlen(host + n);
    while (path > 0 && host[n + path - 1] == '/')
        path--;
    *out = (endpoint){strndup(url, (size_t)(host - url) + n),
                      strndup(host, host_length(host, n, tls)), strndup(host + n, path)};
    if (out->origin && out->host && out->path)
        return CZ_OK;
    endpoint_free(out);
    return cz_fail_memory(err, "%s", where);
}

void endpoint_free(endpoint *e)
{
    free(e->origin);
    free(e->host);
    free(e->path);
    *e = (endpoint){0};
}
