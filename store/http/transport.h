/* HTTP requests: many at once over kept connections, tried again until they succeed or can't.
 *
 *     transport *t = NULL;
 *     http_request r = {.what = "index.html", .build = build, .judge = judge, .all = &text, .max = 1 << 20};
 *     transport_open(&t, &(transport_options){0}, err);
 *     rc = transport_run(t, &r, 1, NULL, err);
 *
 * It knows nothing of stores, of Zarr, or of whose server that is: a request brings a build step,
 * which is called anew for each try, so that a signature is never stale, and a judge, which says
 * what an answer means. Both run on the thread that made the call, and may make calls of their own
 * (to fetch a credential, say). Sockets are moved by whichever thread waits for its answer, or by
 * one inside, which blocks all signals (engine.h). Bulk goes over HTTP/1.1: servers of objects
 * speak that, and one connection with many streams is slower than several.
 *
 * Tried again: broken connections, answers whose body isn't what their head says or what was asked
 * for, and whatever a judge calls UNREACHABLE (HTTP 408, 429, 500, 502, 503 and 504:
 * provider_classify_status()). The wait before try k is any time up to min(backoff_max, backoff * 2^k),
 * at least what Retry-After says. The deadline is for a request with all its tries: none begins
 * when it is over, and one that moves nothing ends then, but not before stall_ms of its own. Of
 * those before anybody was reached there are 7 at most. A range that broke off goes on where it
 * ended. While a server says 429 or 503 fewer connections are used, and more again while all is
 * well.
 *
 * From the environment, as curl's own command has it: http_proxy, https_proxy, no_proxy;
 * CURL_CA_BUNDLE or SSL_CERT_FILE for the certificates that are trusted; ~/.netrc where a request
 * asks for it.
 *
 * Thread-safety: a transport is used by any number of threads at once. After fork() a child goes on
 * with it over connections and a thread of its own. */
#ifndef CZ_STORE_HTTP_TRANSPORT_H
#define CZ_STORE_HTTP_TRANSPORT_H

#include <sys/uio.h>

#include "store/http/message.h"
#include "base/statistics.h"

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

    /* Is anybody there? One try, with TRANSPORT_PROBE_MS for the connection. */
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
    bool
        uncertain; /* a try before the last one broke after it was sent: the server may have done it */

    /* The transport's own */
    struct http_attempt *active[2]; /* the try, and its hedge */
    struct http_attempt *won;       /* the one of both whose answer counts */
    unsigned wrong;                 /* answers that weren't to the question */
    int64_t begun, due;             /* ms: when the first try began; when the next one may */
    http_request *next, **link;     /* among those of its call */
};

/* Errors: NOMEM, UNSUPPORTED (a libcurl without TLS or threads). No connection is made yet. */
int transport_open(transport **out, const transport_options *options, cz_error *err);
void transport_close(transport **t); /* NULL-safe; no call may be under way */

/* Do n requests at once. done() (may be NULL) is called for each as it ends, on this thread. All
 * are over when it returns. Returns the first failure's code (by time), CZ_OK without one. Errors
 * of a request: UNREACHABLE (tries or time ran out), CORRUPT (the object ends before the range
 * does, or is larger than max), CHANGED (412 to If-Match, or another ETag, when a broken range went
 * on), UNSUPPORTED (the server gives no ranges), NOMEM, and what build and judge say. */
int transport_run(transport *t, http_request *r, size_t n, void (*done)(http_request *r),
                  cz_error *err);

/* The same one by one, for who has more requests than fit into memory: added while others are under
 * way, taken in the order in which they end. A call belongs to one thread. */
typedef struct http_call http_call;
int http_call_open(http_call **out, transport *t, cz_error *err);
void http_call_add(http_call *c, http_request *r);
/* Begin what was added, which else begins when the next one is waited for. */
void http_call_go(http_call *c);
/* The next one that is over; waits for it. NULL: none is under way. */
http_request *http_call_next(http_call *c);
void http_call_close(http_call **c); /* NULL-safe; what is under way is broken off */

/* Add what t has counted so far to *out. */
void transport_statistics(net_statistics *out, const transport *t);

#endif
