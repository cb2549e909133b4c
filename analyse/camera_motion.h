/* Camera motion between consecutive frames: by how much the whole content is shifted and zoomed.
 *
 * Estimated on pyramids of luma DC pictures: an exhaustive search at the coarsest level, then
 * Lucas-Kanade steps down to the finest. A level is divided into tiles of 16 x 16 samples. Each
 * tile contributes integer sums of gradients and differences, less their means, so that brightness
 * which changes slowly across the picture, as a lamp's light on the camera does, has no influence.
 * Shift and zoom are the robust least-squares solution over all tiles. docs/analysis.md has the
 * details. The result depends on the two pictures alone, so pairs can be computed in any order.
 * A pyramid is used by one thread at a time; different ones are independent. */
#ifndef CZ_ANALYSE_CAMERA_MOTION_H
#define CZ_ANALYSE_CAMERA_MOTION_H

#include "analyse/motion_pyramid.h"

/* What lies at p (pixels from the frame's center, right and down) in the first frame is at
 * zoom * p + (shift_x, shift_y) in the second. */
typedef struct camera_motion {
    double shift_x, shift_y, zoom;
    double score; /* 0..1: how well the second frame is explained; 1: exactly */
    bool known;   /* the score is at least MOTION_SCORE_MIN; else the other members mean nothing */
} camera_motion;

#define MOTION_SCORE_MIN 0.7
#define MOTION_ZOOM_MAX 0.08 /* in one step, either way */

/* Estimate the motion from `before` to `now`, in whose scratch memory it works. Not known: frames
 * smaller than 128 x 128 pixels, of different dimensions, without texture, or that do not show the
 * same; a shift of more than about 150 pixels,
 * a zoom of more than MOTION_ZOOM_MAX. */
camera_motion camera_motion_between(const motion_pyramid *before, motion_pyramid *now);

#endif
