#include "analyse/clip_analysis.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* A view that up to two comparisons need: with the frame before and with the one after. Both may
 * run at the same time, since only the former uses its scratch memory. */
typedef struct shared_view {
    frame_view view;
    unsigned users;
    struct shared_view *next; /* in the list of free ones */
} shared_view;

/* A view that waits for the part on the other side of a boundary. */
typedef struct boundary {
    uint64_t frame;      /* the first frame after the boundary */
    shared_view *before; /* one of both is NULL */
    shared_view *after;
    struct boundary *next;
} boundary;

typedef struct worker_state {
    prores_decoder *decoder;
    uint8_t *rgb;
    size_t rgb_capacity;
} worker_state;

struct clip_analysis {
    clip_analysis_options opt;
    frame_statistics *frames;
    uint8_t *signatures;  /* of every REPRESENTATIVE_EVERY-th frame */
    pthread_mutex_t lock; /* of the members below */
    boundary *boundaries;
    shared_view *unused;
    uint32_t width, height; /* of the frames that could be decoded; 0 before the first one */
    worker_state worker[];
};

/* ---- Views ---- */

static shared_view *view_take(clip_analysis *a, cz_error *err)
{
    (void)pthread_mutex_lock(&a->lock);
    shared_view *v = a->unused;
    if (v)
        a->unused = v->next;
    (void)pthread_mutex_unlock(&a->lock);
    if (!v && !(v = calloc(1, sizeof *v))) {
        cz_fail_memory(err, "analysis: a picture");
        return NULL;
    }
    v->users = 1;
    return v;
}

/* NULL-safe */
static void view_release(clip_analysis *a, shared_view *v)
{
    if (!v)
        return;
    (void)pthread_mutex_lock(&a->lock);
    if (--v->users == 0) {
        v->next = a->unused;
        a->unused = v;
    }
    (void)pthread_mutex_unlock(&a->lock);
}

/* ---- Boundaries ---- */

/* Give one side of the boundary before `frame`. If the other side is there, it is taken and
 * returned in *ret_other; otherwise this side is kept for it. */
static int boundary_meet(shared_view **ret_other, clip_analysis *a, uint64_t frame,
                         shared_view *mine, bool is_after, cz_error *err)
{
    boundary *found = NULL, *fresh = malloc(sizeof *fresh);
    *ret_other = NULL;
    if (!fresh)
        return cz_fail_memory(err, "analysis: a boundary");
    *fresh = (boundary){.frame = frame};
    (void)pthread_mutex_lock(&a->lock);
    for (boundary **at = &a->boundaries; *at; at = &(*at)->next)
        if ((*at)->frame == frame) {
            found = *at;
            *at = found->next;
            break;
        }
    if (!found) {
        mine->users++;
        *(is_after ? &fresh->after : &fresh->before) = mine;
        fresh->next = a->boundaries;
        a->boundaries = fresh;
        fresh = NULL;
    }
    (void)pthread_mutex_unlock(&a->lock);
    if (found)
        *ret_other = is_after ? found->before : found->after;
    free(found);
    free(fresh);
    return CZ_OK;
}

/* The first frame of a part meets the last one of the part before. */
static int meet_before(clip_analysis *a, uint64_t frame, shared_view *now, cz_error *err)
{
    shared_view *before = NULL;
    if (frame == 0)
        return CZ_OK;
    const int rc = boundary_meet(&before, a, frame, now, true, err);
    if (before)
        frame_view_compare(&a->frames[frame], &before->view, &now->view);
    view_release(a, before);
    return rc;
}

/* The last frame of a part, before `frame`, meets the first one of the part after. */
static int meet_after(clip_analysis *a, uint64_t frame, shared_view *before, cz_error *err)
{
    shared_view *now = NULL;
    if (frame == a->opt.frames)
        return CZ_OK;
    const int rc = boundary_meet(&now, a, frame, before, false, err);
    if (now)
        frame_view_compare(&a->frames[frame], &before->view, &now->view);
    view_release(a, now);
    return rc;
}

/* ---- Frames ---- */

static void keep_signature(clip_analysis *a, uint64_t frame, const frame_view *v)
{
    uint8_t *out = a->signatures + frame / REPRESENTATIVE_EVERY * SIGNATURE_BYTES;
    if (v->known)
        view_signature(out, &v->picture);
    else
        memset(out, 128, SIGNATURE_BYTES);
}

static int hand_over_picture(clip_analysis *a, worker_state *w, uint64_t number,
                             const frame_view *v, cz_error *err)
{
    const size_t bytes = (size_t)v->picture.columns * v->picture.rows * 3;
    if (!v->known)
        return a->opt.picture(a->opt.user, number, NULL, 0, 0, err);
    if (bytes > w->rgb_capacity) {
        free(w->rgb);
        w->rgb_capacity = 0;
        if (!(w->rgb = malloc(bytes)))
            return cz_fail_memory(err, "overview: %zu bytes", bytes);
        w->rgb_capacity = bytes;
    }
    dc_picture_rgb24(&v->picture, w->decoder, w->rgb);
    return a->opt.picture(a->opt.user, number, w->rgb, v->picture.columns, v->picture.rows, err);
}

/* The picture of a frame, if the overview shows it. */
static int show(clip_analysis *a, worker_state *w, uint64_t frame, const frame_view *v,
                cz_error *err)
{
    const frame_step step = a->opt.overview_step;
    if (!a->opt.picture || step.num == 0)
        return CZ_OK;
    const uint64_t number = overview_count(step, frame); /* of those before this frame */
    return overview_frame(step, number) == frame ? hand_over_picture(a, w, number, v, err) : CZ_OK;
}

