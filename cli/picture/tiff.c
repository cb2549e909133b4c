#include <stdio.h>
#include <string.h>

#include <tiffio.h>

#include "cli/picture/picture.h"

/* A TIFF in memory: libtiff seeks while it writes. */
typedef struct memory_file {
    buf *out;
    size_t base; /* where the file begins in out */
    size_t at;
} memory_file;

static tmsize_t write_at(thandle_t handle, void *data, tmsize_t n)
{
    memory_file *f = handle;
    const size_t end = f->base + f->at + (size_t)n;
    if (end > f->out->len) {
        const size_t had = f->out->len;
        uint8_t *more = buf_grow(f->out, end - had);
        if (!more)
            return -1;
        memset(more, 0, end - had);
    }
    memcpy(f->out->at + f->base + f->at, data, (size_t)n);
    f->at += (size_t)n;
    return n;
}

static tmsize_t read_at(thandle_t handle, void *data, tmsize_t n)
{
    memory_file *f = handle;
    const size_t left = f->out->len - f->base;
    const size_t have = f->at < left ? left - f->at : 0;
    const size_t part = (size_t)n < have ? (size_t)n : have;
    memcpy(data, f->out->at + f->base + f->at, part);
    f->at += part;
    return (tmsize_t)part;
}

static toff_t seek_to(thandle_t handle, toff_t offset, int whence)
{
    memory_file *f = handle;
    const size_t from = whence == SEEK_CUR ? f->at : whence == SEEK_END ? f->out->len - f->base : 0;
    f->at = from + (size_t)offset;
    return f->at;
}

static int close_it(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle)
{
    const memory_file *f = handle;
    return f->out->len - f->base;
}

/* The time in the format of TIFF, "YYYY:MM:DD HH:MM:SS", from ISO 8601. */
static bool put_time(TIFF *tiff, const char *iso)
{
    char text[20];
    if (strlen(iso) < 19)
        return true;
    memcpy(text, iso, 19);
    text[19] = '\0';
    text[4] = text[7] = ':';
    text[10] = ' ';
    return TIFFSetField(tiff, TIFFTAG_DATETIME, text) == 1;
}

/* After a call that failed, libtiff must not be given another field. */
static bool describe(TIFF *tiff, const picture *p, buf *text)
{
    picture_describe(text, p);
    const char *words = buf_text(text);
    return words && TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, words) == 1 &&
           TIFFSetField(tiff, TIFFTAG_DOCUMENTNAME, p->clip) == 1 &&
           TIFFSetField(tiff, TIFFTAG_SOFTWARE, "camzarr") == 1 && put_time(tiff, p->time);
}

static bool holds(cz_layout layout)
{
    return cz_layout_channels(layout) > 0 && layout != CZ_BGR24 && layout != CZ_BGR48 &&
           layout != CZ_GRAY10;
}

static bool put_compression(TIFF *tiff, deflate_level level)
{
    if (level == DEFLATE_NONE)
        return TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE) == 1;
    return TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE) == 1 &&
           TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL) == 1;
}

static bool put_layout(TIFF *tiff, const picture *p, deflate_level level, size_t rows)
{
    const unsigned channels = cz_layout_channels(p->layout);
    const int photometric = channels == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB;
    const uint16_t extra = EXTRASAMPLE_UNASSALPHA;
    return TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, p->shape.width) == 1 &&
           TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, p->shape.height) == 1 &&
           TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, p->shape.depth > 8 ? 16 : 8) == 1 &&
           TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, channels) == 1 &&
           TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, photometric) == 1 &&
           (channels != 4 || TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &extra) == 1) &&
           TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == 1 &&
           put_compression(tiff, level) &&
           TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, (uint32_t)rows) == 1;
}

/* ---- Pixels ---------------------------------------------------------------------------------- */

enum { STRIP_BYTES = 512 << 10 };

/* Differences to the pixel on the left, as TIFF 6.0, section 14, has them. */
static void predict8(uint8_t *restrict to, const uint8_t *restrict row, size_t n, size_t channels)
{
    memcpy(to, row, channels);
    for (size_t i = channels; i < n; i++)
        to[i] = (uint8_t)(row[i] - row[i - channels]);
}

static void predict16(uint16_t *restrict to, const uint16_t *restrict row, size_t n,
                      size_t channels)
{
    memcpy(to, row, channels * sizeof *to);
    for (size_t i = channels; i < n; i++)
        to[i] = (uint16_t)(row[i] - row[i - channels]);
}

static void predict_rows(uint8_t *to, const picture *p, const uint8_t *from, size_t rows)
{
    const size_t channels = cz_layout_channels(p->layout), n = p->shape.width * channels;
    const size_t bytes = (size_t)p->shape.width * p->shape.plane[0].pixel_bytes;
    for (size_t y = 0; y < rows; y++, to += bytes, from += bytes) {
        if (p->shape.depth > 8)
            predict16((uint16_t *)(void *)to, (const uint16_t *)(const void *)from, n, channels);
        else
            predict8(to, from, n, channels);
    }
}

/* Compress `rows` rows; NULL on failure. w->rows holds their differences and then the result. */
static const uint8_t *compress(picture_writer *w, const picture *p, const uint8_t *from,
                               size_t rows, size_t *ret_len)
{
    const size_t n = rows * p->shape.width * p->shape.plane[0].pixel_bytes;
    const size_t bound = deflate_bound(w->deflater, n);
    w->rows.len = 0;
    uint8_t *at = buf_grow(&w->rows, n + bound);
    if (!at)
        return NULL;
    predict_rows(at, p, from, rows);
    *ret_len = deflate_zlib(w->deflater, at + n, bound, at, n);
    return *ret_len ? at + n : NULL;
}

static bool write_strips(TIFF *tiff, picture_writer *w, const picture *p, size_t rows)
{
    const size_t row = (size_t)p->shape.width * p->shape.plane[0].pixel_bytes;
    for (size_t y = 0; y < p->shape.height; y += rows) {
        const size_t left = p->shape.height - y, n = left < rows ? left : rows;
        const uint8_t *at = p->pixels + y * row;
        size_t len = n * row;
        if (w->options.compression != DEFLATE_NONE && !(at = compress(w, p, at, n, &len)))
            return false;
        if (TIFFWriteRawStrip(tiff, (uint32_t)(y / rows), (void *)(uintptr_t)at, (tmsize_t)len) < 0)
            return false;
    }
    return true;
}

int picture_tiff(buf *out, picture_writer *w, const picture *p, cz_error *err)
{
    memory_file f = {.out = out, .base = out->len};
    buf text = {0};
    if (!holds(p->layout))
        return picture_refuse(p, "tif", "rgb48le, rgb24, gray16le, gray, rgba or rgba64le", err);
    TIFF *tiff = TIFFClientOpen("memory", "wl", &f, read_at, write_at, seek_to, close_it, size_of,
                                NULL, NULL);
    if (!tiff)
        return cz_fail_memory(err, "tif");
    const size_t row = (size_t)p->shape.width * p->shape.plane[0].pixel_bytes;
    const size_t rows = row < STRIP_BYTES ? STRIP_BYTES / row : 1;
    const bool ok = describe(tiff, p, &text) && put_layout(tiff, p, w->options.compression, rows) &&
                    write_strips(tiff, w, p, rows) && TIFFFlush(tiff) == 1;
    TIFFClose(tiff);
    buf_free(&text);
    if (out->bad || w->rows.bad)
        return cz_fail_memory(err, "tif");
    return ok ? CZ_OK : cz_fail(err, CZ_IO, "tif: libtiff failed");
}
