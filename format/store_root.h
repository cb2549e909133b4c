/* The groups above the clips, the root, specification/ and clips/: put with the first clip, checked
 * before every other one, and whenever a store is opened. Thread-safe. */
#ifndef CZ_FORMAT_STORE_ROOT_H
#define CZ_FORMAT_STORE_ROOT_H

#include "store/json/json.h"
#include "store/objects/object_store.h"
#include "store/zarr/zarr.h"

/* Read the root's document: is this a store of a version that this library reads? Errors: FORMAT,
 * NEWER, and those of os_get_all(). */
int store_root_check(zarr_format *ret_zarr, object_store *os, cz_error *err);

/* Check the root and, with `make`, put the groups that are missing. Errors: FORMAT (the place holds
 * other things and is no store of ours), NEWER, ABSENT (nothing there, and !make), USAGE (a store
 * of the other version of Zarr), and the store's. */
int store_root_prepare(object_store *os, zarr_format zarr, bool make, cz_error *err);

/* The owner's attributes in the root's document. The caller owns *out. Errors: as
 * store_root_check(). */
int store_root_attributes(cJSON **out, object_store *os, cz_error *err);
/* Replace them by those of `owner`, in one put; other writers are not affected. *ret_changed: the
 * document had others. Errors: as store_root_check(), and the store's. */
int store_root_set_attributes(bool *ret_changed, object_store *os, const cJSON *owner,
                              cz_error *err);

#endif
