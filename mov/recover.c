#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "mov/atom.h"
#include "mov/movie.h"
#include "mov/frame_probe.h"
#include "mov/frame_times.h"
#include "mov/read_buffer.h"

enum { ASSUMED_NUM = 30000, ASSUMED_DEN = 1001 }; /* the frame rate of CamHD */

/* State of the search. */
typedef struct search {
    const mov_input *in;
    read_buffer scan;
    probe probe;
    prores_header first; /* header of the first frame; the others must have the same format */
    uint64_t n, capacity;
    uint64_t *offset;
    uint32_t *size;
    uint64_t end;     /* of the last frame */
    uint64_t gap;     /* the last gap between two frames; 0: none so far */
    uint64_t skipped; /* total bytes of all gaps */
    uint64_t n_gaps;
} search;

static int search_new(search *s, const mov_input *in, cz_error *err)
{
    *s = (search){.in = in};
    const int rc = read_buffer_new(&s->scan, in, err);
    return rc < 0 ? rc : probe_new(&s->probe, in, err);
}

static void search_free(search *s)
{
    read_buffer_free(&s->scan);
    probe_free(&s->probe);
    free(s->offset);
    free(s->size);
}

static int add_frame(search *s, const prores_header *h, uint64_t at, cz_error *err)
{
    if (s->n == FRAMES_MAX)
        return cz_fail(err, CZ_NOMEM, "%s: more than %d frames", s->in->name, FRAMES_MAX);
    if (s->n == s->capacity) {
        const uint64_t capacity = s->capacity ? s->capacity * 2 : 1024;
        uint64_t *offset = realloc(s->offset, capacity * sizeof *offset);
        if (offset)
            s->offset = offset;
        uint32_t *size = realloc(s->size, capacity * sizeof *size);
        if (size)
            s->size = size;
        if (!offset || !size)
            return cz_fail_memory(err, "%s: %" PRIu64 " frames", s->in->name, capacity);
        s->capacity = capacity;
    }
    if (s->n == 0) {
        s->first = *h;
    } else if (at > s->end) {
        s->gap = at - s->end;
        s->skipped += s->gap;
        s->n_gaps++;
    }
    s->offset[s->n] = at;
    s->size[s->n++] = h->frame_size;
    s->end = at + h->frame_size;
    return CZ_OK;
}

/* The first offset >= `from` at which a frame could start according to the magic; the file size if
 * there is none. */
static int find_magic(search *s, uint64_t *at, uint64_t from, cz_error *err)
{
    enum { SIZE_FIELD = 4, MAGIC_SIZE = 4 }; /* the frame size precedes the magic */
    *at = s->in->size;
    while (s->in->size - from >= SIZE_FIELD + MAGIC_SIZE) {
        const uint8_t *p;
        size_t have;
        const int rc = read_buffer_get(&s->scan, &p, &have, from, SIZE_FIELD + MAGIC_SIZE, err);
        if (rc < 0)
            return rc;
        const uint8_t *magic = memmem(p + SIZE_FIELD, have - SIZE_FIELD, "icpf", MAGIC_SIZE);
        if (magic) {
            *at = from + (uint64_t)(magic - p) - SIZE_FIELD;
            return CZ_OK;
        }
        from += have - (SIZE_FIELD + MAGIC_SIZE - 1);
    }
    return CZ_OK;
}

/* Does a valid frame start at `end`, or after a gap of the same length as the previous one? */
static int is_followed(search *s, bool *result, const prores_header *h, uint64_t end, cz_error *err)
{
    probe_result next;
    int rc = probe_frame(&s->probe, &next, end, h, err);
    if (rc == CZ_OK && next.found < PROBE_STUFFED && s->gap)
        rc = probe_frame(&s->probe, &next, end + s->gap, h, err);
    *result = next.found >= PROBE_STUFFED;
    return rc;
}

/* Does a valid frame start inside the assumed stuffing? Then the frame size is wrong, and the other
 * frame must not be lost. */
static int contains_frame(search *s, bool *result, const probe_result *r, uint64_t end,
                          cz_error *err)
{
    uint64_t at = r->pictures_end;
    *result = false;
    while (at < end && !*result) {
        probe_result inside;
        int rc = probe_frame(&s->probe, &inside, at, &r->head, err);
        *result = inside.found >= PROBE_STUFFED;
        if (rc < 0 || (rc = find_magic(s, &at, at + 1, err)) < 0)
            return rc;
    }
    return CZ_OK;
}

/* The size is within a factor of 4 of the previous frame's. */
static bool has_plausible_size(const search *s, const prores_header *h)
{
    const uint64_t last = s->size[s->n - 1];
    return h->frame_size >= last / 4 && h->frame_size <= last * 4;
}

/* Accept a damaged frame, whose pictures don't add up, if it starts where a frame is expected
 * (directly after the last one, or after a gap of the same length), has a plausible size, and is
 * followed by another frame. */
static int is_damaged_frame(search *s, bool *result, const prores_header *h, uint64_t at,
                            cz_error *err)
{
    *result = false;
    const bool due = s->n > 0 && (at == s->end || at - s->end == s->gap);
    if (!due || !has_plausible_size(s, h))
        return CZ_OK;
    return is_followed(s, result, h, at + h->frame_size, err);
}

/* Does a frame start here? Its pictures must add up, and either another frame follows or all slice
 * headers are valid. A partial copy of a frame in unused bytes satisfies neither. */
