/* Registration of two pictures that may show the same view: by how much one is shifted and zoomed
 * against the other, and how well they agree then.
 *
 *     view_picture a = {0}, b = {0};
 *     registration_memory memory = {0};
 *     registration r;
 *     rc = view_picture_make(&a, luma_a, 240, 1920, 1080, &err);
 *     rc = view_picture_make(&b, luma_b, 240, 1920, 1080, &err);
 *     rc = views_register(&r, &a, &b, &memory, &err);
 *
 * An exhaustive search on coarse pictures, over a ladder of zooms and all shifts, gives a few
 * candidates. Each is refined: the first picture is resampled onto the common part of the second,
 * and what remains is estimated as camera motion is. docs/analysis.md has the details.
 *
 * The result depends on the two pictures alone, on every machine: integers, and IEEE 754 doubles in
 * a fixed order. Pure; any thread, with memory of its own. */
#ifndef CZ_ANALYSE_REGISTRATION_H
#define CZ_ANALYSE_REGISTRATION_H

#include "analyse/motion_pyramid.h"
#include "analyse/view_picture.h"

/* What lies at p (pixels from the frame's center, right and down) in the first picture lies at
 * zoom * p + (shift_x, shift_y) in the second. */
typedef struct registration {
    double shift_x, shift_y, zoom;
    double score; /* 0..1: correlation of the common part; 0: nothing is known */
} registration;

/* Measured: pairs of one view score at least 0.75, others at most 0.65 (HD: 0.5). */
#define REGISTRATION_SCORE 0.7

/* Memory for one registration at a time, kept for the next one. Zero-initialize it. */
typedef struct registration_memory {
    dc_picture picture[2];
    motion_pyramid pyramid[2];
} registration_memory;

/* Views are found that are zoomed by up to 1.5 either way, besides the ratio of the frames' widths,
 * and have a third of the picture in common. Score 0: pictures without texture, frames smaller than
 * 128 x 128 pixels, a common part that is too small, or nothing in common. Errors: NOMEM. */
int views_register(registration *out, const view_picture *first, const view_picture *second,
                   registration_memory *memory, cz_error *err);

/* Free the memory, which is as before its first use. */
void registration_memory_free(registration_memory *memory);

#endif
