/* Counters of a run of conversions as an OpenMetrics text file, for node_exporter and the like. */
#ifndef CZ_CLI_VERBS_CONVERT_METRICS_H
#define CZ_CLI_VERBS_CONVERT_METRICS_H

#include "base/error.h"
#include "cli/verbs/convert_counts.h"

/* Replace the file in one step. `left`: clips that have not ended; `seconds` since the start.
 * Errors: as out_open() and out_publish(). */
int convert_metrics_write(const char *path, const convert_counts *c, size_t left, double seconds,
                          cz_error *err);

#endif
