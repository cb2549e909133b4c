/* The sources of a conversion: from the command line, a list or a manifest; a worker's share of
 * them; those that failed before. */
#ifndef CZ_CLI_VERBS_CONVERT_SOURCES_H
#define CZ_CLI_VERBS_CONVERT_SOURCES_H

#include "cli/options.h"
#include "manifest/manifest.h"

typedef struct convert_sources {
    manifest *rows;
    const char *store; /* address */
    uint64_t workers;  /* N of --index; 1 without */
    uint64_t whole;    /* rows before --index and --only */
    bool is_list;      /* of --manifest or --from */
} convert_sources;

/* Collect them, in the order in which they are converted. Two of them must not have one clip name.
 * Returns 0, or an exit code after printing the error. Free with convert_sources_free(). */
int convert_sources_read(convert_sources *out, const options *o);
void convert_sources_free(convert_sources *s);

/* Parse --index: "K/N", "auto" or "auto/N". K from 0 is below N. What is not given comes from the
 * environment: SLURM_ARRAY_TASK_ID, _MIN, _MAX, _STEP and _COUNT, or JOB_COMPLETION_INDEX.
 * "K" alone takes N from SLURM_ARRAY_TASK_COUNT. Returns 0 or EXIT_USAGE. */
int convert_index_parse(uint64_t *ret_k, uint64_t *ret_n, const char *text);

#endif
