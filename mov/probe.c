#include "mov/probe.h"

#include "base/bytes.h"

/* RDD 36, 5.1 to 5.3. */
enum {
    FRAME_MARK = 8, /* frame size and icpf */
    PICTURE_HEADER_MIN = 8,
    SLICE_HEADER_MIN = 6,
    SLICE_TABLE_ENTRY = 2,
    LOG2_SLICE_MAX = 3,
    QUANTISER_MAX = 224,
    SIDE_MAX = 16384, /* pixels: beyond any camera; bounds the tables */
    SLACK = 16,       /* a sixteenth may be left over */
};
static const uint64_t EFFORT =
    8; /* times the file's size, where an honest file takes less than twice */
static const uint64_t EFFORT_MIN = 16 << 20;

int probe_new(probe *out, const mov_input *in, cz_error *err)
{
    *out =
        (probe){.effort = EFFORT_MIN + (in->size < UINT64_MAX / 16 ? EFFORT * in->size : in->size)};
    int rc = window_new(&out->table, in, err);
    if (rc == CZ_OK)
        rc = window_new(&out->data, in, err);
    if (rc < 0)
        probe_free(out);
    return rc;
}

void probe_free(probe *p)
{
    window_free(&p->table);
    window_free(&p->data);
}

static int look(probe *p, window *w, const uint8_t **at, size_t *have, uint64_t offset, size_t n,
                cz_error *err)
{
    if (p->effort < n)
        return cz_fail(err, CZ_FORMAT, "%s: too many false frames (at %llu)", w->in->name,
                       (unsigned long long)offset);
    p->effort -= n;
    return window_get(w, at, have, offset, n, err);
}

/* A picture of a frame: a field, or all of it. */
typedef struct picture {
    uint64_t table, slices, end; /* where these are in the file */
    uint32_t n_slices;
} picture;

static uint32_t count_bits(uint32_t v)
{
    uint32_t n = 0;
    for (; v; v &= v - 1)
        n++;
    return n;
}

/* A row's macroblocks, cut into slices of 2^log2, and the rest into ever smaller ones (RDD 36, 5.3.1). */
static uint32_t slices_of(const mov_frame_head *h, unsigned log2)
{
    const uint32_t across = (h->width + 15u) / 16;
    const uint32_t down = h->interlace ? (h->height + 31u) / 32 : (h->height + 15u) / 16;
    return ((across >> log2) + count_bits(across & ((1u << log2) - 1))) * down;
}

/* The picture at a place, all of whose sizes must fit before `end`. false: there is none. */
static int read_picture(probe *p, bool *there, picture *out, const mov_frame_head *h, uint64_t at,
                        uint64_t end, cz_error *err)
{
    const uint8_t *b;
    size_t have;
    *there = false;
    if (end - at < PICTURE_HEADER_MIN)
        return CZ_OK;
    const int rc = look(p, &p->table, &b, &have, at, PICTURE_HEADER_MIN, err);
    if (rc < 0)
        return rc;
    const uint32_t header = b[0] >> 3, size = rd32be(b + 1);
    const unsigned log2 = b[7] >> 4;
    if (header < PICTURE_HEADER_MIN || size > end - at || log2 > LOG2_SLICE_MAX)
        return CZ_OK;
    const uint32_t n = slices_of(h, log2);
    const uint64_t table_size = (uint64_t)n * SLICE_TABLE_ENTRY;
    *out = (picture){at + header, at + header + table_size, at + size, n};
    *there = header + table_size + (uint64_t)n * SLICE_HEADER_MIN <= size;
    return CZ_OK;
}

/* The header of one slice: its planes must fit. */
static int check_slice(probe *p, bool *sound, uint64_t at, uint32_t size, cz_error *err)
{
    const uint8_t *b;
    size_t have;
    const int rc = look(p, &p->data, &b, &have, at, SLICE_HEADER_MIN, err);
    if (rc < 0)
        return rc;
    const uint32_t header = b[0] >> 3;
    const uint32_t planes = (uint32_t)rd16be(b + 2) + rd16be(b + 4);
    *sound =
        header >= SLICE_HEADER_MIN && b[1] >= 1 && b[1] <= QUANTISER_MAX && header + planes <= size;
    return CZ_OK;
}

