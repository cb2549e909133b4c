#include "convert/plan.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"

enum {
    HEAD_ROOM = 16 << 10, /* more than any movie header of SHARD_FRAMES_MAX frames needs */
    ATOM_HEAD = 8,
};
#define EPOCH_1904 UINT64_C(2082844800) /* seconds from 1904-01-01 to 1970-01-01 */

uint32_t plan_frame_size(const plan *p, uint64_t i)
{
    return mov_frame_available(p->movie, i);
}

int64_t plan_time(const plan *p, uint64_t i)
{
    return p->start.start + mov_time_ns(&p->movie->times, i);
}

uint64_t plan_shard_frames(const plan *p, uint64_t k, uint64_t *end)
{
    const uint64_t first = k * p->frames_per_shard, left = p->movie->n_frames - first;
    *end = first + (left < p->frames_per_shard ? left : p->frames_per_shard);
    return first;
}

static uint64_t shard_frame_bytes(const plan *p, uint64_t k)
{
    uint64_t end, sum = 0;
    for (uint64_t i = plan_shard_frames(p, k, &end); i < end; i++)
        sum += plan_frame_size(p, i);
    return sum;
}

/* Divide into shards of f frames; returns the bytes of the largest. */
static uint64_t divide(plan *p, uint32_t f)
{
    uint64_t max = 0;
    p->frames_per_shard = f;
    p->n_shards = (p->movie->n_frames - 1) / f + 1;
    for (uint64_t k = 0; k < p->n_shards; k++) {
        const uint64_t sum = shard_frame_bytes(p, k);
        if (sum > max)
            max = sum;
    }
    return max + HEAD_ROOM + plan_shard_tail_size(p);
}

/* The extra bytes: byte ranges before, between and after the frames. */
static int find_extra(plan *p, cz_error *err)
{
    const mov_movie *m = p->movie;
    size_t room = 0;
    uint64_t at = 0;
    for (uint64_t i = 0; i <= m->n_frames; i++) {
        const bool last = i == m->n_frames;
        const uint32_t size = last ? 0 : plan_frame_size(p, i);
        if (!last && size == 0)
            continue;
        const uint64_t next = last ? m->bytes : m->offset[i];
        if (next > at) {
            if (p->n_extra == room) {
                room = room ? 2 * room : 64;
                range *more = realloc(p->extra, room * sizeof *more);
                if (!more)
                    return cz_fail_memory(err, "%zu ranges between frames", room);
                p->extra = more;
            }
            p->extra[p->n_extra++] = (range){at, next - at};
            p->extra_bytes += next - at;
        }
        at = next + size;
        p->frame_bytes += size;
    }
    return CZ_OK;
}

int plan_make(plan *out, const mov_movie *movie, const mov_input *in, const char *base_name,
              zarr_format zarr, uint32_t frames_per_shard, cz_error *err)
{
    plan p = {.zarr = zarr, .movie = movie, .track = &movie->track[movie->video]};
    int rc = mov_reference_header(&p.reference_header, &p.has_reference_header, movie, in, err);
    if (rc == CZ_OK)
        rc = find_extra(&p, err);
    if (rc < 0) {
        plan_free(&p);
        return rc;
    }
    p.width = p.has_reference_header ? p.reference_header.width : p.track->video.width;
    p.height = p.has_reference_header ? p.reference_header.height : p.track->video.height;
    mov_start_choose(&p.start, movie, base_name);
    p.shard_bytes_max = divide(&p, zarr == ZARR_V2 ? 1 : frames_per_shard);
    while (p.shard_bytes_max > SHARD_BYTES_MAX && p.frames_per_shard > 1)
        p.shard_bytes_max = divide(&p, p.frames_per_shard / 2);
    *out = p;
    return CZ_OK;
}

void plan_free(plan *p)
{
    if (!p)
        return;
    free(p->extra);
    *p = (plan){0};
}

/* ---- Shards --------------------------------------------------------------------------------- */

