/* What owns the sockets: tries go in, and come back when they are over.
 *
 *     call ──submit()──▶ waiting ──(pace)──▶ curl multi ──▶ mailbox of the call ──next()──▶ call
 *
 * One thread at a time drives the transfers. A thread that waits for a response drives them itself
 * if no other does, so that a single request needs no hand-over between threads, and its bytes are
 * in the cache of the core that uses them. While transfers are active and no thread waits, the
 * engine's own thread drives them.
 *
 * Inside of the transport. It judges nothing and repeats nothing. One engine is used by any number
 * of calls on any threads, but only in the process that opened it: see engine_pid(). */
#ifndef CZ_STORE_HTTP_ENGINE_H
#define CZ_STORE_HTTP_ENGINE_H

#include <sys/types.h>

#include "store/http/attempt.h"

typedef struct engine engine;

typedef struct engine_options {
    attempt_options tries;
    unsigned connections, stall_ms;
} engine_options;

/* Starts the thread. The options' strings have to live as long. Errors: NOMEM. */
int engine_open(engine **out, const engine_options *options, cz_error *err);
/* Ends the thread. No try may be inside. NULL-safe. */
void engine_close(engine **e);
pid_t engine_pid(const engine *e);

/* Submit an attempt; it comes back through its reply_to, whatever happens. A hedge does not wait in
 * the queue. It starts no later than the next engine_next() or engine_go(), one of which the caller
 * must call. */
void engine_submit(engine *e, http_attempt *t);
/* Tries that are `unwanted` come back soon. */
void engine_stop(engine *e);
/* Start submitted attempts without waiting for one. */
void engine_go(engine *e);
/* What has come back to box. Waits until now_ms() passes `until` (INT64_MAX: for ever); then
 * NULL. */
http_attempt *engine_next(engine *e, mailbox *box, int64_t until);

/* Has any connection stood yet? */
bool engine_has_connected(const engine *e);

/* Counted by the call, because only it knows. */
void engine_count_retry(engine *e);
void engine_statistics(net_statistics *out, engine *e);

#endif
