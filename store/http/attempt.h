/* One attempt at a request: the libcurl options it needs, and where its response goes. Internal to
 * the transport.
 *
 * A call creates an attempt and submits it to the engine. From then on the attempt belongs to the
 * thread that drives the engine, except for the atomic members, until it arrives in the mailbox of
 * the call. */
#ifndef CZ_STORE_HTTP_ATTEMPT_H
#define CZ_STORE_HTTP_ATTEMPT_H

#include <curl/curl.h>
#include <stdatomic.h>

#include "store/http/speed.h"
#include "store/http/redirect.h"
#include "store/http/request.h"

typedef struct mailbox mailbox;
typedef struct http_attempt http_attempt;

/* Connection settings, the same for all attempts of a transport. */
typedef struct attempt_options {
    uint64_t rate_limit; /* bytes/s; 0: no limit */
    unsigned connect_ms;
    bool allow_private_redirects;
    const char *ca_file; /* NULL: libcurl's default */
} attempt_options;

/* How an attempt ended. */
typedef enum attempt_result {
    ATTEMPT_COMPLETE,   /* the response is complete and as requested: classify() decides */
    ATTEMPT_BROKEN,     /* incomplete: retried, and a range is resumed */
    ATTEMPT_MISMATCHED, /* a response to another request, perhaps a proxy's: retried a few times */
    ATTEMPT_FAILED,     /* permanent failure */
    ATTEMPT_CANCELLED,  /* the call cancelled it */
} attempt_result;

struct http_attempt {
    http_request *request;
    http_message message;
    bool hedge;            /* the second request for the same range */
    bool fresh_connection; /* do not reuse a connection */
    uint8_t *hedge_buffer; /* a hedge's range, copied to the request only if it wins */
    uint64_t first;        /* offset of the requested range in the object */
    size_t len, received;  /* bytes of the range; bytes of the body so far */
    const void *body;      /* sent: not owned */
    size_t body_len, sent;

    CURL *easy; /* NULL unless the engine is running the attempt */
    struct curl_slist *headers;
    char curl_error[CURL_ERROR_SIZE];
    /* Where the body goes; known when the response's header is complete. */
    enum { SINK_NONE, SINK_RANGE, SINK_ALL, SINK_ERROR } sink;
    bool sink_chosen;
    bool truncated; /* the rest of the body is not needed */
    bool resent;    /* libcurl sent the body again by itself: the server may have had it before */

    attempt_result result;
    cz_error err;
    http_answer answer;
    buf body_text;        /* the response's body unless it is a range */
    unsigned retry_after; /* s */
    bool was_sent;        /* a connection was made: the server may have received the request */

    redirects redirects;
    speed speed;           /* of the bodies, in both directions */
    uint64_t acknowledged; /* bytes sent that the server, or its proxy, has acknowledged */
    unsigned deadline_ms;  /* counted from the start of the first attempt */
    int64_t deadline; /* ms: an attempt without progress ends then; 0: deadline_ms from its start */
    atomic_int_least64_t last_moved; /* ms: when the last byte moved; 0: not started */
    atomic_bool cancelled;           /* set by the call, which then calls engine_cancel() */
    mailbox *reply_to;
    http_attempt *next; /* in the queue, among the active ones, or in the mailbox */
};

/* Create an attempt at the part of r that is still missing, with the message that r->build() makes.
 * Errors: NOMEM, and those of build(). */
int http_attempt_new(http_attempt **out, http_request *r, bool hedge, cz_error *err);
void http_attempt_free(http_attempt **t); /* NULL-safe */

/* Set all options of t on easy, a handle from curl_easy_init() or curl_easy_reset(). Its sockets
 * are recorded in *open, which must outlive them. */
CURLcode http_attempt_begin(http_attempt *t, CURL *easy, const attempt_options *options,
                            sockets *open);
/* Set result and err of an attempt that could not be started or completed, from libcurl's code. */
void http_attempt_fail(http_attempt *t, CURLcode code);
/* True if t must be aborted: it stalled, is too slow, or has passed its deadline. Sets curl_error.
 * A range is then resumed over another connection, so that no byte is lost. */
bool http_attempt_stalled(http_attempt *t, const attempt_options *o, const sockets *open,
                          unsigned stall_ms, int64_t now);
/* The transfer has ended with this code: set result and err. */
void http_attempt_end(http_attempt *t, CURLcode code);

/* Copy n bytes to the destination of r's range, from byte `at` of the range on. */
void http_request_store(const http_request *r, size_t at, const void *bytes, size_t n);

int64_t now_ms(void); /* CLOCK_MONOTONIC */

/* ---- Internal to attempt*.c ------------------------------------------------------------------ */

/* A byte has been sent or received. */
void attempt_touch(http_attempt *t);
/* The response's header is complete: check it, and decide where its body goes. On failure t->result
 * and t->err are set. */
int attempt_choose_sink(http_attempt *t);
/* CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION; user is the http_attempt. */
size_t attempt_on_body(char *at, size_t one, size_t n, void *user);
size_t attempt_on_header(char *at, size_t one, size_t n, void *user);

#endif
