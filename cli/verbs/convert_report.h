/* The report of a run of conversions: one JSON line for each clip, and the input of the next run.
 */
#ifndef CZ_CLI_VERBS_CONVERT_REPORT_H
#define CZ_CLI_VERBS_CONVERT_REPORT_H

#include <stdio.h>

#include "manifest/manifest.h"

/* Keep the rows whose clip's last line in the report has an error. Lines that are not JSON
 * are ignored, with a warning. Returns 0, or an exit code after printing the error. */
int convert_report_select(manifest *rows, const char *path);

/* Open for appending; a line that was cut off is ended first. Returns 0, or an exit code. */
int convert_report_open(FILE **out, const char *path);

#endif
