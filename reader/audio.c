/* The sound tracks of a clip's MOV (cz_clip_audio_open, cz_clip_audio_read): uncompressed samples,
 * read from the bytes of the MOV by its own tables. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mov/mov.h"
#include "reader/reader.h"

enum { READ_BYTES = 256 << 10 }; /* of a range of the MOV that is read at once */

/* Samples [first, next part's first) of each channel lie together in the MOV. */
typedef struct part {
    uint64_t first;
    uint64_t offset;
} part;

struct cz_audio {
    cz_clip *clip;
    cz_audio_facts facts;
    char codec[5];
    uint32_t width; /* bytes of a sample in the MOV: of one channel */
    bool swap;      /* the bytes of a sample are in the other order than the machine's */
    part *part;     /* ascending, without empty ones; part[n_parts].first is facts.samples */
    size_t n_parts;
};

static const char *name_of(const cz_audio *a)
{
    return a->clip->facts->source_name;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static bool machine_is_little_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 1;
}

static bool find_format(cz_audio *a, const mov_audio *s)
{
    static const struct {
        uint16_t bits;
        bool is_float, is_unsigned;
        cz_sample_format format;
        uint32_t bytes; /* in memory */
    } known[] = {
        {8, false, true, CZ_U8, 1},    {8, false, false, CZ_S8, 1},   {16, false, false, CZ_S16, 2},
        {24, false, false, CZ_S24, 4}, {32, false, false, CZ_S32, 4}, {32, true, false, CZ_F32, 4},
        {64, true, false, CZ_F64, 8},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].bits != s->bits || known[i].is_float != s->is_float ||
            known[i].is_unsigned != s->is_unsigned)
            continue;
        a->facts.format = known[i].format;
        a->facts.sample_bytes = known[i].bytes;
        a->width = s->bits / 8;
        a->swap = s->little_endian != machine_is_little_endian();
        return true;
    }
    return false;
}

static int check_track(cz_audio *a, const mov_track *t, cz_error *err)
{
    const mov_audio *s = &t->audio;
    fourcc_text(a->codec, t->codec);
    if (t->unreadable)
        return cz_fail(err, CZ_UNSUPPORTED, "%s: sound track %" PRIu32 ": %s", name_of(a), t->id,
                       t->unreadable);
    if (s->bytes_per_frame == 0 || s->channels == 0 || !find_format(a, s))
        return cz_fail(err, CZ_UNSUPPORTED,
                       "%s: sound track %" PRIu32 ": codec %s of %" PRIu16
                       " bits is not PCM that can be read",
                       name_of(a), t->id, a->codec, s->bits);
    if (s->bytes_per_frame != (uint64_t)s->channels * a->width)
        return cz_fail(err, CZ_UNSUPPORTED,
                       "%s: sound track %" PRIu32 ": %" PRIu16 " samples of %" PRIu16
                       " bits in %" PRIu32 " bytes: padding is not supported",
                       name_of(a), t->id, s->channels, s->bits, s->bytes_per_frame);
    if (s->rate == 0 || t->timescale == 0)
        return cz_fail(err, CZ_FORMAT, "%s: sound track %" PRIu32 ": no sample rate", name_of(a),
                       t->id);
    return CZ_OK;
}

/* Chunks that lie side by side become one part. Sound of more bytes than the MOV has would be in
 * chunks that overlap: memory and output of callers are bounded by the MOV. */
static int find_parts(cz_audio *a, const mov_track *t, cz_error *err)
{
    const uint32_t each = t->audio.bytes_per_frame;
    uint64_t left = a->clip->facts->source_bytes, end = 0;
    a->part = calloc(t->n_chunks + 1, sizeof *a->part);
    if (!a->part)
        return cz_fail_memory(err, "%s: %zu chunks of sound", name_of(a), t->n_chunks);
    for (size_t i = 0; i < t->n_chunks; i++) {
        const mov_chunk *c = &t->chunk[i];
        const uint64_t n = c->size / each;
        if (c->size > left)
            return cz_fail(err, CZ_FORMAT,
                           "%s: sound track %" PRIu32 ": its chunks have more bytes than the file",
                           name_of(a), t->id);
        left -= c->size;
        if (n == 0)
            continue;
        if (a->n_parts == 0 || c->offset != end)
            a->part[a->n_parts++] = (part){a->facts.samples, c->offset};
        end = c->offset + n * each;
        a->facts.samples += n;
    }
    a->part[a->n_parts].first = a->facts.samples;
    return CZ_OK;
}

/* Nanoseconds of ticks per second, rounded down; ticks are within a century of 0. */
static int64_t nanoseconds(int64_t ticks, uint32_t timescale)
{
    const int64_t second = 1000000000, per = timescale;
    int64_t seconds = ticks / per, rest = ticks % per;
    if (rest < 0) {
        rest += per;
        seconds--;
    }
    return seconds * second + rest * second / per;
}

