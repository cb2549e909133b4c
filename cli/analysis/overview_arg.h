/* The rate of the overview, as an argument. */
#ifndef CZ_CLI_ANALYSIS_OVERVIEW_ARG_H
#define CZ_CLI_ANALYSIS_OVERVIEW_ARG_H

#include <stdint.h>

/* Pictures per second, exactly: "2", "0.5", "1/10" as a fraction of at most 10^6; "all" as
 * UINT32_MAX / 1; "none" as 0/0. Returns 0, or EXIT_USAGE after printing the error of the verb. */
int overview_arg(uint32_t *num, uint32_t *den, const char *verb, const char *text);

#endif
