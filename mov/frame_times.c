#include "mov/frame_times.h"

#include "mov/atom.h"

#include <inttypes.h>
#include <stdlib.h>

/* A century, so that sums of times can't overflow int64 nanoseconds. */
static const uint64_t SECONDS_MAX = UINT64_C(100) * 366 * 86400;
static const int64_t SECOND = 1000000000;

enum { EMPTY_EDIT = -1 };

/* Convert stts to runs of frames with the same duration, merging adjacent entries that are equal.
 * Returns their number; run == NULL only counts. */
static size_t read_runs(mov_run *run, mov_times *t, frame_times_repairs *repairs, bytes stts,
                        uint32_t entries)
{
    size_t n = 0;
    uint64_t frame = 0, ticks = 0;
    uint32_t last = 0;
    repairs->surplus = 0;
    for (uint32_t i = 0; i < entries; i++) {
        uint64_t count = bytes_u32be(&stts);
        const uint32_t delta = bytes_u32be(&stts);
        if (count > t->n_frames - frame) {
            repairs->surplus += count - (t->n_frames - frame);
            count = t->n_frames - frame;
        }
        if (count == 0)
            continue;
        if (n == 0 || delta != last) {
            if (run)
                run[n] = (mov_run){frame, ticks, delta};
            n++;
        }
        last = delta;
        frame += count;
        ticks += count * delta;
    }
    repairs->missing = t->n_frames - frame;
    t->ticks = ticks + repairs->missing * last;
    return n;
}

static bool is_in_range(uint64_t ticks, uint32_t timescale)
{
    return ticks <= INT64_MAX / 2 && ticks / timescale <= SECONDS_MAX;
}

static int fail_too_long(cz_error *err, const char *what)
{
    return cz_fail(err, CZ_FORMAT, "%s: the movie would last a century or more", what);
}

/* ticks * to / from, rounded half away from zero like FFmpeg; false if out of range. */
static bool rescale(uint64_t *out, uint64_t ticks, uint32_t from, uint32_t to)
{
    const uint64_t whole = ticks / from, rest = ticks % from;
    if (whole > SECONDS_MAX)
        return false;
    *out = whole * to + (rest * to + from / 2) / from;
    return is_in_range(*out, to);
}

/* Initial empty edits delay the movie; the first non-empty edit has the media time that is shown
 * then. */
static int read_edits(mov_times *t, frame_times_repairs *repairs, bytes elst,
                      uint32_t movie_timescale, cz_error *err)
{
    const bool wide = atom_version(&elst, NULL) == 1;
    const uint32_t n = bytes_u32be(&elst);
    if (elst.left / (wide ? 20 : 12) < n)
        return cz_fail(err, CZ_FORMAT, "elst: %" PRIu32 " edits don't fit its %zu bytes", n,
                       elst.left);
    uint64_t empty = 0;
    int64_t media_time = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t duration = wide ? bytes_u64be(&elst) : bytes_u32be(&elst);
        const int64_t begin = wide ? (int64_t)bytes_u64be(&elst) : (int32_t)bytes_u32be(&elst);
        bytes_skip(&elst, 4); /* rate */
        if (begin == EMPTY_EDIT) {
            if (repairs->edits == 0 && duration > UINT64_MAX - empty)
                return fail_too_long(err, "elst");
            if (repairs->edits == 0)
                empty += duration;
        } else if (repairs->edits++ == 0) {
            media_time = begin;
        }
    }
    if (media_time < 0 || !is_in_range((uint64_t)media_time, t->timescale))
        return cz_fail(err, CZ_FORMAT, "elst: an edit begins at media time %" PRId64, media_time);
    uint64_t delay = 0;
    if (empty > 0 && movie_timescale > 0 && !rescale(&delay, empty, movie_timescale, t->timescale))
        return fail_too_long(err, "elst");
    t->begin = (int64_t)delay;
    t->shift = t->begin - media_time;
    return CZ_OK;
}

