#include "cli/picture/png_filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void sub(uint8_t *restrict to, const uint8_t *restrict row, size_t n, size_t bpp)
{
    memcpy(to, row, bpp);
    for (size_t i = bpp; i < n; i++)
        to[i] = (uint8_t)(row[i] - row[i - bpp]);
}

static void up(uint8_t *restrict to, const uint8_t *restrict row, const uint8_t *restrict above,
               size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(row[i] - above[i]);
}

static void average(uint8_t *restrict to, const uint8_t *restrict row,
                    const uint8_t *restrict above, size_t n, size_t bpp)
{
    for (size_t i = 0; i < bpp; i++)
        to[i] = (uint8_t)(row[i] - above[i] / 2);
    for (size_t i = bpp; i < n; i++)
        to[i] = (uint8_t)(row[i] - (row[i - bpp] + above[i]) / 2);
}

/* Whichever of left, above and above left is the nearest to left + above - above left. */
static inline int16_t predict(int16_t a, int16_t b, int16_t c)
{
    const int16_t to_a = (int16_t)abs(b - c), to_b = (int16_t)abs(a - c);
    const int16_t to_c = (int16_t)abs(a + b - 2 * c);
    const int16_t b_or_c = (int16_t)(to_b <= to_c ? b : c);
    return (int16_t)(to_a <= to_b && to_a <= to_c ? a : b_or_c);
}

static void paeth(uint8_t *restrict to, const uint8_t *restrict row, const uint8_t *restrict above,
                  size_t n, size_t bpp)
{
    up(to, row, above, bpp);
    for (size_t i = bpp; i < n; i++)
        to[i] = (uint8_t)(row[i] - predict(row[i - bpp], above[i], above[i - bpp]));
}

void png_filter_row(uint8_t *restrict to, png_filter filter, const uint8_t *restrict row,
                    const uint8_t *restrict above, size_t n, size_t bpp)
{
    switch (filter) {
    case FILTER_SUB:
        sub(to, row, n, bpp);
        break;
    case FILTER_UP:
        up(to, row, above, n);
        break;
    case FILTER_AVERAGE:
        average(to, row, above, n, bpp);
        break;
    case FILTER_PAETH:
        paeth(to, row, above, n, bpp);
        break;
    default:
        memcpy(to, row, n);
    }
}

void png_filter_measure(png_filter_choice *c, uint8_t *restrict scratch,
                        const uint8_t *restrict row, const uint8_t *restrict above, size_t n,
                        size_t bpp)
{
    for (unsigned f = 0; f < FILTERS; f++) {
        png_filter_row(scratch, (png_filter)f, row, above, n, bpp);
        for (size_t i = 0; i < n; i++)
            c->count[f][scratch[i]]++;
    }
}

/* Bits per byte, times the number of bytes; less the same constant for all filters. */
static double entropy(const uint32_t count[256])
{
    double sum = 0;
    for (unsigned i = 0; i < 256; i++)
        if (count[i])
            sum -= count[i] * log2(count[i]);
    return sum;
}

png_filter png_filter_best(const png_filter_choice *c)
{
    png_filter best = FILTER_NONE;
    double least = entropy(c->count[FILTER_NONE]);
    for (unsigned f = 1; f < FILTERS; f++) {
        const double e = entropy(c->count[f]);
        if (e < least) {
            least = e;
            best = (png_filter)f;
        }
    }
    return best;
}
