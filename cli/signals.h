/* Being asked to stop, by SIGINT or SIGTERM: the first signal asks, a second one kills.
 *
 * A signal can tell nothing but a variable of the whole process: the one exception to the rule that
 * there are none, and it stays in signals.c. */
#ifndef CZ_CLI_SIGNALS_H
#define CZ_CLI_SIGNALS_H

#include <stdbool.h>

/* From now on the signals ask: for work that has something to end well, and looks at
 * interrupted() at least every second. A reader of our output that goes away doesn't kill it
 * either (SIGPIPE), as it does with a plain listing: what is written then fails. */
void signals_handle(void);
bool interrupted(void);

#endif
