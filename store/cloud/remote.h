/* An object store over a dialect: what is the same for all of them.
 *
 * Ranges of a get() become requests of one call, all at once. A put larger than dialect.put_max
 * goes in parts, several at a time, and is given up as a whole. When a CREATE that had to be tried
 * again says EXISTS, that may be our own success: the object is read back and compared. Where a
 * service knows no conditional put (UNSUPPORTED), CREATE asks first and puts then. */
#ifndef CZ_STORE_CLOUD_REMOTE_H
#define CZ_STORE_CLOUD_REMOTE_H

#include "store/cloud/provider.h"

enum {
    REMOTE_RANGE_COST = 1 << 20, /* bytes that arrive while a request more would go out */
    REMOTE_PUTS = 16,            /* under way at once */
};

/* What opens a dialect; see dialect.h. */
typedef int provider_open(provider **out, const char *url, transport *t, cz_error *err);

/* Errors: open's, and NOMEM. Nothing is asked of the network: a bucket that isn't there is an error
 * of the first request. */
int os_remote(object_store **out, const char *url, provider_open *open, const cz_network *network,
              cz_error *err);

/* Over a dialect and a transport that are there (for tests): both are moved, and NULL, on success.
 */
int os_remote_over(object_store **out, provider **d, transport **t, cz_error *err);

#endif
