/* The structure of a frame. */
#include "prores/frame.h"
#include "base/bytes.h"
#include "base/error.h"

enum {
    FRAME_TAG = 8,      /* frame size and "icpf" */
    PICTURE_HEADER = 8, /* RDD 36, 5.2.1 */
    SLICE_HEADER = 6,   /* RDD 36, 5.3.1: 8 with an explicit size of Cr */
};

/* Slices per row: as many of full width as fit, then the remainder in smaller powers of two (RDD
 * 36, 5.2.2). */
static unsigned count_slice_columns(unsigned mb_width, unsigned log2_mbs)
{
    unsigned n = mb_width >> log2_mbs;
    for (unsigned rest = mb_width & ((1u << log2_mbs) - 1); rest; rest &= rest - 1)
        n++;
    return n;
}

size_t prores_least_bytes(const prores_header *head)
{
    const unsigned pictures = head->interlace ? 2 : 1;
    const size_t rows = (size_t)pictures * ((head->height + 16u * pictures - 1) / (16u * pictures));
    const size_t slices = rows * count_slice_columns((head->width + 15u) / 16, 3);
    return FRAME_TAG + (size_t)head->header_size + (size_t)pictures * PICTURE_HEADER +
           slices * (SLICE_HEADER + 2);
}

static void locate_rows(const picture *pic, size_t *row_at)
{
    size_t at = 0;
    const uint8_t *size = pic->sizes;
    for (unsigned row = 0; row < pic->rows; row++) {
        row_at[row] = at;
        for (unsigned col = 0; col < pic->cols; col++, size += 2)
            at += rd16be(size);
    }
}

/* Returns the start of the next picture, or NULL if it is unknown. */
static const uint8_t *parse_picture(picture *pic, size_t *row_at, const uint8_t *at,
                                    const uint8_t *end)
{
    pic->fault = PRORES_FAULT_PICTURE_HEADER;
    pic->log2_mbs = 3;
    pic->cols = count_slice_columns(pic->mb_width, 3);
    if (!at || end - at < PICTURE_HEADER)
        return NULL;
    const size_t header = at[0] >> 3;
    const size_t declared = rd32be(at + 1);
    const unsigned log2_mbs = at[7] >> 4;
    if (header < PICTURE_HEADER || declared < header || log2_mbs > 3 || (at[7] & 15))
        return NULL;
    const size_t left = (size_t)(end - at);
    const uint8_t *next = declared <= left ? at + declared : NULL;
    pic->log2_mbs = (uint8_t)log2_mbs;
    pic->cols = count_slice_columns(pic->mb_width, log2_mbs);
    const size_t table = (size_t)2 * pic->rows * pic->cols;
    if (header > left || table > left - header)
        return next;
    pic->sizes = at + header;
    pic->data = pic->sizes + table;
    pic->end = next && next >= pic->data ? next : end;
    pic->fault = PRORES_FAULT_NONE;
    locate_rows(pic, row_at);
    return next;
}

int prores_frame_parse(frame *out, const uint8_t *data, size_t len, cz_error *err)
{
    const int rc = prores_header_read(&out->head, data, len, err);
    if (rc < 0)
        return rc;
    const prores_header *h = &out->head;
    const size_t whole = h->frame_size < len ? h->frame_size : len;
    const size_t first = FRAME_TAG + (size_t)h->header_size;
    const unsigned lines = h->interlace ? 32 : 16; /* of the frame per row of slices */
    const uint8_t *at = first <= whole ? data + first : NULL;
    out->pictures = h->interlace ? 2 : 1;
    for (unsigned p = 0; p < out->pictures; p++) {
        picture *pic = &out->picture[p];
        *pic = (picture){
            .bottom = h->interlace && (h->interlace == PRORES_BOTTOM_FIRST) == (p == 0),
            .mb_width = (h->width + 15u) / 16,
            .rows = (h->height + lines - 1) / lines,
        };
        at = parse_picture(pic, out->row_at + (size_t)p * pic->rows, at, data + whole);
    }
    return CZ_OK;
}

slice_walk prores_slice_walk_begin(const frame *f, unsigned p, unsigned row)
{
    const picture *pic = &f->picture[p];
    return (slice_walk){.pic = pic, .row = row, .at = f->row_at[(size_t)p * pic->rows + row]};
}

/* RDD 36, table 15 */
static unsigned quantization_scale(unsigned q)
{
    q = q < 1 ? 1 : q > 224 ? 224 : q;
    return q > 128 ? (q - 96) << 2 : q;
}

static uint8_t parse_slice(slice *s, const uint8_t *at, size_t size)
{
    if (size < SLICE_HEADER)
        return PRORES_FAULT_SLICE_HEADER;
    const size_t header = at[0] >> 3;
    const bool explicit_cr = header >= SLICE_HEADER + 2;
    if (header < SLICE_HEADER || header > size)
        return PRORES_FAULT_SLICE_HEADER;
    s->qscale = quantization_scale(at[1]);
    s->plane_size[0] = rd16be(at + 2);
    s->plane_size[1] = rd16be(at + 4);
    size_t left = size - header;
    if (s->plane_size[0] + s->plane_size[1] > left)
        return PRORES_FAULT_SLICE_HEADER;
    left -= s->plane_size[0] + s->plane_size[1];
    s->plane_size[2] = explicit_cr ? rd16be(at + 6) : left;
    if (s->plane_size[2] > left)
        return PRORES_FAULT_SLICE_HEADER;
    s->plane_size[3] = left - s->plane_size[2];
    s->plane_data[0] = at + header;
    for (int i = 1; i < 4; i++)
        s->plane_data[i] = s->plane_data[i - 1] + s->plane_size[i - 1];
    return PRORES_FAULT_NONE;
}

bool prores_slice_walk_next(slice_walk *walk, slice *out)
{
    const picture *pic = walk->pic;
    if (walk->mb_x >= pic->mb_width)
        return false;
    unsigned mbs = 1u << pic->log2_mbs;
    while (mbs > pic->mb_width - walk->mb_x)
        mbs >>= 1;
    *out = (slice){.mb_x = walk->mb_x, .mbs = mbs, .fault = pic->fault};
    if (pic->fault == PRORES_FAULT_NONE) {
        const size_t index = (size_t)walk->row * pic->cols + walk->col;
        const size_t size = rd16be(pic->sizes + 2 * index);
        const size_t room = (size_t)(pic->end - pic->data);
        if (walk->at > room || size > room - walk->at)
            out->fault = PRORES_FAULT_SLICE_BOUNDS;
        else
            out->fault = parse_slice(out, pic->data + walk->at, size);
        walk->at += size;
    }
    walk->mb_x += mbs;
    walk->col++;
    return true;
}
