/* A short wait between two looks at something that another process changes. */
#ifndef CZ_BASE_PAUSE_H
#define CZ_BASE_PAUSE_H

/* Sleep for less than a second. A signal ends it early. Any thread. */
void pause_ms(unsigned ms);

#endif
