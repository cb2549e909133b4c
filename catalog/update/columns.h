/* The catalog as Zarr arrays: the groups catalog, catalog/clips and catalog/scenes (docs/format.md,
 * The catalog). */
#ifndef CZ_CATALOG_UPDATE_COLUMNS_H
#define CZ_CATALOG_UPDATE_COLUMNS_H

#include "catalog/catalog_text.h"
#include "store/zarr/node.h"

/* Put all arrays and groups. The groups' documents are removed first and put last, each with the
 * digest of the catalog: a reader that finds the same document before and after it has read columns
 * has read columns of one catalog. Errors: NOMEM, FORMAT, and the store's. */
int catalog_columns_put(object_store *os, zarr_format zarr, const catalog_text *text,
                        cz_error *err);
/* Whether the groups are those of this catalog. Errors: those of os_get_all(). */
int catalog_columns_check(bool *ret_same, object_store *os, zarr_format zarr,
                          const catalog_text *text, cz_error *err);

#endif
