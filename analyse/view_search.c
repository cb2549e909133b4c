#include "analyse/view_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum {
    COLUMNS = SIGNATURE_COLUMNS,
    ROWS = SIGNATURE_ROWS,
    CELLS = SIGNATURE_BYTES,
    REACH_X = 4, /* greatest shift of a variant, in cells */
    REACH_Y = 3,
    ZOOMS = 5,
    AROUND = 2,     /* cells around a cell whose mean is subtracted */
    CELLS_MIN = 58, /* of a variant: 40 % */
    UNIT = 1 << 12, /* length of a variant's vector of weights */
    VARIANTS_MAX = (4 * REACH_X + 1) * (4 * REACH_Y + 1) * ZOOMS,
};

static const double zooms[ZOOMS] = {0.8, 0.9, 1, 10 / 9.0, 1.25};

#define KNOWN_MIN 0.8     /* of a cell, that lies within the query's picture */
#define DEVIATION_MIN 1.0 /* of cells, in 8-bit steps; below it there is nothing to see */

/* A variant: cells [left, right) x [top, bottom) are known. Weights are 0 elsewhere and have a mean
 * of 0. */
typedef struct variant {
    uint8_t left, right, top, bottom;
    float part; /* square root of square root of the part of the cells that are known */
    int16_t weight[CELLS];
} variant;

struct view_query {
    size_t n;
    variant at[VARIANTS_MAX];
};

/* The luma of a picture, summed above and left of each point. */
typedef struct luma_sums {
    uint32_t columns, rows;
    uint64_t *at; /* (columns + 1) x (rows + 1) */
} luma_sums;

/* ---- Cells ---- */

/* Subtract from each of w x h cells the mean of those around it. Rows are COLUMNS apart. */
static void subtract_around(double *cell, uint32_t w, uint32_t h)
{
    double from[CELLS];
    memcpy(from, cell, sizeof from);
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++) {
            double sum = 0;
            for (int j = -AROUND; j <= AROUND; j++)
                for (int i = -AROUND; i <= AROUND; i++) {
                    const int64_t u = (int64_t)x + i, v = (int64_t)y + j;
                    const uint32_t column = u < 0 ? 0 : u < w ? (uint32_t)u : w - 1;
                    const uint32_t row = v < 0 ? 0 : v < h ? (uint32_t)v : h - 1;
                    sum += from[row * COLUMNS + column];
                }
            cell[y * COLUMNS + x] -= sum / ((2 * AROUND + 1) * (2 * AROUND + 1));
        }
}

/* The edges of n cells along an axis of `length` samples, moved by `shift` cells and zoomed, as the
 * query's picture has them; and the range of cells that are known. */
static void cell_edges(uint32_t edge[COLUMNS + 1], uint8_t *from, uint8_t *to, uint32_t n,
                       uint32_t length, double shift, double zoom)
{
    const double cell = (double)length / n / zoom;
    *from = *to = 0;
    for (uint32_t i = 0; i <= n; i++) {
        const double at = (i - n / 2.0 - shift) * cell + length / 2.0 + 0.5;
        edge[i] = at < 0 ? 0 : at < length ? (uint32_t)at : length;
    }
    for (uint32_t i = 0; i < n; i++) {
        const bool known = edge[i + 1] > edge[i] && edge[i + 1] - edge[i] >= KNOWN_MIN * cell;
        if (!known && *to > 0)
            break; /* cells narrower than a sample are not known */
        if (known) {
            *from = *to == 0 ? (uint8_t)i : *from;
            *to = (uint8_t)(i + 1);
        }
    }
}

/* Make the weights from the cells of the known part, which is in the upper left corner of `cell`.
 * False: there is nothing to see. */
static bool set_weights(variant *out, double cell[CELLS])
{
    const uint32_t w = (uint32_t)(out->right - out->left), h = (uint32_t)(out->bottom - out->top);
    double sum = 0, squares = 0;
    subtract_around(cell, w, h);
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++)
            sum += cell[y * COLUMNS + x];
    const double mean = sum / (w * h);
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++) {
            cell[y * COLUMNS + x] -= mean;
            squares += cell[y * COLUMNS + x] * cell[y * COLUMNS + x];
        }
    if (!(sqrt(squares / (w * h)) >= DEVIATION_MIN))
        return false;
    memset(out->weight, 0, sizeof out->weight);
    for (uint32_t y = 0; y < h; y++)
        for (uint32_t x = 0; x < w; x++) {
            const double v = UNIT * cell[y * COLUMNS + x] / sqrt(squares);
            out->weight[(out->top + y) * COLUMNS + out->left + x] =
                (int16_t)((int)(v + UNIT + 0.5) - UNIT);
        }
    return true;
}

/* What lies at p in the query's picture lies at zoom * p + shift in the variant's. False: too
 * little of it is known. */
static bool make_variant(variant *out, const luma_sums *sums, double shift_x, double shift_y,
                         double zoom)
{
    uint32_t across[COLUMNS + 1], down[COLUMNS + 1];
    double cell[CELLS] = {0};
    cell_edges(across, &out->left, &out->right, COLUMNS, sums->columns, shift_x, zoom);
    cell_edges(down, &out->top, &out->bottom, ROWS, sums->rows, shift_y, zoom);
    const int cells = (out->right - out->left) * (out->bottom - out->top);
    if (cells < CELLS_MIN)
        return false;
    out->part = (float)sqrt(sqrt((double)cells / CELLS));
    for (uint32_t y = out->top; y < out->bottom; y++)
        for (uint32_t x = out->left; x < out->right; x++) {
            const uint64_t *top = sums->at + (size_t)down[y] * (sums->columns + 1);
            const uint64_t *bottom = sums->at + (size_t)down[y + 1] * (sums->columns + 1);
            const uint32_t left = across[x], right = across[x + 1];
            const uint64_t sum = bottom[right] - bottom[left] - top[right] + top[left];
            cell[(y - out->top) * COLUMNS + x - out->left] =
                (double)sum / ((double)(right - left) * (down[y + 1] - down[y]));
        }
    return set_weights(out, cell);
}

