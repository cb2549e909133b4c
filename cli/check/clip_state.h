/* What a verification says of a clip. */
#ifndef CZ_CLI_CHECK_CLIP_STATE_H
#define CZ_CLI_CHECK_CLIP_STATE_H

typedef enum clip_state {
    CLIP_SOUND,
    CLIP_DIFFERENT,
    CLIP_FAILED,     /* it could not be verified, or not to its end */
    CLIP_UNFINISHED, /* no commit marker, but a conversion record */
    CLIP_MISSING,    /* a manifest names it, and there is nothing of it */
} clip_state;
enum { N_CLIP_STATES = CLIP_MISSING + 1 };
const char *clip_state_name(clip_state state); /* as "status" in JSON; static */

#endif
