/* One try of a request: what curl is told, and where what it gives goes. Inside of the transport.
 *
 * A call makes it and hands it to the engine; from then on it belongs to whoever drives the engine,
 * but for
 * `moved`, until it comes back through the mailbox. */
#ifndef CZ_STORE_HTTP_ATTEMPT_H
#define CZ_STORE_HTTP_ATTEMPT_H

#include <curl/curl.h>
#include <stdatomic.h>

#include "store/http/speed.h"
#include "store/http/redirect.h"
#include "store/http/request.h"

typedef struct mailbox mailbox;
typedef struct http_attempt http_attempt;

/* How connections are made; the same for all of a transport's. */
typedef struct attempt_options {
    uint64_t rate_limit;
    unsigned connect_ms;
    bool allow_private_redirects;
    const char *ca_file; /* NULL: libcurl's own */
} attempt_options;

/* How an attempt ended. */
typedef enum attempt_result {
    ATTEMPT_ANSWERED,   /* complete and as requested: classify() decides */
    ATTEMPT_BROKE,      /* incomplete: retried, and a range is resumed */
    ATTEMPT_MISMATCHED, /* a response to another request, perhaps a proxy's: retried a few times */
    ATTEMPT_FAILED,     /* a retry does not help */
    ATTEMPT_CANCELLED,  /* the call cancelled it */
} attempt_result;

struct http_attempt {
    http_request *request;
    http_message message;
    bool hedge;     /* the second one for the same range; has a buffer of its own */
    bool fresh;     /* over a new connection */
    uint8_t *aside; /* a hedge's range, until it has won */
    uint64_t first;
    size_t len, got;
    const void *body;
    size_t body_len, sent;

    CURL *easy; /* while the engine has it */
    struct curl_slist *headers;
    char why[CURL_ERROR_SIZE];
    enum { PUT_NOWHERE, PUT_RANGE, PUT_ALL, PUT_ERROR } place; /* the body; known when it begins */
    bool placed;
    bool enough; /* of a body that is not read to its end */
    bool resent; /* curl began anew by itself: the server may have got it before */

    attempt_result result;
    cz_error err;
    http_answer answer;
    buf text;             /* the answer's body where it isn't a range */
    unsigned retry_after; /* s */
    bool was_sent;        /* a connection stood: the server may have got it */

    redirects redirects;
    speed speed;           /* of the bodies, in both directions */
    uint64_t acknowledged; /* bytes of what is sent that the server's machine has, or its proxy's */
    unsigned deadline_ms;  /* from the first attempt's beginning on */
    int64_t until; /* ms: an attempt that moves nothing ends then; 0: deadline_ms from now on */
    atomic_int_least64_t moved; /* ms of the last byte; 0: it hasn't begun */
    atomic_bool unwanted;       /* the call's wish; engine_stop() tells the engine of it */
    mailbox *reply_to;
    http_attempt *next;
};

/* A try for what is missing of r, with the message that its build step made. NULL: out of memory,
 * or what the build step says. */
int http_attempt_new(http_attempt **out, http_request *r, bool hedge, cz_error *err);
void http_attempt_free(http_attempt **t); /* NULL-safe */

/* Tell easy, which is fresh from curl_easy_init() or curl_easy_reset(), all about t. Its
 * connections' sockets go into *open, which has to live as long as they do. */
CURLcode http_attempt_begin(http_attempt *t, CURL *easy, const attempt_options *options,
                            sockets *open);
/* It can't go on, by what curl says of it: set result and err. */
void http_try_fail(http_attempt *t, CURLcode code);
/* Does it have to end, because nothing arrives, too little does, or its time is over? Then t->why
 * says it. A range goes on over another connection, so that nothing is lost. */
bool http_try_stalled(http_attempt *t, const attempt_options *o, const sockets *open,
                      unsigned stall_ms, int64_t now);
/* It is over: set result and err. */
void http_attempt_end(http_attempt *t, CURLcode code);

/* n bytes of r's range, from its byte `at` on, go where they are wanted. */
void http_request_put(const http_request *r, size_t at, const void *bytes, size_t n);

int64_t now_ms(void); /* of a clock that only goes on */

#endif
