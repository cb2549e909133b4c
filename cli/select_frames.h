/* Resolves FRAMES against a clip. */
#ifndef CZ_CLI_SELECT_FRAMES_H
#define CZ_CLI_SELECT_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* *n >= 1 frame numbers, in the order of FRAMES (`text`); free() them. Ranges of time are cut to
 * the clip. Errors: USAGE (invalid), ABSENT (the clip has no such frame or time, or no frame within
 * a range of time; the message has its range), NOMEM, and those of reading. */
int select_frames(uint64_t **out, size_t *n, const char *text, cz_clip *clip, cz_error *err);

#endif
