/* camzarr manifest --check and --sidecars: requests to the sources themselves, and the estimate. */
#ifndef CZ_CLI_VERBS_MANIFEST_CHECK_H
#define CZ_CLI_VERBS_MANIFEST_CHECK_H

#include "cli/options.h"
#include "cli/progress.h"
#include "manifest/estimate.h"

/* Check the sources; *failing is the number of those that will fail. Returns 0, or an exit code
 * after printing the error. */
int manifest_check_sources(size_t *failing, manifest *m, const options *o, progress *bar);
/* Read the .md5 files; bad_row() as in manifest_read_sidecars(). */
int manifest_check_sidecars(manifest *m, const options *o, progress *bar,
                            void (*bad_row)(void *user, const cz_error *err), void *user);
/* The default prices, or those of --prices. */
int manifest_read_prices(price_table *out, const options *o);
/* Print what the conversion costs, to stderr; *out is the same as JSON, the caller's. */
void manifest_say_estimate(cJSON **out, const manifest *m, const options *o,
                           const price_table *prices);

#endif
