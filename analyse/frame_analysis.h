/* One frame analysed: its DC picture, what is needed to compare it with its neighbours, and its
 * statistics. The functions of this header are all that a converter needs for each frame:
 *
 *     frame_view views[2] = {0};                     // of the frame before, and of this one
 *     frame_statistics s;
 *     rc = frame_view_make(&views[i % 2], &s, dec, frame, len, &err);
 *     if (i > 0)
 *         frame_view_compare(&s, &views[(i - 1) % 2], &views[i % 2]);
 *
 * A frame that cannot be decoded is no error: it has a view with which nothing is compared. */
#ifndef CZ_ANALYSE_FRAME_ANALYSIS_H
#define CZ_ANALYSE_FRAME_ANALYSIS_H

#include "analyse/camera_motion.h"
#include "analyse/frame_statistics.h"

/* Zero-initialize before first use. Used by one thread at a time. */
typedef struct frame_view {
    dc_picture picture;
    motion_pyramid pyramid;
    bool known; /* false: the frame could not be decoded */
} frame_view;

/* Decode a frame, of which `len` bytes exist (0: none), and set the statistics that depend on it
 * alone. Errors: CZ_NOMEM. */
int frame_view_make(frame_view *out, frame_statistics *ret_statistics, prores_decoder *dec,
                    const uint8_t *frame, size_t len, cz_error *err);

/* Set the statistics that compare a frame with the one before, in the scratch memory of `now`.
 * They stay unknown if one of the frames is. */
void frame_view_compare(frame_statistics *out, const frame_view *before, frame_view *now);

void frame_view_free(frame_view *view);

#endif
