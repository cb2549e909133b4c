/* The groups above the clips: made with the first clip, checked with every other. */
#ifndef CZ_CONVERT_STORE_ROOT_H
#define CZ_CONVERT_STORE_ROOT_H

#include "store/objects/object_store.h"
#include "store/zarr/zarr.h"

/* Errors: FORMAT (the place holds other things and is no store of ours), NEWER, ABSENT (nothing
 * there, and !make), USAGE (a store of the other version of Zarr), and the store's. */
int store_root_prepare(object_store *os, zarr_format zarr, bool make, cz_error *err);

#endif
