#include "mov/sound_track.h"

#include "mov/frame_times.h"
#include "mov/sample_description.h"

void sound_track_check(mov_track *t, const moov_track *raw, const sample_table *s,
                       uint32_t movie_timescale)
{
    sample_description d;
    bool self = true;
    char elsewhere[64];
    const uint32_t first = sample_table_first_description(raw);
    if (s->used_descriptions & (s->used_descriptions - 1))
        t->unreadable = "its samples are of several kinds";
    else if (sample_description_read(&d, raw->stsd, first, t->kind, NULL) < 0 ||
             dref_is_same_file(&self, elsewhere, raw->dref, d.data, NULL) < 0)
        t->unreadable = "its sample description is invalid";
    else if (!self)
        t->unreadable = "its samples are in another file";
    else if (edit_shift_read(&t->shift, raw, movie_timescale, NULL) < 0)
        t->unreadable = "its edit list is invalid";
}
