/* Taking away what a clip doesn't name. */
#ifndef CZ_CONVERT_REMOVE_UNLISTED_H
#define CZ_CONVERT_REMOVE_UNLISTED_H

#include "convert/pass_result.h"
#include "convert/publish.h"

/* Remove each object of the format under clips/NAME/ that is neither published nor the mark nor begun.json: what an
 * older clip of that name or a killed converter left. Keys of other files, which stay, are added to left, each with
 * its NUL. Errors: NOMEM, and the store's. */
int remove_unlisted(publisher *to, const plan *p, const pass_result *r, buf *left, cz_error *err);

/* Remove temporary files, and begun.json if it is of this fingerprint or unreadable, beside a clip that is whole.
 * Errors: CHANGED (another conversion or a removal has begun), NOMEM, and the store's. */
int remove_stale(object_store *os, zarr_format zarr, const char *clip, const char *fingerprint,
                 cz_error *err);

/* Remove objects by their keys, each with its NUL; one that is gone already is no error. */
int remove_keys(object_store *os, const buf *keys, cz_error *err);

#endif
