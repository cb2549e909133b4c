/* HTTP requests: many at once over kept connections, tried again until they succeed or can't.
 *
 *     transport *t = NULL;
 *     http_request r = {.what = "index.html", .build = build, .classify = classify,
 *                       .all = &text, .max = 1 << 20};
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
 * provider_classify_status()). The wait before try k is any time up to min(backoff_max, backoff *
 * 2^k), at least what Retry-After says. The deadline is for a request with all its tries: none
 * begins when it is over, and one that moves nothing ends then, but not before stall_ms of its own.
 * There are at most 7 attempts without any connection. A range that broke off goes on where it
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

#include "store/http/request.h"

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

/* Add what t has counted so far to *out. */
void transport_statistics(net_statistics *out, const transport *t);

#endif
