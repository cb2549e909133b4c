/* Frames as pictures: the calling thread fetches, a pool of workers decodes. */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/workers.h"
#include "reader/picture.h"
#include "reader/reader.h"

enum {
    THREADS_MAX = 64,
    GROUP =
        16, /* frames fetched with one call: some MB, so that adjacent ones are fetched together */
    GROUP_ROOM =
        32 << 20, /* bytes of these, unless one frame has more; as many are queued for decoding */
};

/* The public enumerations have the values of the decoder. */
_Static_assert((int)CZ_NATIVE == PRORES_NATIVE && (int)CZ_YUV422P10 == PRORES_YUV422P10 &&
                   (int)CZ_YUV444P10 == PRORES_YUV444P10 && (int)CZ_YUV444P12 == PRORES_YUV444P12 &&
                   (int)CZ_GRAY == PRORES_GRAY && (int)CZ_GRAY16 == PRORES_GRAY16 &&
                   (int)CZ_RGB24 == PRORES_RGB24 && (int)CZ_BGR24 == PRORES_BGR24 &&
                   (int)CZ_RGB48 == PRORES_RGB48 && (int)CZ_RGBA == PRORES_RGBA &&
                   (int)CZ_YUVA444P12 == PRORES_YUVA444P12 &&
                   (int)CZ_YUVA444P10 == PRORES_YUVA444P10 && (int)CZ_GRAY10 == PRORES_GRAY10 &&
                   (int)CZ_RGBA64 == PRORES_RGBA64 && (int)CZ_BGR48 == PRORES_BGR48,
               "layouts");
_Static_assert((int)CZ_WEAVE == PRORES_WEAVE && (int)CZ_TOP == PRORES_TOP &&
                   (int)CZ_BOTTOM == PRORES_BOTTOM && (int)CZ_BOB_TOP == PRORES_BOB_TOP &&
                   (int)CZ_BOB_BOTTOM == PRORES_BOB_BOTTOM,
               "fields");

/* ---- Shapes of pictures --------------------------------------------------------------------- */

static uint8_t interlace_of(const cz_facts *f)
{
    return strcmp(f->interlace, "top_field_first") == 0      ? PRORES_TOP_FIRST
           : strcmp(f->interlace, "bottom_field_first") == 0 ? PRORES_BOTTOM_FIRST
                                                             : PRORES_PROGRESSIVE;
}

/* The members of the header that all frames of the clip share and that shapes depend on. */
static prores_header head_of(const cz_facts *f)
{
    return (prores_header){.width = (uint16_t)f->width,
                           .height = (uint16_t)f->height,
                           .chroma = strcmp(f->chroma, "4:4:4") == 0 ? PRORES_444 : PRORES_422,
                           .interlace = interlace_of(f),
                           .matrix = (uint8_t)f->matrix,
                           .alpha = (uint8_t)(f->alpha_bits / 8)};
}

prores_options picture_options(const cz_view *view, prores_matrix matrix)
{
    const cz_view v = view ? *view : (cz_view){0};
    return (prores_options){.layout = (prores_layout)v.layout,
                            .fields = (prores_fields)v.fields,
                            .scale = v.scale,
                            .region = {v.x, v.y, v.width, v.height},
                            .matrix = matrix,
                            .conceal = v.conceal};
}

int picture_check(const prores_header *head, size_t len, size_t bytes, cz_error *err)
{
    if (bytes <= PICTURES_ROOM || len >= prores_least_bytes(head))
        return CZ_OK;
    return cz_fail(err, CZ_FORMAT, "a frame of %zu bytes can't have %u x %u pixels", len,
                   head->width, head->height);
}

static int shape_of(prores_shape *out, const cz_clip *clip, const cz_view *view, cz_error *err)
{
    const prores_header head = head_of(clip->facts);
    const prores_options options = picture_options(view, PRORES_MATRIX_AUTO);
    int rc = view ? CZ_CHECK_RESERVED("cz_view", view, err) : CZ_OK;
    if (rc == CZ_OK)
        rc = prores_shape_of(out, &head, &options, err);
    if (rc == CZ_OK && (rc = picture_check(&head, clip->largest_frame, out->bytes, err)) < 0)
        cz_prefix(err, "%s", clip->facts->name);
    return rc;
}

