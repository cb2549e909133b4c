/* An HTTP request, and the options of the transport that runs it. */
#ifndef CZ_STORE_HTTP_REQUEST_H
#define CZ_STORE_HTTP_REQUEST_H

#include <sys/uio.h>

#include "base/statistics.h"
#include "store/http/message.h"

typedef struct transport transport;

/* 0 selects the default, given at the end of each comment. */
typedef struct transport_options {
    unsigned connections;  /* concurrent: TRANSPORT_CONNECTIONS */
    uint64_t rate_limit;   /* bytes/s, both directions together, averaged over seconds: no limit */
    unsigned max_attempts; /* per request: 10 */
    unsigned backoff_ms;   /* of the first retry: 100 */
    unsigned backoff_max_ms; /* 20 000 */
    /* Per request, all attempts and delays included, but without time in which at least SPEED_LEAST
     * is reached: 300 000. */
    unsigned deadline_ms;
    unsigned connect_ms; /* until a connection is established: 20 000 */
    /* A connection without a byte for so long, or below SPEED_LEAST for twice as long, counts as
     * broken: 30 000. */
    unsigned stall_ms;
    unsigned hedge_ms;            /* see http_request.hedge: 2 000 */
    bool allow_private_redirects; /* see redirect.h; also $CAMZARR_ALLOW_PRIVATE_REDIRECTS */
} transport_options;

enum { TRANSPORT_CONNECTIONS = 16, TRANSPORT_PROBE_MS = 1000 };

typedef struct http_request http_request;

/* Zero-initialise and set the first part; it must stay in place until the request has ended. */
struct http_request {
    const char *what; /* names the object in messages; without query and secrets */
    /* Fill m for the next attempt. Any error but UNREACHABLE is permanent. */
    int (*build)(http_request *r, http_message *m, cz_error *err);
    /* Interpret a complete response: CZ_OK, UNREACHABLE (retry) or a permanent error. For a 2xx
     * status the body is at its destination, and its length and range have been checked. */
    int (*classify)(http_request *r, const http_answer *a, cz_error *err);
    void *user; /* the caller's */

    /* The payload of PUT and POST, not copied. NULL with 0 bytes is an empty payload. */
    const void *body;
    size_t body_len;

    /* Destination of a 2xx response's body, exactly one of:
     * - a range (len > 0): bytes offset to offset + len - 1 of the object, to `to` or, if that is
     *   NULL, to several buffers in turn;
     * - all of the object, appended to *all; CORRUPT if it has more than max bytes;
     * - neither: the body is dropped. */
    void *to;
    const struct iovec *to_parts;
    size_t parts;
    uint64_t offset;
    size_t len;
    buf *all;
    size_t max;

    /* Probe for a server: one attempt, with TRANSPORT_PROBE_MS to connect. */
    bool probe;

    /* The server may take long, sending a byte now and then to keep the connection open: only
     * deadline_ms and stall_ms limit the time. */
    bool allow_slow;

    /* Permit a hedge: when the range has received no byte for hedge_ms, a second request is sent
     * over a fresh connection, within the throttle's limits, and the faster response is used. */
    bool hedge;

    /* For build(): bytes of the range received so far, and the strong ETag (or "") of the object
     * that they came from. build() requests the remaining ones, of that object only (If-Match). */
    size_t received;
    char etag[128];

    /* Results */
    int rc;
    cz_error err;
    unsigned attempts;
    bool
        maybe_applied; /* an earlier attempt broke after it was sent: the server may have done it */

    /* Internal to the transport */
    struct http_attempt *active[2]; /* the attempt, and its hedge */
    struct http_attempt *winner;    /* the one of both whose response is used */
    bool stopping;                  /* its attempts were cancelled: stop_asked() */
    int64_t submitted;              /* ms: the last attempt */
    unsigned mismatches;            /* responses to another request */
    int64_t started, retry_at;      /* ms: start of the first attempt; earliest next attempt */
    http_request *next, **link;     /* in the call's list */
};

#endif
