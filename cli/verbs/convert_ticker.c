#include "cli/verbs/convert_ticker.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

static void *run(void *ctx)
{
    ticker *t = ctx;
    struct timespec next;
    (void)clock_gettime(CLOCK_MONOTONIC, &next);
    (void)pthread_mutex_lock(t->lock);
    while (!t->stop) {
        next.tv_sec++;
        int rc = 0;
        while (!t->stop && rc != ETIMEDOUT)
            rc = pthread_cond_timedwait(&t->wake, t->lock, &next);
        if (!t->stop)
            t->tick(t->user);
    }
    (void)pthread_mutex_unlock(t->lock);
    return NULL;
}

void ticker_start(ticker *t, pthread_mutex_t *lock, void (*tick)(void *user), void *user)
{
    sigset_t all, before;
    pthread_condattr_t clock;
    *t = (ticker){.lock = lock, .tick = tick, .user = user};
    (void)pthread_condattr_init(&clock);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&t->wake, &clock);
    (void)pthread_condattr_destroy(&clock);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    t->started = pthread_create(&t->thread, NULL, run, t) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void ticker_stop(ticker *t)
{
    (void)pthread_mutex_lock(t->lock);
    t->stop = true;
    (void)pthread_cond_signal(&t->wake);
    (void)pthread_mutex_unlock(t->lock);
    if (t->started)
        (void)pthread_join(t->thread, NULL);
    (void)pthread_cond_destroy(&t->wake);
}
