/* FRAMES, as the command line has it: which frames of a clip are meant.
 *
 *     7              frame 7; frames count from 0
 *     7,9,12         several, in this order
 *     0:300:30       every 30th from 0 on, the end excluded, as in Python; parts are optional:
 *                    `:` is all of them
 *     @2018-07-12T00:05:10.5Z    the frame that is shown at that time
 *     @+12.5         the frame that is shown 12.5 s after the clip's first one
 *
 * Parsing is pure; what the items come to is told when a clip is there (cli/select_frames.h). */
#ifndef CZ_CLI_FRAMES_ARG_H
#define CZ_CLI_FRAMES_ARG_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum frames_kind {
    FRAMES_RANGE, /* first, end, step */
    FRAMES_AT,    /* time, since 1970 */
    FRAMES_INTO,  /* time, since the clip's first frame */
} frames_kind;

typedef struct frames_item {
    frames_kind kind;
    uint64_t first, end, step; /* end: FRAMES_END for "to the last"; step >= 1 */
    int64_t time;              /* ns */
    const char *text;          /* where it stands in what was parsed, text_len long: for messages */
    int text_len;
} frames_item;
#define FRAMES_END UINT64_MAX

/* *n items, in order; free() them. text must outlive them. Errors: USAGE (says which item can't be
 * read), NOMEM. */
int frames_parse(frames_item **out, size_t *n, const char *text, cz_error *err);

#endif
