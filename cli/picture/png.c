/* PNG (ISO/IEC 15948): one IDAT chunk, one filter for all rows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libdeflate.h>

#include "cli/picture/picture.h"
#include "cli/picture/png_filter.h"

enum {
    CHUNK_MAX = INT32_MAX, /* bytes of data in a chunk: 5.3 */
    CHUNK_HEAD = 8,        /* length and type */
    MEASURED_EVERY = 16,   /* rows: one of them decides about the filter */
};

static int color_type(const picture *p)
{
    switch (p->layout) {
    case CZ_GRAY:
    case CZ_GRAY16:
        return 0;
    case CZ_RGB24:
    case CZ_RGB48:
        return 2;
    case CZ_RGBA:
    case CZ_RGBA64:
        return 6;
    default:
        return -1;
    }
}

/* ---- Chunks ---------------------------------------------------------------------------------- */

static void put32(uint8_t *to, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* Begin a chunk; its data is appended next. Returns where it begins. */
static size_t chunk_begin(buf *out, const char *type)
{
    const size_t at = out->len;
    uint8_t *head = buf_grow(out, CHUNK_HEAD);
    if (head)
        memcpy(head + 4, type, 4);
    return at;
}

static void chunk_end(buf *out, size_t at)
{
    uint8_t crc[4];
    if (out->bad)
        return;
    put32(out->at + at, (uint32_t)(out->len - at - CHUNK_HEAD));
    put32(crc, libdeflate_crc32(0, out->at + at + 4, out->len - at - 4));
    buf_add(out, crc, sizeof crc);
}

static void put_header(buf *out, const picture *p)
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    uint8_t header[13] = {0}; /* deflate, adaptive filters, not interlaced */
    put32(header, p->shape.width);
    put32(header + 4, p->shape.height);
    header[8] = p->shape.depth > 8 ? 16 : 8;
    header[9] = (uint8_t)color_type(p);
    buf_add(out, signature, sizeof signature);
    const size_t at = chunk_begin(out, "IHDR");
    buf_add(out, header, sizeof header);
    chunk_end(out, at);
}

/* A keyword of PNG (11.3.4.2), or one of our own, and its text. */
static void put_text(buf *out, const char *key, const char *value)
{
    if (!value[0])
        return;
    const size_t at = chunk_begin(out, "tEXt");
    buf_add(out, key, strlen(key) + 1);
    buf_add(out, value, strlen(value));
    chunk_end(out, at);
}

static void describe(buf *out, const picture *p)
{
    char frame[24];
    (void)snprintf(frame, sizeof frame, "%" PRIu64, p->frame);
    put_text(out, "Title", p->clip);
    put_text(out, "Source", p->source);
    put_text(out, "Creation Time", p->time);
    put_text(out, "Frame", frame);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Rows as PNG stores them. Samples of 16 bits are big-endian, so they are swapped to `swapped`,
 * which has room for two rows. */
typedef struct rows {
    const picture *p;
    size_t n, bpp; /* bytes of a row and a pixel */
    uint8_t *swapped, *zeros;
    uint8_t *scratch; /* one row */
} rows;

static const uint8_t *row_at(const rows *r, size_t y, unsigned which)
{
    const uint8_t *row = r->p->pixels + y * r->n;
    if (r->p->shape.depth <= 8)
        return row;
    uint8_t *restrict to = r->swapped + which * r->n;
    for (size_t i = 0; i + 1 < r->n; i += 2) {
        uint16_t v;
        memcpy(&v, row + i, sizeof v);
        to[i] = (uint8_t)(v >> 8);
        to[i + 1] = (uint8_t)v;
    }
    return to;
}

static const uint8_t *row_above(const rows *r, size_t y, unsigned which)
{
    return y > 0 ? row_at(r, y - 1, which) : r->zeros;
}

static png_filter choose_filter(const rows *r)
{
    png_filter_choice choice = {{{0}}};
    for (size_t y = 0; y < r->p->shape.height; y += MEASURED_EVERY) {
        const uint8_t *above = row_above(r, y, 1);
        png_filter_measure(&choice, r->scratch, row_at(r, y, 0), above, r->n, r->bpp);
    }
    return png_filter_best(&choice);
}

static void filter_rows(const rows *r, uint8_t *to, png_filter filter)
{
    const uint8_t *above = r->zeros;
    for (size_t y = 0; y < r->p->shape.height; y++, to += 1 + r->n) {
        const uint8_t *row = row_at(r, y, (unsigned)(y & 1));
        to[0] = (uint8_t)filter;
        png_filter_row(to + 1, filter, row, above, r->n, r->bpp);
        above = row;
    }
}

/* Filter the picture to w->rows. */
static int prepare(picture_writer *w, const picture *p, cz_error *err)
{
    const size_t bpp = p->shape.plane[0].pixel_bytes, n = p->shape.width * bpp;
    const size_t filtered = (1 + n) * p->shape.height;
    w->rows.len = 0;
    uint8_t *at = buf_grow(&w->rows, filtered + 4 * n);
    if (!at)
        return cz_fail_memory(err, "png: %zu bytes", filtered + 4 * n);
    const rows r = {p, n, bpp, at + filtered, at + filtered + 2 * n, at + filtered + 3 * n};
    memset(r.zeros, 0, n);
    filter_rows(&r, at, w->options.compression == DEFLATE_NONE ? FILTER_NONE : choose_filter(&r));
    w->rows.len = filtered;
    return CZ_OK;
}

static int put_pixels(buf *out, picture_writer *w, cz_error *err)
{
    const size_t bound = deflate_bound(w->deflater, w->rows.len);
    const size_t at = chunk_begin(out, "IDAT");
    uint8_t *to = buf_grow(out, bound);
    if (!to)
        return cz_fail_memory(err, "png: %zu bytes", bound);
    const size_t len = deflate_zlib(w->deflater, to, bound, w->rows.at, w->rows.len);
    if (len == 0 || len > CHUNK_MAX)
        return cz_fail(err, CZ_UNSUPPORTED, "png: %zu bytes of pixels: too large", w->rows.len);
    out->len -= bound - len;
    chunk_end(out, at);
    return CZ_OK;
}

int picture_png(buf *out, picture_writer *w, const picture *p, cz_error *err)
{
    if (color_type(p) < 0)
        return picture_refuse(p, "png", "rgb24, rgb48le, gray, gray16le, rgba or rgba64le", err);
    int rc = prepare(w, p, err);
    if (rc < 0)
        return rc;
    put_header(out, p);
    describe(out, p);
    if ((rc = put_pixels(out, w, err)) < 0)
        return rc;
    chunk_end(out, chunk_begin(out, "IEND"));
    return out->bad ? cz_fail_memory(err, "png") : CZ_OK;
}
