#include "mov/frame_probe.h"

#include <inttypes.h>

#include "base/bytes.h"

/* RDD 36, 5.1 to 5.3. */
enum {
    FRAME_PREFIX = 8, /* frame size and "icpf" */
    PICTURE_HEADER_MIN = 8,
    SLICE_HEADER_MIN = 6,
    SLICE_TABLE_ENTRY = 2,
    LOG2_SLICE_MAX = 3,
    QUANTIZATION_INDEX_MAX = 224,
    DIMENSION_MAX = 16384, /* pixels; far more than any camera, bounds the tables */
    SLACK_DIVISOR = 16,    /* a sixteenth of the size may be unused */
};
/* The budget as a multiple of the file size. Regular files need less than 2; files full of false
 * frames would need any number. */
static const uint64_t BUDGET_FACTOR = 8, BUDGET_MIN = 16 << 20;

int probe_new(probe *out, const mov_input *in, cz_error *err)
{
    *out = (probe){.budget = BUDGET_MIN +
                             (in->size < UINT64_MAX / 16 ? BUDGET_FACTOR * in->size : in->size)};
    int rc = read_buffer_new(&out->table, in, err);
    if (rc == CZ_OK)
        rc = read_buffer_new(&out->data, in, err);
    if (rc < 0)
        probe_free(out);
    return rc;
}

void probe_free(probe *p)
{
    read_buffer_free(&p->table);
    read_buffer_free(&p->data);
}

/* n bytes at offset, charged to the budget. */
static int read_bytes(probe *p, read_buffer *b, const uint8_t **at, uint64_t offset, size_t n,
                      cz_error *err)
{
    size_t have;
    if (p->budget < n)
        return cz_fail(err, CZ_FORMAT, "%s: too many false frames (the last at %" PRIu64 ")",
                       b->in->name, offset);
    p->budget -= n;
    return read_buffer_get(b, at, &have, offset, n, err);
}

static size_t clamp_to_buffer(uint64_t n)
{
    return n < READ_BUFFER_SIZE ? (size_t)n : READ_BUFFER_SIZE;
}

/* A picture: a field, or a whole progressive frame. */
typedef struct picture {
    uint64_t table, slices, end; /* file offsets */
} picture;

static uint32_t count_bits(uint32_t v)
{
    uint32_t n = 0;
    for (; v; v &= v - 1)
        n++;
    return n;
}

/* Slices of 2^log2 macroblocks in a row; the remainder is split into smaller powers of two (RDD 36,
 * 5.3.1). */
static uint32_t count_slices(const prores_header *h, unsigned log2)
{
    const uint32_t across = (h->width + 15u) / 16;
    const uint32_t down = h->interlace ? (h->height + 31u) / 32 : (h->height + 15u) / 16;
    return ((across >> log2) + count_bits(across & ((1u << log2) - 1))) * down;
}

/* Read the picture header at an offset; all sizes must fit before `end`. *there is false if they
 * don't. */
static int read_picture(probe *p, bool *there, picture *out, const prores_header *h, uint64_t at,
                        uint64_t end, cz_error *err)
{
    const uint8_t *b;
    *there = false;
    if (end - at < PICTURE_HEADER_MIN)
        return CZ_OK;
    const int rc = read_bytes(p, &p->table, &b, at, PICTURE_HEADER_MIN, err);
    if (rc < 0)
        return rc;
    const uint32_t header = b[0] >> 3, size = rd32be(b + 1);
    const unsigned log2 = b[7] >> 4;
    if (header < PICTURE_HEADER_MIN || size > end - at || log2 > LOG2_SLICE_MAX)
        return CZ_OK;
    const uint32_t n = count_slices(h, log2);
    const uint64_t table_size = (uint64_t)n * SLICE_TABLE_ENTRY;
    *out = (picture){at + header, at + header + table_size, at + size};
    *there = header + table_size + (uint64_t)n * SLICE_HEADER_MIN <= size;
    return CZ_OK;
}

/* Check a slice header: the planes must fit into the slice. */
static int check_slice(probe *p, bool *valid, uint64_t at, uint32_t size, cz_error *err)
{
    const uint8_t *b;
    const int rc = read_bytes(p, &p->data, &b, at, SLICE_HEADER_MIN, err);
    if (rc < 0)
        return rc;
    const uint32_t header = b[0] >> 3;
    const uint32_t planes = (uint32_t)rd16be(b + 2) + rd16be(b + 4);
    *valid = header >= SLICE_HEADER_MIN && b[1] >= 1 && b[1] <= QUANTIZATION_INDEX_MAX &&
             header + planes <= size;
    return CZ_OK;
}

