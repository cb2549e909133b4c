/* Opens the sources of a manifest before they are converted: which will fail, and what the whole
 * will cost. */
#ifndef CZ_MANIFEST_CHECK_H
#define CZ_MANIFEST_CHECK_H

#include <camzarr.h>

#include "manifest/manifest.h"

enum { CHECK_THREADS = 8 }; /* default: sources that are open at once */

typedef struct check_options {
    const cz_network *network; /* connections 0: CHECK_THREADS */
    /* Called when a row has been checked, one call at a time; a result other than 0 stops with
     * CANCELLED. May be NULL. */
    int (*progress)(void *user, size_t done, size_t failing);
    void *user;
    bool (*name_ok)(const char *name); /* whether a clip can have the name; NULL: any */
} check_options;

/* Open each source as a conversion does, and read its atoms and tables: about 1 MB of the usual
 * file. Sets the true size and number of frames and, where a conversion would fail, the problem
 * with its reason. *failing is their number; files without a moov atom are not among them. Errors:
 * CANCELLED, NOMEM. */
int manifest_check(size_t *failing, manifest *m, const check_options *o, cz_error *err);

/* Read the .md5 files of rows that have one and no digest yet. A file that cannot be read or holds
 * no digest is reported by bad_row() (may be NULL). Errors: CANCELLED, NOMEM, UNSUPPORTED. */
int manifest_read_sidecars(manifest *m, const check_options *o,
                           void (*bad_row)(void *user, const cz_error *err), void *user,
                           cz_error *err);

#endif
