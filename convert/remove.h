/* Removing a clip, or what an interrupted conversion or removal left of one. */
#ifndef CZ_CONVERT_REMOVE_H
#define CZ_CONVERT_REMOVE_H

#include "format/layout.h"
#include "store/objects/object_store.h"

/* Called for each object of the clip's folder that stays because its key is not of the format. */
typedef void (*removal_left)(void *user, const char *key);

/* With dry_run nothing is changed. left may be NULL. Errors: USAGE (invalid name), ABSENT, FORMAT
 * (the folder is no clip), CHANGED (a conversion took the clip over meanwhile),
 * UNREACHABLE (another process holds the clip's lock), and the store's. */
int clip_remove(object_store *os, zarr_format zarr, const char *name, bool dry_run,
                removal_left left, void *user, cz_error *err);

#endif
