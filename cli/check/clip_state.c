#include "cli/check/clip_state.h"

const char *clip_state_name(clip_state state)
{
    static const char *const name[N_CLIP_STATES] = {[CLIP_SOUND] = "sound",
                                                    [CLIP_DIFFERENT] = "different",
                                                    [CLIP_FAILED] = "failed",
                                                    [CLIP_UNFINISHED] = "unfinished",
                                                    [CLIP_MISSING] = "missing"};
    return name[state];
}