/* Seconds since 1904 at which the shard begins; 0 if the start of the clip is unknown. */
static uint64_t shard_created(const plan *p, uint64_t first)
{
    if (p->start.from == MOV_START_NONE)
        return 0;
    const int64_t s = plan_time(p, first) / 1000000000;
    return s < 0 ? 0 : (uint64_t)s + EPOCH_1904;
}

/* The duration of a frame in ticks, limited to the 32 bits of a movie's table. */
static uint32_t shown_for(int64_t from, int64_t to)
{
    return to - from > (int64_t)UINT32_MAX ? UINT32_MAX : (uint32_t)(to - from);
}

/* Colours and fields of the shard's movie: by the track, else by the frames. */
static mov_video shard_video(const plan *p)
{
    mov_video v = p->track->video;
    v.width = (uint16_t)p->width;
    v.height = (uint16_t)p->height;
    if (v.primaries == 0 && v.transfer == 0 && v.matrix == 0 && p->has_reference_header) {
        v.primaries = p->reference_header.primaries;
        v.transfer = p->reference_header.transfer;
        v.matrix = p->reference_header.matrix;
    }
    if (v.fields == 0 && p->has_reference_header && p->reference_header.interlace) {
        v.fields = 2;
        v.field_order =
            p->reference_header.interlace == 1 ? 1 : 6; /* QTFF, Field: stored as displayed */
    }
    return v;
}

int plan_shard_head(buf *out, const plan *p, uint64_t k, cz_error *err)
{
    uint64_t end;
    if (p->zarr == ZARR_V2)
        return CZ_OK;
    const uint64_t first = plan_shard_frames(p, k, &end);
    const mov_times *times = &p->movie->times;
    uint32_t *size = malloc((size_t)(end - first) * 2 * sizeof *size);
    if (!size)
        return cz_fail_memory(err, "shard %" PRIu64, k);
    uint32_t *ticks = size + (end - first);
    size_t n = 0;
    /* Each frame is shown until the next one that has bytes, the first one from the shard's
     * start. */
    int64_t shown = mov_ticks(times, first);
    for (uint64_t i = first; i < end; i++) {
        const uint32_t there = plan_frame_size(p, i);
        if (there == 0)
            continue;
        if (n > 0) {
            const int64_t now = mov_ticks(times, i);
            ticks[n - 1] = shown_for(shown, now);
            shown = now;
        }
        size[n++] = there;
    }
    int rc = CZ_OK;
    if (n > 0) {
        ticks[n - 1] = shown_for(shown, mov_ticks(times, end));
        const mov_write_params w = {.codec = p->track->codec,
                                    .video = shard_video(p),
                                    .timescale = times->timescale,
                                    .created = shard_created(p, first)};
        rc = mov_write_header(out, &w, size, ticks, n, err);
    }
    free(size);
    return rc;
}

size_t plan_shard_tail_size(const plan *p)
{
    return p->zarr == ZARR_V2 ? 0 : ATOM_HEAD + shard_index_size(p->frames_per_shard);
}

void plan_shard_tail(uint8_t *out, const plan *p, uint64_t k, size_t head_size)
{
    shard_span span[SHARD_FRAMES_MAX];
    uint64_t end, at = head_size;
    if (p->zarr == ZARR_V2)
        return;
    const uint64_t first = plan_shard_frames(p, k, &end);
    for (uint64_t i = 0; i < p->frames_per_shard; i++) {
        const uint32_t size = first + i < end ? plan_frame_size(p, first + i) : 0;
        span[i] = size ? (shard_span){at, size} : (shard_span){SHARD_ABSENT, SHARD_ABSENT};
        at += size;
    }
    wr32be(out, (uint32_t)plan_shard_tail_size(p));
    wr32be(out + 4, FOURCC('f', 'r', 'e', 'e'));
    shard_index_write(out + ATOM_HEAD, span, p->frames_per_shard);
}
