/* camzarr verify --manifest: is all that a manifest names in the store, and whole? */
#ifndef CZ_CLI_CHECK_VERIFY_MANIFEST_H
#define CZ_CLI_CHECK_VERIFY_MANIFEST_H

#include "cli/options.h"
#include "reader/reader.h"

/* Compare the commit marker of each clip that o->manifest names with its row (size, MD5 and name of
 * the source) and with a listing of the clip's objects, several clips at a time. With o->sample,
 * read all objects of that percentage of them. Prints what differs, and a summary. Returns an exit
 * code. */
int verify_manifest(const options *o, cz_store *store);

#endif
