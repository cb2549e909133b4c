/* The specification of the format, which every store carries (docs/format.md, The specification):
 * a group of two arrays whose only chunk is the text itself. */
#ifndef CZ_FORMAT_SPECIFICATION_H
#define CZ_FORMAT_SPECIFICATION_H

#include "store/objects/object_store.h"
#include "store/zarr/zarr.h"

/* Put the objects that are missing. Those that are there stay: they may be the text of another
 * version. Thread-safe. Errors: NOMEM and the store's. */
int specification_put(object_store *os, zarr_format zarr, cz_error *err);

#endif
