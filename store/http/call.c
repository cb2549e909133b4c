/* Running requests to their end: attempts, delays between them, hedges, and classification.
 *
 * Runs on the caller's thread; the engine only transfers bytes. A request either has one or two
 * active attempts, or waits until retry_at. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stop.h"
#include "store/http/call.h"
#include "store/http/engine.h"
#include "store/http/mailbox.h"
#include "store/http/throttle.h"

enum {
    MISMATCHED_MAX = 3, /* mismatched responses before the failure is permanent */
    /* Attempts until the first connection: some 6 s, so that a wrong address fails soon. */
    UNREACHED_MAX = 7,
    STOP_POLL_MS = 250,  /* between looks at whether to stop */
    STOP_IDLE_MS = 1000, /* without a byte, after it was asked to stop */
};

struct http_call {
    transport *t;
    engine *engine;
    mailbox *box;
    http_request *open, **open_end; /* in progress, in the order of addition */
    int64_t next_poll;              /* ms: no attempt has to start before */
    int64_t stop_at;                /* ms: when it was seen that it is to stop; 0: not yet */
    http_request *failed; /* could not be started; returned by the next http_call_next() */
};

/* ---- Attempts -------------------------------------------------------------------------------- */

static bool is_active(const http_request *r)
{
    return r->active[0] || r->active[1];
}

static int start_attempt(http_call *c, http_request *r, bool hedge, cz_error *err)
{
    http_attempt *t = NULL;
    const int rc = http_attempt_new(&t, r, hedge, err);
    if (rc < 0)
        return rc;
    t->reply_to = c->box;
    t->deadline_ms = transport_options_of(c->t)->deadline_ms;
    t->deadline = r->started ? r->started + t->deadline_ms : 0;
    r->active[hedge] = t;
    r->submitted = now_ms();
    engine_submit(c->engine, t);
    return CZ_OK;
}

static void cancel(http_call *c, http_attempt *t)
{
    if (!t)
        return;
    atomic_store(&t->cancelled, true);
    engine_cancel(c->engine);
}

static void close_request(http_call *c, http_request *r, int rc)
{
    *r->link = r->next;
    if (r->next)
        r->next->link = r->link;
    else
        c->open_end = r->link;
    r->next = NULL;
    r->rc = rc;
}

/* A broken range is resumed where it ended, if a strong ETag identifies the object. */
static void keep_received(http_request *r, const http_attempt *t)
{
    const char *etag = http_answer_header(&t->answer, "ETag");
    if (t->sink != SINK_RANGE || t->received == 0 || !t->sink_chosen ||
        t->result != ATTEMPT_BROKEN || !etag || etag[0] != '"' || strlen(etag) >= sizeof r->etag)
        return;
    const size_t start = (size_t)(t->first - r->offset);
    if (start + t->received <= r->received)
        return;
    if (t->hedge)
        http_request_store(r, start, t->hedge_buffer, t->received);
    r->received = start + t->received;
    (void)snprintf(r->etag, sizeof r->etag, "%s", etag);
}

/* ---- Retrying -------------------------------------------------------------------------------- */

/* Returns false if attempts or time are exhausted. */
static bool schedule_retry(http_call *c, http_request *r, unsigned max_attempts,
                           unsigned retry_after)
{
    const transport_options *o = transport_options_of(c->t);
    const int64_t now = now_ms();
    if (!r->started)
        r->started = now; /* build() failed before the first attempt */
    int64_t wait =
        backoff_ms(o->backoff_ms, o->backoff_max_ms, r->attempts - 1, transport_random(c->t));
    if (wait < (int64_t)retry_after * 1000)
        wait = (int64_t)retry_after * 1000;
    if (r->probe || r->attempts >= max_attempts || now + wait > r->started + o->deadline_ms)
        return false;
    r->retry_at = now + wait;
    if (r->retry_at < c->next_poll)
        c->next_poll = r->retry_at;
    engine_count_retry(c->engine);
    return true;
}

static void append_attempts(http_request *r)
{
    const size_t n = strlen(r->err.message);
    if (r->attempts > 1)
        (void)snprintf(r->err.message + n, sizeof r->err.message - n, " (%u attempts)",
                       r->attempts);
}

static void close_stopped(http_call *c, http_request *r)
{
    close_request(c, r, cz_fail(&r->err, CZ_CANCELLED, "%s: stopped", r->what));
}

