/* Removing objects of the clip's folder that the clip does not list. */
#ifndef CZ_CONVERT_REMOVE_UNLISTED_H
#define CZ_CONVERT_REMOVE_UNLISTED_H

#include "convert/pass_result.h"
#include "convert/publish.h"

/* Remove each object of the format below clips/NAME/ that was not put by this conversion and is
 * neither the commit marker nor the conversion record: an earlier clip of that name or a killed
 * conversion left it. Keys that are not of the format stay and are appended to left, each with
 * its NUL. Errors: CHANGED (another conversion or removal claimed the clip), NOMEM, and the
 * store's. */
int remove_unlisted(publisher *to, const plan *p, const pass_result *r, buf *left, cz_error *err);

/* The same of the groups of the analysis alone. */
int remove_unlisted_analysis(publisher *to, cz_error *err);

/* Beside a complete clip, remove temporary files, and the conversion record if it has this
 * fingerprint or is unreadable. Errors: CHANGED (another conversion or a removal has begun; nothing
 * was removed), NOMEM, and the store's. */
int remove_stale(object_store *os, zarr_format zarr, const char *clip, const char *fingerprint,
                 cz_error *err);

#endif
