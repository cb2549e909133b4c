/* JSON members common to clips and MOVs. NULL-safe, as store/json/json.h. */
#ifndef CZ_CLI_JSON_FACTS_H
#define CZ_CLI_JSON_FACTS_H

#include <stdbool.h>

#include "store/json/json.h"

/* The start time is known; if not, times count from 1970. */
bool start_known(const char *start_from);
/* A time as ISO 8601. */
void json_add_time(cJSON *to, const char *name, int64_t ns);
/* "start", "end", "start_from" and, in seconds, "duration". */
void json_add_span(cJSON *to, int64_t start, int64_t end, const char *start_from);
/* "frame_rate": "30000/1001". */
void json_add_rate(cJSON *to, uint32_t num, uint32_t den);
/* An array of untrusted strings. */
void json_add_texts(cJSON *to, const char *name, char *const *text, size_t n);

#endif
