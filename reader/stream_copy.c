/* Stream copy: frames of a clip as a movie of their own, QuickTime or AVI. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mov/write.h"
#include "reader/chunk_digests.h"

/* Frames are fetched in batches, large enough for efficient requests, in bounded memory. */
enum { BATCH_FRAMES = 64, BATCH_BYTES = 48 << 20 };

static const uint64_t NS = 1000000000;

/* The output of a movie, and its container. */
typedef struct movie_output {
    cz_container container;
    int (*write)(void *user, const void *data, size_t n);
    void *user;
} movie_output;

/* The callback reports no text of its own: it knows what failed, and its code goes back to the
 * caller. */
static int output(const movie_output *to, const void *data, size_t n, cz_error *err)
{
    const int rc = n ? to->write(to->user, data, n) : CZ_OK;
    return rc < 0 ? cz_fail(err, rc, "movie: write failed") : CZ_OK;
}

typedef struct shard_input {
    object_store *os;
    char key[KEY_MAX];
} shard_input;

static int read_shard(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err)
{
    const shard_input *in = ctx;
    os_read read = {.key = in->key, .offset = offset, .len = len, .to = to};
    return os_get(in->os, &read, 1, NULL, err);
}

/* In Zarr version 2 a shard is a single frame without a movie header: the commit marker describes
 * it. */
static int writer_of_marker(mov_write_params *out, const commit_marker *m, cz_error *err)
{
    uint64_t timescale = 0, v[3] = {0};
    static const char *const colours[] = {"primaries", "transfer", "matrix"};
    const cz_facts *f = &m->facts;
    int rc = json_u64(&timescale, m->ours, "timescale", f->name, err);
    for (size_t i = 0; rc == CZ_OK && i < 3; i++)
        rc = json_u64(&v[i], m->ours, colours[i], f->name, err);
    if (rc == CZ_OK && (timescale == 0 || timescale > UINT32_MAX))
        rc = cz_fail(err, CZ_FORMAT, "%s: a timescale of %" PRIu64, f->name, timescale);
    if (rc < 0)
        return rc;
    const bool interlaced = strcmp(f->interlace, "progressive") != 0;
    const bool top_first = strcmp(f->interlace, "top_field_first") == 0;
    *out = (mov_write_params){.codec = FOURCC((uint8_t)f->codec[0], (uint8_t)f->codec[1],
                                              (uint8_t)f->codec[2], (uint8_t)f->codec[3]),
                              .video = {.width = (uint16_t)f->width,
                                        .height = (uint16_t)f->height,
                                        .depth = f->alpha_bits ? 32 : 24,
                                        .primaries = (uint16_t)v[0],
                                        .transfer = (uint16_t)v[1],
                                        .matrix = (uint16_t)v[2],
                                        .fields = interlaced ? 2 : 0,
                                        .field_order = interlaced ? (top_first ? 1 : 6) : 0},
                              .timescale = (uint32_t)timescale,
                              .name = f->name};
    return CZ_OK;
}

/* A shard is a movie (docs/format.md): its header holds the sample description and the timescale in
 * which the durations are exact. */
static int writer_of_shard(mov_write_params *out, const cz_clip *clip, uint64_t shard,
                           cz_error *err)
{
    const char *name = clip->facts->name;
    object_store *os = clip->store->os;
    shard_input ctx = {.os = os};
    mov_input in = {.read_at = read_shard, .ctx = &ctx, .name = ctx.key};
    mov_movie *movie = NULL;
    shard_key(ctx.key, clip->marker->zarr, name, shard);
    /* No checksum but the digest of the whole shard covers its header. */
    int rc = shard_check(clip, shard, err);
    if (rc == CZ_OK)
        rc = os_stat(os, ctx.key, &in.size, err);
    if (rc == CZ_OK)
        rc = mov_open(&movie, &in, err);
    if (!movie)
        return rc;
    const mov_track *track = &movie->track[movie->video];
    *out = (mov_write_params){.codec = track->codec,
                              .video = track->video,
                              .timescale = movie->times.timescale,
                              .name = name};
    mov_close(&movie);
    return CZ_OK;
}

static int writer_of(mov_write_params *out, const cz_clip *clip, uint64_t first, cz_error *err)
{
    if (clip->movie) {
        *out = clip_movie_writer(clip->movie);
        return CZ_OK;
    }
    if (clip->marker->zarr == ZARR_V2)
        return writer_of_marker(out, clip->marker, err);
    return writer_of_shard(out, clip, first / clip->facts->frames_per_shard, err);
}

/* The first frame's time in QuickTime's seconds since 1904-01-01, which is 24 107 days before 1970.
 * 0: unknown. */