static void keep_size(clip_analysis *a, const frame_view *v)
{
    if (!v->known)
        return;
    (void)pthread_mutex_lock(&a->lock);
    if (v->picture.width > a->width) {
        a->width = v->picture.width;
        a->height = v->picture.height;
    }
    (void)pthread_mutex_unlock(&a->lock);
}

/* Bytes of the frame to decode: 0 if it does not have the dimensions of the clip. */
static size_t decodable(const clip_analysis *a, const uint8_t *data, size_t size)
{
    prores_header head;
    if (a->opt.width == 0 || prores_header_parse(&head, data, size) == PRORES_HEADER_NO_MAGIC)
        return size;
    return head.width == a->opt.width && head.height == a->opt.height ? size : 0;
}

static int analyse_frame(clip_analysis *a, worker_state *w, uint64_t frame, shared_view *v,
                         const uint8_t *data, size_t size, cz_error *err)
{
    const size_t len = decodable(a, data, size);
    int rc = frame_view_make(&v->view, &a->frames[frame], w->decoder, data, len, err);
    if (rc < 0)
        return rc;
    a->frames[frame].size = (uint32_t)size;
    if (frame % REPRESENTATIVE_EVERY == 0)
        keep_signature(a, frame, &v->view);
    keep_size(a, &v->view);
    return show(a, w, frame, &v->view, err);
}

int clip_analysis_part(clip_analysis *a, unsigned worker, uint64_t first, uint64_t count,
                       const uint8_t *data, const uint32_t *sizes, cz_error *err)
{
    worker_state *w = &a->worker[worker];
    shared_view *before = NULL;
    int rc = CZ_OK;
    for (uint64_t i = 0; rc == CZ_OK && i < count; i++) {
        shared_view *now = view_take(a, err);
        rc = now ? analyse_frame(a, w, first + i, now, data, sizes[i], err) : CZ_NOMEM;
        if (rc == CZ_OK && i == 0)
            rc = meet_before(a, first, now, err);
        else if (rc == CZ_OK)
            frame_view_compare(&a->frames[first + i], &before->view, &now->view);
        view_release(a, before);
        before = now;
        data += sizes[i];
    }
    if (rc == CZ_OK && before)
        rc = meet_after(a, first + count, before, err);
    view_release(a, before);
    return rc;
}

/* ---- Beginning and end ---- */

static int check_options(const clip_analysis_options *opt, cz_error *err)
{
    const frame_step s = opt->overview_step;
    if (opt->workers == 0 || opt->workers > PRORES_WORKERS_MAX)
        return cz_fail(err, CZ_USAGE, "analysis: %u threads", opt->workers);
    if (s.num < s.den || (s.num > 0 && s.den == 0))
        return cz_fail(err, CZ_USAGE, "overview: a picture every %u/%u frames", s.num, s.den);
    return CZ_OK;
}

int clip_analysis_new(clip_analysis **out, const clip_analysis_options *opt, cz_error *err)
{
    *out = NULL;
    int rc = check_options(opt, err);
    if (rc < 0)
        return rc;
    clip_analysis *a = calloc(1, sizeof *a + opt->workers * sizeof a->worker[0]);
    if (!a)
        return cz_fail_memory(err, "analysis");
    (void)pthread_mutex_init(&a->lock, NULL);
    a->opt = *opt;
    const size_t n = (size_t)opt->frames;
    a->frames = calloc(n + 1, sizeof *a->frames);
    a->signatures = calloc(n / REPRESENTATIVE_EVERY + 1, SIGNATURE_BYTES);
    if (!a->frames || !a->signatures)
        rc = cz_fail_memory(err, "analysis of %zu frames", n);
    for (unsigned i = 0; rc == CZ_OK && i < opt->workers; i++)
        rc = prores_decoder_new(&a->worker[i].decoder, 1, err);
    if (rc < 0)
        clip_analysis_free(&a);
    *out = a;
    return rc;
}

static void free_boundaries(clip_analysis *a)
{
    for (boundary *b = a->boundaries, *next; b; b = next) {
        next = b->next;
        view_release(a, b->before);
        view_release(a, b->after);
        free(b);
    }
}

void clip_analysis_free(clip_analysis **pointer)
{
    clip_analysis *a = pointer ? *pointer : NULL;
    if (!a)
        return;
    free_boundaries(a);
    for (shared_view *v = a->unused, *next; v; v = next) {
        next = v->next;
        frame_view_free(&v->view);
        free(v);
    }
    for (unsigned i = 0; i < a->opt.workers; i++) {
        prores_decoder_free(&a->worker[i].decoder);
        free(a->worker[i].rgb);
    }
    free(a->frames);
    free(a->signatures);
    (void)pthread_mutex_destroy(&a->lock);
    free(a);
    *pointer = NULL;
}

const frame_statistics *clip_analysis_frames(const clip_analysis *a)
{
    return a->frames;
}

int clip_analysis_scenes(scene **ret_scenes, size_t *ret_count, const clip_analysis *a,
                         cz_error *err)
{
    return scenes_find(ret_scenes, ret_count, a->frames, a->opt.frames, a->width, a->height, err);
}

const uint8_t *clip_analysis_signature(const clip_analysis *a, uint64_t frame)
{
    return a->signatures + frame / REPRESENTATIVE_EVERY * SIGNATURE_BYTES;
}
