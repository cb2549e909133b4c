/* Sums over the tiles of a level, of which camera_motion.c computes shift and zoom. Internal. */
#ifndef CZ_ANALYSE_MOTION_TILES_H
#define CZ_ANALYSE_MOTION_TILES_H

#include "analyse/motion_pyramid.h"

/* The motion of a level. What is at p in the second picture was at p - (x, y) - zoom * (p - center)
 * in the first, in samples of that level. */
typedef struct motion_model {
    double x, y, zoom;
} motion_model;

/* A level of two pyramids of equal dimensions. */
typedef struct level_pair {
    const motion_level *before, *now;
    double center_x, center_y; /* of the frame, in samples of the level */
} level_pair;

/* Set the equations of the tile whose first sample is (x, y), linearized at the model's
 * displacement. False: too little of it was within the first picture. */
bool tile_linearize(tile_equations *out, const level_pair *pair, uint32_t x, uint32_t y,
                    const motion_model *model);

/* Squares of a tile's n samples, less their means: of the second picture, and of the difference
 * between the displaced first picture and it. */
typedef struct tile_energy {
    double texture, residual, n;
} tile_energy;

/* Compare a tile. False: too little of it was within the first picture. */
bool tile_compare(tile_energy *out, const level_pair *pair, uint32_t x, uint32_t y,
                  const motion_model *model);

#endif
