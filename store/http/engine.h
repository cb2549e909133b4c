/* The thread that owns the sockets: tries go in, and come back when they are over.
 *
 *     call ──submit()──▶ waiting ──(pace)──▶ curl multi ──▶ mailbox of the call
 *
 * Inside of the transport. It judges nothing and repeats nothing. One engine is used by any number of
 * calls on any threads, but only in the process that opened it: see engine_pid(). */
#ifndef CZ_STORE_HTTP_ENGINE_H
#define CZ_STORE_HTTP_ENGINE_H

#include <sys/types.h>

#include "store/http/try.h"

typedef struct engine engine;

typedef struct engine_options {
    try_options tries;
    unsigned connections, stall_ms;
} engine_options;

/* Starts the thread. The options' strings have to live as long. Errors: NOMEM. */
int engine_open(engine **out, const engine_options *options, cz_error *err);
/* Ends the thread. No try may be inside. NULL-safe. */
void engine_close(engine **e);
pid_t engine_pid(const engine *e);

/* Hand over a try; it comes back to its to_whom, whatever happens. A hedge doesn't wait in the queue. */
void engine_submit(engine *e, http_try *t);
/* Tries that are `unwanted` come back soon. */
void engine_stop(engine *e);

/* Counted by the call, because only it knows. */
void engine_count_retry(engine *e);
void engine_statistics(net_statistics *out, engine *e);

#endif
