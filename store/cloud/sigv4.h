/* AWS Signature Version 4, and Google's variant of it: the text of an Authorization header.
 *
 * Pure: a request and a time in, text out. What is signed is what is sent: the path and the query
 * are taken as they stand in the URL, so encode them once (store/http/encode.h) and use them twice.
 * (AWS: "Signature Version 4 signing process", with S3's rule that paths are encoded once;
 * Google Cloud Storage: "Signatures", V4.) */
#ifndef CZ_STORE_CLOUD_SIGV4_H
#define CZ_STORE_CLOUD_SIGV4_H

#include <time.h>

#include "store/text/encode.h"

#define SIGV4_EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* The words in which the two differ. */
typedef struct sigv4_kind {
    const char *scheme;  /* "AWS4" */
    const char *request; /* "aws4_request" */
    const char *service; /* "s3" */
} sigv4_kind;
extern const sigv4_kind sigv4_aws, sigv4_google;

typedef struct sigv4_request {
    const char *method;
    const char *path;  /* encoded, from '/' on */
    const char *query; /* query_text(), or "" */
    http_pair *header; /* those to be signed, Host among them; names in lower case. Sorted here */
    size_t n_headers;
    const char *payload_hash; /* lower-case hex: what x-amz-content-sha256 says */
} sigv4_request;

enum { SIGV4_TIME = 17 };
/* "20130524T000000Z": what x-amz-date says. */
void sigv4_time(char out[SIGV4_TIME], time_t now);

/* The canonical request and the string to sign, appended: for tests and to look at. */
void sigv4_canonical(buf *out, sigv4_request *r);
int sigv4_string_to_sign(buf *out, const sigv4_kind *kind, sigv4_request *r, const char *when,
                         const char *region, cz_error *err);

/* The value of the Authorization header, appended. when: sigv4_time(). Errors: NOMEM, IO. */
int sigv4_sign(buf *out, const sigv4_kind *kind, sigv4_request *r, const char *when,
               const char *region, const char *key_id, const char *secret, cz_error *err);

#endif