static uint64_t created(const cz_facts *facts, int64_t time)
{
    const int64_t seconds = time / (int64_t)NS + (int64_t)24107 * 86400;
    return strcmp(facts->start_from, "none") == 0 || seconds < 0 ? 0 : (uint64_t)seconds;
}

/* Media time of a frame from the clip's start on, i == n of the clip's frames being its end. Times
 * are ticks rounded to nanoseconds, so that rounding them back gives the very ticks. */
static int ticks_of(uint64_t *out, cz_clip *clip, uint64_t i, uint32_t timescale, cz_error *err)
{
    const cz_facts *facts = clip->facts;
    int64_t time = facts->end;
    const int rc = i < facts->frames ? cz_time(&time, clip, i, err) : CZ_OK;
    const uint64_t ns = (uint64_t)time - (uint64_t)facts->start;
    *out = ns / NS * timescale + (ns % NS * timescale + NS / 2) / NS;
    return rc;
}

/* Durations of the n frames in ticks. */
static int durations(uint32_t *ticks, cz_clip *clip, const uint64_t *frame, size_t n,
                     uint32_t timescale, cz_error *err)
{
    uint64_t from, to;
    int rc = ticks_of(&from, clip, frame[0], timescale, err);
    for (size_t i = 0; rc == CZ_OK && i < n; i++, from = to) {
        const bool last = i + 1 == n;
        if (last && i > 0 && frame[i] != frame[i - 1] + 1) {
            ticks[i] = ticks[i - 1];
            break;
        }
        rc = ticks_of(&to, clip, last ? frame[i] + 1 : frame[i + 1], timescale, err);
        if (rc == CZ_OK && (to <= from || to - from > UINT32_MAX))
            rc = cz_fail(err, CZ_UNSUPPORTED, "frame %" PRIu64 ": shown for %" PRId64 " ticks",
                         frame[i], (int64_t)(to - from));
        if (rc == CZ_OK)
            ticks[i] = (uint32_t)(to - from);
    }
    return rc;
}

static int check_container(cz_container container, cz_error *err)
{
    if (container != CZ_MOV && container != CZ_AVI)
        return cz_fail(err, CZ_USAGE, "container %d: not CZ_MOV or CZ_AVI", (int)container);
    return CZ_OK;
}

static int check_frames(const cz_clip *clip, const uint64_t *frame, size_t n, cz_error *err)
{
    if (n == 0)
        return cz_fail(err, CZ_USAGE, "%s: a movie of no frames", clip->facts->name);
    for (size_t i = 0; i < n; i++) {
        if (frame[i] >= clip->facts->frames)
            return cz_fail(err, CZ_ABSENT, "frame %" PRIu64 " of %s: it has %" PRIu64 " frames",
                           frame[i], clip->facts->name, clip->facts->frames);
        if (i > 0 && frame[i] <= frame[i - 1])
            return cz_fail(err, CZ_USAGE,
                           "frame %" PRIu64 " after %" PRIu64 ": frames of a movie must ascend",
                           frame[i], frame[i - 1]);
    }
    return CZ_OK;
}

static int write_sample(const movie_output *to, const cz_request *got, cz_error *err)
{
    uint8_t head[8];
    int rc = CZ_OK;
    if (to->container == CZ_AVI) {
        avi_chunk_header(head, (uint32_t)got->size);
        rc = output(to, head, sizeof head, err);
    }
    if (rc == CZ_OK)
        rc = output(to, got->data, got->size, err);
    if (rc == CZ_OK && to->container == CZ_AVI && got->size % 2)
        rc = output(to, "", 1, err);
    return rc;
}

static size_t batch_length(const uint32_t *size, size_t n)
{
    uint64_t bytes = 0;
    size_t i = 0;
    while (i < n && i < BATCH_FRAMES && (i == 0 || bytes + size[i] <= BATCH_BYTES))
        bytes += size[i++];
    return i;
}

static int write_batch(const movie_output *to, cz_clip *clip, const uint64_t *frame, size_t n,
                       cz_error *err)
{
    cz_request want[BATCH_FRAMES];
    memset(want, 0, sizeof want);
    for (size_t i = 0; i < n; i++)
        want[i].frame = frame[i];
    int rc = cz_frames_raw(clip, want, n, NULL, NULL, err);
    for (size_t i = 0; rc == CZ_OK && i < n; i++)
        rc = write_sample(to, &want[i], err);
    cz_request_free(want, n);
    return rc;
}

/* AVI has one rate for all frames. */
static int avi_head(buf *out, const mov_write_params *w, const uint32_t *size,
                    const uint32_t *ticks, size_t n, cz_error *err)
{
    for (size_t i = 1; i < n; i++)
        if (ticks[i] != ticks[0]) {
            cz_fail(err, CZ_UNSUPPORTED, "AVI: the frames have different durations");
            cz_hint(err, "a .mov keeps their times");
            return CZ_UNSUPPORTED;
        }
    return avi_write_header(out, w, w->timescale, ticks[0], size, n, err);
}

