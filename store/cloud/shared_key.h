/* Azure Storage's Shared Key: the text of an Authorization header.
 *
 * Pure. (Microsoft: "Authorize with Shared Key", Blob service, version 2015-02-21 and later.) */
#ifndef CZ_STORE_CLOUD_SHARED_KEY_H
#define CZ_STORE_CLOUD_SHARED_KEY_H

#include "store/text/encode.h"

typedef struct shared_key_request {
    const char *method;
    const char *path; /* encoded, from '/' on, as in the URL */
    http_pair *query; /* names in lower case, not encoded; sorted in place */
    size_t n_query;
    uint64_t length;   /* bytes of the body */
    http_pair *header; /* all headers sent; names in lower case; sorted in place */
    size_t n_headers;
} shared_key_request;

void shared_key_string_to_sign(buf *out, shared_key_request *r, const char *account);

/* Append the value of the Authorization header. key: base64, as Azure shows it.
 * Errors: USAGE (the key is not base64), NOMEM, IO. */
int shared_key_sign(buf *out, shared_key_request *r, const char *account, const char *key,
                    cz_error *err);

#endif
