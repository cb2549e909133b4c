/* Parses the addresses of stores and the URLs of services. */
#ifndef CZ_STORE_CLOUD_ADDRESS_H
#define CZ_STORE_CLOUD_ADDRESS_H

#include <stdbool.h>

#include "base/error.h"

/* "s3://bucket/prefix". */
typedef struct store_address {
    char *bucket;
    char *prefix; /* "" or "a/b/" */
    char *url;    /* for messages: without trailing '/' */
} store_address;
/* Errors: USAGE (no bucket, an invalid prefix, or a '?', '#' or '@': credentials and options must
 * not be in an address), NOMEM. */
int store_address_read(store_address *out, const char *url, cz_error *err);
void store_address_free(store_address *a);

/* "https://host:port/path". */
typedef struct endpoint {
    char *origin; /* "https://host:port" */
    char *host;   /* for the header Host: without the scheme's default port */
    char *path;   /* "" or "/path", without trailing '/' */
} endpoint;
/* `where` names its source in messages ("AWS_ENDPOINT_URL"). Errors: USAGE (not an http(s) URL, or
 * one with a user, a password or a query), NOMEM. */
int endpoint_read(endpoint *out, const char *url, const char *where, cz_error *err);
void endpoint_free(endpoint *e);

#endif
