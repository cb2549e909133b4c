/* Variables of the environment. One that is empty counts as not set. */
#ifndef CZ_BASE_ENVIRONMENT_H
#define CZ_BASE_ENVIRONMENT_H

#include <stdbool.h>

#include "base/error.h"

const char *environment(const char *name); /* NULL when it isn't set */
bool environment_yes(const char *name);    /* YES, TRUE, ON or 1, in any case of letters */
/* A copy, the caller's; *out is NULL when it isn't set. Errors: USAGE (a control character), NOMEM.
 */
int environment_copy(char **out, const char *name, cz_error *err);

#endif
