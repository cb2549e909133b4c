#include "analyse/motion_tiles.h"

#include <string.h>

enum {
    AREA = TILE * TILE,
    LEAST = 4, /* samples of a tile, across and down, that must be usable */
};

/* The usable part of a tile: those of its samples that have neighbours, and whose origin in the
 * first picture has. */
typedef struct patch {
    uint32_t x, y, w, h;
    int32_t from_x, from_y;  /* where its first sample comes from, rounded down ... */
    int16_t right, down;     /* ... and the rest, in 2^-15 samples */
    double moved_x, moved_y; /* the displacement that these stand for */
} patch;

/* Round towards minus infinity. |v| is below 2^31. */
static int32_t round_down(double v)
{
    const int32_t i = (int32_t)v;
    return i > v ? i - 1 : i;
}

/* The usable range [*from, *to) of samples along one axis of n samples, which come from `shift`
 * (whole samples) further on and from the one after that. */
static void clip(uint32_t *from, uint32_t *to, int32_t shift, uint32_t n)
{
    const int64_t low = shift < -1 ? -(int64_t)shift : 1;
    const int64_t high = (int64_t)n - 1 - (shift > 0 ? shift : 0);
    if (*from < low)
        *from = (uint32_t)low;
    if (*to > high)
        *to = high > 0 ? (uint32_t)high : 0;
}

static bool place(patch *out, const level_pair *pair, uint32_t x, uint32_t y, const motion_model *m)
{
    const motion_level *now = pair->now;
    const double dx = m->x + m->zoom * (x + TILE / 2.0 - pair->center_x);
    const double dy = m->y + m->zoom * (y + TILE / 2.0 - pair->center_y);
    if (!(dx > -1e6 && dx < 1e6 && dy > -1e6 && dy < 1e6))
        return false;
    const int32_t ix = round_down(-dx), iy = round_down(-dy);
    const int16_t fx = (int16_t)((-dx - ix) * 32767), fy = (int16_t)((-dy - iy) * 32767);
    uint32_t right = x + TILE < now->columns ? x + TILE : now->columns;
    uint32_t bottom = y + TILE < now->rows ? y + TILE : now->rows;
    clip(&x, &right, ix, now->columns);
    clip(&y, &bottom, iy, now->rows);
    if (right < x + LEAST || bottom < y + LEAST)
        return false;
    *out = (patch){x,
                   y,
                   right - x,
                   bottom - y,
                   (int32_t)x + ix,
                   (int32_t)y + iy,
                   fx,
                   fy,
                   -(ix + fx / 32768.0),
                   -(iy + fy / 32768.0)};
    return true;
}

/* a + (b - a) * f / 2^15, for samples of 12 bits */
static inline int16_t blend(int16_t a, int16_t b, int16_t f)
{
    const int16_t twice = (int16_t)(2 * (b - a));
    return (int16_t)(a + ((twice * f) >> 16));
}

/* d = the displaced first picture less the second, bilinearly interpolated, rows of p->w. */
static void differences(int16_t *restrict d, const level_pair *pair, const patch *p)
{
    const size_t stride = pair->now->columns;
    for (uint32_t y = 0; y < p->h; y++, d += p->w) {
        const int16_t *now = pair->now->samples + (p->y + y) * stride + p->x;
        const int16_t *a =
            pair->before->samples + (size_t)(p->from_y + (int32_t)y) * stride + p->from_x;
        const int16_t *b = a + stride;
        for (uint32_t x = 0; x < p->w; x++) {
            const int16_t top = blend(a[x], a[x + 1], p->right);
            const int16_t bottom = blend(b[x], b[x + 1], p->right);
            d[x] = (int16_t)(blend(top, bottom, p->down) - now[x]);
        }
    }
}

/* Gradients of the second picture. They do not contain the sample itself, whose noise is in d. */
static void gradients(int16_t *restrict gx, int16_t *restrict gy, const motion_level *now,
                      const patch *p)
{
    const size_t stride = now->columns;
    for (uint32_t y = 0; y < p->h; y++, gx += p->w, gy += p->w) {
        const int16_t *at = now->samples + (p->y + y) * stride + p->x;
        const int16_t *above = at - stride, *below = at + stride;
        for (uint32_t x = 0; x < p->w; x++) {
            gx[x] = (int16_t)((at[x + 1] - at[(ptrdiff_t)x - 1]) / 2);
            gy[x] = (int16_t)((below[x] - above[x]) / 2);
        }
    }
}

/* Sums of up to AREA products of gradients (11 bits) and differences (12 bits) fit in 31 bits. */
static int32_t sum(const int16_t *a, size_t n)
{
    int32_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += a[i];
    return total;
}

static int32_t dot(const int16_t *a, const int16_t *b, size_t n)
{
    int32_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += a[i] * b[i];
    return total;
}

/* Sum of (a - mean of a) * (b - mean of b), exact but for the division. */
static double covariance(int64_t products, int64_t sum_a, int64_t sum_b, size_t n)
{
    return (double)products - (double)(sum_a * sum_b) / (double)n;
}

bool tile_linearize(tile_equations *out, const level_pair *pair, uint32_t x, uint32_t y,
                    const motion_model *model)
{
    int16_t gx[AREA], gy[AREA], d[AREA];
    patch p;
    if (!place(&p, pair, x, y, model))
        return false;
    const size_t n = (size_t)p.w * p.h;
    gradients(gx, gy, pair->now, &p);
    differences(d, pair, &p);
    const int64_t sx = sum(gx, n), sy = sum(gy, n), sd = sum(d, n);
    out->n = (double)n;
    out->cx = p.x + p.w / 2.0 - pair->center_x;
    out->cy = p.y + p.h / 2.0 - pair->center_y;
    out->xx = covariance(dot(gx, gx, n), sx, sx, n);
    out->xy = covariance(dot(gx, gy, n), sx, sy, n);
    out->yy = covariance(dot(gy, gy, n), sy, sy, n);
    out->bx = covariance(dot(gx, d, n), sx, sd, n) + out->xx * p.moved_x + out->xy * p.moved_y;
    out->by = covariance(dot(gy, d, n), sy, sd, n) + out->xy * p.moved_x + out->yy * p.moved_y;
    return true;
}

/* Sum of a[i]^2 for samples of 12 bits and a sign. */
static uint64_t squares(const int16_t *a, size_t n)
{
    uint32_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += (uint32_t)(a[i] * a[i]);
    return total;
}

bool tile_compare(tile_energy *out, const level_pair *pair, uint32_t x, uint32_t y,
                  const motion_model *model)
{
    int16_t d[AREA], c[AREA];
    patch p;
    if (!place(&p, pair, x, y, model))
        return false;
    const size_t n = (size_t)p.w * p.h;
    differences(d, pair, &p);
    for (uint32_t row = 0; row < p.h; row++)
        memcpy(c + (size_t)row * p.w,
               pair->now->samples + (size_t)(p.y + row) * pair->now->columns + p.x,
               p.w * sizeof *c);
    const int64_t sd = sum(d, n), sc = sum(c, n);
    *out = (tile_energy){.texture = covariance((int64_t)squares(c, n), sc, sc, n),
                         .residual = covariance((int64_t)squares(d, n), sd, sd, n),
                         .n = (double)n};
    return true;
}
