#include "analyse/registration_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUNGS = 7,             /* of the ladder of zooms, on either side of 1 */
    SIDE = 2 * COARSE_MAX, /* of the first picture, zoomed */
    SIDE_MIN = 6,          /* columns and rows of the common part */
    NEIGHBOUR = 2,         /* rungs, and samples, by which candidates differ */
};

#define RUNG 1.06       /* the zoom of one rung of the ladder */
#define COMMON_MIN 0.35 /* the common part, of the smaller picture */

/* A coarse picture, with the sums of squares above and left of each point. */
typedef struct energy_picture {
    uint32_t columns, rows;
    int16_t samples[SIDE * SIDE];
    int32_t energy[(SIDE + 1) * (SIDE + 1)];
} energy_picture;

/* A place of the first picture in the second one. */
typedef struct placing {
    int rung;
    int x, y; /* its first sample, in samples of the second picture */
    double score;
} placing;

static void add_energy(energy_picture *p)
{
    const size_t stride = p->columns + 1;
    memset(p->energy, 0, stride * sizeof *p->energy);
    for (uint32_t y = 0; y < p->rows; y++) {
        int32_t *at = p->energy + (y + 1) * stride, row = 0;
        at[0] = 0;
        for (uint32_t x = 0; x < p->columns; x++) {
            const int32_t v = p->samples[(size_t)y * p->columns + x];
            row += v * v;
            at[x + 1] = at[(ptrdiff_t)(x + 1) - (ptrdiff_t)stride] + row;
        }
    }
}

static int32_t energy(const energy_picture *p, int x, int y, int w, int h)
{
    const ptrdiff_t stride = (ptrdiff_t)p->columns + 1;
    const int32_t *top = p->energy + y * stride + x, *bottom = top + h * stride;
    return bottom[w] - bottom[0] - top[w] + top[0];
}

/* The two samples to interpolate between at u (edges of samples are integers), and the weight of
 * the second. */
static double neighbours(uint32_t *low, uint32_t *high, double u, uint32_t n)
{
    const double at = u > 0.5 ? u - 0.5 : 0;
    *low = (uint32_t)at < n ? (uint32_t)at : n - 1;
    *high = *low + 1 < n ? *low + 1 : *low;
    return at - *low < 1 ? at - *low : 1;
}

/* The coarse picture magnified by `scale`. False: too small, or too large. */
static bool magnify(energy_picture *out, const view_picture *p, double scale)
{
    const double columns = p->coarse_columns * scale, rows = p->coarse_rows * scale;
    if (!(columns >= SIDE_MIN && rows >= SIDE_MIN && columns < SIDE && rows < SIDE))
        return false;
    out->columns = (uint32_t)columns;
    out->rows = (uint32_t)rows;
    for (uint32_t y = 0; y < out->rows; y++) {
        uint32_t top, bottom, left, right;
        const double down = neighbours(&top, &bottom, (y + 0.5) / scale, p->coarse_rows);
        const int16_t *a = p->coarse + (size_t)top * p->coarse_columns;
        const int16_t *b = p->coarse + (size_t)bottom * p->coarse_columns;
        for (uint32_t x = 0; x < out->columns; x++) {
            const double across = neighbours(&left, &right, (x + 0.5) / scale, p->coarse_columns);
            const double over = a[left] + across * (a[right] - a[left]);
            const double under = b[left] + across * (b[right] - b[left]);
            const double v = over + down * (under - over);
            out->samples[(size_t)y * out->columns + x] = (int16_t)((int)(1000.5 + v) - 1000);
        }
    }
    add_energy(out);
    return true;
}

static int32_t products(const int16_t *a, size_t a_stride, const int16_t *b, size_t b_stride, int w,
                        int h)
{
    int32_t sum = 0;
    for (int y = 0; y < h; y++, a += a_stride, b += b_stride)
        for (int x = 0; x < w; x++)
            sum += a[x] * b[x];
    return sum;
}

