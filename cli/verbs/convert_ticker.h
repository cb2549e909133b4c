/* Calls a function every second while conversions run, so that a stall is shown, too: progress is
 * only reported by a conversion that gets on. */
#ifndef CZ_CLI_VERBS_CONVERT_TICKER_H
#define CZ_CLI_VERBS_CONVERT_TICKER_H

#include <pthread.h>
#include <stdbool.h>

typedef struct ticker {
    pthread_t thread;
    pthread_mutex_t *lock;
    pthread_cond_t wake;
    bool started, stop;
    void (*tick)(void *user);
    void *user;
} ticker;

/* tick() runs on a thread of its own, which blocks all signals, with the lock held. Without memory
 * for a thread, it is never called. The ticker must stay in place until ticker_stop(). */
void ticker_start(ticker *t, pthread_mutex_t *lock, void (*tick)(void *user), void *user);
/* The lock must not be held. */
void ticker_stop(ticker *t);

#endif
