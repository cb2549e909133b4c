#include "cli/picture/picture.h"

#include <inttypes.h>
#include <string.h>

int picture_writer_open(picture_writer *out, const picture_options *options, cz_error *err)
{
    *out = (picture_writer){.options = *options};
    return deflater_new(&out->deflater, options->compression, err);
}

void picture_writer_close(picture_writer *w)
{
    if (!w)
        return;
    deflater_free(&w->deflater);
    buf_free(&w->rows);
}

void picture_describe(buf *out, const picture *p)
{
    buf_printf(out, "clip %s, frame %" PRIu64 "%s%s, from %s", p->clip, p->frame,
               p->time[0] ? ", " : "", p->time, p->source);
}

int picture_refuse(const picture *p, const char *form, const char *able, cz_error *err)
{
    cz_fail(err, CZ_UNSUPPORTED, "%s: holds no %s", form, cz_layout_name(p->layout));
    cz_hint(err, "--format %s; or another ending", able);
    return CZ_UNSUPPORTED;
}

/* ---- NumPy ----------------------------------------------------------------------------------- */

static int npy_shape(buf *text, cz_layout layout, const cz_shape *s, size_t n, cz_error *err)
{
    if (n != 1)
        buf_printf(text, "%zu, ", n);
    for (uint32_t i = 1; cz_layout_channels(layout) == 0 && i < s->planes; i++) {
        if (s->plane[i].width == s->plane[0].width && s->plane[i].height == s->plane[0].height)
            continue;
        cz_fail(err, CZ_UNSUPPORTED, "npy: planes of several sizes are no array");
        cz_hint(err, "write .yuv; or --format gray16le or rgb48le");
        return CZ_UNSUPPORTED;
    }
    if (cz_layout_channels(layout) == 0)
        buf_printf(text, "%u, ", s->planes);
    buf_printf(text, "%u, %u", s->height, s->width);
    if (cz_layout_channels(layout) > 1)
        buf_printf(text, ", %u", cz_layout_channels(layout));
    return CZ_OK;
}

int picture_npy_head(buf *out, cz_layout layout, const cz_shape *shape, size_t n, cz_error *err)
{
    buf text = {0};
    buf_printf(&text, "{'descr': '%s', 'fortran_order': False, 'shape': (",
               shape->depth > 8 ? "<u2" : "|u1");
    int rc = npy_shape(&text, layout, shape, n, err);
    buf_printf(&text, "), }");
    /* Magic, version and length take 10 bytes; spaces and a newline fill up to 64 or a multiple. */
    while (rc == CZ_OK && !text.bad && (10 + text.len + 1) % 64 != 0)
        buf_add(&text, " ", 1);
    buf_add(&text, "\n", 1);
    if (rc == CZ_OK) {
        const uint8_t head[10] = {
            0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (uint8_t)text.len, (uint8_t)(text.len >> 8)};
        buf_add(out, head, sizeof head);
        buf_add(out, text.at, text.len);
        if (text.bad || out->bad)
            rc = cz_fail_memory(err, "npy");
    }
    buf_free(&text);
    return rc;
}
