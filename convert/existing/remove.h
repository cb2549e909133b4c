/* Removing a clip, or what an interrupted conversion or removal left of one. */
#ifndef CZ_CONVERT_EXISTING_REMOVE_H
#define CZ_CONVERT_EXISTING_REMOVE_H

#include "format/layout.h"
#include "store/objects/object_store.h"

/* As cz_remove(). Errors: USAGE (invalid name), ABSENT, FORMAT (the folder is not a clip), CHANGED
 * (a conversion claimed the clip meanwhile), UNREACHABLE (another process holds the clip's lock),
 * and the store's. */
int clip_remove(object_store *os, zarr_format zarr, const char *name, const cz_remove_job *job,
                cz_error *err);

#endif
