/* The pyramid of a luma DC picture, on which camera motion is estimated. A pyramid is used by one
 * thread at a time; different ones are independent. */
#ifndef CZ_ANALYSE_MOTION_PYRAMID_H
#define CZ_ANALYSE_MOTION_PYRAMID_H

#include "analyse/dc_picture.h"

enum {
    MOTION_LEVELS = 3,
    COARSEST_MIN = 12, /* columns and rows of a level other than the first */
    TILE = 16,         /* samples across and down of a tile of a level */
};

/* One level: samples of 12 bits in contiguous rows. */
typedef struct motion_level {
    uint32_t columns, rows;
    int16_t *samples;
} motion_level;

/* A tile: least-squares equations xx * dx + xy * dy = bx, xy * dx + yy * dy = by for its
 * displacement (dx, dy), with its center (cx, cy) relative to the frame's. */
typedef struct tile_equations {
    double cx, cy, xx, xy, yy, bx, by;
    double n; /* samples */
} tile_equations;

/* Levels of half the size each: a sample of level k covers 2^k x 2^k blocks. Only whole blocks take
 * part. */
typedef struct motion_pyramid {
    unsigned levels; /* 1..MOTION_LEVELS: the coarsest has COARSEST_MIN samples */
    motion_level level[MOTION_LEVELS];
    motion_level detail;       /* the coarsest level less its local mean */
    double center_x, center_y; /* of the frame, in blocks from the left and from the top */
    size_t capacity;           /* samples that level[0].samples, which holds all, has memory for */
    tile_equations *tiles;     /* scratch memory for those of level 0 */
} motion_pyramid;

/* Build the pyramid of a picture in `out`: zero-initialized, or used before. Errors: CZ_NOMEM. */
int motion_pyramid_build(motion_pyramid *out, const dc_picture *picture, cz_error *err);

/* Free the samples; the pyramid is as before its first use. */
void motion_pyramid_free(motion_pyramid *pyramid);

#endif
