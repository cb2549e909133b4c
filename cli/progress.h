/* How far a long piece of work is, on stderr: a bar in a terminal, elsewhere a dated line now and
 * then, nothing with -q. Not thread-safe. */
#ifndef CZ_CLI_PROGRESS_H
#define CZ_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct progress {
    const char *what; /* the clip or file, as it came; the caller's */
    bool quiet, terminal;
    bool drawn;          /* there is a bar in the terminal's line */
    double begun, shown; /* seconds of the monotonic clock */
} progress;

typedef struct progress_state {
    uint64_t bytes_done, bytes_total;   /* total 0: not known */
    uint64_t frames_done, frames_total; /* total 0: not counted */
    const char *waiting;                /* what the work waits for, or NULL */
} progress_state;

void progress_begin(progress *p, const char *what, bool quiet);
/* Shows it if it is time to; call as often as you like. */
void progress_tell(progress *p, const progress_state *s);
/* Take the bar away: before anything else is said, and at the end. It comes back with the next
 * progress_tell(). */
void progress_clear(progress *p);
/* Seconds since progress_begin(). */
double progress_seconds(const progress *p);

#endif
