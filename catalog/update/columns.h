/* The catalog as Zarr arrays: the groups catalog, catalog/clips and catalog/scenes (docs/format.md,
 * The catalog). */
#ifndef CZ_CATALOG_UPDATE_COLUMNS_H
#define CZ_CATALOG_UPDATE_COLUMNS_H

#include "catalog/catalog_text.h"
#include "store/zarr/node.h"

/* What is done with each object; a result other than CZ_OK ends the work and is returned. */
typedef int (*columns_sink)(void *user, const char *key, const void *data, size_t len,
                            cz_error *err);

/* Make all objects of a catalog: the arrays, then the groups' documents, that of catalog/ last.
 * Errors: NOMEM, FORMAT, and the sink's. */
int catalog_columns_make(zarr_format zarr, const catalog_text *text, columns_sink sink, void *user,
                         cz_error *err);
/* Put them. The groups' documents are removed first and put last, each with the digest of the
 * catalog: a reader that finds the same document before and after it has read columns has read
 * columns of one catalog. Errors: NOMEM, FORMAT, and the store's. */
int catalog_columns_put(object_store *os, zarr_format zarr, const catalog_text *text,
                        cz_error *err);
/* Whether the groups are those of this catalog. Errors: those of os_get_all(). */
int catalog_columns_check(bool *ret_same, object_store *os, zarr_format zarr,
                          const catalog_text *text, cz_error *err);

#endif