static int is_frame(search *s, bool *result, probe_result *r, uint64_t at, cz_error *err)
{
    *result = false;
    int rc = probe_frame(&s->probe, r, at, s->n ? &s->first : NULL, err);
    if (rc < 0 || r->found == PROBE_NO_FRAME)
        return rc;
    if (r->found == PROBE_HEADER_ONLY)
        return is_damaged_frame(s, result, &r->head, at, err);
    const uint64_t end = at + r->head.frame_size;
    rc = is_followed(s, result, &r->head, end, err);
    if (rc < 0 || *result)
        return rc;
    bool nested = false;
    if (r->found == PROBE_STUFFED && ((rc = contains_frame(s, &nested, r, end, err)) < 0 || nested))
        return rc;
    return probe_slices(&s->probe, result, &r->head, at, err);
}

static int search_file(search *s, cz_error *err)
{
    uint64_t at = 0;
    while (at < s->in->size) {
        probe_result r;
        bool result;
        int rc = is_frame(s, &result, &r, at, err);
        if (rc == CZ_OK && result) {
            rc = add_frame(s, &r.head, at, err);
            at = s->end;
        } else if (rc == CZ_OK) {
            rc = find_magic(s, &at, at + 1, err);
        }
        if (rc < 0)
            return rc;
    }
    return CZ_OK;
}

/* ---- building the movie ---- */

/* Frames don't contain their codec, but Apple's and FFmpeg's encoders use a different quantization
 * matrix for each, which the first row identifies. Without a matrix all weights are 4. */
static fourcc codec_from_matrix(const prores_header *h, const uint8_t row[8])
{
    if (h->chroma == 3)
        return row[0] < 4 ? FOURCC('a', 'p', '4', 'x') : FOURCC('a', 'p', '4', 'h');
    if (row[1] >= 7)
        return FOURCC('a', 'p', 'c', 'o');
    if (row[7] >= 13)
        return FOURCC('a', 'p', 'c', 's');
    return row[7] > 4 ? FOURCC('a', 'p', 'c', 'n') : FOURCC('a', 'p', 'c', 'h');
}

static int read_codec(fourcc *out, const search *s, cz_error *err)
{
    uint8_t row[8];
    int rc = CZ_OK;
    memset(row, 4, sizeof row); /* the default matrix */
    if (s->first.own_luma_matrix)
        rc = s->in->read_at(s->in->ctx, s->offset[0] + PRORES_FIXED_HEADER_SIZE, row, sizeof row,
                            err);
    if (rc == CZ_OK)
        *out = codec_from_matrix(&s->first, row);
    return rc;
}

static void fill_track(mov_track *t, const prores_header *h)
{
    enum { TOP_FIRST = 1, BOTTOM_FIRST = 6 }; /* QTFF, fiel: stored in display order */
    t->id = 1;
    t->kind = FOURCC('v', 'i', 'd', 'e');
    t->enabled = true;
    t->video = (mov_video){
        .width = h->width,
        .height = h->height,
        .depth = h->alpha ? 32 : 24,
        .primaries = h->primaries,
        .transfer = h->transfer,
        .matrix = h->matrix,
        .fields = h->interlace ? 2 : 1,
        .field_order = h->interlace == 1   ? TOP_FIRST
                       : h->interlace == 2 ? BOTTOM_FIRST
                                           : 0,
    };
}

static int warn_about_gaps(mov_movie *m, const search *s, cz_error *err)
{
    int rc = CZ_OK;
    if (s->skipped)
        rc = movie_warn(m, err,
                        "%" PRIu64 " bytes in %" PRIu64 " places between frames belong to no frame",
                        s->skipped, s->n_gaps);
    if (rc == CZ_OK && s->end < m->bytes)
        rc = movie_warn(m, err, "%" PRIu64 " bytes after the last frame contain no complete frame",
                        m->bytes - s->end);
    return rc;
}

static int build(mov_movie *m, search *s, cz_error *err)
{
    file_atom first;
    uint32_t num, den;
    m->bytes = s->in->size;
    m->recovered = true;
    m->track = calloc(1, sizeof *m->track);
    if (!m->track)
        return cz_fail_memory(err, "%s: track", s->in->name);
    m->n_tracks = 1;
    fill_track(m->track, &s->first);
    int rc = read_codec(&m->track->codec, s, err);
    if (rc < 0 || (rc = file_atom_read(&first, s->in, 0, err)) < 0)
        return rc;
    if (first.type == FOURCC('f', 't', 'y', 'p'))
        m->brand = first.brand;
    m->rate_assumed = !prores_frame_rate(s->first.rate, &num, &den);
    if (m->rate_assumed) {
        num = ASSUMED_NUM;
        den = ASSUMED_DEN;
    }
    if ((rc = frame_times_constant(&m->times, num, den, s->n, err)) < 0)
        return rc;
    m->track->n_samples = m->n_frames = s->n;
    m->track->timescale = m->timescale = num;
    m->track->duration = m->duration = m->times.ticks;
    m->skipped = s->skipped;
    m->offset = s->offset;
    m->size = s->size;
    s->offset = NULL; /* moved to m */
    s->size = NULL;
    return warn_about_gaps(m, s, err);
}

int mov_recover(mov_movie **out, const mov_input *in, cz_error *err)
{
    *out = NULL;
    search s;
    mov_movie *m = NULL;
    int rc = search_new(&s, in, err);
    if (rc < 0 || (rc = search_file(&s, err)) < 0)
        goto end;
    if (s.n == 0) {
        rc =
            cz_fail(err, CZ_FORMAT, "%s: no ProRes frame in %" PRIu64 " bytes", in->name, in->size);
        goto end;
    }
    m = calloc(1, sizeof *m);
    if (!m) {
        rc = cz_fail_memory(err, "%s: movie", in->name);
        goto end;
    }
    if ((rc = build(m, &s, err)) < 0)
        goto end;
    *out = m;
    m = NULL; /* moved to the caller */
end:
    search_free(&s);
    mov_close(&m);
    return rc;
}
