/* Parsers of the responses of metadata services and of AWS STS. Pure. Errors: FORMAT, NOMEM. */
#ifndef CZ_STORE_CLOUD_CREDENTIALS_INSTANCE_PARSE_H
#define CZ_STORE_CLOUD_CREDENTIALS_INSTANCE_PARSE_H

#include "store/cloud/credentials/credentials.h"

/* "expires_in" counts from `now`. */
int instance_parse_aws(credential *out, const void *body, size_t n, cz_error *err);
int instance_parse_bearer(credential *out, const void *body, size_t n, time_t now, cz_error *err);
/* Seconds since 1970 of an ISO 8601 time. An unreadable one counts as expired, so that the
 * credentials are renewed. */
time_t instance_parse_time(const char *when);
int instance_parse_sts(credential *out, const void *body, size_t n, cz_error *err);

#endif
