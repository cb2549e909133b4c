#include "convert/existing/frame_pass.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/workers.h"
#include "reader/reader.h"

enum {
    PART_FRAMES_MAX = 64,
    PART_BYTES_MAX = 8 << 20, /* unless one frame has more */
};

/* Consecutive frames. */
typedef struct part {
    uint64_t first;
    size_t n;
} part;

typedef struct frame_pass {
    analysis *shown;
    cz_clip *clip;
    atomic_uint_fast64_t frames, bytes; /* done */
} frame_pass;

unsigned frame_pass_threads(unsigned threads, const object_store *os)
{
    unsigned n = workers_wanted(threads);
    if (!threads && os->puts > n)
        n = os->puts;
    return n < FRAME_PASS_THREADS_MAX ? n : FRAME_PASS_THREADS_MAX;
}

/* The frames one after the other; those that the source lacks have no bytes. */
static int read_frames(uint8_t *data, const frame_pass *p, const part *of, cz_error *err)
{
    cz_request req[PART_FRAMES_MAX] = {0};
    const uint32_t *sizes = clip_sizes(p->clip) + of->first;
    size_t n = 0, at = 0;
    for (size_t i = 0; i < of->n; i++) {
        if (sizes[i] > 0)
            req[n++] = (cz_request){.frame = of->first + i, .data = data + at, .room = sizes[i]};
        at += sizes[i];
    }
    return n > 0 ? cz_frames_raw(p->clip, req, n, NULL, NULL, err) : CZ_OK;
}

static int run_part(void *ctx, unsigned worker, void *item, cz_error *err)
{
    frame_pass *p = ctx;
    part *of = item;
    const uint32_t *sizes = clip_sizes(p->clip) + of->first;
    uint64_t bytes = 0;
    for (size_t i = 0; i < of->n; i++)
        bytes += sizes[i];
    uint8_t *data = malloc((size_t)bytes + 1);
    int rc = data ? read_frames(data, p, of, err)
                  : cz_fail_memory(err, "%" PRIu64 " bytes of frames", bytes);
    if (rc == CZ_OK)
        rc = clip_analysis_part(p->shown->of, worker, of->first, of->n, data, sizes, err);
    atomic_fetch_add(&p->frames, of->n);
    atomic_fetch_add(&p->bytes, bytes);
    free(data);
    free(of);
    return rc;
}

static void discard_part(void *ctx, void *item)
{
    (void)ctx;
    free(item);
}

/* Frames from `first` on that make one part. */
static size_t part_length(const uint32_t *sizes, uint64_t first, uint64_t frames)
{
    uint64_t bytes = sizes[first];
    size_t n = 1;
    while (first + n < frames && n < PART_FRAMES_MAX && bytes + sizes[first + n] <= PART_BYTES_MAX)
        bytes += sizes[first + n++];
    return n;
}

static void push_all(workers *pool, const frame_pass *p,
                     int (*progress)(void *user, const cz_progress *progress), void *user)
{
    const cz_facts *f = p->clip->facts;
    cz_progress so_far = {.bytes_total = p->clip->marker->frame_bytes, .frames_total = f->frames};
    for (uint64_t at = 0; at < f->frames && !workers_failed(pool);) {
        cz_error why = {0};
        so_far.frames_done = atomic_load(&p->frames);
        so_far.bytes_done = atomic_load(&p->bytes);
        if (progress && progress(user, &so_far)) {
            workers_fail(pool, cz_fail(&why, CZ_CANCELLED, "clips/%s: stopped", f->name), &why);
            return;
        }
        part *next = malloc(sizeof *next);
        if (!next) {
            workers_fail(pool, cz_fail_memory(&why, "%s", f->name), &why);
            return;
        }
        *next = (part){at, part_length(clip_sizes(p->clip), at, f->frames)};
        at += next->n;
        workers_push(pool, next);
    }
}

int frame_pass_run(uint64_t *ret_bytes, analysis *shown, cz_clip *clip, unsigned n_threads,
                   int (*progress)(void *user, const cz_progress *progress), void *user,
                   cz_error *err)
{
    static const worker_ops ops = {.run = run_part, .discard = discard_part};
    frame_pass p = {.shown = shown, .clip = clip};
    workers *pool = NULL;
    atomic_init(&p.frames, 0);
    atomic_init(&p.bytes, 0);
    int rc = workers_start(&pool, n_threads, n_threads, &ops, &p, err);
    if (rc < 0)
        return rc;
    push_all(pool, &p, progress, user);
    rc = workers_join(&pool, err);
    if (rc == CZ_OK)
        *ret_bytes = atomic_load(&p.bytes);
    return rc;
}
