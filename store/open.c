/* os_open(): selects the backend by address. */
#include <string.h>
#include <strings.h>

#include "store/cloud/remote.h"
#include "store/objects/object_store.h"

static bool has_scheme(const char *url, size_t n, const char *scheme)
{
    return strlen(scheme) == n && strncasecmp(url, scheme, n) == 0;
}

int os_open(object_store **out, const char *url, bool create, const cz_network *network,
            cz_error *err)
{
    static const struct {
        const char *scheme;
        provider_open *open;
    } remote[] = {{"http", provider_plain},
                  {"https", provider_plain},
                  {"s3", provider_s3},
                  {"gs", provider_gs},
                  {"az", provider_azure}};
    *out = NULL;
    const size_t n =
        strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    if (n == 0 || strncmp(url + n, "://", 3) != 0)
        return os_local(out, url, create, err);
    for (size_t i = 0; i < sizeof remote / sizeof *remote; i++) {
        if (!has_scheme(url, n, remote[i].scheme))
            continue;
        if (!create || remote[i].open != provider_plain)
            return os_remote(out, url, remote[i].open, network, err);
        cz_fail(err, CZ_UNSUPPORTED, "%s://: stores at this kind of address are read-only",
                remote[i].scheme);
        cz_hint(err, "convert into a folder, or to s3://, gs:// or az://");
        return CZ_UNSUPPORTED;
    }
    /* The address may contain a credential: show only the scheme. */
    if (!has_scheme(url, n, "file"))
        return cz_fail(err, CZ_UNSUPPORTED, "%.*s://: unsupported scheme", (int)(n < 32 ? n : 32),
                       url);
    if (url[7] != '/')
        return cz_fail(err, CZ_USAGE, "%s: not an absolute path (file:///PATH)", url);
    return os_local(out, url + 7, create, err);
}
