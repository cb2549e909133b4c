/* Progress of several conversions: each clip, and the whole. Not thread-safe: callers hold a lock.
 */
#ifndef CZ_CLI_VERBS_CONVERT_PROGRESS_H
#define CZ_CLI_VERBS_CONVERT_PROGRESS_H

#include <camzarr.h>

#include "cli/progress.h"
#include "manifest/manifest.h"

enum { CONVERT_JOBS_MAX = 64 };

/* A conversion that is running. */
typedef struct convert_slot {
    char clip[256];
    uint64_t expected; /* bytes that the total has for it */
    bool is_unknown;   /* it has none yet */
    uint64_t bytes_done, bytes_total, frames_done;
} convert_slot;

typedef struct convert_progress {
    progress bar;
    char what[320];
    size_t n, done;         /* clips */
    uint64_t bytes, frames; /* of clips that have ended */
    uint64_t total;         /* bytes of all that are or will be converted */
    size_t unknown;         /* clips whose size is not known yet: then the total is not shown */
    convert_slot slot[CONVERT_JOBS_MAX];
} convert_progress;

void convert_progress_begin(convert_progress *p, const manifest *rows, bool quiet);
/* A clip begins in a slot. */
void convert_progress_start(convert_progress *p, unsigned slot, const char *clip,
                            const manifest_row *row);
/* Its progress; `waiting` as in progress_state. */
void convert_progress_update(convert_progress *p, unsigned slot, const cz_progress *now,
                             const char *waiting);
/* There was no progress for some seconds. */
void convert_progress_stalled(convert_progress *p, double seconds);
/* It ended, after having read that many bytes: 0 if nothing was converted. */
void convert_progress_end(convert_progress *p, unsigned slot, uint64_t bytes_read, uint64_t frames);

#endif
