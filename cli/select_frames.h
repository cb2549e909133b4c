/* The frames of a clip that FRAMES means. */
#ifndef CZ_CLI_SELECT_FRAMES_H
#define CZ_CLI_SELECT_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* *n >= 1 frame numbers, as they were asked for; free() them. Errors: USAGE (can't be read),
 * ABSENT (the clip has no such frame or time: names what it has), NOMEM, and what reading says. */
int pick_frames(uint64_t **out, size_t *n, const char *text, cz_clip *clip, cz_error *err);

#endif
