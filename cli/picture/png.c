#include <inttypes.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/picture/picture.h"

/* Error handler of libpng: keeps the message and returns to the caller. */
typedef struct png_job {
    jmp_buf back;
    buf *out;
    cz_error *err;
} png_job;

static void failed(png_structp png, png_const_charp why)
{
    png_job *job = png_get_error_ptr(png);
    cz_fail(job->err, CZ_IO, "png: %s", why);
    longjmp(job->back, 1);
}

static void warned(png_structp png, png_const_charp why)
{
    (void)png;
    (void)why;
}

static void append(png_structp png, png_bytep data, size_t n)
{
    png_job *job = png_get_io_ptr(png);
    buf_add(job->out, data, n);
    if (job->out->bad)
        png_error(png, "out of memory");
}

static void flush(png_structp png)
{
    (void)png;
}

static int color_type(const picture *p)
{
    switch (p->layout) {
    case CZ_GRAY:
    case CZ_GRAY16:
        return PNG_COLOR_TYPE_GRAY;
    case CZ_RGB24:
    case CZ_RGB48:
        return PNG_COLOR_TYPE_RGB;
    case CZ_RGBA:
        return PNG_COLOR_TYPE_RGBA;
    default:
        return -1;
    }
}

static void put_text(png_structp png, png_infop info, const char *key, const char *value)
{
    png_text text = {.compression = PNG_TEXT_COMPRESSION_NONE};
    text.key = (png_charp)key;
    text.text = (png_charp)value;
    if (value[0])
        png_set_text(png, info, &text, 1);
}

/* Describe the picture: predefined keywords of PNG (11.3.4.2) and our own. */
static void describe(png_structp png, png_infop info, const picture *p)
{
    char frame[24];
    (void)snprintf(frame, sizeof frame, "%" PRIu64, p->frame);
    put_text(png, info, "Title", p->clip);
    put_text(png, info, "Source", p->source);
    put_text(png, info, "Creation Time", p->time);
    put_text(png, info, "Frame", frame);
}

static void write_all(png_structp png, png_infop info, const picture *p)
{
    const size_t row = (size_t)p->shape.width * p->shape.plane[0].pixel_bytes;
    png_set_IHDR(png, info, p->shape.width, p->shape.height, p->shape.depth > 8 ? 16 : 8,
                 color_type(p), PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    describe(png, info, p);
    png_set_compression_level(png, 4); /* half the time of the default for some percent */
    png_write_info(png, info);
    if (p->shape.depth > 8)
        png_set_swap(png); /* PNG is big-endian */
    for (uint32_t y = 0; y < p->shape.height; y++)
        png_write_row(png, p->pixels + y * row);
    png_write_end(png, info);
}

int picture_png(buf *out, const picture *p, cz_error *err)
{
    if (color_type(p) < 0)
        return picture_refuse(p, "png", "rgb24, rgb48le, gray, gray16le or rgba", err);
    png_job job = {.out = out, .err = err};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &job, failed, warned);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    int rc = CZ_OK;
    if (!info)
        rc = cz_fail_memory(err, "png");
    else if (setjmp(job.back))
        rc = out->bad ? CZ_NOMEM : CZ_IO;
    else {
        png_set_write_fn(png, &job, append, flush);
        write_all(png, info, p);
    }
    png_destroy_write_struct(&png, &info);
    return rc;
}
