/* Reads frames of a clip in order, fetched in batches of bounded memory. */
#ifndef CZ_CLI_FETCH_H
#define CZ_CLI_FETCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Called with each frame, in the order of `frame`. A result other than CZ_OK stops and is returned.
 */
typedef int (*fetch_each)(void *user, const cz_request *got, cz_error *err);

/* Fetch n frames and call each() with them: as recorded when view is NULL, else decoded. Errors:
 * CANCELLED (interrupted by a signal, cli/signals.h), those of each(), and those of
 * cz_frames_raw() or cz_pictures(). */
int fetch_frames(cz_clip *clip, const cz_view *view, const uint64_t *frame, size_t n,
                 fetch_each each, void *user, cz_error *err);

#endif
