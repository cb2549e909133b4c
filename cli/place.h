/* Places on the command line: is one a store or a MOV? */
#ifndef CZ_CLI_PLACE_H
#define CZ_CLI_PLACE_H

#include <stdbool.h>

/* An address, of any scheme. */
bool place_is_address(const char *place);
/* An http(s) address whose path ends in ".mov", in any case of letters, whatever query and
 * fragment are behind it. Other addresses are stores'. */
bool place_is_movie_address(const char *place);

#endif
