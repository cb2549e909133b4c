/* Being asked to stop, by SIGINT or SIGTERM: the first signal asks, a second one kills.
 *
 * A signal can tell nothing but a variable of the whole process: the one exception to the rule that
 * there are none, and it stays in stop.c. */
#ifndef CZ_CLI_STOP_H
#define CZ_CLI_STOP_H

#include <stdbool.h>

/* From now on the signals ask. For work that looks at stop_asked() at least every second. */
void stop_on_signals(void);
bool stop_asked(void);

#endif
