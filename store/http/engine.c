/* The engine's threads: submitting attempts, driving transfers, waiting for results. */
#include "store/http/engine.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/http/engine_state.h"
#include "store/http/mailbox.h"
#include "store/http/sigpipe.h"

enum {
    IDLE_MS = 60000,
    STALL_POLLS = 4, /* checks for stalls per stall_ms */
};

pid_t engine_pid(const engine *e)
{
    return e->pid;
}

/* ---- From other threads ---------------------------------------------------------------------- */

bool engine_has_connected(const engine *e)
{
    return atomic_load(&e->has_connected);
}

void engine_submit(engine *e, http_attempt *t)
{
    t->next = NULL;
    (void)pthread_mutex_lock(&e->lock);
    *e->submitted_end = t;
    e->submitted_end = &t->next;
    e->statistics.hedges += t->hedge;
    const bool driven = e->is_driven;
    (void)pthread_mutex_unlock(&e->lock);
    if (driven)
        (void)curl_multi_wakeup(e->multi);
}

void engine_cancel(engine *e)
{
    (void)pthread_mutex_lock(&e->lock);
    e->cancel_some = true;
    const bool driven = e->is_driven;
    (void)pthread_mutex_unlock(&e->lock);
    if (driven)
        (void)curl_multi_wakeup(e->multi);
}

void engine_count_retry(engine *e)
{
    (void)pthread_mutex_lock(&e->lock);
    e->statistics.retries++;
    (void)pthread_mutex_unlock(&e->lock);
}

void engine_statistics(net_statistics *out, engine *e)
{
    (void)pthread_mutex_lock(&e->lock);
    statistics_add(out, &e->statistics);
    (void)pthread_mutex_unlock(&e->lock);
}

/* ---- Driving --------------------------------------------------------------------------------- */

/* The longest time to wait for activity before timeouts and the throttle need a check. */
static int poll_ms(engine *e)
{
    int64_t ms = IDLE_MS;
    if (e->n_active)
        ms = e->stall_ms / STALL_POLLS + 1;
    if (e->queue && e->n_active < e->throttle.allowed) {
        const int64_t wait = throttle_wait(&e->throttle, now_ms());
        ms = wait < ms ? wait : ms;
    }
    return (int)ms;
}

/* Do all that can be done without blocking. */
static void drive(engine *e)
{
    int running = 0;
    do { /* until no ended transfer makes room for a queued one */
        (void)pthread_mutex_lock(&e->lock);
        http_attempt *submitted = e->submitted;
        const bool cancel_some = e->cancel_some;
        e->submitted = NULL;
        e->submitted_end = &e->submitted;
        e->cancel_some = false;
        (void)pthread_mutex_unlock(&e->lock);
        engine_enqueue(e, submitted);
        if (cancel_some)
            engine_finish_cancelled(e);
        engine_start_queued(e);
        (void)curl_multi_perform(e->multi, &running);
        engine_finish_completed(e);
        engine_finish_stalled(e);
    } while (e->queue && throttle_may_begin(&e->throttle, e->n_active, now_ms()));
}

static void wait_for_more(engine *e, int64_t until)
{
    const int64_t left = until - now_ms(), most = poll_ms(e), ms = left < most ? left : most;
    (void)curl_multi_poll(e->multi, NULL, 0, ms > 0 ? (int)ms : 0, NULL);
}

static bool has_work(const engine *e)
{
    return e->submitted || e->queue || e->active || e->cancel_some;
}

/* Returns true if this thread drives from now on, false if another one does. */
static bool begin_driving(engine *e)
{
    (void)pthread_mutex_lock(&e->lock);
    const bool is_free = !e->is_driven;
    e->is_driven = true;
    (void)pthread_mutex_unlock(&e->lock);
    return is_free;
}

