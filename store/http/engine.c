#include "store/http/engine.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "store/http/mailbox.h"
#include "store/http/throttle.h"
#include "store/http/sigpipe.h"

enum {
    IDLE_MS = 60000,
    STALL_LOOKS = 4, /* in the time that counts as a stall */
    SPARE_MAX = 16,  /* easy handles that are kept for the next try */
};

struct engine {
    engine_options options;
    atomic_bool reached; /* a connection has stood */
    pid_t pid;
    CURLM *multi;
    pthread_t thread;

    pthread_mutex_t lock; /* of what follows, up to the driver's own */
    pthread_cond_t wanted;
    bool driven; /* some thread moves bytes */
    http_attempt *in, **in_end;
    bool stop_some, ending;
    net_statistics statistics;

    /* The driving thread's; under the lock while no thread drives */
    http_attempt *waiting, **waiting_end; /* in order */
    http_attempt *active;                 /* in curl's hands */
    unsigned n_active;
    CURL *spare[SPARE_MAX];
    size_t n_spare;
    sockets sockets;
    throttle throttle;
};

pid_t engine_pid(const engine *e)
{
    return e->pid;
}

/* ---- From other threads ------------------------------------------------------------------------
 */

bool engine_has_connected(const engine *e)
{
    return atomic_load(&e->reached);
}

void engine_submit(engine *e, http_attempt *t)
{
    t->next = NULL;
    (void)pthread_mutex_lock(&e->lock);
    *e->in_end = t;
    e->in_end = &t->next;
    e->statistics.hedges += t->hedge;
    const bool driven = e->driven;
    (void)pthread_mutex_unlock(&e->lock);
    if (driven)
        (void)curl_multi_wakeup(e->multi);
}

void engine_cancel(engine *e)
{
    (void)pthread_mutex_lock(&e->lock);
    e->stop_some = true;
    const bool driven = e->driven;
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

/* ---- One try -----------------------------------------------------------------------------------
 */

static void unlink_active(engine *e, const http_attempt *t)
{
    http_attempt **at = &e->active;
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    e->n_active--;
}

/* A handle whose transfer failed isn't kept: it may be left in a state in which it refuses
 * options, as libcurl 7.88 does with the size of a buffer after a failed lookup. */
static void put_away(engine *e, CURL *easy, CURLcode code)
{
    if (code != CURLE_OK || e->n_spare == SPARE_MAX) {
        curl_easy_cleanup(easy);
        return;
    }
    curl_easy_reset(easy);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L); /* when it is cleaned up, too */
    e->spare[e->n_spare++] = easy;
}

static void count(engine *e, const http_attempt *t)
{
    curl_off_t us = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &us);
    (void)pthread_mutex_lock(&e->lock);
    e->statistics.requests++;
    e->statistics.bytes_in += t->received;
    e->statistics.bytes_out += t->sent;
    if (t->result == ATTEMPT_COMPLETE)
        statistics_took(&e->statistics, us > 0 ? (uint64_t)us * 1000 : 0);
    (void)pthread_mutex_unlock(&e->lock);
}

/* Take t out of curl's hands, and give it back. */
static void finish(engine *e, http_attempt *t, CURLcode code)
{
    (void)curl_multi_remove_handle(e->multi, t->easy);
    unlink_active(e, t);
    http_attempt_end(t, code);
    if (atomic_load(&t->cancelled))
        t->result = ATTEMPT_CANCELLED;
    count(e, t);
    if (t->was_sent)
        atomic_store(&e->reached, true);
    if (t->result == ATTEMPT_COMPLETE)
        throttle_response(&e->throttle, t->answer.status, now_ms());
    throttle_spend(&e->throttle, t->len == 0 ? t->received : 0); /* else it was spent at the beginning */
    put_away(e, t->easy, code);
    t->easy = NULL;
    mailbox_put(t->reply_to, t);
}

static CURLcode hand_to_curl(engine *e, http_attempt *t, CURL *easy)
{
    const CURLcode rc =
        easy ? http_attempt_begin(t, easy, &e->options.attempt, &e->sockets) : CURLE_OUT_OF_MEMORY;
    if (rc != CURLE_OK)
        return rc;
    const CURLMcode added = curl_multi_add_handle(e->multi, easy);
    if (added == CURLM_OK)
        return CURLE_OK;
    (void)snprintf(t->curl_error, sizeof t->curl_error, "%s", curl_multi_strerror(added));
    return added == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT;
}

