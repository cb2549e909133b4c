/* Times as the store has them: int64 nanoseconds since 1970-01-01 UTC, and their text.
 *
 * Pure; no time zone, locale or clock of the machine is asked. */
#ifndef CZ_BASE_TIMESTAMP_H
#define CZ_BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

enum { TIMESTAMP_TEXT_MAX = 36 }; /* enough for timestamp_format() with its NUL */

/* Nanoseconds of a UTC date; false when no such date or out of an int64 (1677..2262). */
bool timestamp_from_civil(int64_t *out, int year, int month, int day, int hour, int minute,
                          int second);
/* "2018-07-12T00:15:10.5Z": no fraction when it is zero, trailing zeros dropped. */
void timestamp_format(char out[TIMESTAMP_TEXT_MAX], int64_t ns);
/* Reads what timestamp_format() writes, also with a space for the T, without Z, and cut after the day, the
 * minute or the second. false when it's anything else. */
bool timestamp_parse(int64_t *out, const char *text);

#endif
