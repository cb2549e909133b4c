#include "cli/picture_stage.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/workers.h"
#include "cli/signals.h"

typedef enum slot_state { SLOT_FREE, SLOT_BUSY, SLOT_READY, SLOT_FAILED } slot_state;

typedef struct slot {
    stage_item item;
    uint8_t *pixels;
    slot_state state;
    bool processed; /* process() was called: to be released */
    int rc;         /* of a failed one; CZ_OK if decoding failed, which cz_pictures() reports */
    cz_error err;
} slot;

typedef struct stage {
    const stage_ops *ops;
    void *ctx;
    cz_clip *clip;
    const cz_view *view;
    workers *pool;
    size_t bytes; /* of a picture */
    size_t n_slots;
    slot *slots; /* frame i is in slot i % n_slots */
    cz_request req[STAGE_SLOTS];
    size_t first; /* the frame of req[0] */

    pthread_mutex_t lock; /* of what follows, and of the state of slots */
    pthread_cond_t freed;
    size_t next;     /* the frame to be delivered next */
    bool delivering; /* a thread is in deliver() */
    bool stopped;    /* an error occurred: no frame is delivered any more */
    int rc;          /* it; CZ_OK: cz_pictures() reports it */
    cz_error err;
} stage;

unsigned stage_threads(const cz_view *view)
{
    const unsigned n = workers_wanted(view->threads);
    return n < STAGE_SLOTS ? n : STAGE_SLOTS;
}

/* ---- Delivery in order ----------------------------------------------------------------------- */

static void stop(stage *s, int rc, const cz_error *why)
{
    s->stopped = true;
    s->rc = rc;
    if (rc < 0)
        s->err = *why;
}

static int deliver_one(stage *s, slot *at, cz_error *why)
{
    if (interrupted())
        return cz_fail(why, CZ_CANCELLED, "%s: stopped", cz_clip_facts(s->clip)->name);
    return s->ops->deliver(s->ctx, &at->item, why);
}

/* Deliver or drop the next frame, which is ready or has failed. The lock is held, and released
 * meanwhile. */
static void finish_next(stage *s, slot *at)
{
    const bool deliver = !s->stopped && at->state == SLOT_READY;
    int rc = at->state == SLOT_FAILED ? at->rc : CZ_OK;
    (void)pthread_mutex_unlock(&s->lock);
    if (deliver)
        rc = deliver_one(s, at, &at->err);
    if (at->processed && s->ops->release)
        s->ops->release(s->ctx, &at->item, &at->err);
    (void)pthread_mutex_lock(&s->lock);
    if (!s->stopped && (rc < 0 || at->state == SLOT_FAILED))
        stop(s, rc, &at->err);
    at->state = SLOT_FREE;
    s->next++;
    (void)pthread_cond_signal(&s->freed);
}

/* Set the state of a slot, and deliver the frames whose turn it is, unless another thread does. */
static void advance(stage *s, slot *changed, slot_state state)
{
    (void)pthread_mutex_lock(&s->lock);
    changed->state = state;
    if (!s->delivering) {
        s->delivering = true;
        for (slot *at; (at = &s->slots[s->next % s->n_slots])->state >= SLOT_READY;)
            finish_next(s, at);
        s->delivering = false;
    }
    (void)pthread_mutex_unlock(&s->lock);
}

static bool is_stopped(stage *s)
{
    (void)pthread_mutex_lock(&s->lock);
    const bool stopped = s->stopped;
    (void)pthread_mutex_unlock(&s->lock);
    return stopped;
}

/* ---- Processing ------------------------------------------------------------------------------ */

static int process(void *ctx, unsigned worker, void *item, cz_error *err)
{
    stage *s = ctx;
    slot *at = item;
    (void)err;
    if (s->ops->process && !is_stopped(s) && !interrupted()) {
        at->processed = true;
        at->rc = s->ops->process(s->ctx, worker, &at->item, &at->err);
    }
    advance(s, at, at->rc < 0 ? SLOT_FAILED : SLOT_READY);
    return CZ_OK;
}

/* Callback of cz_pictures(). The queue has room for all slots, so this does not block. */
static void decoded(void *user, cz_request *r)
{
    stage *s = user;
    const size_t i = s->first + (size_t)(r - s->req);
    slot *at = &s->slots[i % s->n_slots];
    if (r->rc < 0) {
        advance(s, at, SLOT_FAILED);
        return;
    }
    at->item.pixels = r->data;
    at->item.bytes = r->size;
    workers_push(s->pool, at);
}

/* ---- Decoding -------------------------------------------------------------------------------- */

/* Wait for half of the ring, or for room for all that is left. Returns the number of frames to
 * decode next; 0 if an error has occurred. */
