/* Replacing the owner's attributes of a clip: its commit marker is put again, no other object. */
#ifndef CZ_CONVERT_CLIP_ATTRIBUTES_H
#define CZ_CONVERT_CLIP_ATTRIBUTES_H

#include "store/json/json.h"
#include "store/objects/object_store.h"
#include "store/zarr/zarr.h"

/* Put the commit marker with these attributes; *ret_changed: the clip had others. The caller holds
 * the clip's lock where the store has locks. In a store without locks, a conversion or a removal
 * that takes the clip over meanwhile is noticed, and the marker does not stay. Errors: those of
 * commit_marker_read(); EXISTS (a conversion or a removal of the clip is under way, or was
 * interrupted); CHANGED (one took the clip over); and the store's. */
int clip_attributes_replace(bool *ret_changed, object_store *os, zarr_format zarr, const char *name,
                            const cJSON *owner, cz_error *err);

/* The same, with the clip's lock, for which it waits up to 10 s: then UNREACHABLE. */
int clip_attributes_set(bool *ret_changed, object_store *os, zarr_format zarr, const char *name,
                        const cJSON *owner, cz_error *err);

#endif
