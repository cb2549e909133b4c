/* Addresses of stores and of services, taken apart. */
#ifndef CZ_STORE_CLOUD_ADDRESS_H
#define CZ_STORE_CLOUD_ADDRESS_H

#include <stdbool.h>

#include "base/error.h"

/* "s3://bucket/prefix". */
typedef struct store_address {
    char *bucket;
    char *prefix; /* "" or "a/b/" */
    char *url;    /* as messages have it: without a '/' at the end */
} store_address;
/* Errors: USAGE (no bucket, a prefix that can't be one, a '?' or '#': keys and options don't belong
 * in an address), NOMEM. */
int store_address_read(store_address *out, const char *url, cz_error *err);
void store_address_free(store_address *a);

/* "https://host:port/path". */
typedef struct endpoint {
    char *origin; /* "https://host:port" */
    char *host;   /* as the header Host has it: without a port that is the scheme's own */
    char *path;   /* "" or "/path", without a '/' at the end */
} endpoint;
/* where names it in messages ("AWS_ENDPOINT_URL"). Errors: USAGE (no http(s) address, or one that
 * holds a user, a password or a query), NOMEM. */
int endpoint_read(endpoint *out, const char *url, const char *where, cz_error *err);
void endpoint_free(endpoint *e);

#endif
