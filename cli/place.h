/* Arguments that are a path or an address: which of them are stores, which MOVs? */
#ifndef CZ_CLI_PLACE_H
#define CZ_CLI_PLACE_H

#include <stdbool.h>

/* An address (URL) of any scheme. */
bool place_is_address(const char *place);
/* An http(s) address whose path ends in ".mov", ignoring case, query and fragment. Other addresses
 * are stores. */
bool place_is_movie_address(const char *place);

#endif