/* ---- Queries ---- */

static void make_variants(view_query *q, const luma_sums *sums, view_query_steps steps)
{
    const int divisor = steps == VIEW_QUERY_HALVES ? 2 : 1;
    for (unsigned i = 0; i < ZOOMS; i++)
        for (int y = -REACH_Y * divisor; y <= REACH_Y * divisor; y++)
            for (int x = -REACH_X * divisor; x <= REACH_X * divisor; x++)
                q->n += make_variant(&q->at[q->n], sums, (double)x / divisor, (double)y / divisor,
                                     zooms[i]);
}

int view_query_new(view_query **out, const uint8_t *luma, uint32_t columns, uint32_t rows,
                   view_query_steps steps, cz_error *err)
{
    if (columns == 0 || rows == 0)
        return cz_fail(err, CZ_USAGE, "a picture of %u x %u samples has no view", columns, rows);
    const size_t stride = (size_t)columns + 1;
    const luma_sums sums = {columns, rows, calloc(stride * (rows + (size_t)1), sizeof *sums.at)};
    view_query *q = sums.at ? malloc(sizeof *q) : NULL;
    if (!q) {
        free(sums.at);
        return cz_fail_memory(err, "search for a view of %u x %u samples", columns, rows);
    }
    for (uint32_t y = 0; y < rows; y++) {
        uint64_t *above = sums.at + y * stride, *at = above + stride, row = 0;
        for (uint32_t x = 0; x < columns; x++) {
            row += luma[(size_t)y * columns + x];
            at[x + 1] = above[x + 1] + row;
        }
    }
    q->n = 0;
    make_variants(q, &sums, steps);
    free(sums.at);
    *out = q;
    return CZ_OK;
}

void view_query_free(view_query **q)
{
    free(*q);
    *q = NULL;
}

/* ---- Comparison ---- */

/* A scene's cells, less those around each, in quarters of a step; and, for points between cells,
 * the sums above and left of it of cells and of their squares. */
typedef struct scene_cells {
    int16_t cell[CELLS];
    int32_t sum[(COLUMNS + 1) * (ROWS + 1)], square[(COLUMNS + 1) * (ROWS + 1)];
} scene_cells;

static void add_sums(scene_cells *s)
{
    memset(s->sum, 0, sizeof s->sum);
    memset(s->square, 0, sizeof s->square);
    for (uint32_t y = 0; y < ROWS; y++) {
        int32_t sum = 0, square = 0;
        for (uint32_t x = 0; x < COLUMNS; x++) {
            const int32_t v = s->cell[y * COLUMNS + x];
            const size_t above = y * (COLUMNS + 1u) + x + 1, at = above + COLUMNS + 1;
            sum += v;
            square += v * v;
            s->sum[at] = s->sum[above] + sum;
            s->square[at] = s->square[above] + square;
        }
    }
}

/* Sums of 5 cells along a line whose ends are repeated. */
static void sums_of_5(int32_t *to, const int32_t *from, size_t step, int n)
{
    for (int i = 0; i < n; i++) {
        int32_t sum = 0;
        for (int k = i - AROUND; k <= i + AROUND; k++)
            sum += from[(size_t)(k < 0 ? 0 : k < n ? k : n - 1) * step];
        to[(size_t)i * step] = sum;
    }
}

static void read_cells(scene_cells *out, const uint8_t signature[CELLS])
{
    int32_t value[CELLS], rows[CELLS], around[CELLS];
    for (size_t i = 0; i < CELLS; i++)
        value[i] = signature[i] - 128;
    for (size_t y = 0; y < ROWS; y++)
        sums_of_5(rows + y * COLUMNS, value + y * COLUMNS, 1, COLUMNS);
    for (size_t x = 0; x < COLUMNS; x++)
        sums_of_5(around + x, rows + x, COLUMNS, ROWS);
    for (size_t i = 0; i < CELLS; i++)
        out->cell[i] = (int16_t)((100 * value[i] - 4 * around[i]) / 25);
    add_sums(out);
}

static int32_t area(const int32_t *sums, const variant *v)
{
    const int32_t *top = sums + (size_t)v->top * (COLUMNS + 1);
    const int32_t *bottom = sums + (size_t)v->bottom * (COLUMNS + 1);
    return bottom[v->right] - bottom[v->left] - top[v->right] + top[v->left];
}

static float similarity(const variant *v, const scene_cells *s)
{
    int32_t product = 0;
    for (size_t i = 0; i < CELLS; i++)
        product += v->weight[i] * s->cell[i];
    if (product <= 0)
        return 0;
    const float n = (float)((v->right - v->left) * (v->bottom - v->top));
    const float sum = (float)area(s->sum, v);
    const float squares = (float)area(s->square, v) - sum * sum / n;
    return squares > n ? (float)product / (UNIT * sqrtf(squares)) * v->part : 0;
}

float view_similarity(const view_query *q, const uint8_t signature[SIGNATURE_BYTES])
{
    scene_cells s;
    float best = 0;
    read_cells(&s, signature);
    for (size_t i = 0; i < q->n; i++) {
        const float v = similarity(&q->at[i], &s);
        best = v > best ? v : best;
    }
    return best < 1 ? best : 1;
}
