/* Shrinking and turning packed pictures of 8 bits. Pure. */
#ifndef CZ_CLI_PICTURE_RESAMPLE_H
#define CZ_CLI_PICTURE_RESAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* A packed picture: rows without padding, `channels` bytes a pixel. */
typedef struct packed_picture {
    uint8_t *pixels;
    uint32_t width, height, channels;
} packed_picture;

/* Shrink `from` to the size of `to`, at least 1 x 1 and at most its own. Each result is the mean of
 * the area that it covers, rounded to nearest: exact, in integers. Errors: USAGE (a larger size),
 * NOMEM. */
int picture_shrink(const packed_picture *to, const packed_picture *from, cz_error *err);

/* Turn `from` clockwise by so many quarters, after mirroring it left to right if asked for. The
 * size of `to` is that of the result. */
void picture_turn(const packed_picture *to, const packed_picture *from, unsigned quarters,
                  bool mirror);

#endif
