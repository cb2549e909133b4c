/* Whether this process was asked to end (by a signal, say), for code that waits. Thread-safe. */
#ifndef CZ_BASE_STOP_H
#define CZ_BASE_STOP_H

#include <stdbool.h>

/* asked() must be safe to call from any thread; NULL: never. A program calls this before it starts
 * anything that waits; a library never does. */
void stop_when(bool (*asked)(void));
/* True if there is an asked(): waits must be short enough to call stop_asked() meanwhile. */
bool stop_is_possible(void);
bool stop_asked(void);

#endif
