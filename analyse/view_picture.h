/* A picture of a view, prepared for registration: its local contrast, at two scales.
 *
 * Local contrast is a sample's difference to the mean of its surroundings, in units of their
 * standard deviation. It does not depend on brightness, on contrast, or on light that falls off
 * towards the edges. Bright dots, such as floc in front of the camera, are limited.
 * docs/analysis.md has the arithmetic. */
#ifndef CZ_ANALYSE_VIEW_PICTURE_H
#define CZ_ANALYSE_VIEW_PICTURE_H

#include "base/error.h"

enum {
    COARSE_MAX = 48,          /* columns and rows of the coarse picture, at most */
    VIEW_SIDE_MAX = 1u << 13, /* columns and rows of the picture, at most */
};

/* Zero-initialize before first use. One thread may write it at a time; any number may read it. */
typedef struct view_picture {
    uint32_t width, height; /* of the frame, in pixels */
    uint32_t columns, rows; /* of `contrast`: blocks of 8 x 8 pixels */
    uint16_t *contrast;     /* local contrast: 512, and CONTRAST_UNIT for a standard deviation */
    uint32_t step;          /* blocks across and down of a coarse sample */
    uint32_t coarse_columns, coarse_rows;
    int16_t *coarse; /* local contrast of means of step x step blocks: 0, and COARSE_UNIT */
    size_t capacity; /* blocks that there is memory for */
} view_picture;

enum { CONTRAST_UNIT = 384, COARSE_UNIT = 40 };

/* Prepare the picture of a frame of width x height pixels at 1/8 scale: width / 8 columns and
 * height / 8 rows, rounded down, of 8-bit luma; consecutive rows are `stride` bytes apart. Errors:
 * USAGE (a frame without a whole block, or with more than VIEW_SIDE_MAX blocks across or down),
 * NOMEM. After an error `out` can be used again. */
int view_picture_make(view_picture *out, const uint8_t *luma, size_t stride, uint32_t width,
                      uint32_t height, cz_error *err);

/* Luma of BT.709, rounded, of n pixels R, G, B: for pictures of an overview. */
void luma_of_rgb(uint8_t *luma, const uint8_t *rgb, size_t n);

/* Free the samples; the picture is as before its first use. */
void view_picture_free(view_picture *picture);

#endif
