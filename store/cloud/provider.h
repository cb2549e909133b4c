/* What differs between S3, Azure and plain HTTP: building requests and interpreting responses.
 *
 *     object_store (remote.c)   operations: get, stat, put, list, remove; put modes; parts
 *     provider (this)           request -> http_message; http_answer -> CZ_ code; page -> objects
 *     transport                 connections, attempts, limits
 *
 * A provider has no connection and no thread. It may hold credentials, and use the transport that
 * it was opened with to fetch them while it builds a request (on the caller's thread).
 *
 * Thread-safety: build(), classify() and the parsers may run on any number of threads at once. */
#ifndef CZ_STORE_CLOUD_PROVIDER_H
#define CZ_STORE_CLOUD_PROVIDER_H

#include "base/digest.h"
#include "store/http/message.h"
#include "store/http/transport.h"
#include "store/objects/object_store.h"

typedef enum provider_op {
    PROVIDER_GET,     /* a range */
    PROVIDER_GET_ALL, /* an object */
    PROVIDER_STAT,    /* HEAD: the response's Content-Length is the size */
    PROVIDER_PUT,
    PROVIDER_REMOVE,
    PROVIDER_LIST, /* a page */
    /* Multipart upload, for objects larger than put_max. */
    PROVIDER_PARTS_BEGIN, /* parse_upload() reads the response; not used if !has_begin */
    PROVIDER_PART,        /* part number `part`, from 1 */
    PROVIDER_PARTS_END,   /* join the parts into the object; `mode` applies here */
    PROVIDER_PARTS_ABORT, /* delete the parts; not used if !has_begin */
} provider_op;

/* A part that was sent, for PARTS_END: the service's ETag, and the digest of its bytes. */
typedef struct provider_part {
    char etag[128];
    char sha256[SHA256_HEX + 1];
} provider_part;

/* Digests of a body, kept for further attempts; "" until computed. */
typedef struct body_digests {
    char md5[MD5_HEX + 1], sha256[SHA256_HEX + 1];
} body_digests;

typedef struct provider_request {
    provider_op op;
    /* Relative to the store's root: the provider adds the store's prefix. LIST: a prefix of keys.
     */
    const char *key;
    /* PUT, PARTS_END. OS_COMMIT is as OS_OVERWRITE, since acknowledged objects are durable. */
    os_put_mode mode;
    uint64_t first, last; /* GET: offsets, `last` inclusive */
    const char *if_match; /* GET: "", or the ETag that the object must have, as received */
    /* PUT, PART: the payload. PARTS_END: the result of end_body(). */
    const void *body;
    size_t body_len;
    body_digests *sums; /* of body; NULL: not kept */
    bool delimiter;     /* LIST */
    const char *token;  /* LIST: "", or `next` of the previous page */
    const char *upload; /* PART, PARTS_END, PARTS_ABORT: upload id; "" if !has_begin */
    unsigned part;      /* PART: 1, 2, ... */
} provider_request;

/* A page of a listing. */
typedef struct provider_page {
    buf next; /* token of the next page; empty: this is the last */
    /* Called for each object or, with a delimiter, folder ("a/b/", size 0), in ascending order;
     * keys are relative to the store's root, unescaped UTF-8. Non-zero ends the parsing and is
     * returned. */
    int (*each)(void *user, const os_object *o);
    void *user;
} provider_page;

typedef struct provider provider;

typedef struct provider_ops {
    /* Errors: DENIED (no credentials; the hint says how to provide them), USAGE, NOMEM, and those
     * of fetching a credential. No message contains a credential. */
    int (*build)(provider *d, const provider_request *r, http_message *m, cz_error *err);
    /* CZ_OK if the operation succeeded. Otherwise ABSENT (no such object), USAGE (no such bucket:
     * the address is wrong), EXISTS (CREATE: the object exists), DENIED (credentials, clock, or
     * permissions, each with a message and hint of its own), CHANGED (if_match), CORRUPT (a range
     * beyond the end), UNREACHABLE (a retry may help; also a 200 with an error in its body, a
     * digest mismatch, a conflict of two writers, or an expired token that build() will renew),
     * UNSUPPORTED (501: the service lacks the operation), IO (anything else). */
    int (*classify)(provider *d, const provider_request *r, const http_answer *a, cz_error *err);
    /* NULL: listing is not supported. Errors: FORMAT, NOMEM, and those of each(). */
    int (*parse_page)(provider *d, const provider_request *r, const void *body, size_t n,
                      provider_page *page, cz_error *err);
    /* Append the upload id from the response to PARTS_BEGIN. Errors: FORMAT, NOMEM. */
    int (*parse_upload)(provider *d, const void *body, size_t n, buf *out, cz_error *err);
    /* Append the body of PARTS_END. Errors: NOMEM. */
    int (*end_body)(provider *d, const provider_part *part, size_t n, buf *out, cz_error *err);
    void (*close)(provider *d);
} provider_ops;

struct provider {
    const provider_ops *ops;
    bool writes;        /* supports put and remove; otherwise they are DENIED */
    bool remove_silent; /* REMOVE of an absent object succeeds: stat first to detect it */
    bool has_begin;     /* uploads are started and aborted explicitly */
    uint64_t put_max;   /* bytes of one PUT; larger objects are uploaded in parts */
    uint64_t part_size; /* bytes of each part but the last */
    unsigned parts_max;
    char *url; /* for messages: the store's address, without credentials; owned */
};

/* ---- For providers --------------------------------------------------------------------------- */

/* The HTTP method of an operation in S3. */
const char *provider_method(provider_op op);
/* cz_fail() with context: "KEY: WHY (GET bytes 0 to 9, HTTP 503, s3://bucket/prefix)". a may be
 * NULL. */
int provider_fail(cz_error *err, int code, const provider *d, const provider_request *r,
                  const http_answer *a, const char *fmt, ...) CZ_PRINTF(6, 7);
/* Map an HTTP status to an error code and message, for responses that the provider does not
 * interpret itself. `detail` is the service's message, or ""; it is shortened, and control
 * characters are removed. Returns CZ_OK for 2xx. */
int provider_classify_status(cz_error *err, const provider *d, const provider_request *r,
                             const http_answer *a, const char *detail);

/* ---- Providers ------------------------------------------------------------------------------- */

/* Open a provider by address ("s3://bucket/prefix"), with credentials from the environment (see
 * credentials.h). t must outlive it. Makes no request. Errors: USAGE (invalid address), DENIED,
 * NOMEM. */
int provider_plain(provider **out, const char *url, transport *t, cz_error *err);
int provider_s3(provider **out, const char *url, transport *t, cz_error *err);
int provider_gs(provider **out, const char *url, transport *t, cz_error *err);
int provider_azure(provider **out, const char *url, transport *t, cz_error *err);

#endif
