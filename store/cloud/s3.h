/* The insides of the S3 dialect, which Google Cloud Storage speaks with other words.
 *
 *     s3.c         requests: paths, queries, headers, signatures
 *     s3_classify.c   what an answer means
 *     s3_list.c    pages of a listing, and the XML of objects in parts
 *     s3_open.c    addresses, endpoints, settings */
#ifndef CZ_STORE_CLOUD_S3_H
#define CZ_STORE_CLOUD_S3_H

#include <stdatomic.h>

#include "store/cloud/credentials/credentials.h"
#include "store/cloud/provider.h"
#include "store/cloud/sigv4.h"

typedef struct s3_words {
    const sigv4_kind *signature;
    bool hash_counts;                /* the service holds a body against the hash that was signed */
    const char *date, *hash, *token; /* headers: "x-amz-date", "x-amz-content-sha256", ... */
    http_pair create;                /* the header that makes a PUT a CREATE */
    const char *payer;               /* header for requester pays */
} s3_words;

typedef struct s3 {
    provider base;
    const s3_words *words;
    credentials *keys;
    char *bucket;
    char *prefix; /* "" or "a/b/" */
    char *origin; /* "https://host:port", and the path under which the endpoint lies */
    char *host;   /* as the header Host has it */
    char *root;   /* path before a key, encoded: "/" or "/bucket/", with the endpoint's own */
    char *region;
    char *payer;           /* value of words->payer, or NULL */
    atomic_bool wants_md5; /* the service said so */
} s3;

int s3_build(provider *d, const provider_request *r, http_message *m, cz_error *err);
int s3_classify(provider *d, const provider_request *r, const http_answer *a, cz_error *err);
int s3_parse_page(provider *d, const provider_request *r, const void *body, size_t n,
                  provider_page *page, cz_error *err);
int s3_parse_upload(provider *d, const void *body, size_t n, buf *out, cz_error *err);
int s3_end_body(provider *d, const provider_part *part, size_t n, buf *out, cz_error *err);

#endif
