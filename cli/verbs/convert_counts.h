/* How the conversions of a run have ended. */
#ifndef CZ_CLI_VERBS_CONVERT_COUNTS_H
#define CZ_CLI_VERBS_CONVERT_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct convert_counts {
    size_t converted, recovered, present, planned, empty, failed;
    size_t damaged;             /* not failed, but with damaged frames, or recovered */
    size_t usage_errors, retry; /* of the failed ones: wrong use; a retry may help */
    size_t not_tried;           /* after a signal, or after the store refused */
    uint64_t frames, bytes_read, bytes_written, retries;
    bool stopped;       /* by a signal */
    bool refused;       /* by the store */
    bool report_failed; /* a line of --report, or --metrics, could not be written */
} convert_counts;

#endif
