/* The coarse search of a registration. Internal. */
#ifndef CZ_ANALYSE_REGISTRATION_SEARCH_H
#define CZ_ANALYSE_REGISTRATION_SEARCH_H

#include "analyse/view_picture.h"

enum { REGISTRATION_CANDIDATES = 3 };

/* What lies at p (pixels from the frame's center) in the first picture lies at zoom * p +
 * (shift_x, shift_y) in the second, to about 20 pixels and 3 %. */
typedef struct view_placement {
    double shift_x, shift_y, zoom;
    double score; /* correlation of the common part, less where that is small */
} view_placement;

/* Find the places and zooms, at most REGISTRATION_CANDIDATES, at which the coarse pictures agree
 * best, best first. Returns their number. */
unsigned registration_search(view_placement out[REGISTRATION_CANDIDATES], const view_picture *first,
                             const view_picture *second);

#endif