/* t is the last active attempt. Returns true if the request has ended. */
static bool finish(http_call *c, http_request *r, const http_attempt *t)
{
    if (r->stopping && t->result != ATTEMPT_COMPLETE) {
        close_stopped(c, r);
        return true;
    }
    unsigned max_attempts = transport_options_of(c->t)->max_attempts;
    int rc = t->err.code;
    if (t->result == ATTEMPT_COMPLETE && !(rc = r->classify(r, &t->answer, &r->err)) &&
        t->body_text.len > 0 && r->all) {
        buf_add(r->all, t->body_text.at, t->body_text.len);
        if (r->all->bad)
            rc = cz_fail_memory(&r->err, "%s: %zu bytes", r->what, t->body_text.len);
    } else if (t->result != ATTEMPT_COMPLETE) {
        r->err = t->err;
    }
    if (t->result == ATTEMPT_MISMATCHED && ++r->mismatches == MISMATCHED_MAX)
        max_attempts = 0;
    if (t->result == ATTEMPT_BROKEN && !engine_has_connected(c->engine) &&
        max_attempts > UNREACHED_MAX)
        max_attempts = UNREACHED_MAX;
    if ((rc == CZ_UNREACHABLE || t->result == ATTEMPT_MISMATCHED) &&
        schedule_retry(c, r, max_attempts, t->retry_after)) {
        r->maybe_applied |= t->was_sent;
        return false;
    }
    if (rc == CZ_UNREACHABLE && t->retry_after)
        cz_hint(&r->err, "the server asks to retry after %u s", t->retry_after);
    if (rc < 0)
        append_attempts(r);
    close_request(c, r, rc);
    return true;
}

/* Time with progress does not count: a large body over a slow link may exceed the deadline. */
static void extend_deadline(http_request *r, const http_attempt *t)
{
    const int64_t now = now_ms(), began = t->speed.start ? t->speed.start : now;
    const uint64_t bytes = t->received + t->acknowledged;
    if (!r->started)
        r->started = began;
    if (t->speed.start && !speed_idle(&t->speed, now, bytes, SPEED_LEAST))
        r->started += now - began;
}

/* An attempt has ended. Returns its request if that has ended too. */
static http_request *on_complete(http_call *c, http_attempt *t)
{
    http_request *r = t->request;
    http_attempt *other = r->active[!t->hedge];
    bool over = false;
    extend_deadline(r, t);
    r->active[t->hedge] = NULL;
    if (other && t->result == ATTEMPT_COMPLETE && t->answer.status / 100 == 2) {
        r->winner = t; /* used when the other one has stopped writing */
        cancel(c, other);
        return NULL;
    }
    if (other) { /* which may still succeed */
        http_attempt_free(&t);
        return NULL;
    }
    if (r->winner) {
        http_attempt_free(&t);
        t = r->winner;
        r->winner = NULL;
    }
    if (t->hedge && t->result == ATTEMPT_COMPLETE && t->sink == SINK_RANGE)
        http_request_store(r, (size_t)(t->first - r->offset), t->hedge_buffer, t->len);
    keep_received(r, t);
    r->maybe_applied |= t->resent;
    r->attempts++;
    over = finish(c, r, t);
    http_attempt_free(&t);
    return over ? r : NULL;
}

/* ---- The call -------------------------------------------------------------------------------- */

/* Is a hedge due? If not, *ret_when is when it may be. */
static bool is_slow(const http_call *c, const http_request *r, int64_t now, int64_t *ret_when)
{
    const int64_t wait = transport_options_of(c->t)->hedge_ms;
    const int64_t moved = atomic_load(&r->active[0]->last_moved);
    if (moved && now - moved >= wait)
        return true;
    *ret_when = (moved ? moved : now) + wait;
    return false;
}

/* r has no active attempt, and retry_at has passed. Returns false if it could not be started and
 * has ended. */
static bool start(http_call *c, http_request *r, int64_t now, int64_t *ret_when)
{
    const transport_options *o = transport_options_of(c->t);
    const int rc = start_attempt(c, r, false, &r->err);
    if (rc == CZ_OK) {
        *ret_when = r->hedge ? now + o->hedge_ms : INT64_MAX;
        return true;
    }
    r->attempts++;
    if (rc == CZ_UNREACHABLE && schedule_retry(c, r, o->max_attempts, 0)) {
        *ret_when = r->retry_at;
        return true;
    }
    close_request(c, r, rc);
    return false;
}

