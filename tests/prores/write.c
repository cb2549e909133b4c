#include "tests/prores/write.h"
#include "tests/prores/codes.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

enum {
    TAG = 8,               /* frame size and "icpf" */
    HEADER_LEAST = 20,     /* RDD 36, 5.1 */
    PICTURE_HEADER = 8,    /* 5.2 */
    SLICE_HEADER = 6,      /* 5.3 */
    HEADER_FIELD_MAX = 31, /* picture and slice headers tell their size in 5 bits */
    PART_MAX = 65535,
    ICPF = 0x69637066,
};

typedef struct writer {
    buf *out;
    const frame_spec *spec;
    slice_fill *fill;
    void *user;
    slice_spec *slice;
} writer;

/* ---- The frame header ---- */

static bool header_sound(const frame_spec *spec)
{
    const prores_header *h = &spec->head;
    return h->width > 0 && h->height > 0 && h->version <= 1 && h->interlace <= 2 && h->alpha <= 2 &&
           (h->chroma == PRORES_422 || h->chroma == PRORES_444) && h->aspect < 16 && h->rate < 16 &&
           spec->log2_mbs <= 3 && spec->picture_more <= HEADER_FIELD_MAX - PICTURE_HEADER;
}

static int write_header(buf *out, const prores_header *h)
{
    const unsigned least =
        HEADER_LEAST + (h->own_luma_matrix ? 64u : 0u) + (h->own_chroma_matrix ? 64u : 0u);
    const unsigned size = h->header_size ? h->header_size : least;
    if (size < least)
        return CZ_USAGE;
    uint8_t *at = buf_grow(out, TAG + size);
    if (!at)
        return CZ_NOMEM;
    memset(at, 0, TAG + size);
    wr32be(at + 4, ICPF);
    at += TAG;
    wr16be(at, (uint16_t)size);
    wr16be(at + 2, h->version);
    memcpy(at + 4, h->encoder, 4);
    wr16be(at + 8, h->width);
    wr16be(at + 10, h->height);
    at[12] = (uint8_t)(h->chroma << 6 | h->interlace << 2);
    at[13] = (uint8_t)(h->aspect << 4 | h->rate);
    at[14] = h->primaries;
    at[15] = h->transfer;
    at[16] = h->matrix;
    at[17] = h->alpha;
    at[19] = (uint8_t)(h->own_luma_matrix << 1 | h->own_chroma_matrix);
    at += HEADER_LEAST;
    if (h->own_luma_matrix)
        memcpy(at, h->luma_matrix, 64);
    if (h->own_chroma_matrix)
        memcpy(at + (h->own_luma_matrix ? 64 : 0), h->chroma_matrix, 64);
    return CZ_OK;
}

/* ---- Slices ---- */

static bool slice_sound(const slice_spec *s, unsigned header, bool alpha)
{
    return s->q >= 1 && s->q <= 224 && header <= HEADER_FIELD_MAX && s->alpha_run_max <= 2047 &&
           (s->tail == 0 || (s->explicit_cr && !alpha));
}

static void add_bytes(buf *out, unsigned value, size_t n)
{
    uint8_t *at = n ? buf_grow(out, n) : NULL;
    if (at)
        memset(at, (int)value, n);
}

/* The planes and their sizes; the alpha plane counts as the fourth. */
static int write_parts(const writer *w, size_t sizes[4])
{
    const slice_spec *s = w->slice;
    const prores_header *h = &w->spec->head;
    bit_writer bits = {.to = w->out};
    size_t from = w->out->len;
    for (int plane = 0; plane < 3; plane++) {
        write_plane(&bits, s->coef[plane], s->blocks[plane], h->interlace != PRORES_PROGRESSIVE);
        add_bytes(w->out, 0, s->pad[plane]);
        sizes[plane] = w->out->len - from;
        from = w->out->len;
    }
    if (h->alpha)
        write_alpha(&bits, s->alpha, 256 * s->mbs, h->alpha == 2 ? 16 : 8,
                    s->alpha_run_max ? s->alpha_run_max : 2047);
    add_bytes(w->out, 0xFF, s->tail);
    sizes[3] = w->out->len - from;
    return w->out->bad ? CZ_NOMEM : bits.too_long ? CZ_USAGE : CZ_OK;
}