/* Correlation where picture a, placed at (x, y) of b, covers it, less where that is small. */
static double agreement(const energy_picture *a, const energy_picture *b, int x, int y)
{
    const int left = x > 0 ? x : 0, top = y > 0 ? y : 0;
    const int right = x + (int)a->columns < (int)b->columns ? x + (int)a->columns : (int)b->columns;
    const int bottom = y + (int)a->rows < (int)b->rows ? y + (int)a->rows : (int)b->rows;
    const int w = right - left, h = bottom - top;
    const double all_a = (double)a->columns * a->rows, all_b = (double)b->columns * b->rows;
    const double common = (double)w * h / (all_a < all_b ? all_a : all_b);
    if (w < SIDE_MIN || h < SIDE_MIN || common < COMMON_MIN)
        return 0;
    const double squares = (double)energy(a, left - x, top - y, w, h) * energy(b, left, top, w, h);
    if (!(squares > 0))
        return 0;
    const int32_t sum =
        products(a->samples + (size_t)(top - y) * a->columns + (left - x), a->columns,
                 b->samples + (size_t)top * b->columns + left, b->columns, w, h);
    return sum > 0 ? sum / sqrt(squares) * sqrt(common) : 0;
}

/* Is there a place nearby among the first n? */
static bool has_neighbour(const placing *list, unsigned n, const placing *p)
{
    for (unsigned i = 0; i < n; i++) {
        const int dx = list[i].x - p->x, dy = list[i].y - p->y, rungs = list[i].rung - p->rung;
        if (abs(rungs) <= NEIGHBOUR && abs(dx) <= 2 * NEIGHBOUR && abs(dy) <= 2 * NEIGHBOUR)
            return true;
    }
    return false;
}

/* The best place at one zoom. */
static placing best_place(const energy_picture *a, const energy_picture *b, int rung)
{
    placing best = {.rung = rung};
    const int w = (int)a->columns, h = (int)a->rows;
    for (int y = SIDE_MIN - h; y <= (int)b->rows - SIDE_MIN; y++)
        for (int x = SIDE_MIN - w; x <= (int)b->columns - SIDE_MIN; x++) {
            const double score = agreement(a, b, x, y);
            if (score > best.score)
                best = (placing){rung, x, y, score};
        }
    return best;
}

/* 1.06 to the power `rung`, times the ratio of the frames' widths. */
static double zoom_of(int rung, const view_picture *first, const view_picture *second)
{
    double zoom = (double)second->width / first->width;
    for (int i = 0; i < rung; i++)
        zoom *= RUNG;
    for (int i = 0; i > rung; i--)
        zoom /= RUNG;
    return zoom;
}

static view_placement in_pixels(const placing *p, const view_picture *first,
                                const view_picture *second)
{
    const double zoom = zoom_of(p->rung, first, second);
    const double sample = 8.0 * second->step;
    return (view_placement){
        .shift_x = p->x * sample + first->width / 2.0 * zoom - second->width / 2.0,
        .shift_y = p->y * sample + first->height / 2.0 * zoom - second->height / 2.0,
        .zoom = zoom,
        .score = p->score};
}

unsigned registration_search(view_placement out[REGISTRATION_CANDIDATES], const view_picture *first,
                             const view_picture *second)
{
    energy_picture a, b;
    placing best[2 * RUNGS + 1], chosen[REGISTRATION_CANDIDATES];
    unsigned rungs = 0, n = 0;
    if (!magnify(&b, second, 1))
        return 0;
    for (int rung = -RUNGS; rung <= RUNGS; rung++) {
        const double zoom = zoom_of(rung, first, second);
        if (magnify(&a, first, zoom * first->step / second->step))
            best[rungs++] = best_place(&a, &b, rung);
    }
    while (n < REGISTRATION_CANDIDATES) {
        const placing *top = NULL;
        for (unsigned i = 0; i < rungs; i++)
            if (best[i].score > (top ? top->score : 0) && !has_neighbour(chosen, n, &best[i]))
                top = &best[i];
        if (!top)
            break;
        chosen[n] = *top;
        out[n++] = in_pixels(top, first, second);
    }
    return n;
}
