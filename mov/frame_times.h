/* Display times of frames: stts and elst (QTFF, Time-to-Sample Atoms and Edit List Atoms). Pure. */
#ifndef CZ_MOV_FRAME_TIMES_H
#define CZ_MOV_FRAME_TIMES_H

#include "mov/moov.h"

/* Inconsistencies of the tables that were corrected. */
typedef struct frame_times_repairs {
    uint64_t
        missing; /* frames not covered by stts; they get the duration of the last one that is */
    uint64_t surplus; /* frames in stts that don't exist */
    uint32_t edits;   /* non-empty edits; only the first is applied */
} frame_times_repairs;

/* Read the times of n_frames (>= 1) frames. On success the caller owns out->run. Errors: FORMAT (no
 * timescale, no stts, a century or more), NOMEM. */
int frame_times_read(mov_times *out, frame_times_repairs *repairs, const moov_track *t,
                     uint32_t movie_timescale, uint64_t n_frames, cz_error *err);

/* Ticks of the track's timescale that its edit list adds to the time of its samples; 0 without one.
 * Errors: FORMAT. */
int edit_shift_read(int64_t *out, const moov_track *t, uint32_t movie_timescale, cz_error *err);

/* Times of n_frames frames of `delta` ticks each. Errors: NOMEM. */
int frame_times_constant(mov_times *out, uint32_t timescale, uint32_t delta, uint64_t n_frames,
                         cz_error *err);

#endif
