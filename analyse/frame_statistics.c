#include "analyse/frame_statistics.h"

#include <math.h>
#include <string.h>

enum {
    LEVELS = 1024,
    HISTOGRAMS = 4, /* neighbours, often equal, are counted in different ones: no stall */
    SPAN = 2048,    /* blocks whose sums of squares fit in 32 bits: 1023^2 * 2048 < 2^31 */
};

static uint32_t span_end(uint32_t from, uint32_t end)
{
    return end - from > SPAN ? from + SPAN : end;
}

frame_statistics frame_statistics_unknown(uint32_t size)
{
    return (frame_statistics){
        .luma_mean = NAN,
        .luma_std = NAN,
        .cb_mean = NAN,
        .cr_mean = NAN,
        .sharpness = NAN,
        .difference = NAN,
        .shift_x = NAN,
        .shift_y = NAN,
        .zoom = NAN,
        .size = size,
        .flags = FRAME_DAMAGED | FRAME_NO_MOTION,
    };
}

bool dc_picture_same_shape(const dc_picture *a, const dc_picture *b)
{
    return a->width == b->width && a->height == b->height && a->columns == b->columns &&
           a->whole_rows == b->whole_rows;
}

/* ---- Luma: everything that a histogram tells ---- */

static void count_levels(uint32_t count[LEVELS], const dc_picture *p)
{
    uint32_t part[HISTOGRAMS][LEVELS] = {0};
    for (uint32_t y = 0; y < p->whole_rows; y++) {
        const uint16_t *row = p->luma + (size_t)y * p->columns;
        for (uint32_t x = 0; x < p->whole_columns; x++)
            part[x % HISTOGRAMS][row[x] % LEVELS]++;
    }
    for (unsigned v = 0; v < LEVELS; v++)
        count[v] = part[0][v] + part[1][v] + part[2][v] + part[3][v];
}

/* The least level with at least `share` percent of the n blocks at or below it. */
static uint16_t percentile(const uint32_t count[LEVELS], uint64_t n, unsigned share)
{
    const uint64_t wanted = (n * share + 99) / 100;
    uint64_t seen = 0;
    for (unsigned v = 0; v < LEVELS; v++) {
        seen += count[v];
        if (seen >= wanted)
            return (uint16_t)v;
    }
    return LEVELS - 1;
}

static void set_luma(frame_statistics *out, const dc_picture *p)
{
    uint32_t count[LEVELS];
    uint64_t n = 0, sum = 0, squares = 0;
    count_levels(count, p);
    out->luma_max = 0;
    for (unsigned v = 0; v < LEVELS; v++) {
        if (!count[v])
            continue;
        if (n == 0)
            out->luma_min = (uint16_t)v;
        out->luma_max = (uint16_t)v;
        n += count[v];
        sum += (uint64_t)v * count[v];
        squares += (uint64_t)v * v * count[v];
    }
    const double mean = (double)sum / (double)n;
    const double variance = (double)squares / (double)n - mean * mean;
    out->luma_mean = (float)mean;
    out->luma_std = (float)sqrt(variance > 0 ? variance : 0);
    out->luma_p05 = percentile(count, n, 5);
    out->luma_p50 = percentile(count, n, 50);
    out->luma_p95 = percentile(count, n, 95);
    if (out->luma_p95 <= BLACK_LUMA_P95)
        out->flags |= FRAME_BLACK;
}

static float chroma_mean(const dc_picture *p, const uint16_t *plane)
{
    uint64_t sum = 0;
    for (uint32_t y = 0; y < p->whole_rows; y++) {
        const uint16_t *row = plane + (size_t)y * p->chroma_columns;
        uint32_t part = 0; /* at most 8192 blocks */
        for (uint32_t x = 0; x < p->whole_chroma_columns; x++)
            part += row[x];
        sum += part;
    }
    return (float)((double)sum / ((double)p->whole_rows * p->whole_chroma_columns));
}

/* ---- Sums over pairs of blocks ---- */

/* Sum of (a[i] - b[i])^2 */
static uint64_t squared_differences(const uint16_t *a, const uint16_t *b, uint32_t n)
{
    uint64_t sum = 0;
    for (uint32_t from = 0; from < n; from = span_end(from, n)) {
        uint32_t part = 0;
        for (uint32_t i = from; i < span_end(from, n); i++) {
            const int16_t d = (int16_t)(a[i] - b[i]);
            part += (uint32_t)(d * d);
        }
        sum += part;
    }
    return sum;
}

static uint32_t absolute_differences(const uint16_t *a, const uint16_t *b, uint32_t n)
{
    uint32_t sum = 0; /* at most 8192 blocks */
    for (uint32_t i = 0; i < n; i++) {
        const uint16_t more = a[i] > b[i] ? a[i] : b[i], less = a[i] > b[i] ? b[i] : a[i];
        sum += (uint32_t)(more - less);
    }
    return sum;
}

static double mean_of(uint64_t sum, uint64_t n)
{
    return n ? (double)sum / (double)n : 0;
}

static float sharpness(const dc_picture *p)
{
    const uint32_t w = p->whole_columns, h = p->whole_rows;
    uint64_t across = 0, down = 0;
    for (uint32_t y = 0; y < h; y++) {
        const uint16_t *row = p->luma + (size_t)y * p->columns;
        across += squared_differences(row + 1, row, w - 1);
        if (y + 1 < h)
            down += squared_differences(row + p->columns, row, w);
    }
    return (float)(mean_of(across, (uint64_t)(w - 1) * h) + mean_of(down, (uint64_t)w * (h - 1)));
}

void frame_statistics_of(frame_statistics *out, const dc_picture *picture, uint32_t size)
{
    *out = frame_statistics_unknown(size);
    out->flags = FRAME_NO_MOTION;
    set_luma(out, picture);
    out->cb_mean = chroma_mean(picture, picture->cb);
    out->cr_mean = chroma_mean(picture, picture->cr);
    out->sharpness = sharpness(picture);
}

void frame_statistics_difference(frame_statistics *out, const dc_picture *before,
                                 const dc_picture *picture)
{
    if (!dc_picture_same_shape(before, picture))
        return;
    const uint32_t w = picture->whole_columns, h = picture->whole_rows;
    uint64_t sum = 0;
    for (uint32_t y = 0; y < h; y++) {
        const size_t at = (size_t)y * picture->columns;
        sum += absolute_differences(picture->luma + at, before->luma + at, w);
    }
    out->difference = (float)((double)sum / ((double)w * h));
    if (sum == 0)
        out->flags |= FRAME_FROZEN;
}
