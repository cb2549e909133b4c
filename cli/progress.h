/* Progress of a long operation on stderr: a bar in a terminal, elsewhere a dated line every ten
 * seconds, nothing with -q. Not thread-safe. */
#ifndef CZ_CLI_PROGRESS_H
#define CZ_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct progress {
    const char *what; /* name of the clip or file; the caller's */
    bool quiet, terminal;
    bool drawn;          /* the bar is visible */
    double begun, shown; /* seconds of the monotonic clock */
} progress;

typedef struct progress_state {
    uint64_t bytes_done, bytes_total;   /* total 0: not known */
    uint64_t frames_done, frames_total; /* total 0: not counted */
    const char *waiting;                /* reason for waiting, or NULL */
    const char *note;                   /* shown instead of the numbers, or NULL */
} progress_state;

void progress_begin(progress *p, const char *what, bool quiet);
/* Update the display; rate-limited, so it may be called often. */
void progress_show(progress *p, const progress_state *s);
/* Erase the bar: before other output, and at the end. The next progress_show() draws it again. */
void progress_clear(progress *p);
/* Seconds since progress_begin(). */
double progress_seconds(const progress *p);

#endif
