/* The update of the catalog at the end of a conversion. */
#ifndef CZ_CLI_CATALOG_UPDATE_AFTER_H
#define CZ_CLI_CATALOG_UPDATE_AFTER_H

#include <stdbool.h>

#include <camzarr.h>

/* Bring the catalog of a local store up to date; that of a bucket is left to `camzarr catalog`. A
 * failure is a warning: the clips are there, and readers do without the catalog. */
void catalog_update_after(const char *url, bool quiet);

#endif
