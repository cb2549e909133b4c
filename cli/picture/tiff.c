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

static bool put_layout(TIFF *tiff, const picture *p)
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
           TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE) == 1 &&
           TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL) == 1 &&
           TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(tiff, 0)) == 1;
}

static bool write_rows(TIFF *tiff, const picture *p)
{
    const size_t row = (size_t)p->shape.width * p->shape.plane[0].pixel_bytes;
    buf line = {0}; /* libtiff's predictor modifies its input */
    bool ok = true;
    for (uint32_t y = 0; ok && y < p->shape.height; y++) {
        line.len = 0;
        buf_add(&line, p->pixels + y * row, row);
        ok = !line.bad && TIFFWriteScanline(tiff, line.at, y, 0) == 1;
    }
    buf_free(&line);
    return ok;
}

int picture_tiff(buf *out, const picture *p, cz_error *err)
{
    memory_file f = {.out = out, .base = out->len};
    buf text = {0};
    if (cz_layout_channels(p->layout) == 0 || p->layout == CZ_BGR24)
        return picture_refuse(p, "tif", "rgb48le, rgb24, gray16le, gray or rgba", err);
    TIFF *tiff = TIFFClientOpen("memory", "wl", &f, read_at, write_at, seek_to, close_it, size_of,
                                NULL, NULL);
    if (!tiff)
        return cz_fail_memory(err, "tif");
    const bool ok = describe(tiff, p, &text) && put_layout(tiff, p) && write_rows(tiff, p) &&
                    TIFFFlush(tiff) == 1;
    TIFFClose(tiff);
    buf_free(&text);
    if (out->bad)
        return cz_fail_memory(err, "tif");
    return ok ? CZ_OK : cz_fail(err, CZ_IO, "tif: libtiff failed");
}
