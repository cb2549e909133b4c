/* The provider for S3, and for Google Cloud Storage, whose XML API is the same but for names.
 * Internal to s3*.c.
 *
 *     s3.c            requests: paths, queries, headers, signatures
 *     s3_response.c   mapping responses to error codes
 *     s3_list.c       pages of a listing; the XML of multipart uploads
 *     s3_open.c       addresses, endpoints, settings */
#ifndef CZ_STORE_CLOUD_S3_H
#define CZ_STORE_CLOUD_S3_H

#include <stdatomic.h>

#include "store/cloud/credentials/credentials.h"
#include "store/cloud/provider.h"
#include "store/cloud/credentials/sigv4.h"

/* What differs between S3 and Google. */
typedef struct s3_words {
    const sigv4_kind *signature;
    bool checks_hash;                /* the service checks the body against the signed hash */
    const char *date, *hash, *token; /* headers: "x-amz-date", "x-amz-content-sha256", ... */
    http_pair create;                /* the precondition of CREATE */
    const char *payer;               /* header of requester pays */
} s3_words;

typedef struct s3 {
    provider base;
    const s3_words *words;
    credentials *keys;
    char *bucket;
    char *prefix; /* "" or "a/b/" */
    char *origin; /* "https://host:port" */
    char *host;   /* for the header Host */
    char *root;   /* path before a key, encoded: "/" or "/bucket/", below the endpoint's */
    char *region;
    char *payer;           /* value of words->payer, or NULL */
    atomic_bool wants_md5; /* the bucket requires Content-MD5 */
} s3;

int s3_build(provider *d, const provider_request *r, http_message *m, cz_error *err);
int s3_classify(provider *d, const provider_request *r, const http_answer *a, cz_error *err);
int s3_parse_page(provider *d, const provider_request *r, const void *body, size_t n,
                  provider_page *page, cz_error *err);
int s3_parse_upload(provider *d, const void *body, size_t n, buf *out, cz_error *err);
int s3_end_body(provider *d, const provider_part *part, size_t n, buf *out, cz_error *err);

#endif