/* Start due attempts and hedges. Returns a request that has ended because it could not start. */
static http_request *poll(http_call *c)
{
    const int64_t now = now_ms();
    if (now < c->next_poll)
        return NULL;
    c->next_poll = INT64_MAX;
    for (http_request *r = c->open, *next; r; r = next) {
        int64_t when = INT64_MAX;
        next = r->next;
        if (!is_active(r) && r->retry_at > now) {
            when = r->retry_at;
        } else if (!is_active(r)) {
            if (!start(c, r, now, &when)) {
                c->next_poll = now; /* the others are still due */
                return r;
            }
        } else if (r->hedge && r->active[0] && !r->active[1] && is_slow(c, r, now, &when)) {
            r->hedge = false; /* at most one hedge; optional, so failures are ignored */
            (void)start_attempt(c, r, true, NULL);
        }
        c->next_poll = when < c->next_poll ? when : c->next_poll;
    }
    return NULL;
}

/* ---- Stopping -------------------------------------------------------------------------------- */

static bool is_idle(const http_call *c, const http_request *r, int64_t now)
{
    int64_t since = c->stop_at > r->submitted ? c->stop_at : r->submitted;
    for (size_t i = 0; i < 2; i++) {
        const int64_t moved = r->active[i] ? atomic_load(&r->active[i]->last_moved) : 0;
        since = moved > since ? moved : since;
    }
    return now - since >= STOP_IDLE_MS;
}

/* Cancel idle requests if it was asked for. Returns one that has ended because of that. */
static http_request *stop_idle(http_call *c)
{
    if (!stop_asked())
        return NULL;
    const int64_t now = now_ms();
    if (!c->stop_at)
        c->stop_at = now;
    for (http_request *r = c->open; r; r = r->next) {
        if (!is_active(r) && r->retry_at > now) {
            close_stopped(c, r);
            return r;
        }
        if (is_active(r) && !r->stopping && is_idle(c, r, now)) {
            r->stopping = true;
            cancel(c, r->active[0]);
            cancel(c, r->active[1]);
        }
    }
    return NULL;
}

/* When http_call_next() must look again. */
static int64_t next_look(const http_call *c)
{
    const int64_t look = stop_is_possible() ? now_ms() + STOP_POLL_MS : INT64_MAX;
    return c->next_poll < look ? c->next_poll : look;
}

void http_call_add(http_call *c, http_request *r)
{
    r->stopping = false;
    r->attempts = r->mismatches = 0;
    r->received = 0;
    r->etag[0] = '\0';
    r->maybe_applied = false;
    r->err = (cz_error){0};
    r->active[0] = r->active[1] = r->winner = NULL;
    r->started = r->retry_at = 0;
    r->next = NULL;
    r->link = c->open_end;
    *c->open_end = r;
    c->open_end = &r->next;
    c->next_poll = 0;
}

void http_call_go(http_call *c)
{
    if (!c->failed)
        c->failed = poll(c);
    engine_go(c->engine);
}

http_request *http_call_next(http_call *c)
{
    http_request *failed = c->failed;
    c->failed = NULL;
    if (failed)
        return failed;
    while (c->open) {
        http_request *r = poll(c);
        if (r || (r = stop_idle(c)))
            return r;
        http_attempt *t = engine_next(c->engine, c->box, next_look(c));
        if (t && (r = on_complete(c, t)))
            return r;
    }
    return NULL;
}

int http_call_open(http_call **out, transport *t, cz_error *err)
{
    *out = NULL;
    http_call *c = calloc(1, sizeof *c);
    if (!c)
        return cz_fail_memory(err, "request");
    c->t = t;
    c->open_end = &c->open;
    int rc = mailbox_open(&c->box, err);
    if (rc == CZ_OK)
        rc = transport_engine(&c->engine, t, err);
    if (rc < 0)
        http_call_close(&c);
    *out = c;
    return rc;
}

void http_call_close(http_call **c)
{
    if (!c || !*c)
        return;
    http_call *was = *c;
    size_t out = 0;
    for (http_request *r = was->open; r; r = r->next) {
        for (size_t i = 0; i < 2; i++) {
            out += r->active[i] != NULL;
            cancel(was, r->active[i]);
        }
        http_attempt_free(&r->winner);
    }
    for (; out > 0; out--) {
        http_attempt *t = engine_next(was->engine, was->box, INT64_MAX);
        http_attempt_free(&t);
    }
    mailbox_close(&was->box);
    free(was);
    *c = NULL;
}
