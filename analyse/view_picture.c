#include "analyse/view_picture.h"

#include <math.h>
#include <stdlib.h>

enum {
    SURROUNDINGS = 10, /* columns of the picture over the radius of a sample's surroundings */
    RADIUS_MIN = 3,
    FINE = 16, /* samples are sixteenths of an 8-bit step */
};

#define FLOOR (2.0 * FINE) /* added to the standard deviation: noise has little contrast */
#define LIMIT 1.0          /* of local contrast, in standard deviations */

/* Sums over all samples above and left of a point, of (columns + 1) x (rows + 1) points. */
typedef struct area_sums {
    uint64_t *values, *squares;
    size_t stride;
} area_sums;

static void add_areas(area_sums *to, const uint16_t *samples, uint32_t columns, uint32_t rows)
{
    to->stride = (size_t)columns + 1;
    for (size_t x = 0; x < to->stride; x++)
        to->values[x] = to->squares[x] = 0;
    for (uint32_t y = 0; y < rows; y++) {
        uint64_t value = 0, square = 0;
        const size_t above = y * to->stride, at = above + to->stride;
        to->values[at] = to->squares[at] = 0;
        for (uint32_t x = 0; x < columns; x++) {
            const uint32_t v = samples[(size_t)y * columns + x];
            value += v;
            square += (uint64_t)v * v;
            to->values[at + x + 1] = to->values[above + x + 1] + value;
            to->squares[at + x + 1] = to->squares[above + x + 1] + square;
        }
    }
}

/* Of columns [left, right) and rows [top, bottom). */
static uint64_t area(const uint64_t *sums, size_t stride, const uint32_t edge[4])
{
    const uint64_t *top = sums + edge[2] * stride, *bottom = sums + edge[3] * stride;
    return bottom[edge[1]] - bottom[edge[0]] - top[edge[1]] + top[edge[0]];
}

static void range_around(uint32_t *from, uint32_t *to, uint32_t i, uint32_t radius, uint32_t n)
{
    *from = i > radius ? i - radius : 0;
    *to = i + radius + 1 < n ? i + radius + 1 : n;
}

/* Local contrast of a sample, in units of the standard deviation of its surroundings. */
static double local_contrast(uint16_t sample, const area_sums *sums, const uint32_t edge[4])
{
    const double n = (double)(edge[1] - edge[0]) * (edge[3] - edge[2]);
    const double mean = (double)area(sums->values, sums->stride, edge) / n;
    const double variance = (double)area(sums->squares, sums->stride, edge) / n - mean * mean;
    const double v = (sample - mean) / (sqrt(variance > 0 ? variance : 0) + FLOOR);
    return v < -LIMIT ? -LIMIT : v > LIMIT ? LIMIT : v;
}

/* Call put(to, i, contrast) for each sample. */
static void each_contrast(void (*put)(void *to, size_t i, double v), void *to,
                          const uint16_t *samples, uint32_t columns, uint32_t rows, area_sums *sums)
{
    const uint32_t radius =
        columns / SURROUNDINGS > RADIUS_MIN ? columns / SURROUNDINGS : RADIUS_MIN;
    uint32_t edge[4];
    add_areas(sums, samples, columns, rows);
    for (uint32_t y = 0; y < rows; y++) {
        range_around(&edge[2], &edge[3], y, radius, rows);
        for (uint32_t x = 0; x < columns; x++) {
            const size_t i = (size_t)y * columns + x;
            range_around(&edge[0], &edge[1], x, radius, columns);
            put(to, i, local_contrast(samples[i], sums, edge));
        }
    }
}

static void put_fine(void *to, size_t i, double v)
{
    ((uint16_t *)to)[i] = (uint16_t)(512.5 + CONTRAST_UNIT * v);
}

static void put_coarse(void *to, size_t i, double v)
{
    ((int16_t *)to)[i] = (int16_t)((int)(1000.5 + COARSE_UNIT * v) - 1000);
}

/* Means of step x step samples, rounded down. */
static void shrink(uint16_t *to, const view_picture *p, const uint16_t *samples)
{
    for (uint32_t y = 0; y < p->coarse_rows; y++)
        for (uint32_t x = 0; x < p->coarse_columns; x++) {
            uint64_t sum = 0;
            for (uint32_t j = y * p->step; j < (y + 1) * p->step; j++)
                for (uint32_t i = x * p->step; i < (x + 1) * p->step; i++)
                    sum += samples[(size_t)j * p->columns + i];
            *to++ = (uint16_t)(sum / ((uint64_t)p->step * p->step));
        }
}

static int reserve(view_picture *out, size_t blocks, cz_error *err)
{
    if (blocks <= out->capacity)
        return CZ_OK;
    view_picture_free(out);
    out->contrast = malloc(blocks * sizeof *out->contrast);
    out->coarse = malloc(sizeof(int16_t) * COARSE_MAX * COARSE_MAX);
    if (!out->contrast || !out->coarse) {
        view_picture_free(out);
        return cz_fail_memory(err, "view of %zu blocks", blocks);
    }
    out->capacity = blocks;
    return CZ_OK;
}

static void set_shape(view_picture *out, uint32_t width, uint32_t height)
{
    out->width = width;
    out->height = height;
    out->columns = width / 8;
    out->rows = height / 8;
    const uint32_t longer = out->columns > out->rows ? out->columns : out->rows;
    out->step = (longer + COARSE_MAX - 1) / COARSE_MAX;
    out->coarse_columns = out->columns / out->step;
    out->coarse_rows = out->rows / out->step;
}

int view_picture_make(view_picture *out, const uint8_t *luma, size_t stride, uint32_t width,
                      uint32_t height, cz_error *err)
{
    const uint32_t columns = width / 8, rows = height / 8;
    if (columns == 0 || rows == 0 || columns > VIEW_SIDE_MAX || rows > VIEW_SIDE_MAX)
        return cz_fail(err, CZ_USAGE, "a frame of %u x %u pixels cannot be registered", width,
                       height);
    const size_t blocks = (size_t)columns * rows, points = ((size_t)columns + 1) * (rows + 1u);
    int rc = reserve(out, blocks, err);
    uint16_t *samples = rc == CZ_OK ? calloc(2 * blocks, sizeof *samples) : NULL;
    uint64_t *sums = rc == CZ_OK ? malloc(2 * points * sizeof *sums) : NULL;
    if (samples && sums) {
        area_sums areas = {sums, sums + points, 0};
        set_shape(out, width, height);
        for (uint32_t y = 0; y < rows; y++)
            for (uint32_t x = 0; x < columns; x++)
                samples[(size_t)y * columns + x] = (uint16_t)(luma[y * stride + x] * FINE);
        each_contrast(put_fine, out->contrast, samples, columns, rows, &areas);
        shrink(samples + blocks, out, samples);
        each_contrast(put_coarse, out->coarse, samples + blocks, out->coarse_columns,
                      out->coarse_rows, &areas);
    } else if (rc == CZ_OK) {
        rc = cz_fail_memory(err, "view of %zu blocks", blocks);
    }
    free(sums);
    free(samples);
    return rc;
}

void luma_of_rgb(uint8_t *luma, const uint8_t *rgb, size_t n)
{
    for (size_t i = 0; i < n; i++, rgb += 3)
        luma[i] = (uint8_t)((13933u * rgb[0] + 46871u * rgb[1] + 4732u * rgb[2] + 32768u) >> 16);
}

void view_picture_free(view_picture *picture)
{
    free(picture->contrast);
    free(picture->coarse);
    *picture = (view_picture){0};
}
