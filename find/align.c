/* cz_align(): a picture of a match as the query's camera shows it. */
#include <stdint.h>

#include "base/error.h"

enum { ONE = 256, PIXEL = 3 };

/* Where to interpolate along an axis: the pixels before and after, and the weight of the latter, of
 * ONE. */
typedef struct position {
    uint32_t low, high, part;
    bool known; /* false: outside */
} position;

/* Position `at` of n pixels, whose centers are integers. */
static position place(double at, uint32_t n)
{
    position p = {0};
    if (!(at >= -0.5 && at <= n - 0.5))
        return p;
    const double inside = at < 0 ? 0 : at > n - 1.0 ? n - 1.0 : at;
    p.known = true;
    p.low = (uint32_t)inside;
    p.high = p.low + 1 < n ? p.low + 1 : p.low;
    p.part = (uint32_t)((inside - p.low) * ONE);
    return p;
}

/* The center of pixel i of n, of the query, as the match's picture of m pixels has it. */
static double origin(uint32_t i, uint32_t n, uint32_t m, double zoom, double shift)
{
    return zoom * (i + 0.5 - n / 2.0) + shift + m / 2.0 - 0.5;
}

static uint8_t blend(const uint8_t *above, const uint8_t *below, position across, position down,
                     uint32_t channel)
{
    const size_t left = (size_t)across.low * PIXEL + channel;
    const size_t right = (size_t)across.high * PIXEL + channel;
    const uint32_t top = above[left] * (ONE - across.part) + above[right] * across.part;
    const uint32_t bottom = below[left] * (ONE - across.part) + below[right] * across.part;
    return (uint8_t)((top * (ONE - down.part) + bottom * down.part + ONE * ONE / 2) / (ONE * ONE));
}

int cz_align(uint8_t *out, uint32_t width, uint32_t height, const uint8_t *pixels,
             uint32_t from_width, uint32_t from_height, const cz_match *match, cz_error *err)
{
    const double zoom = match->zoom;
    if (width == 0 || height == 0 || from_width == 0 || from_height == 0 || !(zoom > 0))
        return cz_fail(err, CZ_USAGE, "align: %u x %u pixels to %u x %u, zoom %g", from_width,
                       from_height, width, height, zoom);
    for (uint32_t y = 0; y < height; y++) {
        const position down =
            place(origin(y, height, from_height, zoom, match->shift_y), from_height);
        const uint8_t *above = pixels + (size_t)down.low * from_width * PIXEL;
        const uint8_t *below = pixels + (size_t)down.high * from_width * PIXEL;
        for (uint32_t x = 0; x < width; x++, out += PIXEL) {
            const position across =
                place(origin(x, width, from_width, zoom, match->shift_x), from_width);
            for (uint32_t c = 0; c < PIXEL; c++)
                out[c] = down.known && across.known ? blend(above, below, across, down, c) : 0;
        }
    }
    return CZ_OK;
}
