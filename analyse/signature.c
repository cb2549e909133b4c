/* The signature of a view: see scenes.h. */
#include <math.h>

#include "analyse/scenes.h"

/* The range of cell i of `cells` over n blocks: at least one block. */
static void cell_range(uint32_t *from, uint32_t *to, uint32_t i, uint32_t cells, uint32_t n)
{
    *from = (uint32_t)((uint64_t)i * n / cells);
    *to = (uint32_t)((uint64_t)(i + 1) * n / cells);
    if (*to == *from)
        *to = *from + 1;
}

static double cell_mean(const dc_picture *p, uint32_t column, uint32_t row)
{
    uint32_t left, right, top, bottom;
    cell_range(&left, &right, column, SIGNATURE_COLUMNS, p->whole_columns);
    cell_range(&top, &bottom, row, SIGNATURE_ROWS, p->whole_rows);
    uint64_t sum = 0;
    for (uint32_t y = top; y < bottom; y++)
        for (uint32_t x = left; x < right; x++)
            sum += p->luma[(size_t)y * p->columns + x];
    return (double)sum / ((double)(right - left) * (bottom - top));
}

void view_signature(uint8_t out[SIGNATURE_BYTES], const dc_picture *picture)
{
    double cell[SIGNATURE_BYTES], sum = 0, squares = 0;
    for (uint32_t i = 0; i < SIGNATURE_BYTES; i++) {
        cell[i] = cell_mean(picture, i % SIGNATURE_COLUMNS, i / SIGNATURE_COLUMNS);
        sum += cell[i];
    }
    const double mean = sum / SIGNATURE_BYTES;
    for (unsigned i = 0; i < SIGNATURE_BYTES; i++)
        squares += (cell[i] - mean) * (cell[i] - mean);
    const double deviation = sqrt(squares / SIGNATURE_BYTES);
    for (unsigned i = 0; i < SIGNATURE_BYTES; i++) {
        const double v = deviation < 1 ? 128.5 : 128.5 + 48 * (cell[i] - mean) / deviation;
        out[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}
