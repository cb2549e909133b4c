/* Sound tracks: whether their chunks are the sound that the sample description says, and when it
 * begins. */
#ifndef CZ_MOV_SOUND_TRACK_H
#define CZ_MOV_SOUND_TRACK_H

#include "mov/sample_table.h"

/* Set t->unreadable if they are not, else t->shift. */
void sound_track_check(mov_track *t, const moov_track *raw, const sample_table *s,
                       uint32_t movie_timescale);

#endif