int frame_times_read(mov_times *out, frame_times_repairs *repairs, const moov_track *t,
                     uint32_t movie_timescale, uint64_t n_frames, cz_error *err)
{
    *out = (mov_times){.timescale = t->info.timescale, .n_frames = n_frames};
    *repairs = (frame_times_repairs){0};
    if (out->timescale == 0)
        return cz_fail(err, CZ_FORMAT, "mdhd: no timescale");
    bytes stts = t->stts;
    bytes_skip(&stts, 4);
    const uint32_t entries = bytes_u32be(&stts);
    if (stts.bad || stts.left / 8 < entries)
        return cz_fail(err, CZ_FORMAT,
                       "stts: missing, or its %" PRIu32 " entries don't fit its %zu bytes", entries,
                       stts.left);
    out->n_runs = read_runs(NULL, out, repairs, stts, entries);
    if (out->n_runs == 0)
        return cz_fail(err, CZ_FORMAT, "stts: lists no frames");
    if (!is_in_range(out->ticks, out->timescale))
        return fail_too_long(err, "stts");
    const int rc = t->elst.at ? read_edits(out, repairs, t->elst, movie_timescale, err) : CZ_OK;
    if (rc < 0)
        return rc;
    out->run = calloc(out->n_runs, sizeof *out->run);
    if (!out->run)
        return cz_fail_memory(err, "stts: %zu runs", out->n_runs);
    (void)read_runs(out->run, out, repairs, stts, entries);
    return CZ_OK;
}

int edit_shift_read(int64_t *out, const moov_track *t, uint32_t movie_timescale, cz_error *err)
{
    frame_times_repairs repairs = {0};
    mov_times times = {.timescale = t->info.timescale};
    if (times.timescale == 0)
        return cz_fail(err, CZ_FORMAT, "mdhd: no timescale");
    const int rc = t->elst.at ? read_edits(&times, &repairs, t->elst, movie_timescale, err) : CZ_OK;
    if (rc == CZ_OK)
        *out = times.shift;
    return rc;
}

int frame_times_constant(mov_times *out, uint32_t timescale, uint32_t delta, uint64_t n_frames,
                         cz_error *err)
{
    *out = (mov_times){.timescale = timescale, .n_frames = n_frames, .ticks = n_frames * delta};
    out->run = calloc(1, sizeof *out->run);
    if (!out->run)
        return cz_fail_memory(err, "frame times");
    out->run[0].delta = delta;
    out->n_runs = 1;
    return CZ_OK;
}

int64_t mov_ticks(const mov_times *t, uint64_t i)
{
    size_t low = 0, high = t->n_runs; /* invariant: the run is in [low, high) */
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (t->run[middle].first <= i)
            low = middle;
        else
            high = middle;
    }
    const mov_run *r = &t->run[low];
    return (int64_t)(r->ticks + (i - r->first) * r->delta) + t->shift;
}

int64_t mov_time_ns(const mov_times *t, uint64_t i)
{
    const int64_t ticks = mov_ticks(t, i);
    int64_t seconds = ticks / t->timescale, rest = ticks % t->timescale;
    if (rest < 0) {
        rest += t->timescale;
        seconds--;
    }
    /* rest < 2^32 and 2 * SECOND < 2^31: no overflow */
    const uint64_t half = t->timescale;
    const uint64_t ns =
        ((uint64_t)rest * 2 * (uint64_t)SECOND + half) / (2 * (uint64_t)t->timescale);
    return seconds * SECOND + (int64_t)ns;
}

static uint32_t gcd(uint32_t a, uint32_t b)
{
    while (b) {
        const uint32_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

void mov_frame_rate(const mov_times *t, uint32_t *num, uint32_t *den)
{
    uint64_t longest = 0;
    uint32_t delta = 0;
    for (size_t i = 0; i < t->n_runs; i++) {
        const uint64_t end = i + 1 < t->n_runs ? t->run[i + 1].first : t->n_frames;
        if (end - t->run[i].first > longest) {
            longest = end - t->run[i].first;
            delta = t->run[i].delta;
        }
    }
    *num = 0;
    *den = 1;
    if (delta == 0)
        return;
    const uint32_t d = gcd(t->timescale, delta);
    *num = t->timescale / d;
    *den = delta / d;
}
