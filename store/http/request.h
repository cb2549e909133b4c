/* One HTTP request of the transport, and how the transport treats all of them. */
#ifndef CZ_STORE_HTTP_REQUEST_H
#define CZ_STORE_HTTP_REQUEST_H

#include <sys/uio.h>

#include "base/statistics.h"
#include "store/http/message.h"

typedef struct transport transport;

/* All zero: the defaults, which stand behind each. */
typedef struct transport_options {
    unsigned connections;    /* at once, at most: TRANSPORT_CONNECTIONS */
    uint64_t rate_limit;     /* bytes a second, in and out together, over some seconds: no limit */
    unsigned tries;          /* of one request: 10 */
    unsigned backoff_ms;     /* 100 */
    unsigned backoff_max_ms; /* 20 000 */
    unsigned deadline_ms; /* of a request, all tries and waits, but for times in which it moves at
                           * least SPEED_LEAST: 300 000 */
    unsigned connect_ms;  /* until a connection stands: 20 000 */
    unsigned stall_ms; /* a connection that moves no byte for so long counts as broken, and one that
                        * moves less than SPEED_LEAST of bodies over twice as long: 30 000 */
    unsigned hedge_ms; /* see http_request.hedge: 2 000 */
    bool allow_private_redirects; /* see redirect.h; also $CAMZARR_ALLOW_PRIVATE_REDIRECTS */
} transport_options;

enum { TRANSPORT_CONNECTIONS = 16, TRANSPORT_PROBE_MS = 1000 };

typedef struct http_request http_request;

/* One request. Zero-initialise and set the first part; it stays where it is until it is over. */
struct http_request {
    const char *what; /* for messages: the object, no address with a query, no secret */
    /* Fill m for the next try. What it fails with other than UNREACHABLE is final. */
    int (*build)(http_request *r, http_message *m, cz_error *err);
    /* A try's answer is complete: CZ_OK, UNREACHABLE (try again) or what is wrong. For a status of
     * 2xx the body is where it was asked for, and its length and range have been checked. */
    int (*classify)(http_request *r, const http_answer *a, cz_error *err);
    void *user; /* the caller's own */

    const void *
        body; /* to be sent, straight from here; NULL with 0 bytes is a body too for PUT and POST */
    size_t body_len;

    /* Where the body of a 2xx answer goes. Exactly one of: bytes offset to offset + len - 1 of the
     * object (len isn't 0), to `to` or, where that is NULL, into several parts, one after the
     * other; all of it, appended to *all, CORRUPT if it has more than max bytes; neither: it is
     * dropped. */
    void *to;
    const struct iovec *to_parts;
    size_t parts;
    uint64_t offset;
    size_t len;
    buf *all;
    size_t max;

    /* Is there a server? One attempt, with TRANSPORT_PROBE_MS for the connection. */
    bool probe;

    /* The server may need long for its answer, and keep the connection awake by the byte meanwhile:
     * only the deadline and stall_ms hold. */
    bool patient;

    /* A range that may be asked for twice: when it has got no byte for hedge_ms, a second request
     * goes out over a fresh connection, as soon as the limits let one, and the faster one
     * counts. */
    bool hedge;

    /* For the build step: bytes of the range that are here already, and the strong ETag (or "") of
     * the object they came from. It asks for the rest, of that object and no other (If-Match). */
    size_t have;
    char etag[128];

    /* When it is over */
    int rc;
    cz_error err;
    unsigned tries;
    bool uncertain; /* a try before the last one broke after it was sent: the server may have done
                       it */

    /* The transport's own */
    struct http_attempt *active[2]; /* the try, and its hedge */
    struct http_attempt *won;       /* the one of both whose answer counts */
    unsigned wrong;                 /* answers that weren't to the question */
    int64_t begun, due;             /* ms: when the first try began; when the next one may */
    http_request *next, **link;     /* among those of its call */
};

#endif
