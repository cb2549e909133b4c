/* How S3, Azure and plain HTTP differ: the text of a request, and what an answer means.
 *
 *     object_store (remote.c)      what is asked: get, stat, put, list, remove; which mode; in how
 * many parts dialect (this)           request -> http_message; http_answer -> CZ_ code; page ->
 * objects transport                sockets, tries, limits
 *
 * A dialect has no socket and no thread of its own. It may keep credentials, and use the transport
 * that it was opened with to fetch them while it builds a request (build runs on the thread that
 * made the call).
 *
 * Thread-safety: build, judge and the parsers run on any number of threads at once. */
#ifndef CZ_STORE_CLOUD_PROVIDER_H
#define CZ_STORE_CLOUD_PROVIDER_H

#include "base/digest.h"
#include "store/http/message.h"
#include "store/http/transport.h"
#include "store/objects/object_store.h"

typedef enum provider_op {
    PROVIDER_GET,     /* a range */
    PROVIDER_GET_ALL, /* an object */
    PROVIDER_STAT,    /* HEAD: the answer's Content-Length is the size */
    PROVIDER_PUT,
    PROVIDER_REMOVE,
    PROVIDER_LIST, /* a page */
    /* An object in several parts, for what is larger than one PUT may be. */
    PROVIDER_PARTS_BEGIN, /* parse_upload() reads the answer; not asked where !has_begin */
    PROVIDER_PART,        /* part number `part`, from 1 on */
    PROVIDER_PARTS_END,   /* `parts` become the object; the mode counts here */
    PROVIDER_PARTS_ABORT, /* they are given up; not asked where !has_begin */
} provider_op;

/* A part that was sent, for PARTS_END: what the service said of it, and the digest of its bytes. */
typedef struct provider_part {
    char etag[128];
    char sha256[SHA256_HEX + 1];
} provider_part;

/* Of a body: computed for the first try, kept for the others; "" before. */
typedef struct body_digests {
    char md5[MD5_HEX + 1], sha256[SHA256_HEX + 1];
} body_digests;

typedef struct provider_request {
    provider_op op;
    /* From the store's root: the dialect puts its own prefix before it. LIST: the prefix. */
    const char *key;
    /* PUT, PARTS_END. OS_COMMIT is OS_OVERWRITE: what a service acknowledges is durable. */
    os_put_mode mode;
    uint64_t first, last; /* GET: bytes, `last` included */
    const char *if_match; /* GET: "" or the ETag that the object has to have, as it was received */
    /* PUT, PART: what is sent. PARTS_END: the dialect's own text, see end_body(). */
    const void *body;
    size_t body_len;
    body_digests *sums; /* of body; NULL: they are not kept */
    bool delimiter;     /* LIST */
    const char *token;  /* LIST: "" or the page before's `next` */
    const char *upload; /* PART, PARTS_END, PARTS_ABORT: of parse_upload(), "" where !has_begin */
    unsigned part;      /* PART: 1, 2, ... */
} provider_request;

/* A page of a listing. */
typedef struct provider_page {
    buf next; /* token of the page behind this one, empty: this is the last */
    /* Told of each object or, with a delimiter, folder ("a/b/", size 0), in the page's order; keys
     * from the store's root, unescaped, UTF-8. Non-zero ends the parsing and is returned. */
    int (*each)(void *user, const os_object *o);
    void *user;
} provider_page;

typedef struct provider provider;

typedef struct provider_ops {
    /* Errors: DENIED (no credentials, with what would give some as a hint), USAGE, NOMEM, and what
     * fetching a credential says. No error and no message holds a credential. */
    int (*build)(provider *d, const provider_request *r, http_message *m, cz_error *err);
    /* CZ_OK for what did what was asked. Otherwise ABSENT (no such object), USAGE (no such bucket:
     * the address is wrong), EXISTS (CREATE: something is there), DENIED (credentials, clock,
     * rights: each with its own words and remedy), CHANGED (if_match), CORRUPT (a range beyond the
     * end; a digest that the service found wrong), UNREACHABLE (a retry may help; also 200 with an
     * error in its body, a conflict between two writers, an expired token that build will fetch
     * anew), UNSUPPORTED (the service has no such operation: 501), IO (anything else). */
    int (*classify)(provider *d, const provider_request *r, const http_answer *a, cz_error *err);
    /* NULL: there is no listing. Errors: FORMAT, NOMEM, each's own. */
    int (*parse_page)(provider *d, const provider_request *r, const void *body, size_t n,
                      provider_page *page, cz_error *err);
    /* The upload's name out of the answer to PARTS_BEGIN, appended. Errors: FORMAT, NOMEM. */
    int (*parse_upload)(provider *d, const void *body, size_t n, buf *out, cz_error *err);
    /* The body of PARTS_END, appended to out. Errors: NOMEM. */
    int (*end_body)(provider *d, const provider_part *part, size_t n, buf *out, cz_error *err);
    void (*close)(provider *d);
} provider_ops;

struct provider {
    const provider_ops *ops;
    bool writes;        /* put and remove; a read-only one refuses them as DENIED */
    bool remove_silent; /* REMOVE of what isn't there succeeds: who wants to know asks before */
    bool has_begin;     /* PARTS_BEGIN and PARTS_ABORT are requests of their own */
    uint64_t put_max;   /* bytes of one PUT; larger objects go in parts */
    uint64_t part_size; /* bytes of each part but the last */
    unsigned parts_max;
    char *url; /* for messages: the store's address without any credential; owned by the dialect */
};

/* ---- For dialects to use --------------------------------------------------------------------- */

/* The method of an operation, as S3 has them. */
const char *provider_method(provider_op op);
/* cz_fail() with where it was: "KEY: WHY (GET bytes 0 to 9, HTTP 503, s3://bucket/prefix)". a may
 * be NULL. */
int provider_fail(cz_error *err, int code, const provider *d, const provider_request *r,
                  const http_answer *a, const char *fmt, ...) CZ_PRINTF(6, 7);
/* What a status means everywhere, for what the dialect doesn't know better. `detail` is the
 * service's own message ("" without one; shown cut and cleaned of control characters). Returns
 * CZ_OK for 2xx. */
int provider_classify_status(cz_error *err, const provider *d, const provider_request *r,
                             const http_answer *a, const char *detail);

/* ---- The dialects ---------------------------------------------------------------------------- */

/* Each opens by an address ("s3://bucket/prefix"), and with credentials from where users have them.
 * t outlives it. Nothing is asked of the network yet. Errors: USAGE (no such address), DENIED,
 * NOMEM. */
int provider_plain(provider **out, const char *url, transport *t, cz_error *err);
int provider_s3(provider **out, const char *url, transport *t, cz_error *err);
int provider_gs(provider **out, const char *url, transport *t, cz_error *err);
int provider_azure(provider **out, const char *url, transport *t, cz_error *err);

#endif
