/* What is told of a conversion when it ends: a line of JSON for programs, one of text for
 * people. */
#ifndef CZ_CLI_VERBS_CONVERT_LINE_H
#define CZ_CLI_VERBS_CONVERT_LINE_H

#include "store/json/json.h"

typedef struct convert_line {
    const char *clip;   /* its name, whether the conversion came so far or not */
    const char *source; /* as it was asked for, but for user, password and query */
    const cz_report *report;
    const cz_error *err; /* NULL: it went well */
    double seconds;
} convert_line;

/* The caller owns it; NULL when out of memory. */
cJSON *convert_json(const convert_line *l);
/* How it went, to stderr; nothing of a failure, which is the caller's to tell. */
void convert_say(const convert_line *l, bool verbose);
/* Its warnings, to stderr. */
void convert_warn(const convert_line *l);

#endif
