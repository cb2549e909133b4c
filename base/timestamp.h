/* Timestamps: int64 nanoseconds since 1970-01-01 UTC, and their ISO 8601 text.
 *
 * Pure: independent of time zone, locale and clock. */
#ifndef CZ_BASE_TIMESTAMP_H
#define CZ_BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

enum { TIMESTAMP_TEXT_MAX = 36 }; /* for timestamp_format(), including the NUL */

/* Nanoseconds of a UTC date; false if there is no such date or int64 overflows (1677..2262). */
bool timestamp_from_civil(int64_t *out, int year, int month, int day, int hour, int minute,
                          int second);
/* "2018-07-12T00:15:10.5Z": trailing zeros of the fraction, and a zero fraction, are omitted. */
void timestamp_format(char out[TIMESTAMP_TEXT_MAX], int64_t ns);
/* Parse the output of timestamp_format(); a space instead of the T, a missing Z, and an end after
 * the day, minute or second are accepted. false for anything else. */
bool timestamp_parse(int64_t *out, const char *text);

#endif
