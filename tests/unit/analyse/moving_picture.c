#include "tests/unit/analyse/moving_picture.h"

#include <math.h>
#include <stdlib.h>

enum { SUBSAMPLES = 2 }; /* across and down, of a block */

static uint32_t hash(uint32_t x, uint32_t y, uint32_t z)
{
    uint32_t h = x * 0x9E3779B1u ^ y * 0x85EBCA77u ^ z * 0xC2B2AE3Du;
    h = (h ^ h >> 15) * 0x2C1B3C6Du;
    h = (h ^ h >> 12) * 0x297A2D39u;
    return h ^ h >> 15;
}

/* Smooth noise whose features have `size` pixels: -1..1 */
static double value_noise(double x, double y, double size, uint32_t octave)
{
    const double u = floor(x / size), v = floor(y / size);
    double fx = x / size - u, fy = y / size - v;
    double corner[2][2];
    for (int j = 0; j < 2; j++)
        for (int i = 0; i < 2; i++)
            corner[j][i] = hash((uint32_t)(int64_t)u + (uint32_t)i,
                                (uint32_t)(int64_t)v + (uint32_t)j, octave) /
                               2147483648.0 -
                           1;
    fx = fx * fx * (3 - 2 * fx);
    fy = fy * fy * (3 - 2 * fy);
    const double top = corner[0][0] + (corner[0][1] - corner[0][0]) * fx;
    const double bottom = corner[1][0] + (corner[1][1] - corner[1][0]) * fx;
    return top + (bottom - top) * fy;
}

static double texture(double x, double y)
{
    return 400 + 150 * value_noise(x, y, 150, 1) + 80 * value_noise(x, y, 50, 2) +
           40 * value_noise(x, y, 17, 3);
}

static double block_mean(uint32_t column, uint32_t row, const dc_picture *p, camera_view view)
{
    double sum = 0;
    for (int j = 0; j < SUBSAMPLES; j++)
        for (int i = 0; i < SUBSAMPLES; i++) {
            const double x = column * 8 + (i + 0.5) * 8 / SUBSAMPLES - p->width / 2.0;
            const double y = row * 8 + (j + 0.5) * 8 / SUBSAMPLES - p->height / 2.0;
            sum += texture(view.x + x / view.zoom, view.y + y / view.zoom);
        }
    return sum / (SUBSAMPLES * SUBSAMPLES);
}

static double lamp_at(uint32_t column, uint32_t row, const dc_picture *p)
{
    const double x = 2.0 * column / p->columns - 1, y = 2.0 * row / p->rows - 1;
    return exp(-(x * x + y * y));
}

static bool in_object(uint32_t column, uint32_t row, const dc_picture *p, const scenery *s)
{
    const uint32_t left = s->number * 11 % (p->columns - s->object), top = p->rows / 3;
    return column >= left && column < left + s->object && row >= top && row < top + s->object;
}

static uint16_t sample(uint32_t column, uint32_t row, const dc_picture *p, camera_view view,
                       const scenery *s)
{
    double v = block_mean(column, row, p, view);
    if (s->lamp)
        v = 64 + (v - 64) * lamp_at(column, row, p);
    if (s->object && in_object(column, row, p, s))
        v = column / 3 % 2 ? 900 : 400;
    if (s->noise)
        v += (hash(column, row, s->number + 100) / 4294967296.0 * 2 - 1) * s->noise;
    return (uint16_t)(v < 4 ? 4 : v > 1019 ? 1019 : v + 0.5);
}

void paint_view(dc_picture *out, uint32_t width, uint32_t height, camera_view view,
                const scenery *what)
{
    const uint32_t columns = width / 8, rows = height / 8, chroma = columns / 2;
    const size_t samples = (size_t)rows * (columns + 2 * (size_t)chroma);
    uint16_t *luma = out->luma ? out->luma : calloc(samples, sizeof *luma);
    if (!luma)
        abort();
    *out = (dc_picture){.width = width,
                        .height = height,
                        .columns = columns,
                        .rows = rows,
                        .chroma_columns = chroma,
                        .whole_columns = columns,
                        .whole_rows = rows,
                        .whole_chroma_columns = chroma,
                        .luma = luma,
                        .cb = luma + (size_t)rows * columns,
                        .cr = luma + (size_t)rows * (columns + chroma),
                        .capacity = samples};
    for (uint32_t y = 0; y < rows; y++)
        for (uint32_t x = 0; x < columns; x++)
            luma[(size_t)y * columns + x] = sample(x, y, out, view, what);
    for (size_t i = (size_t)rows * columns; i < samples; i++)
        luma[i] = 512;
}
