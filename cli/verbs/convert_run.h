/* Runs the conversions: several at a time, on past what fails, until the store refuses. */
#ifndef CZ_CLI_VERBS_CONVERT_RUN_H
#define CZ_CLI_VERBS_CONVERT_RUN_H

#include <stdio.h>

#include "base/buf.h"
#include "cli/verbs/convert_counts.h"
#include "cli/verbs/convert_sources.h"

typedef struct convert_setup {
    const options *o;
    const convert_sources *sources;
    FILE *report;                        /* NULL: none */
    buf *attributes;                     /* text of --attributes; empty: not given */
    uint64_t patience;                   /* ns */
    uint32_t overview_num, overview_den; /* as in cz_convert_job */
} convert_setup;

/* Convert them and print their results. Clips that fail are counted, and are no error. Errors:
 * NOMEM, and those of cz_open(). */
int convert_run(convert_counts *out, const convert_setup *setup, cz_error *err);

#endif
