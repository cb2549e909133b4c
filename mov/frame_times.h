/* When samples are shown: stts and elst (QTFF, Time-to-Sample Atoms and Edit List Atoms). Pure. */
#ifndef CZ_MOV_FRAME_TIMES_H
#define CZ_MOV_FRAME_TIMES_H

#include "mov/moov.h"

/* What of the tables wasn't as it should be, and was put right. */
typedef struct frame_times_repairs {
    uint64_t
        missing; /* frames that stts doesn't tell of: they last as long as the last it tells of */
    uint64_t surplus; /* frames that stts tells of and that don't exist */
    uint32_t edits;   /* edits that show something; the first alone counts */
} frame_times_repairs;

/* The times of n_frames (>= 1) frames. On success the caller owns out->run. Errors: FORMAT (no timescale, no
 * stts, a century or more), NOMEM. */
int frame_times_read(mov_times *out, frame_times_repairs *repairs, const moov_track *t,
                     uint32_t movie_timescale, uint64_t n_frames, cz_error *err);

/* All of n_frames frames last `delta` ticks. Errors: NOMEM. */
int frame_times_constant(mov_times *out, uint32_t timescale, uint32_t delta, uint64_t n_frames,
                         cz_error *err);

#endif