/* The engine's own thread takes over if work is left. */
static void end_driving(engine *e)
{
    (void)pthread_mutex_lock(&e->lock);
    e->is_driven = false;
    if (has_work(e))
        (void)pthread_cond_signal(&e->work);
    (void)pthread_mutex_unlock(&e->lock);
}

void engine_go(engine *e)
{
    if (begin_driving(e))
        end_driving(e);
}

/* The engine's own thread: drives while no other thread does. */
static void *run_thread(void *arg)
{
    engine *e = arg;
    (void)pthread_mutex_lock(&e->lock);
    while (!e->ending) {
        if (e->is_driven || !has_work(e)) {
            (void)pthread_cond_wait(&e->work, &e->lock);
            continue;
        }
        e->is_driven = true;
        (void)pthread_mutex_unlock(&e->lock);
        drive(e);
        if (e->active || e->queue)
            wait_for_more(e, INT64_MAX);
        (void)pthread_mutex_lock(&e->lock);
        e->is_driven = false;
    }
    (void)pthread_mutex_unlock(&e->lock);
    return NULL;
}

http_attempt *engine_next(engine *e, mailbox *box, int64_t until)
{
    sigpipe_guard guard;
    http_attempt *t = mailbox_take(box, 0);
    if (t) {
        engine_go(e); /* the caller may compute for long before it waits again */
        return t;
    }
    if (!begin_driving(e))
        return mailbox_take(box, until);
    sigpipe_block(&guard);
    for (drive(e); !(t = mailbox_take(box, 0)) && now_ms() < until; drive(e))
        wait_for_more(e, until);
    end_driving(e);
    sigpipe_restore(&guard);
    return t;
}

/* ---- Opening and closing
 * ------------------------------------------------------------------------------------ */

/* Signals must be handled by the program's threads, so the new thread blocks all of them. */
static int start_thread(engine *e)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return -1;
    const int bad = pthread_create(&e->thread, NULL, run_thread, e);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return bad;
}

int engine_open(engine **out, const engine_options *options, cz_error *err)
{
    *out = NULL;
    engine *e = calloc(1, sizeof *e);
    if (!e)
        goto nomem;
    e->options = options->attempt;
    e->stall_ms = options->stall_ms;
    e->pid = getpid();
    e->submitted_end = &e->submitted;
    e->queue_end = &e->queue;
    throttle_init(&e->throttle, options->connections, options->attempt.rate_limit, now_ms());
    if (!(e->multi = curl_multi_init()))
        goto nomem;
    (void)curl_multi_setopt(e->multi, CURLMOPT_MAXCONNECTS, (long)options->connections + 4);
    if (pthread_mutex_init(&e->lock, NULL) != 0)
        goto nomem;
    if (pthread_cond_init(&e->work, NULL) != 0)
        goto no_cond;
    if (start_thread(e) != 0)
        goto no_thread;
    *out = e;
    return CZ_OK;
no_thread:
    (void)pthread_cond_destroy(&e->work);
no_cond:
    (void)pthread_mutex_destroy(&e->lock);
nomem:
    if (e)
        (void)curl_multi_cleanup(e->multi);
    free(e);
    return cz_fail(err, CZ_NOMEM, "network: cannot create a thread");
}

void engine_close(engine **e)
{
    if (!e || !*e)
        return;
    engine *was = *e;
    sigpipe_guard guard;
    (void)pthread_mutex_lock(&was->lock);
    was->ending = true;
    (void)pthread_cond_signal(&was->work);
    (void)pthread_mutex_unlock(&was->lock);
    (void)pthread_join(was->thread, NULL);
    sigpipe_block(&guard); /* closing a TLS connection writes to it */
    for (size_t i = 0; i < was->n_spare; i++)
        curl_easy_cleanup(was->spare[i]);
    (void)curl_multi_cleanup(was->multi);
    sigpipe_restore(&guard);
    (void)pthread_cond_destroy(&was->work);
    (void)pthread_mutex_destroy(&was->lock);
    free(was);
    *e = NULL;
}