cz_shape picture_shape(const prores_shape *shape)
{
    cz_shape out = {.width = shape->width,
                    .height = shape->height,
                    .depth = shape->depth,
                    .planes = shape->planes};
    for (unsigned i = 0; i < shape->planes; i++) {
        out.plane[i].width = shape->plane[i].width;
        out.plane[i].height = shape->plane[i].height;
        out.plane[i].pixel_bytes = shape->plane[i].pixel_bytes;
        out.plane[i].offset = out.bytes;
        out.bytes += shape->plane[i].row_bytes * shape->plane[i].height;
    }
    return out;
}

prores_image picture_image(const cz_shape *shape, void *pixels)
{
    prores_image image = {0};
    for (unsigned i = 0; i < shape->planes; i++) {
        image.plane[i].data = (uint8_t *)pixels + shape->plane[i].offset;
        image.plane[i].stride = (ptrdiff_t)shape->plane[i].width * shape->plane[i].pixel_bytes;
    }
    return image;
}

int cz_shape_of(cz_shape *out, const cz_clip *clip, const cz_view *view, cz_error *err)
{
    prores_shape s = {0};
    const int rc = shape_of(&s, clip, view, err);
    if (rc == CZ_OK)
        *out = picture_shape(&s);
    return rc;
}

int cz_field_time(int64_t *out, cz_clip *clip, cz_fields fields, uint64_t frame, cz_error *err)
{
    int64_t time;
    const cz_facts *f = clip->facts;
    const prores_header head = head_of(f);
    const int rc = cz_time(&time, clip, frame, err);
    if (rc < 0)
        return rc;
    const prores_fields first = prores_first_field(&head);
    const bool top = fields == CZ_TOP || fields == CZ_BOB_TOP;
    if (fields != CZ_WEAVE && first != PRORES_WEAVE && top != (first == PRORES_TOP) && f->rate_num)
        time += INT64_C(500000000) * f->rate_den / f->rate_num;
    *out = time;
    return CZ_OK;
}

/* ---- One frame ------------------------------------------------------------------------------ */

typedef struct decode_batch {
    cz_clip *clip;
    prores_options options;
    prores_shape shape; /* of each picture */
    cz_request *req;
    void (*done)(void *user, cz_request *req);
    void *user;
    prores_decoder *decoder[THREADS_MAX]; /* of each worker, from its first frame on */
    pthread_mutex_t lock;                 /* of done() and what follows */
    size_t first_failed;                  /* the failed request of the lowest index, or SIZE_MAX */
    cz_error err;
} decode_batch;

typedef struct job {
    size_t i;       /* index of the request */
    cz_request raw; /* the fetched frame, owned by the job */
} job;

static int make_room(const decode_batch *s, cz_request *r, cz_error *err)
{
    r->size = s->shape.bytes;
    if (r->owned && r->room < r->size)
        cz_request_free(r, 1);
    if (r->data && r->room < r->size)
        return cz_fail(err, CZ_USAGE,
                       "frame %" PRIu64 ": a picture has %zu bytes, there is room for %zu",
                       r->frame, r->size, r->room);
    if (!r->data) {
        if (!(r->data = malloc(r->size)))
            return cz_fail_memory(err, "frame %" PRIu64 ": %zu bytes", r->frame, r->size);
        r->owned = true;
        r->room = r->size;
    }
    return CZ_OK;
}

