/* HTTP requests: many at once over persistent connections, with retries.
 *
 *     transport *t = NULL;
 *     http_request r = {.what = "index.html", .build = build, .classify = classify,
 *                       .all = &text, .max = 1 << 20};
 *     transport_open(&t, &(transport_options){0}, err);
 *     rc = transport_run(t, &r, 1, NULL, err);
 *
 * The transport knows nothing of stores, Zarr or providers. A request brings build(), which is
 * called for each attempt, so that a signature never expires, and classify(), which maps a response
 * to an error code. Both run on the caller's thread, and may make requests themselves (to fetch a
 * credential, say). The thread that waits for a response transfers the bytes, or an internal thread
 * that blocks all signals (engine.h). Only HTTP/1.1 is used: all object stores support it, and
 * several connections are faster in bulk than one connection with many streams.
 *
 * Retried: broken connections, responses whose body does not match their header or the requested
 * range, and whatever classify() reports as UNREACHABLE (HTTP 408, 429, 500, 502, 503 and 504:
 * provider_classify_status()). The delay before retry k is random, up to min(backoff_max, backoff *
 * 2^k), and at least Retry-After. The deadline holds for a request with all its attempts: none
 * starts after it, and one without progress ends then, but not before stall_ms of its own. Until
 * any connection has been made, at most 7 attempts are made. A broken range is resumed where it
 * ended. While a server responds with 429 or 503, fewer connections are used.
 *
 * Once stop_asked() (base/stop.h), requests end early: those that await a retry at once, those in
 * progress after a second without a byte. Their error is CANCELLED.
 *
 * Environment variables, as for the curl command: http_proxy, https_proxy, no_proxy; CURL_CA_BUNDLE
 * or SSL_CERT_FILE for trusted certificates; ~/.netrc if http_message.netrc is set.
 *
 * Thread-safety: any number of threads may use one transport. After fork() a child may use it too,
 * with connections and a thread of its own. */
#ifndef CZ_STORE_HTTP_TRANSPORT_H
#define CZ_STORE_HTTP_TRANSPORT_H

#include "store/http/request.h"

/* Errors: NOMEM, UNSUPPORTED (a libcurl without TLS or threads). Makes no connection. */
int transport_open(transport **out, const transport_options *options, cz_error *err);
void transport_close(transport **t); /* NULL-safe; no request may be in progress */

/* Run n requests concurrently; blocks until all have ended. done() (may be NULL) is called for each
 * as it ends, on this thread. Returns the code of the first failure (by time), or CZ_OK. Errors of
 * a request: UNREACHABLE (attempts or time exhausted), CORRUPT (the object ends before the range,
 * or is larger than max), CHANGED (412 to If-Match, or another ETag when a range was resumed),
 * UNSUPPORTED (the server does not support ranges), NOMEM, CANCELLED
 * (stop_asked()), and those of build() and classify(). */
int transport_run(transport *t, http_request *r, size_t n, void (*done)(http_request *r),
                  cz_error *err);

/* Add t's counters to *out. */
void transport_statistics(net_statistics *out, const transport *t);

#endif
