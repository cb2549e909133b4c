/* Made DC pictures of a plane with texture, seen by a camera that pans and zooms. */
#ifndef CZ_TESTS_UNIT_ANALYSE_MOVING_PICTURE_H
#define CZ_TESTS_UNIT_ANALYSE_MOVING_PICTURE_H

#include "analyse/dc_picture.h"

/* Where the camera looks: the point of the plane at the frame's center, in pixels at zoom 1. */
typedef struct camera_view {
    double x, y, zoom;
} camera_view;

typedef struct scenery {
    unsigned noise;  /* amplitude of noise in block means, 10-bit scale; other in every picture */
    bool lamp;       /* the light falls off towards the edges of the frame */
    unsigned object; /* blocks across and down of a bright, striped object that moves by itself */
    unsigned number; /* of the picture: its noise, and where the object is */
} scenery;

/* Paint a picture of width x height pixels (multiples of 16) into `out`, zero-initialized or
 * painted before. Free it by dc_picture_free(). */
void paint_view(dc_picture *out, uint32_t width, uint32_t height, camera_view view,
                const scenery *what);

#endif
