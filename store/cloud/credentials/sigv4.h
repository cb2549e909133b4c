/* AWS Signature Version 4, and Google's variant of it: the text of an Authorization header.
 *
 * Pure; thread-safe. Path and query are signed as they are in the URL, so encode them once
 * (store/text/encode.h) and use the result for both.
 * (AWS: "Signature Version 4 signing process", with S3's rule that paths are encoded once;
 * Google Cloud Storage: "Signatures", V4.) */
#ifndef CZ_STORE_CLOUD_CREDENTIALS_SIGV4_H
#define CZ_STORE_CLOUD_CREDENTIALS_SIGV4_H

#include <time.h>

#include "store/text/encode.h"

#define SIGV4_EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* Names in which the two differ. */
typedef struct sigv4_kind {
    const char *scheme;  /* "AWS4" */
    const char *request; /* "aws4_request" */
    const char *service; /* "s3" */
} sigv4_kind;
extern const sigv4_kind sigv4_aws, sigv4_sts, sigv4_google;

typedef struct sigv4_request {
    const char *method;
    const char *path;  /* encoded, from '/' on */
    const char *query; /* query_text(), or "" */
    http_pair *header; /* headers to sign, including Host; names in lower case; sorted in place */
    size_t n_headers;
    const char *payload_hash; /* lower-case hex: the value of x-amz-content-sha256 */
} sigv4_request;

enum { SIGV4_TIME = 17 };
/* The value of x-amz-date: "20130524T000000Z". */
void sigv4_time(char out[SIGV4_TIME], time_t now);

/* Append the canonical request, and the string to sign; exported for tests. */
void sigv4_canonical(buf *out, sigv4_request *r);
int sigv4_string_to_sign(buf *out, const sigv4_kind *kind, sigv4_request *r, const char *when,
                         const char *region, cz_error *err);

/* Append the value of the Authorization header. when: of sigv4_time(). Errors: NOMEM, IO. */
int sigv4_sign(buf *out, const sigv4_kind *kind, sigv4_request *r, const char *when,
               const char *region, const char *key_id, const char *secret, cz_error *err);

#endif