/* Check that the sizes in the slice table add up to the picture size, and optionally the slice
 * headers. */
static int check_picture(probe *p, bool *valid, const picture *pic, bool with_slices, cz_error *err)
{
    uint64_t entry = pic->table, at = pic->slices;
    *valid = true;
    while (entry < pic->slices && *valid) {
        const uint8_t *b;
        const size_t n = clamp_to_buffer(pic->slices - entry);
        int rc = read_bytes(p, &p->table, &b, entry, n, err);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < n && *valid; i += SLICE_TABLE_ENTRY) {
            const uint32_t size = rd16be(b + i);
            *valid = size >= SLICE_HEADER_MIN && size <= pic->end - at;
            if (*valid && with_slices && (rc = check_slice(p, valid, at, size, err)) < 0)
                return rc;
            at += size;
        }
        entry += n;
    }
    *valid = *valid && pic->end - at <= (pic->end - pic->table) / SLACK_DIVISOR;
    return CZ_OK;
}

/* Stuffing is zero bytes (RDD 36, 5.1). */
static int check_stuffing(probe *p, bool *valid, uint64_t at, uint64_t end, cz_error *err)
{
    *valid = true;
    while (at < end && *valid) {
        const uint8_t *b;
        const size_t n = clamp_to_buffer(end - at);
        const int rc = read_bytes(p, &p->data, &b, at, n, err);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < n && *valid; i++)
            *valid = b[i] == 0;
        at += n;
    }
    return CZ_OK;
}

/* Check all pictures of a frame; *end is the end of the last one. */
static int check_pictures(probe *p, bool *valid, uint64_t *end, const prores_header *h, uint64_t at,
                          bool with_slices, cz_error *err)
{
    const uint64_t frame_end = at + h->frame_size;
    *end = at + FRAME_PREFIX + h->header_size;
    for (int i = h->interlace ? 2 : 1; i > 0; i--) {
        picture pic = {0};
        int rc = read_picture(p, valid, &pic, h, *end, frame_end, err);
        if (rc < 0 || !*valid)
            return rc;
        rc = check_picture(p, valid, &pic, with_slices, err);
        if (rc < 0 || !*valid)
            return rc;
        *end = pic.end;
    }
    return CZ_OK;
}

/* Is the frame size sufficient for the dimensions? Each slice takes a table entry and a header. */
static bool is_large_enough(const prores_header *h)
{
    const uint64_t slices = count_slices(h, LOG2_SLICE_MAX);
    const uint64_t picture_min =
        PICTURE_HEADER_MIN + slices * (SLICE_TABLE_ENTRY + SLICE_HEADER_MIN);
    return h->frame_size >= FRAME_PREFIX + h->header_size + picture_min * (h->interlace ? 2 : 1);
}

static bool has_same_format(const prores_header *a, const prores_header *b)
{
    return a->width == b->width && a->height == b->height && a->chroma == b->chroma;
}

int probe_frame(probe *p, probe_result *out, uint64_t at, const prores_header *reference,
                cz_error *err)
{
    const uint64_t size = p->table.in->size;
    prores_header *h = &out->head;
    const uint8_t *b;
    bool valid;
    *out = (probe_result){.found = PROBE_NO_FRAME};
    if (at > size || size - at < PRORES_FIXED_HEADER_SIZE)
        return CZ_OK;
    int rc = read_bytes(p, &p->table, &b, at, PRORES_FIXED_HEADER_SIZE, err);
    if (rc < 0 || prores_header_parse(h, b, PRORES_FIXED_HEADER_SIZE) != PRORES_HEADER_OK)
        return rc;
    if (h->frame_size > size - at || h->width > DIMENSION_MAX || h->height > DIMENSION_MAX ||
        !is_large_enough(h) || (reference && !has_same_format(h, reference)))
        return CZ_OK;
    out->found = PROBE_HEADER_ONLY;
    if ((rc = check_pictures(p, &valid, &out->pictures_end, h, at, false, err)) < 0 || !valid)
        return rc;
    const uint64_t end = at + h->frame_size;
    if (out->pictures_end == end) {
        out->found = PROBE_EXACT;
        return CZ_OK;
    }
    if (end - out->pictures_end > h->frame_size / SLACK_DIVISOR)
        rc = check_stuffing(p, &valid, out->pictures_end, end, err);
    if (rc == CZ_OK && valid)
        out->found = PROBE_STUFFED;
    return rc;
}

int probe_slices(probe *p, bool *valid, const prores_header *head, uint64_t at, cz_error *err)
{
    uint64_t end;
    return check_pictures(p, valid, &end, head, at, true, err);
}
