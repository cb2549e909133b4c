#include "cli/frame_movie.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/facts.h"
#include "cli/fetch.h"
#include "mov/write.h"
#include "reader/chunk_digests.h"

static const uint64_t NS = 1000000000;

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

/* In version 2 of Zarr a shard is a frame and no movie: what there is to know stands in the commit mark. */
static int writer_of_mark(mov_write_params *out, const clip_mark *m, cz_error *err)
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

/* A shard is a movie (docs/format.md): what the clip's pictures are, and the timescale in which its
 * durations are exact, stand in each one's header. */
static int writer_of(mov_write_params *out, object_store *os, const cz_clip *clip, uint32_t shard,
                     cz_error *err)
{
    const char *name = cz_clip_facts(clip)->name;
    if (clip->mark->zarr == ZARR_V2)
        return writer_of_mark(out, clip->mark, err);
    shard_input ctx = {.os = os};
    mov_input in = {.read_at = read_shard, .ctx = &ctx, .name = ctx.key};
    mov_movie *movie = NULL;
    key_shard(ctx.key, clip->mark->zarr, name, shard);
    /* Nothing but the digest of the whole shard covers its header. */
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

/* The first frame's time as QuickTime counts: seconds since 1904-01-01, which is 24 107 days before
 * 1970. 0 when nothing tells it. */
static uint64_t created(const cz_facts *facts, int64_t time)
{
    const int64_t seconds = time / (int64_t)NS + (int64_t)24107 * 86400;
    return !start_known(facts->start_from) || seconds < 0 ? 0 : (uint64_t)seconds;
}

/* Media time of a frame from the clip's start on, i == n of the clip's frames being its end. Times are
 * ticks rounded to nanoseconds, so that rounding them back gives the very ticks. */
static int ticks_of(uint64_t *out, cz_clip *clip, uint64_t i, uint32_t timescale, cz_error *err)
{
    const cz_facts *facts = cz_clip_facts(clip);
    int64_t time = facts->end;
    const int rc = i < facts->frames ? cz_time(&time, clip, i, err) : CZ_OK;
    const uint64_t ns = (uint64_t)time - (uint64_t)facts->start;
    *out = ns / NS * timescale + (ns % NS * timescale + NS / 2) / NS;
    return rc;
}

/* How long each of the n frames is shown, in ticks. */
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

static int check_order(const uint64_t *frame, size_t n, cz_error *err)
{
    for (size_t i = 1; i < n; i++)
        if (frame[i] <= frame[i - 1])
            return cz_fail(err, CZ_USAGE,
                           "frame %" PRIu64 " after %" PRIu64 ": a movie's frames ascend", frame[i],
                           frame[i - 1]);
    return CZ_OK;
}

typedef struct writing {
    out_file *f;
    bool avi;
} writing;

static int write_sample(void *user, const cz_request *got, cz_error *err)
{
    const writing *w = user;
    uint8_t head[8];
    int rc = CZ_OK;
    if (w->avi) {
        avi_chunk_header(head, (uint32_t)got->size);
        rc = out_write(w->f, head, sizeof head, err);
    }
    if (rc == CZ_OK)
        rc = out_write(w->f, got->data, got->size, err);
    if (rc == CZ_OK && w->avi && got->size % 2)
        rc = out_write(w->f, "", 1, err);
    return rc;
}

/* One rate for all frames, or none. */
static int avi_head(buf *out, const mov_write_params *w, const uint32_t *size,
                    const uint32_t *ticks, size_t n, cz_error *err)
{
    for (size_t i = 1; i < n; i++)
        if (ticks[i] != ticks[0]) {
            cz_fail(err, CZ_UNSUPPORTED,
                    "AVI: its frames are all shown equally long, and these aren't");
            cz_hint(err, "a .mov keeps their times");
            return CZ_UNSUPPORTED;
        }
    return avi_write_header(out, w, w->timescale, ticks[0], size, n, err);
}

/* The table of sizes has to be there before the first frame is. */
static int sizes_of(uint32_t *out, cz_clip *clip, const uint64_t *frame, size_t n, cz_error *err)
{
    const void *column;
    const int rc = cz_column_read(&column, clip, CZ_SIZE, err);
    for (size_t i = 0; rc == CZ_OK && i < n; i++) {
        out[i] = ((const uint32_t *)column)[frame[i]];
        if (out[i] == 0)
            return cz_fail(err, CZ_ABSENT, "frame %" PRIu64 ": the source didn't have it",
                           frame[i]);
    }
    return rc;
}

int movie_write(out_file *f, bool avi, object_store *os, cz_clip *clip, const uint64_t *frame,
                size_t n, cz_error *err)
{
    const cz_facts *facts = cz_clip_facts(clip);
    writing to = {.f = f, .avi = avi};
    mov_write_params w = {0};
    buf head = {0}, tail = {0};
    int64_t time;
    int rc = check_order(frame, n, err);
    if (rc < 0)
        return rc;
    uint32_t *size = calloc(n, sizeof *size), *ticks = calloc(n, sizeof *ticks);
    if (!size || !ticks) {
        rc = cz_fail(err, CZ_NOMEM, "out of memory for %zu frames", n);
        goto end;
    }
    if ((rc = sizes_of(size, clip, frame, n, err)) < 0 ||
        (rc = writer_of(&w, os, clip, (uint32_t)(frame[0] / facts->frames_per_shard), err)) < 0 ||
        (rc = durations(ticks, clip, frame, n, w.timescale, err)) < 0 ||
        (rc = cz_time(&time, clip, frame[0], err)) < 0)
        goto end;
    w.created = created(facts, time);
    rc = avi ? avi_head(&head, &w, size, ticks, n, err)
             : mov_write_header(&head, &w, size, ticks, n, err);
    if (rc == CZ_OK && avi)
        rc = avi_write_index(&tail, size, n, err);
    if (rc < 0 || (rc = out_write(f, head.at, head.len, err)) < 0 ||
        (rc = fetch_frames(clip, NULL, frame, n, write_sample, &to, err)) < 0)
        goto end;
    rc = out_write(f, tail.at, tail.len, err);
end:
    buf_free(&tail);
    buf_free(&head);
    free(ticks);
    free(size);
    return rc;
}
