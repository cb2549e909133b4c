/* Running many requests at once, and what a call needs of its transport. Internal to store/. */
#ifndef CZ_STORE_HTTP_CALL_H
#define CZ_STORE_HTTP_CALL_H

#include "store/http/engine.h"

/* The options, with defaults filled in. */
const transport_options *transport_options_of(const transport *t);
/* Jitter for backoff; not cryptographic. */
uint64_t transport_random(transport *t);
/* The engine of this process, created on first use. Errors: NOMEM. */
int transport_engine(engine **out, transport *t, cz_error *err);

/* ---- Calls ----------------------------------------------------------------------------------- */

/* A set of requests in progress, for callers with more requests than fit into memory: requests are
 * added while others are running, and returned in the order in which they end. Belongs to one
 * thread. Requests are the caller's, and must stay in place until they are returned. */
typedef struct http_call http_call;
/* Errors: NOMEM. */
int http_call_open(http_call **out, transport *t, cz_error *err);
void http_call_add(http_call *c, http_request *r);
/* Start added requests without waiting; otherwise http_call_next() starts them. */
void http_call_go(http_call *c);
/* The next request that has ended (r->rc, r->err); blocks. NULL: none is in progress. */
http_request *http_call_next(http_call *c);
void http_call_close(http_call **c); /* NULL-safe; cancels requests in progress */

#endif
