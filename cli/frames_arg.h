/* Parses FRAMES of the command line: which frames of a clip are selected.
 *
 *     7              frame 7; frames count from 0
 *     7,9,12         several, in this order
 *     0:300:30       every 30th from 0 on, the end excluded, as in Python; parts are optional:
 *                    `:` selects all frames
 *     @2018-07-12T00:05:10.5Z    the frame that is shown at that time
 *     @+12.5         the frame that is shown 12.5 s after the clip's first one
 *     @2018-07-12T00:05:@2018-07-12T00:06        frames that begin in this range of time, the end
 *                    excluded; the second time may also be an offset, @+60, and so may the first
 *     @+0:@+600:10s  the frames that are shown at its start and every 10 s from then on. The
 *                    step has a unit: ms, s, min or h
 *
 * Pure. select_frames() (cli/select_frames.h) resolves the items against a clip. */
#ifndef CZ_CLI_FRAMES_ARG_H
#define CZ_CLI_FRAMES_ARG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum frames_kind {
    FRAMES_RANGE,   /* first, end, step */
    FRAMES_AT,      /* from */
    FRAMES_BETWEEN, /* from, to, every */
} frames_kind;

typedef struct frames_moment {
    int64_t ns;
    bool from_first; /* ns counts from the clip's first frame, otherwise from 1970 */
} frames_moment;

typedef struct frames_item {
    frames_kind kind;
    uint64_t first, end, step; /* end: FRAMES_END for all remaining frames; step >= 1 */
    frames_moment from, to;
    int64_t every;    /* ns; 0: each frame */
    const char *text; /* the item in the parsed text, text_len bytes: for messages */
    int text_len;
} frames_item;
#define FRAMES_END UINT64_MAX

/* *n items, in order; free() them. text must outlive them. Errors: USAGE (an
 * invalid item, which the message names), NOMEM. */
int frames_parse(frames_item **out, size_t *n, const char *text, cz_error *err);

#endif