/* Appends a slice; where its size goes is `size_at`. */
static int write_slice(const writer *w, size_t size_at)
{
    const slice_spec *s = w->slice;
    const size_t from = w->out->len;
    const bool explicit_cr = s->explicit_cr || w->spec->head.alpha;
    const unsigned least = SLICE_HEADER + (explicit_cr ? 2u : 0u), header = least + s->header_more;
    if (!slice_sound(s, header, w->spec->head.alpha) || (!explicit_cr && s->header_more > 1))
        return CZ_USAGE; /* a header of 8 bytes or more has the size of Cr */
    add_bytes(w->out, 0, header);
    size_t sizes[4];
    const int rc = write_parts(w, sizes);
    if (rc < 0)
        return rc;
    const size_t size = w->out->len - from;
    if (size > PART_MAX)
        return CZ_USAGE;
    uint8_t *at = w->out->at + from;
    at[0] = (uint8_t)(header << 3);
    at[1] = (uint8_t)s->q;
    wr16be(at + 2, (uint16_t)sizes[0]);
    wr16be(at + 4, (uint16_t)sizes[1]);
    if (explicit_cr)
        wr16be(at + 6, (uint16_t)sizes[2]);
    wr16be(w->out->at + size_at, (uint16_t)size);
    return CZ_OK;
}

/* ---- Pictures ---- */

/* Slices across: whole ones, then halves as they fit (RDD 36, 5.2.2). */
static unsigned columns(unsigned mb_width, unsigned mbs)
{
    unsigned n = 0;
    for (; mb_width; mbs /= 2) {
        n += mb_width / mbs;
        mb_width %= mbs;
    }
    return n;
}

static int write_row(const writer *w, unsigned picture, unsigned row, unsigned mb_width,
                     size_t table)
{
    const unsigned chroma = w->spec->head.chroma == PRORES_444 ? 4 : 2;
    unsigned mbs = 1u << w->spec->log2_mbs, col = 0;
    for (unsigned mb_x = 0; mb_x < mb_width; mb_x += mbs, col++) {
        while (mbs > mb_width - mb_x)
            mbs /= 2;
        slice_spec *s = w->slice;
        memset(s, 0, sizeof *s);
        s->picture = picture;
        s->row = row;
        s->col = col;
        s->mb_x = mb_x;
        s->mbs = mbs;
        s->blocks[0] = 4 * mbs;
        s->blocks[1] = s->blocks[2] = chroma * mbs;
        w->fill(w->user, s);
        const int rc = write_slice(w, table + (size_t)2 * col);
        if (rc < 0)
            return rc;
    }
    return CZ_OK;
}

static int write_picture(const writer *w, unsigned picture)
{
    const prores_header *h = &w->spec->head;
    const unsigned lines = h->interlace ? 32 : 16;
    const unsigned mb_width = (h->width + 15u) / 16, rows = (h->height + lines - 1) / lines;
    const unsigned cols = columns(mb_width, 1u << w->spec->log2_mbs);
    const unsigned header = PICTURE_HEADER + w->spec->picture_more;
    const size_t from = w->out->len, table = from + header;
    add_bytes(w->out, 0, header + (size_t)2 * rows * cols);
    for (unsigned row = 0; row < rows; row++) {
        const int rc = write_row(w, picture, row, mb_width, table + (size_t)2 * row * cols);
        if (rc < 0)
            return rc;
    }
    add_bytes(w->out, 0, w->spec->picture_tail);
    if (w->out->bad)
        return CZ_NOMEM;
    uint8_t *at = w->out->at + from;
    at[0] = (uint8_t)(header << 3);
    wr32be(at + 1, (uint32_t)(w->out->len - from));
    wr16be(at + 5, (uint16_t)(rows * cols));
    at[7] = (uint8_t)(w->spec->log2_mbs << 4);
    return CZ_OK;
}

int prores_write(buf *out, const frame_spec *spec, slice_fill *fill, void *user)
{
    if (!header_sound(spec))
        return CZ_USAGE;
    const size_t from = out->len;
    writer w = {out, spec, fill, user, malloc(sizeof *w.slice)};
    int rc = w.slice ? write_header(out, &spec->head) : CZ_NOMEM;
    for (unsigned p = 0; rc == CZ_OK && p < (spec->head.interlace ? 2u : 1u); p++)
        rc = write_picture(&w, p);
    add_bytes(out, 0, spec->stuffing);
    free(w.slice);
    if (rc == CZ_OK && out->bad)
        rc = CZ_NOMEM;
    if (rc == CZ_OK)
        wr32be(out->at + from, (uint32_t)(out->len - from));
    return rc;
}