/* All sizes are needed before the first frame is written. */
static int sizes_of(uint32_t *out, cz_clip *clip, const uint64_t *frame, size_t n, cz_error *err)
{
    const void *column;
    const int rc = cz_column_read(&column, clip, CZ_SIZE, err);
    for (size_t i = 0; rc == CZ_OK && i < n; i++) {
        out[i] = ((const uint32_t *)column)[frame[i]];
        if (out[i] == 0)
            return cz_fail(err, CZ_ABSENT, "frame %" PRIu64 ": missing in the source", frame[i]);
    }
    return rc;
}

/* What precedes the samples, and what follows them. */
static int headers(buf *head, buf *tail, const mov_write_params *w, cz_container container,
                   const uint32_t *size, const uint32_t *ticks, size_t n, cz_error *err)
{
    if (container == CZ_MOV)
        return mov_write_header(head, w, size, ticks, n, err);
    const int rc = avi_head(head, w, size, ticks, n, err);
    return rc < 0 ? rc : avi_write_index(tail, size, n, err);
}

int cz_movie_write(cz_clip *clip, cz_container container, const uint64_t *frame, size_t n,
                   int (*write)(void *user, const void *data, size_t n), void *user, cz_error *err)
{
    const movie_output to = {container, write, user};
    mov_write_params w = {0};
    buf head = {0}, tail = {0};
    int64_t time;
    int rc = check_container(container, err);
    if (rc == CZ_OK)
        rc = check_frames(clip, frame, n, err);
    if (rc < 0)
        return rc;
    uint32_t *size = calloc(n, sizeof *size), *ticks = calloc(n, sizeof *ticks);
    if (!size || !ticks) {
        rc = cz_fail_memory(err, "movie of %zu frames", n);
        goto end;
    }
    if ((rc = sizes_of(size, clip, frame, n, err)) < 0 ||
        (rc = writer_of(&w, clip, frame[0], err)) < 0 ||
        (rc = durations(ticks, clip, frame, n, w.timescale, err)) < 0 ||
        (rc = cz_time(&time, clip, frame[0], err)) < 0)
        goto end;
    w.created = created(clip->facts, time);
    if ((rc = headers(&head, &tail, &w, container, size, ticks, n, err)) < 0 ||
        (rc = output(&to, head.at, head.len, err)) < 0)
        goto end;
    for (size_t i = 0; rc == CZ_OK && i < n;) {
        const size_t m = batch_length(size + i, n - i);
        rc = write_batch(&to, clip, frame + i, m, err);
        i += m;
    }
    if (rc == CZ_OK)
        rc = output(&to, tail.at, tail.len, err);
end:
    buf_free(&tail);
    buf_free(&head);
    free(ticks);
    free(size);
    return rc;
}

/* The frame's own header describes it (RDD 36, 5.1); one that names no rate is shown for 1001/30000
 * s. */
int cz_movie_write_frame(cz_container container, const void *frame, size_t len,
                         int (*write)(void *user, const void *data, size_t n), void *user,
                         cz_error *err)
{
    const movie_output to = {container, write, user};
    prores_header h;
    uint32_t num = 30000, den = 1001;
    int rc = check_container(container, err);
    if (rc < 0)
        return rc;
    if (len > UINT32_MAX || prores_header_parse(&h, frame, len) != PRORES_HEADER_OK ||
        h.frame_size != len)
        return cz_fail(err, CZ_FORMAT, "%zu bytes: not a ProRes frame", len);
    (void)prores_frame_rate(h.rate, &num, &den);
    const mov_write_params w = {.codec = h.chroma == 3 ? FOURCC('a', 'p', '4', 'h')
                                                       : FOURCC('a', 'p', 'c', 'n'),
                                .video = {.width = h.width,
                                          .height = h.height,
                                          .depth = h.alpha ? 32 : 24,
                                          .primaries = h.primaries,
                                          .transfer = h.transfer,
                                          .matrix = h.matrix,
                                          .fields = h.interlace ? 2 : 0,
                                          .field_order = h.interlace == 0   ? 0
                                                         : h.interlace == 1 ? 1
                                                                            : 6},
                                .timescale = num};
    const uint32_t size = (uint32_t)len;
    const cz_request got = {.data = (uint8_t *)(uintptr_t)frame, .size = len};
    buf head = {0}, tail = {0};
    if ((rc = headers(&head, &tail, &w, container, &size, &den, 1, err)) == CZ_OK &&
        (rc = output(&to, head.at, head.len, err)) == CZ_OK &&
        (rc = write_sample(&to, &got, err)) == CZ_OK)
        rc = output(&to, tail.at, tail.len, err);
    buf_free(&tail);
    buf_free(&head);
    return rc;
}
