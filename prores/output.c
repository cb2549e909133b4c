/* Writing samples to the image. */
#include "prores/decoder.h"

#include <string.h>

static bool is_bob(const prores_decoder *dec)
{
    return dec->opt.fields == PRORES_BOB_TOP || dec->opt.fields == PRORES_BOB_BOTTOM;
}

/* For a region of a single line that isn't in the field, the adjacent line is used. */
static bool lone_bob_line(const prores_decoder *dec, size_t y)
{
    return is_bob(dec) && dec->scale == 1 && y / 2 == dec->region.y / 2;
}

ptrdiff_t prores_image_line(const prores_decoder *dec, unsigned p, unsigned row, unsigned i)
{
    const prores_fields fields = dec->opt.fields;
    const bool interlaced = dec->frame.head.interlace != PRORES_PROGRESSIVE;
    const bool bottom = fields == PRORES_BOTTOM || fields == PRORES_BOB_BOTTOM;
    const bool alone = fields == PRORES_TOP || fields == PRORES_BOTTOM;
    size_t y = (size_t)row * row_lines(dec) + i;
    if (interlaced && !alone && dec->scale == 1)
        y = 2 * y + dec->frame.picture[p].bottom;
    if (!interlaced && fields != PRORES_WEAVE) {
        if ((y & 1) != bottom)
            return -1;
        y = alone ? y / 2 : y;
    }
    if (dec->region.height == 1 && lone_bob_line(dec, y))
        return 0;
    if (y < dec->region.y || y - dec->region.y >= dec->region.height)
        return -1;
    return (ptrdiff_t)(y - dec->region.y);
}

static uint16_t *image_at(const prores_decoder *dec, unsigned plane, ptrdiff_t y)
{
    const struct prores_plane *to = &dec->image.plane[plane];
    return (uint16_t *)(void *)((char *)to->data + y * to->stride);
}

static unsigned region_left(const prores_decoder *dec, unsigned plane)
{
    const bool half = (plane == 1 || plane == 2) && dec->frame.head.chroma == PRORES_422;
    return half ? dec->region.x / 2 : dec->region.x;
}

/* Is the whole slice within the image, with equidistant lines? */
static bool fits(const prores_decoder *dec, unsigned p, unsigned row, const slice *s)
{
    const uint32_t mb = 16 / dec->scale, left = s->mb_x * mb, right = left + s->mbs * mb;
    const prores_region *r = &dec->region;
    return !dec->packed && !dec->average_fields && left >= r->x && right <= r->x + r->width &&
           prores_image_line(dec, p, row, 0) >= 0 && prores_image_line(dec, p, row, 1) >= 0 &&
           prores_image_line(dec, p, row, row_lines(dec) - 1) >= 0;
}

plane_target prores_plane_target(const prores_decoder *dec, unsigned p, unsigned row,
                                 unsigned plane, const slice *sl, const strip *s)
{
    const size_t x = plane_width(dec, plane, sl->mb_x * 16 / dec->scale);
    if (!fits(dec, p, row, sl))
        return (plane_target){s->plane[plane] + x, s->stride, false};
    const ptrdiff_t first = prores_image_line(dec, p, row, 0);
    const ptrdiff_t step = prores_image_line(dec, p, row, 1) - first;
    return (plane_target){image_at(dec, plane, first) + (x - region_left(dec, plane)),
                          step * dec->image.plane[plane].stride / 2, true};
}

static void emit(const prores_decoder *dec, unsigned p, unsigned row, unsigned plane, size_t left,
                 size_t right, const strip *s)
{
    const size_t from = region_left(dec, plane), to = from + dec->shape.plane[plane].width;
    const size_t a = left > from ? left : from, b = right < to ? right : to;
    for (unsigned i = 0; i < row_lines(dec) && a < b; i++) {
        const ptrdiff_t y = prores_image_line(dec, p, row, i);
        if (y >= 0)
            memcpy(image_at(dec, plane, y) + (a - from),
                   s->plane[plane] + (ptrdiff_t)i * s->stride + a, (b - a) * sizeof(uint16_t));
    }
}

