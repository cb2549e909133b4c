/* What a call needs of its transport. Inside of the transport. */
#ifndef CZ_STORE_HTTP_CALL_H
#define CZ_STORE_HTTP_CALL_H

#include "store/http/engine.h"

/* With the defaults filled in. */
const transport_options *transport_options_of(const transport *t);
/* Jitter for backoff; not cryptographic. */
uint64_t transport_random(transport *t);
/* This process's; made on first use. Errors: NOMEM. */
int transport_engine(engine **out, transport *t, cz_error *err);

/* ---- Calls ---------------------------------------------------------------------------------- */

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

#endif