static int decode(const decode_batch *s, prores_decoder *decoder, const prores_executor *parallel,
                  cz_request *r, const cz_request *raw, cz_error *err)
{
    prores_shape own = {0};
    prores_report report = {0};
    int rc = prores_open(decoder, raw->data, raw->size, &s->options, &own, err);
    const prores_header *head = prores_opened_header(decoder);
    if (rc == CZ_OK && (own.bytes != s->shape.bytes || own.width != s->shape.width ||
                        own.height != s->shape.height || own.planes != s->shape.planes))
        rc = cz_fail(err, CZ_FORMAT, "its header contradicts the clip's: %ux%u", head->width,
                     head->height);
    if (rc == CZ_OK)
        rc = picture_check(head, raw->size, own.bytes, err);
    if (rc == CZ_OK)
        rc = make_room(s, r, err);
    if (rc < 0)
        return rc;
    const cz_shape lies = picture_shape(&own);
    const prores_image image = picture_image(&lies, r->data);
    rc = prores_decode_opened(decoder, &image, parallel, &report, err);
    r->damaged = report.damaged;
    return rc;
}

static int decode_named(const decode_batch *s, prores_decoder *decoder,
                        const prores_executor *parallel, cz_request *r, const cz_request *raw,
                        cz_error *err)
{
    const int rc = decode(s, decoder, parallel, r, raw, err);
    if (rc < 0)
        cz_prefix(err, "frame %" PRIu64 " of %s", r->frame, s->clip->facts->name);
    return rc;
}

/* Record the result of request i, and report it. */
static void finish(decode_batch *s, size_t i, int rc, const cz_error *why)
{
    s->req[i].rc = rc;
    (void)pthread_mutex_lock(&s->lock);
    if (rc < 0 && i < s->first_failed) {
        s->first_failed = i;
        s->err = *why;
    }
    if (s->done)
        s->done(s->user, &s->req[i]);
    (void)pthread_mutex_unlock(&s->lock);
}

/* ---- Many frames ---------------------------------------------------------------------------- */

/* A request for a frame as recorded, in memory that an earlier one has left. */
static cz_request raw_request(const decode_batch *s, uint64_t frame)
{
    const bool known = frame < s->clip->facts->frames;
    cz_request raw = {.frame = frame, .room = known ? clip_sizes(s->clip)[frame] : 0};
    if (raw.room)
        raw.data = spare_take_bytes(s->clip->spare, &raw.room);
    return raw;
}

static void free_raw(const decode_batch *s, cz_request *raw)
{
    if (raw->owned)
        cz_request_free(raw, 1);
    else
        spare_give_bytes(s->clip->spare, raw->data, raw->room);
    *raw = (cz_request){0};
}

/* Decode and free a job. CZ_OK in any case: an error is its request's alone, and must not stop the
 * pool. */
static int run_job(void *ctx, unsigned worker, void *item, cz_error *err)
{
    decode_batch *s = ctx;
    job *j = item;
    cz_error why = {0};
    int rc = CZ_OK;
    (void)err;
    if (!s->decoder[worker])
        rc = spare_take_decoder(&s->decoder[worker], s->clip->spare, 1, &why);
    if (rc == CZ_OK)
        rc = decode_named(s, s->decoder[worker], NULL, &s->req[j->i], &j->raw, &why);
    free_raw(s, &j->raw);
    finish(s, j->i, rc, &why);
    free(j);
    return CZ_OK;
}

/* Queue a fetched frame for decoding. */
static void queue_job(decode_batch *s, workers *pool, size_t i, cz_request *raw)
{
    cz_error why;
    job *j = malloc(sizeof *j);
    if (!j) {
        const int rc = cz_fail_memory(&why, "frame %" PRIu64, raw->frame);
        free_raw(s, raw);
        finish(s, i, rc, &why);
        return;
    }
    *j = (job){i, *raw};
    *raw = (cz_request){0};
    workers_push(pool, j);
}

/* Number of frames that are fetched with one call, from the size of the largest one. */
static size_t group_of(const decode_batch *s)
{
    const size_t largest = s->clip->largest_frame ? s->clip->largest_frame : 1;
    const size_t n = GROUP_ROOM / largest;
    return n < 1 ? 1 : n > GROUP ? GROUP : n;
}