static int open_track(cz_audio *a, const mov_movie *m, size_t number, cz_error *err)
{
    const mov_track *t = NULL;
    for (size_t i = 0; i < m->n_tracks && !t; i++)
        if (m->track[i].kind == FOURCC('s', 'o', 'u', 'n') && number-- == 0)
            t = &m->track[i];
    if (!t)
        return cz_fail(err, CZ_ABSENT, "%s: no such sound track", name_of(a));
    int rc = check_track(a, t, err);
    if (rc == CZ_OK)
        rc = find_parts(a, t, err);
    a->facts.track = t->id;
    a->facts.codec = a->codec;
    a->facts.channels = t->audio.channels;
    a->facts.rate = t->audio.rate;
    a->facts.start = a->clip->facts->start - mov_time_ns(&m->times, 0) +
                     nanoseconds(t->shift, t->timescale ? t->timescale : 1);
    return rc;
}

static int read_source(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err)
{
    return cz_source_read(to, ctx, offset, len, err);
}

int cz_clip_audio_open(cz_audio **out, cz_clip *clip, size_t number, cz_error *err)
{
    const cz_facts *f = clip->facts;
    const mov_input in = {read_source, clip, f->source_bytes, f->source_name};
    mov_movie *movie = NULL;
    if (f->recovered)
        return cz_fail(err, CZ_ABSENT,
                       "%s: no moov atom that has been used, so no sound tracks are known",
                       f->source_name);
    cz_audio *a = calloc(1, sizeof *a);
    if (!a)
        return cz_fail_memory(err, "%s: sound track", f->source_name);
    a->clip = clip;
    int rc = mov_open(&movie, &in, err);
    if (rc == CZ_OK)
        rc = open_track(a, movie, number, err);
    mov_close(&movie);
    if (rc == CZ_OK)
        *out = a;
    else
        cz_clip_audio_close(&a);
    return rc;
}

void cz_clip_audio_close(cz_audio **audio)
{
    if (!audio || !*audio)
        return;
    free((*audio)->part);
    free(*audio);
    *audio = NULL;
}

const cz_audio_facts *cz_clip_audio_facts(const cz_audio *audio)
{
    return &audio->facts;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* Values of a width that memory has: in place, but for the order of bytes. */
static void swap_values(uint8_t *at, size_t n, uint32_t width)
{
    for (size_t i = 0; i < n; i++, at += width)
        for (uint32_t low = 0, high = width - 1; low < high; low++, high--) {
            const uint8_t byte = at[low];
            at[low] = at[high];
            at[high] = byte;
        }
}

/* 24 bits to int32_t. */
static void widen_values(int32_t *to, const uint8_t *at, size_t n, bool little)
{
    for (size_t i = 0; i < n; i++, at += 3) {
        const uint32_t high = little ? at[2] : at[0], low = little ? at[0] : at[2];
        const uint32_t value = high << 24 | (uint32_t)at[1] << 16 | low << 8;
        to[i] = (int32_t)value / 256;
    }
}

/* The part of a sample: the last one that begins at or before it. */
static size_t part_of(const cz_audio *a, uint64_t sample)
{
    size_t low = 0, high = a->n_parts;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (a->part[middle].first <= sample)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Read n samples of each channel that lie together. */
static int read_together(uint8_t *to, const cz_audio *a, uint64_t offset, size_t n, uint8_t *raw,
                         cz_error *err)
{
    const size_t values = n * a->facts.channels, bytes = values * a->width;
    const bool widen = a->facts.format == CZ_S24;
    const int rc = cz_source_read(widen ? raw : to, a->clip, offset, bytes, err);
    if (rc < 0)
        return rc;
    if (widen)
        widen_values((int32_t *)(void *)to, raw, values, a->swap != machine_is_little_endian());
    else if (a->swap)
        swap_values(to, values, a->width);
    return CZ_OK;
}

int cz_clip_audio_read(void *to, const cz_audio *audio, uint64_t first, size_t n, cz_error *err)
{
    const cz_audio_facts *f = &audio->facts;
    const size_t each = (size_t)f->channels * audio->width;
    const size_t most = each < READ_BYTES ? READ_BYTES / each : 1;
    uint8_t *at = to;
    int rc = CZ_OK;
    if (first > f->samples || n > f->samples - first)
        return cz_fail(err, CZ_ABSENT, "%s: samples %" PRIu64 " to %" PRIu64 ": it has %" PRIu64,
                       name_of(audio), first, first + n, f->samples);
    uint8_t *raw = f->format == CZ_S24 && n > 0 ? malloc(most * each) : NULL;
    if (f->format == CZ_S24 && n > 0 && !raw)
        return cz_fail_memory(err, "%s: sound", name_of(audio));
    for (size_t p = n ? part_of(audio, first) : 0; rc == CZ_OK && n > 0;) {
        const uint64_t in = first - audio->part[p].first, left = audio->part[p + 1].first - first;
        size_t now = n < most ? n : most;
        now = now < left ? now : (size_t)left;
        rc = read_together(at, audio, audio->part[p].offset + in * each, now, raw, err);
        at += now * f->channels * f->sample_bytes;
        first += now;
        n -= now;
        p += now == left;
    }
    free(raw);
    return rc;
}