/* Do the sizes in the table add up to the picture? And, if asked, are the slices sound? */
static int check_picture(probe *p, bool *sound, const picture *pic, bool deep, cz_error *err)
{
    uint64_t at = pic->slices;
    *sound = true;
    for (uint32_t i = 0; i < pic->n_slices && *sound;) {
        const uint8_t *b;
        size_t have;
        int rc = look(p, &p->table, &b, &have, pic->table + (uint64_t)i * SLICE_TABLE_ENTRY,
                      SLICE_TABLE_ENTRY, err);
        if (rc < 0)
            return rc;
        for (; have >= SLICE_TABLE_ENTRY && i < pic->n_slices && *sound; i++) {
            const uint32_t size = rd16be(b);
            *sound = size >= SLICE_HEADER_MIN && size <= pic->end - at;
            if (*sound && deep && (rc = check_slice(p, sound, at, size, err)) < 0)
                return rc;
            at += size;
            b += SLICE_TABLE_ENTRY;
            have -= SLICE_TABLE_ENTRY;
        }
    }
    *sound = *sound && pic->end - at <= (pic->end - pic->table) / SLACK;
    return CZ_OK;
}

/* Stuffing is zero bytes (RDD 36, 5.1). */
static int check_stuffing(probe *p, bool *sound, uint64_t at, uint64_t end, cz_error *err)
{
    *sound = true;
    while (at < end && *sound) {
        const uint8_t *b;
        size_t have;
        const int rc = look(p, &p->data, &b, &have, at, 1, err);
        if (rc < 0)
            return rc;
        for (; at < end && have > 0 && *sound; at++, have--)
            *sound = *b++ == 0;
    }
    return CZ_OK;
}

static int check_frame(probe *p, bool *sound, const mov_frame_head *h, uint64_t at, bool deep,
                       cz_error *err)
{
    const uint64_t end = at + h->size;
    int rc;
    at += FRAME_MARK + h->header_size;
    for (int i = h->interlace ? 2 : 1; i > 0; i--) {
        picture pic = {0};
        if ((rc = read_picture(p, sound, &pic, h, at, end, err)) < 0 || !*sound ||
            (rc = check_picture(p, sound, &pic, deep, err)) < 0 || !*sound)
            return rc;
        at = pic.end;
    }
    return end - at <= h->size / SLACK ? CZ_OK : check_stuffing(p, sound, at, end, err);
}

/* Is the size one that such a picture can have? Each slice takes its entry in the table and its header. */
static bool is_large_enough(const mov_frame_head *h)
{
    const uint64_t slices = slices_of(h, LOG2_SLICE_MAX);
    const uint64_t picture_min =
        PICTURE_HEADER_MIN + slices * (SLICE_TABLE_ENTRY + SLICE_HEADER_MIN);
    return h->size >= FRAME_MARK + h->header_size + picture_min * (h->interlace ? 2 : 1);
}

int probe_frame(probe *p, probe_found *found, mov_frame_head *head, uint64_t at,
                const mov_frame_head *like, cz_error *err)
{
    const uint64_t size = p->table.in->size;
    const uint8_t *b;
    size_t have;
    *found = PROBE_NOTHING;
    if (at > size || size - at < FRAME_HEAD)
        return CZ_OK;
    int rc = look(p, &p->table, &b, &have, at, FRAME_HEAD, err);
    if (rc < 0 || mov_frame_head_read(head, b, FRAME_HEAD) != HEAD_OK)
        return rc;
    if (head->size > size - at || head->width > SIDE_MAX || head->height > SIDE_MAX ||
        !is_large_enough(head))
        return CZ_OK;
    if (like && (head->width != like->width || head->height != like->height ||
                 head->chroma != like->chroma))
        return CZ_OK;
    bool sound;
    if ((rc = check_frame(p, &sound, head, at, false, err)) < 0)
        return rc;
    *found = sound ? PROBE_PICTURES : PROBE_HEADER;
    return CZ_OK;
}

int probe_slices(probe *p, bool *sound, const mov_frame_head *head, uint64_t at, cz_error *err)
{
    return check_frame(p, sound, head, at, true, err);
}
