/* Runs attempts: owns the connections, the queue and a thread.
 *
 *     call --submit()--> queue --(throttle)--> curl multi --> mailbox of the call --next()--> call
 *
 * One thread at a time drives the transfers. A thread that waits for a response drives them itself
 * if no other does, so that a single request needs no hand-over between threads, and its bytes are
 * in the cache of the core that uses them. While transfers are active and no thread waits, the
 * engine's own thread drives them.
 *
 * The engine neither interprets responses nor retries. Internal to the transport. Thread-safe, but
 * usable only in the process that opened it: see engine_pid(). */
#ifndef CZ_STORE_HTTP_ENGINE_H
#define CZ_STORE_HTTP_ENGINE_H

#include <sys/types.h>

#include "store/http/attempt.h"

typedef struct engine engine;

typedef struct engine_options {
    attempt_options attempt;
    unsigned connections, stall_ms;
} engine_options;

/* Starts the thread. The strings in options must outlive the engine. Errors: NOMEM. */
int engine_open(engine **out, const engine_options *options, cz_error *err);
/* Ends the thread. No attempt may be in progress. NULL-safe. */
void engine_close(engine **e);
pid_t engine_pid(const engine *e);

/* Submit an attempt; it is always delivered to t->reply_to, whatever its result. A hedge goes to
 * the front of the queue. The attempt starts no later than the next engine_next() or engine_go(),
 * one of which the caller must call. */
void engine_submit(engine *e, http_attempt *t);
/* Abort and deliver all attempts whose `cancelled` is set. Does not block. */
void engine_cancel(engine *e);
/* Start submitted attempts without waiting for one. */
void engine_go(engine *e);
/* The next attempt delivered to box. Blocks until now_ms() passes `until` (INT64_MAX: no limit);
 * then NULL. */
http_attempt *engine_next(engine *e, mailbox *box, int64_t until);

/* True once any connection has been made. */
bool engine_has_connected(const engine *e);

/* Count a retry: calls retry, so the engine cannot count them itself. */
void engine_count_retry(engine *e);
void engine_statistics(net_statistics *out, engine *e);

#endif
