/* The object store over a provider: everything that is the same for all providers.
 *
 * The ranges of a get() are requested concurrently. An object larger than provider.put_max is
 * uploaded in parts, several at a time; if one fails the upload is aborted. When a CREATE that was
 * retried reports EXISTS, an earlier attempt may have succeeded: the object is compared with what
 * was put. If a service has no conditional put (UNSUPPORTED), CREATE is a stat and a put. */
#ifndef CZ_STORE_CLOUD_REMOTE_H
#define CZ_STORE_CLOUD_REMOTE_H

#include "store/cloud/provider.h"

enum {
    REMOTE_RANGE_COST = 1 << 20, /* bytes received in the time of one more request */
    REMOTE_PUTS = 16,            /* concurrent */
};

/* Opens a provider; see provider.h. */
typedef int provider_open(provider **out, const char *url, transport *t, cz_error *err);

/* Makes no request: a missing bucket is reported by the first operation. Errors: those of open(),
 * and NOMEM. */
int os_remote(object_store **out, const char *url, provider_open *open, const cz_network *network,
              cz_error *err);

/* Use an existing provider and transport (for tests). On success both are moved, and set to NULL.
 */
int os_remote_over(object_store **out, provider **d, transport **t, cz_error *err);

#endif