static void fetch_all(decode_batch *s, workers *pool, size_t n)
{
    const size_t most = group_of(s);
    for (size_t at = 0; at < n; at += most) {
        const size_t group = n - at < most ? n - at : most;
        cz_request raw[GROUP] = {{0}};
        cz_error why;
        for (size_t i = 0; i < group; i++)
            raw[i] = raw_request(s, s->req[at + i].frame);
        (void)cz_frames_raw(s->clip, raw, group, NULL, NULL, &why); /* each has an rc of its own */
        for (size_t i = 0; i < group; i++) {
            const int failed = raw[i].rc;
            if (failed < 0) {
                free_raw(s, &raw[i]);
                finish(s, at + i, failed, &why); /* of the first failed frame of the group */
            } else {
                queue_job(s, pool, at + i, &raw[i]);
            }
        }
    }
}

static int decode_many(decode_batch *s, size_t n, unsigned threads, cz_error *err)
{
    static const worker_ops ops = {.run = run_job};
    workers *pool = NULL;
    int rc = workers_start(&pool, threads, group_of(s), &ops, s, err);
    if (rc < 0)
        return rc;
    fetch_all(s, pool, n);
    rc = workers_join(&pool, err);
    for (unsigned i = 0; i < threads; i++)
        spare_give_decoder(s->clip->spare, &s->decoder[i]);
    return rc;
}

/* A single picture: threads decode its rows in parallel. */
static int decode_one(decode_batch *s, unsigned threads, cz_error *err)
{
    cz_error why = {0};
    cz_request raw = raw_request(s, s->req[0].frame);
    prores_decoder *decoder = NULL;
    prores_thread_pool *pool = NULL;
    int rc = spare_take_decoder(&decoder, s->clip->spare, threads, err);
    if (rc == CZ_OK && threads > 1)
        rc = prores_thread_pool_new(&pool, threads, err);
    if (rc == CZ_OK) {
        int done = cz_frames_raw(s->clip, &raw, 1, NULL, NULL, &why);
        if (done == CZ_OK) {
            const prores_executor parallel =
                pool ? prores_thread_pool_executor(pool) : (prores_executor){0};
            done = decode_named(s, decoder, pool ? &parallel : NULL, s->req, &raw, &why);
        }
        finish(s, 0, done, &why);
    }
    free_raw(s, &raw);
    prores_thread_pool_free(&pool);
    spare_give_decoder(s->clip->spare, &decoder);
    return rc;
}

static unsigned threads_of(const cz_view *view)
{
    const unsigned n = workers_wanted(view ? view->threads : 0);
    return n < THREADS_MAX ? n : THREADS_MAX;
}

int cz_pictures(cz_clip *clip, const cz_view *view, cz_request *req, size_t n,
                void (*done)(void *user, cz_request *req), void *user, cz_error *err)
{
    decode_batch s = {
        .clip = clip, .req = req, .done = done, .user = user, .first_failed = SIZE_MAX};
    const unsigned threads = threads_of(view);
    int rc = shape_of(&s.shape, clip, view, err);
    if (rc == CZ_OK && pthread_mutex_init(&s.lock, NULL) != 0)
        rc = cz_fail_memory(err, "decoder threads");
    for (size_t i = 0; i < n; i++) {
        req[i].rc = rc;
        req[i].damaged = 0;
    }
    if (rc != CZ_OK)
        return rc;
    /* The clip's matrix, not each frame's own: all pictures of a clip are converted alike. */
    s.options = picture_options(view, s.shape.matrix);
    if (n > 0)
        rc = n == 1 ? decode_one(&s, threads, err) : decode_many(&s, n, threads, err);
    (void)pthread_mutex_destroy(&s.lock);
    for (size_t i = 0; rc < 0 && i < n; i++)
        req[i].rc = rc;
    if (rc == CZ_OK && s.first_failed != SIZE_MAX) {
        rc = req[s.first_failed].rc;
        if (err)
            *err = s.err;
    }
    return clip_check_replaced(clip, rc, err);
}