static void begin(engine *e, http_attempt *t)
{
    CURL *easy = e->n_spare > 0 ? e->spare[--e->n_spare] : curl_easy_init();
    const CURLcode code = hand_to_curl(e, t, easy);
    if (code != CURLE_OK) {
        http_attempt_fail(t, code);
        curl_easy_cleanup(easy);
        t->easy = NULL;
        mailbox_put(t->reply_to, t);
        return;
    }
    throttle_spend(&e->throttle, t->len + t->body_len);
    t->next = e->active;
    e->active = t;
    e->n_active++;
}

/* ---- The queue ---------------------------------------------------------------------------------
 */

static http_attempt *take_waiting(engine *e)
{
    http_attempt *t = e->waiting;
    if (t && !(e->waiting = t->next))
        e->waiting_end = &e->waiting;
    return t;
}

/* What has come in goes to the end of the queue, a hedge to its front: it has waited. */
static void take_in(engine *e, http_attempt *in)
{
    for (http_attempt *next; in; in = next) {
        next = in->next;
        in->next = NULL;
        if (in->hedge && e->waiting) {
            in->next = e->waiting;
            e->waiting = in;
            continue;
        }
        *e->waiting_end = in;
        e->waiting_end = &in->next;
    }
}

static void begin_some(engine *e)
{
    while (e->waiting && throttle_may_begin(&e->throttle, e->n_active, now_ms()))
        begin(e, take_waiting(e));
}

static void end_some(engine *e)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(e->multi, &left));) {
        http_attempt *t = NULL;
        if (m->msg != CURLMSG_DONE)
            continue;
        const CURLcode code = m->data.result;
        (void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        finish(e, t, code);
    }
}

static void end_stalled(engine *e)
{
    const int64_t now = now_ms();
    for (http_attempt *t = e->active, *next; t; t = next) {
        next = t->next;
        if (http_attempt_stalled(t, &e->options.attempt, &e->sockets, e->options.stall_ms, now))
            finish(e, t, CURLE_OPERATION_TIMEDOUT);
    }
}

static void end_unwanted(engine *e)
{
    http_attempt *kept = NULL, **end = &kept;
    for (http_attempt *t; (t = take_waiting(e));) {
        if (!atomic_load(&t->cancelled)) {
            *end = t;
            end = &t->next;
            continue;
        }
        t->result = ATTEMPT_CANCELLED;
        mailbox_put(t->reply_to, t);
    }
    *end = NULL;
    e->waiting = kept;
    e->waiting_end = kept ? end : &e->waiting;
    for (http_attempt *t = e->active, *next; t; t = next) {
        next = t->next;
        if (atomic_load(&t->cancelled))
            finish(e, t, CURLE_ABORTED_BY_CALLBACK);
    }
}

/* ---- Driving -----------------------------------------------------------------------------------
 */

/* Until when there is nothing to do unless something moves. */
static int idle_ms(engine *e)
{
    int64_t ms = IDLE_MS;
    if (e->n_active)
        ms = e->options.stall_ms / STALL_LOOKS + 1;
    if (e->waiting && e->n_active < e->throttle.allowed) {
        const int64_t wait = throttle_wait(&e->throttle, now_ms());
        ms = wait < ms ? wait : ms;
    }
    return (int)ms;
}

/* Do all that can be done now. */
static void drive(engine *e)
{
    int running = 0;
    do { /* as long as what has ended makes room for what waits */
        (void)pthread_mutex_lock(&e->lock);
        http_attempt *in = e->in;
        const bool stop = e->stop_some;
        e->in = NULL;
        e->in_end = &e->in;
        e->stop_some = false;
        (void)pthread_mutex_unlock(&e->lock);
        take_in(e, in);
        if (stop)
            end_unwanted(e);
        begin_some(e);
        (void)curl_multi_perform(e->multi, &running);
        end_some(e);
        end_stalled(e);
    } while (e->waiting && throttle_may_begin(&e->throttle, e->n_active, now_ms()));
}

