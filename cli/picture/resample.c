#include "cli/picture/resample.h"

#include <stdlib.h>
#include <string.h>

/* n pixels become m. On a scale on which the whole line is n * m long, pixel i of the old line
 * covers [i * m, (i + 1) * m), and pixel j of the new one [j * n, (j + 1) * n): how much of the
 * former lies in the latter. */
static uint64_t overlap(uint32_t i, uint32_t j, uint32_t n, uint32_t m)
{
    const uint64_t a = (uint64_t)i * m, b = (uint64_t)j * n;
    const uint64_t first = a > b ? a : b;
    const uint64_t end = a + m < b + n ? a + m : b + n;
    return end > first ? end - first : 0;
}

/* Add a row of `from`, `weight` times, to the sums of a row of the result. */
static void add_row(uint64_t *sum, const uint8_t *row, const packed_picture *from, uint32_t width,
                    uint64_t weight)
{
    const uint32_t n = from->width, channels = from->channels;
    for (uint32_t j = 0, i = 0; j < width; j++) {
        i = (uint32_t)((uint64_t)j * n / width);
        for (uint64_t part; i < n && (part = overlap(i, j, n, width)) > 0; i++)
            for (uint32_t c = 0; c < channels; c++)
                sum[j * channels + c] += row[i * channels + c] * part * weight;
    }
}

int picture_shrink(const packed_picture *to, const packed_picture *from, cz_error *err)
{
    const size_t row = (size_t)to->width * to->channels;
    const size_t from_row = (size_t)from->width * from->channels;
    const uint64_t area = (uint64_t)from->width * from->height;
    if (from->width == 0 || from->height == 0 || to->width > from->width ||
        to->height > from->height)
        return cz_fail(err, CZ_USAGE, "%u x %u: not a smaller size than %u x %u", to->width,
                       to->height, from->width, from->height);
    uint64_t *sum = calloc(row, sizeof *sum);
    if (!sum)
        return cz_fail_memory(err, "row of %u pixels", to->width);
    for (uint32_t y = 0; y < to->height; y++) {
        memset(sum, 0, row * sizeof *sum);
        uint32_t from_y = (uint32_t)((uint64_t)y * from->height / to->height);
        for (uint64_t part;
             from_y < from->height && (part = overlap(from_y, y, from->height, to->height)) > 0;
             from_y++)
            add_row(sum, from->pixels + from_y * from_row, from, to->width, part);
        for (size_t i = 0; i < row; i++)
            to->pixels[y * row + i] = (uint8_t)((sum[i] + area / 2) / area);
    }
    free(sum);
    return CZ_OK;
}

void picture_turn(const packed_picture *to, const packed_picture *from, unsigned quarters,
                  bool mirror)
{
    const uint32_t channels = from->channels;
    for (uint32_t y = 0; y < from->height; y++) {
        for (uint32_t x = 0; x < from->width; x++) {
            const uint32_t u = mirror ? from->width - 1 - x : x;
            const uint32_t at[4][2] = {{u, y},
                                       {from->height - 1 - y, u},
                                       {from->width - 1 - u, from->height - 1 - y},
                                       {y, from->width - 1 - u}};
            const uint32_t *p = at[quarters % 4];
            memcpy(to->pixels + ((size_t)p[1] * to->width + p[0]) * channels,
                   from->pixels + ((size_t)y * from->width + x) * channels, channels);
        }
    }
}
