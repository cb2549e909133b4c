/* Pictures of the overview in place of decoded frames, for a contact sheet. */
#ifndef CZ_CLI_ANALYSIS_OVERVIEW_PICTURES_H
#define CZ_CLI_ANALYSIS_OVERVIEW_PICTURES_H

#include <stddef.h>

#include "base/error.h"

/* cz_clip_open() without the columns of the index, which are read when they are used: one object.
 * Then clip_table_load() has to be called before frames are read. The error for a missing clip is
 * that of open_clip(). */
int open_clip_only(cz_clip **out, cz_store *store, const char *name, cz_error *err);

/* Choose up to `most` pictures at equal distances: picture[i] is the number of a picture, frame[i]
 * that of the frame which it shows. Returns how many; 0: frames have to be decoded, because the
 * clip has no overview, or one of fewer than `least` pictures; because its objects have more than
 * half of the bytes of as many frames; or because times are not those of the clip's rate. No I/O.
 */
size_t choose_overview_pictures(uint64_t *picture, uint64_t *frame, size_t most, size_t least,
                                const cz_clip *clip);
/* The time since the first frame, by the clip's rate, in ns. */
int64_t overview_picture_time(const cz_clip *clip, uint64_t frame);

#endif
