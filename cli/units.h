/* Sizes and durations as text with units, and names of codecs. Pure. */
#ifndef CZ_CLI_UNITS_H
#define CZ_CLI_UNITS_H

#include <stdbool.h>
#include <stdint.h>

enum { UNITS_TEXT_MAX = 32 };

/* "0 B", "999 B", "15.2 GB": powers of 1000. */
void size_text(char out[UNITS_TEXT_MAX], uint64_t bytes);
/* "14:31", "2:03:05": whole seconds, rounded down; "0:00" for a negative one. */
void duration_text(char out[UNITS_TEXT_MAX], int64_t ns);
/* "90", "90s", "10m", "2h", "1d" as nanoseconds; false: something else. */
bool duration_parse(uint64_t *out, const char *text);
/* "ProRes 422 HQ" for apch; "" for codecs other than ProRes. */
const char *codec_title(const char *codec);

#endif
