/* Starting and finishing transfers, on the thread that drives the engine. */
#include <stdio.h>

#include "store/http/engine_state.h"
#include "store/http/mailbox.h"

/* ---- One transfer ---------------------------------------------------------------------------- */

static void unlink_active(engine *e, const http_attempt *t)
{
    http_attempt **at = &e->active;
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    e->n_active--;
}

/* Handles of failed transfers are not reused: libcurl may leave them in a state in which they
 * refuse options (7.88 refuses a buffer size after a failed lookup). */
static void recycle_handle(engine *e, CURL *easy, CURLcode code)
{
    if (code != CURLE_OK || e->n_spare == SPARE_MAX) {
        curl_easy_cleanup(easy);
        return;
    }
    curl_easy_reset(easy);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L); /* also for curl_easy_cleanup() */
    e->spare[e->n_spare++] = easy;
}

static void count_transfer(engine *e, const http_attempt *t)
{
    curl_off_t us = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &us);
    (void)pthread_mutex_lock(&e->lock);
    e->statistics.requests++;
    e->statistics.bytes_in += t->received;
    e->statistics.bytes_out += t->sent;
    if (t->result == ATTEMPT_COMPLETE)
        statistics_add_duration(&e->statistics, us > 0 ? (uint64_t)us * 1000 : 0);
    (void)pthread_mutex_unlock(&e->lock);
}

/* Remove t from curl, and deliver it to its call. */
static void finish(engine *e, http_attempt *t, CURLcode code)
{
    (void)curl_multi_remove_handle(e->multi, t->easy);
    unlink_active(e, t);
    http_attempt_end(t, code);
    if (atomic_load(&t->cancelled))
        t->result = ATTEMPT_CANCELLED;
    count_transfer(e, t);
    if (t->was_sent)
        atomic_store(&e->has_connected, true);
    if (t->result == ATTEMPT_COMPLETE)
        throttle_response(&e->throttle, t->answer.status, now_ms());
    if (t->len == 0) /* ranges were counted when they started */
        throttle_spend(&e->throttle, t->received);
    recycle_handle(e, t->easy, code);
    t->easy = NULL;
    mailbox_put(t->reply_to, t);
}

static CURLcode add_to_curl(engine *e, http_attempt *t, CURL *easy)
{
    const CURLcode rc =
        easy ? http_attempt_begin(t, easy, &e->options, &e->sockets) : CURLE_OUT_OF_MEMORY;
    if (rc != CURLE_OK)
        return rc;
    const CURLMcode added = curl_multi_add_handle(e->multi, easy);
    if (added == CURLM_OK)
        return CURLE_OK;
    (void)snprintf(t->curl_error, sizeof t->curl_error, "%s", curl_multi_strerror(added));
    return added == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT;
}

static void start_transfer(engine *e, http_attempt *t)
{
    CURL *easy = e->n_spare > 0 ? e->spare[--e->n_spare] : curl_easy_init();
    const CURLcode code = add_to_curl(e, t, easy);
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

/* ---- The queue ------------------------------------------------------------------------------- */

static http_attempt *dequeue(engine *e)
{
    http_attempt *t = e->queue;
    if (t && !(e->queue = t->next))
        e->queue_end = &e->queue;
    return t;
}

void engine_enqueue(engine *e, http_attempt *submitted)
{
    for (http_attempt *t = submitted, *next; t; t = next) {
        next = t->next;
        t->next = NULL;
        if (t->hedge && e->queue) {
            t->next = e->queue;
            e->queue = t;
            continue;
        }
        *e->queue_end = t;
        e->queue_end = &t->next;
    }
}

void engine_start_queued(engine *e)
{
    while (e->queue && throttle_may_begin(&e->throttle, e->n_active, now_ms()))
        start_transfer(e, dequeue(e));
}

void engine_finish_completed(engine *e)
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

void engine_finish_stalled(engine *e)
{
    const int64_t now = now_ms();
    for (http_attempt *t = e->active, *next; t; t = next) {
        next = t->next;
        if (http_attempt_stalled(t, &e->options, &e->sockets, e->stall_ms, now))
            finish(e, t, CURLE_OPERATION_TIMEDOUT);
    }
}

void engine_finish_cancelled(engine *e)
{
    http_attempt *kept = NULL, **end = &kept;
    for (http_attempt *t; (t = dequeue(e));) {
        if (!atomic_load(&t->cancelled)) {
            *end = t;
            end = &t->next;
            continue;
        }
        t->result = ATTEMPT_CANCELLED;
        mailbox_put(t->reply_to, t);
    }
    *end = NULL;
    e->queue = kept;
    e->queue_end = kept ? end : &e->queue;
    for (http_attempt *t = e->active, *next; t; t = next) {
        next = t->next;
        if (atomic_load(&t->cancelled))
            finish(e, t, CURLE_ABORTED_BY_CALLBACK);
    }
}