void prores_store_slice(const prores_decoder *dec, unsigned p, unsigned row, unsigned plane,
                        const slice *sl, const strip *s)
{
    if (dec->packed || dec->average_fields)
        return;
    const unsigned left = sl->mb_x * 16 / dec->scale;
    emit(dec, p, row, plane, plane_width(dec, plane, left),
         plane_width(dec, plane, left + sl->mbs * 16 / dec->scale), s);
}

/* Convert a chroma line to one sample per pixel, starting with the first chroma sample of the
 * region. */
static void chroma_line(const prores_decoder *dec, const worker_state *w, unsigned plane,
                        ptrdiff_t at, int16_t *dst)
{
    const yuv2rgb_ops *ops = dec->cpu->lines;
    uint16_t *c = w->strips[0].plane[plane] + at;
    const uint32_t x = dec->region.x, end = x + dec->region.width;
    if (dec->frame.head.chroma == PRORES_444) {
        ops->chroma_copy(dst, c + x, dec->region.width, dec->bits);
        return;
    }
    const size_t across = (dec->full_width + 1) / 2;
    for (size_t i = 0; i < CHROMA_REACH; i++) {
        c[across + i] = c[across - 1];
        c[-1 - (ptrdiff_t)i] = c[0];
    }
    ops->chroma_upsample(dst, c + x / 2, (end + 1) / 2 - x / 2, dec->bits);
}

static void packed_line(const prores_decoder *dec, const worker_state *w, unsigned i, void *dst)
{
    const yuv2rgb_ops *ops = dec->cpu->lines;
    const strip *s = &w->strips[0];
    const ptrdiff_t at = (ptrdiff_t)i * s->stride;
    const uint32_t x = dec->region.x;
    const ptrdiff_t odd = dec->frame.head.chroma == PRORES_422 ? x & 1 : 0;
    const pixel_line in = {
        .y = s->plane[0] + at + x,
        .a = dec->planes == 4 ? s->plane[3] + at + x : NULL,
        .u = w->u + odd,
        .v = w->v + odd,
        .pixels = dec->region.width,
    };
    if (dec->planes > 1) {
        chroma_line(dec, w, 1, at, w->u);
        chroma_line(dec, w, 2, at, w->v);
    }
    switch (dec->opt.layout) {
    case PRORES_GRAY:
        ops->gray8(dst, &in, &dec->color);
        break;
    case PRORES_GRAY16:
        ops->gray16(dst, &in, &dec->color);
        break;
    case PRORES_RGB24:
        ops->rgb24(dst, &in, &dec->color);
        break;
    case PRORES_BGR24:
        ops->bgr24(dst, &in, &dec->color);
        break;
    case PRORES_RGBA:
        ops->rgba(dst, &in, &dec->color);
        break;
    case PRORES_GRAY10:
        ops->gray10(dst, &in, &dec->color);
        break;
    case PRORES_RGBA64:
        ops->rgba64(dst, &in, &dec->color);
        break;
    case PRORES_BGR48:
        ops->bgr48(dst, &in, &dec->color);
        break;
    default:
        ops->rgb48(dst, &in, &dec->color);
    }
}

void prores_planes_to_rgb24(prores_decoder *dec, const prores_image *planes, uint8_t *rgb,
                            ptrdiff_t stride)
{
    worker_state *const w = &dec->worker[0];
    const size_t pixels = dec->shape.width;
    const pixel_line in = {.y = w->strips[0].plane[0], .u = w->u, .v = w->v, .pixels = pixels};
    yuv2rgb_coefs color;
    prores_yuv2rgb_coefs(&color, dec->shape.matrix, dec->opt.range, dec->bits);
    for (size_t y = 0; y < dec->shape.height; y++) {
        for (unsigned p = 0; p < 3; p++)
            memcpy(w->strips[0].plane[p],
                   (const char *)planes->plane[p].data + (ptrdiff_t)y * planes->plane[p].stride,
                   dec->shape.plane[p].row_bytes);
        chroma_line(dec, w, 1, 0, w->u);
        chroma_line(dec, w, 2, 0, w->v);
        dec->cpu->lines->rgb24(rgb + (ptrdiff_t)y * stride, &in, &color);
    }
}