static void wait_for_more(engine *e, int64_t until)
{
    const int64_t left = until - now_ms(), idle = idle_ms(e), ms = left < idle ? left : idle;
    (void)curl_multi_poll(e->multi, NULL, 0, ms > 0 ? (int)ms : 0, NULL);
}

static bool has_work(const engine *e)
{
    return e->in || e->waiting || e->active || e->stop_some;
}

static bool begin_driving(engine *e)
{
    (void)pthread_mutex_lock(&e->lock);
    const bool mine = !e->driven;
    e->driven = true;
    (void)pthread_mutex_unlock(&e->lock);
    return mine;
}

/* Another thread takes over if there is work left. */
static void end_driving(engine *e)
{
    (void)pthread_mutex_lock(&e->lock);
    e->driven = false;
    if (has_work(e))
        (void)pthread_cond_signal(&e->wanted);
    (void)pthread_mutex_unlock(&e->lock);
}

void engine_go(engine *e)
{
    if (begin_driving(e))
        end_driving(e);
}

/* The engine's own thread: drives while no other thread does. */
static void *run(void *arg)
{
    engine *e = arg;
    (void)pthread_mutex_lock(&e->lock);
    while (!e->ending) {
        if (e->driven || !has_work(e)) {
            (void)pthread_cond_wait(&e->wanted, &e->lock);
            continue;
        }
        e->driven = true;
        (void)pthread_mutex_unlock(&e->lock);
        drive(e);
        if (e->active || e->waiting)
            wait_for_more(e, INT64_MAX);
        (void)pthread_mutex_lock(&e->lock);
        e->driven = false;
    }
    (void)pthread_mutex_unlock(&e->lock);
    return NULL;
}

http_attempt *engine_next(engine *e, mailbox *box, int64_t until)
{
    sigpipe_guard guard;
    http_attempt *t = mailbox_take(box, 0);
    if (t) {
        engine_go(e); /* it may be long until a call waits again */
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

/* ---- Life --------------------------------------------------------------------------------------
 */

/* Signals are for threads of the program's own. */
static int start(engine *e)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return -1;
    const int bad = pthread_create(&e->thread, NULL, run, e);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return bad;
}

int engine_open(engine **out, const engine_options *options, cz_error *err)
{
    *out = NULL;
    engine *e = calloc(1, sizeof *e);
    if (!e)
        goto nomem;
    e->options = *options;
    e->pid = getpid();
    e->in_end = &e->in;
    e->waiting_end = &e->waiting;
    throttle_init(&e->throttle, options->connections, options->attempt.rate_limit, now_ms());
    if (!(e->multi = curl_multi_init()))
        goto nomem;
    (void)curl_multi_setopt(e->multi, CURLMOPT_MAXCONNECTS, (long)options->connections + 4);
    if (pthread_mutex_init(&e->lock, NULL) != 0)
        goto nomem;
    if (pthread_cond_init(&e->wanted, NULL) != 0)
        goto no_cond;
    if (start(e) != 0)
        goto no_thread;
    *out = e;
    return CZ_OK;
no_thread:
    (void)pthread_cond_destroy(&e->wanted);
no_cond:
    (void)pthread_mutex_destroy(&e->lock);
nomem:
    if (e)
        (void)curl_multi_cleanup(e->multi);
    free(e);
    return cz_fail(err, CZ_NOMEM, "no thread for the network");
}

void engine_close(engine **e)
{
    if (!e || !*e)
        return;
    engine *was = *e;
    sigpipe_guard guard;
    (void)pthread_mutex_lock(&was->lock);
    was->ending = true;
    (void)pthread_cond_signal(&was->wanted);
    (void)pthread_mutex_unlock(&was->lock);
    (void)pthread_join(was->thread, NULL);
    sigpipe_block(&guard); /* TLS says goodbye */
    for (size_t i = 0; i < was->n_spare; i++)
        curl_easy_cleanup(was->spare[i]);
    (void)curl_multi_cleanup(was->multi);
    sigpipe_restore(&guard);
    (void)pthread_cond_destroy(&was->wanted);
    (void)pthread_mutex_destroy(&was->lock);
    free(was);
    *e = NULL;
}
