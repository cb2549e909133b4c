#include "tests/prores/pictures.h"
#include "tests/prores/rng.h"

#include <libavutil/pixdesc.h>

enum { LOW = 64, HIGH = 940 };

typedef struct plane {
    uint16_t *at;
    int stride, width, height;
} plane;

static plane plane_of(const AVFrame *f, int i)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
    const bool chroma = i == 1 || i == 2;
    return (plane){
        .at = (uint16_t *)(void *)f->data[i],
        .stride = f->linesize[i] / 2,
        .width = chroma ? AV_CEIL_RSHIFT(f->width, d->log2_chroma_w) : f->width,
        .height = chroma ? AV_CEIL_RSHIFT(f->height, d->log2_chroma_h) : f->height,
    };
}

static uint16_t *sample(const plane *p, int x, int y)
{
    return p->at + (ptrdiff_t)y * p->stride + x;
}

static void add_ramp(const plane *p, rng *r)
{
    const int dx = rng_between(r, -8, 8), dy = rng_between(r, -8, 8);
    const int from = rng_between(r, LOW, HIGH);
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++)
            *sample(p, x, y) = (uint16_t)av_clip(from + dx * x + dy * y, LOW, HIGH);
}

static void add_rectangle(const plane *p, rng *r)
{
    const int x0 = rng_between(r, 0, p->width - 1), x1 = rng_between(r, x0, p->width - 1);
    const int y0 = rng_between(r, 0, p->height - 1), y1 = rng_between(r, y0, p->height - 1);
    const int value =
        rng_one_in(r, 2) ? (rng_one_in(r, 2) ? LOW : HIGH) : rng_between(r, LOW, HIGH);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++)
            *sample(p, x, y) = (uint16_t)value;
}

static void add_noise(const plane *p, rng *r)
{
    const int size = 1 << rng_below(r, 8);
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++)
            *sample(p, x, y) =
                (uint16_t)av_clip(*sample(p, x, y) + rng_between(r, -size, size), LOW, HIGH);
}

AVFrame *random_picture(enum AVPixelFormat format, int width, int height, uint64_t seed)
{
    rng r = {seed};
    AVFrame *f = peer_picture(format, width, height);
    for (int i = 0; i < av_pix_fmt_count_planes(format); i++) {
        const plane p = plane_of(f, i);
        add_ramp(&p, &r);
        for (unsigned n = rng_below(&r, 12); n > 0; n--)
            add_rectangle(&p, &r);
        if (rng_one_in(&r, 2))
            add_noise(&p, &r);
    }
    return f;
}