static size_t wait_for_room(stage *s, size_t at, size_t left)
{
    const size_t most = (s->n_slots + 1) / 2, want = left < most ? left : most;
    (void)pthread_mutex_lock(&s->lock);
    while (!s->stopped && s->next + s->n_slots - at < want)
        (void)pthread_cond_wait(&s->freed, &s->lock);
    const bool stopped = s->stopped;
    (void)pthread_mutex_unlock(&s->lock);
    return stopped ? 0 : want;
}

static int take_slot(stage *s, size_t i, uint64_t frame, cz_request *ret, cz_error *err)
{
    slot *at = &s->slots[i % s->n_slots];
    if (!at->pixels && !(at->pixels = malloc(s->bytes)))
        return cz_fail_memory(err, "frame %" PRIu64 ": %zu bytes", frame, s->bytes);
    at->item.frame = frame;
    at->item.file.len = 0;
    at->item.file.bad = false;
    at->item.out = OUT_FILE_NONE;
    at->processed = false;
    at->rc = CZ_OK;
    (void)pthread_mutex_lock(&s->lock);
    at->state = SLOT_BUSY;
    (void)pthread_mutex_unlock(&s->lock);
    *ret = (cz_request){.frame = frame, .data = at->pixels, .room = s->bytes};
    return CZ_OK;
}

static int decode_all(stage *s, const uint64_t *frame, size_t n, cz_error *err)
{
    int rc = CZ_OK;
    for (size_t at = 0, batch; rc == CZ_OK && at < n; at += batch) {
        if ((batch = wait_for_room(s, at, n - at)) == 0)
            break;
        if (interrupted())
            return cz_fail(err, CZ_CANCELLED, "%s: stopped", cz_clip_facts(s->clip)->name);
        s->first = at;
        for (size_t i = 0; i < batch; i++)
            if ((rc = take_slot(s, at + i, frame[at + i], &s->req[i], err)) < 0)
                return rc;
        rc = cz_pictures(s->clip, s->view, s->req, batch, decoded, s, err);
    }
    return rc;
}

/* ---- The call -------------------------------------------------------------------------------- */

static size_t count_slots(size_t bytes, unsigned threads)
{
    const size_t fit = STAGE_BYTES / (bytes ? bytes : 1), least = 2 * (size_t)threads;
    const size_t n = fit > least ? fit : least;
    return n > STAGE_SLOTS ? STAGE_SLOTS : n;
}

static int stage_open(stage *s, unsigned threads, cz_error *err)
{
    static const worker_ops ops = {.run = process};
    s->slots = calloc(s->n_slots, sizeof *s->slots);
    if (!s->slots || pthread_mutex_init(&s->lock, NULL) != 0)
        goto no_lock;
    if (pthread_cond_init(&s->freed, NULL) != 0)
        goto no_cond;
    const int rc = workers_start(&s->pool, s->ops->process ? threads : 1, s->n_slots, &ops, s, err);
    if (rc == CZ_OK)
        return CZ_OK;
    (void)pthread_cond_destroy(&s->freed);
    (void)pthread_mutex_destroy(&s->lock);
    free(s->slots);
    return rc;
no_cond:
    (void)pthread_mutex_destroy(&s->lock);
no_lock:
    free(s->slots);
    return cz_fail_memory(err, "%zu pictures", s->n_slots);
}

static void stage_close(stage *s)
{
    (void)workers_join(&s->pool, NULL);
    for (size_t i = 0; i < s->n_slots; i++) {
        free(s->slots[i].pixels);
        buf_free(&s->slots[i].item.file);
    }
    (void)pthread_cond_destroy(&s->freed);
    (void)pthread_mutex_destroy(&s->lock);
    free(s->slots);
}

int stage_run(cz_clip *clip, const cz_view *view, const uint64_t *frame, size_t n,
              const stage_ops *ops, void *ctx, cz_error *err)
{
    cz_shape shape = {0};
    cz_error why = {0};
    const unsigned threads = stage_threads(view);
    int rc = cz_shape_of(&shape, clip, view, err);
    if (rc < 0)
        return rc;
    stage s = {.ops = ops, .ctx = ctx, .clip = clip, .view = view, .bytes = shape.bytes};
    s.n_slots = count_slots(shape.bytes, threads);
    if (s.n_slots > n)
        s.n_slots = n;
    if ((rc = stage_open(&s, threads, err)) < 0)
        return rc;
    const int decoding = decode_all(&s, frame, n, &why);
    stage_close(&s); /* all frames that were decoded are delivered or dropped */
    rc = s.rc < 0 ? s.rc : decoding;
    if (rc < 0 && err)
        *err = s.rc < 0 ? s.err : why;
    return rc;
}
