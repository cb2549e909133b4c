/* cz_list() for commands. */
#ifndef CZ_CLI_CATALOG_LIST_CLIPS_H
#define CZ_CLI_CATALOG_LIST_CLIPS_H

#include <camzarr.h>

/* As cz_list(). A catalog of the store that cannot be used is reported on standard error, and the
 * clips are read instead. */
int list_clips(cz_store *store, cz_list_each each, void *user, cz_error *err);

#endif