static void average_field_strips(const prores_decoder *dec, const worker_state *w)
{
    const strip *a = &w->strips[0], *b = &w->strips[1];
    for (unsigned plane = 0; plane < dec->planes; plane++)
        for (unsigned i = 0; i < row_lines(dec); i++) {
            uint16_t *to = a->plane[plane] + (ptrdiff_t)i * a->stride;
            dec->cpu->lines->mean(to, to, b->plane[plane] + (ptrdiff_t)i * b->stride,
                                  plane_width(dec, plane, dec->full_width));
        }
}

void prores_store_row(prores_decoder *dec, worker_state *w, unsigned p, unsigned row)
{
    if (dec->average_fields)
        average_field_strips(dec, w);
    if (dec->packed) {
        for (unsigned i = 0; i < row_lines(dec); i++) {
            const ptrdiff_t y = prores_image_line(dec, p, row, i);
            if (y >= 0)
                packed_line(dec, w, i, image_at(dec, 0, y));
        }
    } else if (dec->average_fields) {
        for (unsigned plane = 0; plane < dec->planes; plane++)
            emit(dec, p, row, plane, 0, SIZE_MAX, &w->strips[0]);
    }
}

/* ---- Bob deinterlacing ---- */

/* dst = (a * wa + b * wb) / (wa + wb), rounded, for samples of one or two bytes */
static void blend(const prores_decoder *dec, unsigned plane, ptrdiff_t dst, ptrdiff_t a,
                  ptrdiff_t b, unsigned wa, unsigned wb)
{
    const struct prores_plane *to = &dec->image.plane[plane];
    char *const base = to->data;
    char *const d = base + dst * to->stride;
    const char *const p = base + a * to->stride, *const q = base + b * to->stride;
    const size_t bytes = dec->shape.plane[plane].row_bytes;
    const unsigned sum = wa + wb, half = sum / 2;
    if (dec->shape.depth == 8) {
        for (size_t i = 0; i < bytes; i++)
            d[i] = (char)(((uint8_t)p[i] * wa + (uint8_t)q[i] * wb + half) / sum);
        return;
    }
    uint16_t *const d16 = (uint16_t *)(void *)d;
    const uint16_t *const p16 = (const uint16_t *)(const void *)p;
    const uint16_t *const q16 = (const uint16_t *)(const void *)q;
    for (size_t i = 0; i < bytes / 2; i++)
        d16[i] = (uint16_t)((p16[i] * wa + q16[i] * wb + half) / sum);
}

static void bob_plane(const prores_decoder *dec, unsigned plane, bool bottom)
{
    const ptrdiff_t h = (ptrdiff_t)dec->region.height, s = (ptrdiff_t)dec->scale;
    if (s == 1) {
        const ptrdiff_t first_missing = (dec->region.y & 1) == bottom; /* 0 or 1 */
        for (ptrdiff_t y = first_missing; y < h; y += 2)
            blend(dec, plane, y, y > 0 ? y - 1 : y + 1, y + 1 < h ? y + 1 : y - 1, 1, 1);
        return;
    }
    /* Lines of the top field are half a frame line too high, those of the bottom field too low. */
    const unsigned wide = (unsigned)(2 * s - 1);
    for (ptrdiff_t i = 0; i + 1 < h; i++) {
        const ptrdiff_t y = bottom ? h - 1 - i : i;
        blend(dec, plane, y, y, bottom ? y - 1 : y + 1, wide, 1);
    }
}

void prores_fill_bob_lines(const prores_decoder *dec)
{
    if (!is_bob(dec) || dec->region.height == 1)
        return;
    for (unsigned plane = 0; plane < dec->shape.planes; plane++)
        bob_plane(dec, plane, dec->opt.fields == PRORES_BOB_BOTTOM);
}
