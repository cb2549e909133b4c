/* The result of a conversion as a line of JSON or text. */
#ifndef CZ_CLI_VERBS_CONVERT_LINE_H
#define CZ_CLI_VERBS_CONVERT_LINE_H

#include "store/json/json.h"

typedef struct convert_line {
    const char *clip;   /* set even if the conversion failed before its name was known */
    const char *source; /* as given, without user, password and query */
    const cz_report *report;
    const cz_error *err; /* NULL: success */
    double seconds;
    int64_t time; /* at which it ended, ns since 1970 */
} convert_line;

/* The caller owns it; NULL when out of memory. */
cJSON *convert_json(const convert_line *l);
/* Print the result to stderr. Failures are printed by the caller. */
void convert_say(const convert_line *l, bool verbose);
/* Print the warnings to stderr. */
void convert_warn(const convert_line *l);

#endif
