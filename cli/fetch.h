/* Frames of a clip one after the other, fetched in batches of bounded memory. */
#ifndef CZ_CLI_FETCH_H
#define CZ_CLI_FETCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What is to be done with a frame, in the order of `frame`; not CZ_OK ends it and is returned. */
typedef int (*fetch_each)(void *user, const cz_request *got, cz_error *err);

/* Fetch the n frames and give out each: as recorded when view is NULL, else decoded. Errors:
 * CANCELLED (interrupted by a signal, cli/signals.h), those of each(), and those of
 * cz_frames_raw() or cz_pictures(). */
int fetch_frames(cz_clip *clip, const cz_view *view, const uint64_t *frame, size_t n,
                 fetch_each each, void *user, cz_error *err);

#endif
