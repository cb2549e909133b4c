#include "analyse/motion_pyramid.h"

#include <stdlib.h>

#include "base/error.h"

/* dst = (1 2 1)^T (1 2 1) * src / 4, the edges repeated: samples of 12 bits. Without this filter a
 * picture that moves by a fraction of a block would change its pattern (aliasing). */
static void smooth(motion_level *dst, const uint16_t *src, size_t stride, int16_t *restrict line)
{
    const uint32_t w = dst->columns, h = dst->rows;
    for (uint32_t y = 0; y < h; y++) {
        const uint16_t *mid = src + y * stride;
        const uint16_t *above = y > 0 ? mid - stride : mid;
        const uint16_t *below = y + 1 < h ? mid + stride : mid;
        for (uint32_t x = 0; x < w; x++)
            line[1 + x] = (int16_t)(above[x] + 2 * mid[x] + below[x]);
        line[0] = line[1];
        line[w + 1] = line[w];
        int16_t *restrict to = dst->samples + (size_t)y * w;
        for (uint32_t x = 0; x < w; x++)
            to[x] = (int16_t)((line[x] + 2 * line[x + 1] + line[x + 2] + 2) >> 2);
    }
}

static void halve(motion_level *dst, const motion_level *src)
{
    for (uint32_t y = 0; y < dst->rows; y++) {
        const int16_t *a = src->samples + (size_t)2 * y * src->columns, *b = a + src->columns;
        int16_t *to = dst->samples + (size_t)y * dst->columns;
        for (uint32_t x = 0; x < dst->columns; x++, a += 2, b += 2)
            to[x] = (int16_t)((a[0] + a[1] + b[0] + b[1] + 2) >> 2);
    }
}

/* Sum of 5 samples, `step` apart, around i of n, the edges repeated. */
static int sum_of_5(const int16_t *at, size_t step, uint32_t i, uint32_t n)
{
    int sum = 0;
    for (int k = -2; k <= 2; k++) {
        const int64_t j = (int64_t)i + k;
        sum += at[(size_t)(j < 0 ? 0 : j >= n ? n - 1 : j) * step];
    }
    return sum;
}

/* dst = src less the mean of 5 x 5 samples, in quarters of a sample */
static void subtract_local_mean(motion_level *dst, const motion_level *src, int16_t *restrict line)
{
    const uint32_t w = src->columns, h = src->rows;
    for (uint32_t y = 0; y < h; y++) {
        for (uint32_t x = 0; x < w; x++)
            line[x] = (int16_t)sum_of_5(src->samples + x, w, y, h);
        for (uint32_t x = 0; x < w; x++) {
            const int mean = (sum_of_5(line, 1, x, w) * 4 + 12) / 25;
            dst->samples[(size_t)y * w + x] = (int16_t)(4 * src->samples[(size_t)y * w + x] - mean);
        }
    }
}

static size_t tile_count(uint32_t columns, uint32_t rows)
{
    return (size_t)((columns + TILE - 1) / TILE) * ((rows + TILE - 1) / TILE);
}

static int reserve(motion_pyramid *out, size_t samples, size_t tiles, cz_error *err)
{
    if (samples <= out->capacity)
        return CZ_OK;
    motion_pyramid_free(out);
    out->level[0].samples = malloc(samples * sizeof *out->level[0].samples);
    out->tiles = malloc(tiles * sizeof *out->tiles);
    if (!out->level[0].samples || !out->tiles) {
        motion_pyramid_free(out);
        return cz_fail_memory(err, "camera motion: %zu samples", samples);
    }
    out->capacity = samples;
    return CZ_OK;
}

static unsigned count_levels(uint32_t shorter_side)
{
    unsigned levels = 1;
    while (levels < MOTION_LEVELS && shorter_side >> levels >= COARSEST_MIN)
        levels++;
    return levels;
}

int motion_pyramid_build(motion_pyramid *out, const dc_picture *picture, cz_error *err)
{
    const uint32_t w = picture->whole_columns, h = picture->whole_rows;
    const unsigned levels = count_levels(w < h ? w : h), last = levels - 1;
    size_t samples = (size_t)w + 2 + (size_t)(w >> last) * (h >> last); /* a line, and detail */
    for (unsigned k = 0; k < levels; k++)
        samples += (size_t)(w >> k) * (h >> k);
    const int rc = reserve(out, samples, tile_count(w, h), err);
    if (rc < 0)
        return rc;
    int16_t *at = out->level[0].samples;
    out->levels = levels;
    for (unsigned k = 0; k < levels; k++) {
        out->level[k] = (motion_level){w >> k, h >> k, at};
        at += (size_t)(w >> k) * (h >> k);
    }
    const motion_level *coarsest = &out->level[last];
    out->detail = (motion_level){coarsest->columns, coarsest->rows, at};
    int16_t *line = at + (size_t)coarsest->columns * coarsest->rows;
    out->center_x = picture->width / 16.0;
    out->center_y = picture->height / 16.0;
    smooth(&out->level[0], picture->luma, picture->columns, line);
    for (unsigned k = 1; k < levels; k++)
        halve(&out->level[k], &out->level[k - 1]);
    subtract_local_mean(&out->detail, coarsest, line);
    return CZ_OK;
}

void motion_pyramid_free(motion_pyramid *pyramid)
{
    free(pyramid->level[0].samples);
    free(pyramid->tiles);
    *pyramid = (motion_pyramid){0};
}
