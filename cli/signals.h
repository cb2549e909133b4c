/* SIGINT and SIGTERM: the first signal requests a clean stop, a second one kills.
 *
 * A signal handler can only set a global variable; signals.c has the only one of the command. */
#ifndef CZ_CLI_SIGNALS_H
#define CZ_CLI_SIGNALS_H

#include <stdbool.h>

/* Handle the signals: for work that calls interrupted() at least every second and ends cleanly.
 * SIGPIPE is ignored, too: a write to a closed pipe then fails instead of killing the process. */
void signals_handle(void);
bool interrupted(void);
/* While `yes`, a signal makes a read that blocks fail with EINTR, as of standard input that is
 * silent; by default it continues. */
void signals_interrupt_reads(bool yes);

#endif
