/* The engine's state, and the transfers of the thread that drives it. Internal to engine*.c; see
 * engine.h. */
#ifndef CZ_STORE_HTTP_ENGINE_STATE_H
#define CZ_STORE_HTTP_ENGINE_STATE_H

#include <pthread.h>

#include "store/http/attempt.h"
#include "store/http/throttle.h"

enum { SPARE_MAX = 16 /* easy handles kept for reuse */ };

typedef struct engine {
    attempt_options options;
    unsigned stall_ms;
    atomic_bool has_connected; /* a connection has been made */
    pid_t pid;
    CURLM *multi;
    pthread_t thread;

    /* Under the lock */
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool is_driven; /* a thread drives the transfers */
    http_attempt *submitted, **submitted_end;
    bool cancel_some, ending;
    net_statistics statistics;

    /* Owned by the driving thread; under the lock while no thread drives */
    http_attempt *queue, **queue_end; /* not yet started, in order */
    http_attempt *active;             /* added to multi */
    unsigned n_active;
    CURL *spare[SPARE_MAX];
    size_t n_spare;
    sockets sockets;
    throttle throttle;
} engine;

/* engine_transfers.c; all of these are for the driving thread. */

/* Append submitted attempts to the queue. A hedge goes to its front, since it has already waited.
 */
void engine_enqueue(engine *e, http_attempt *submitted);
/* Start as many queued attempts as the throttle permits. */
void engine_start_queued(engine *e);
/* Deliver attempts that have ended, must be aborted, or were cancelled. */
void engine_finish_completed(engine *e);
void engine_finish_stalled(engine *e);
void engine_finish_cancelled(engine *e);

#endif
