/* Bringing a catalog up to date, in memory. Internal to this folder. */
#ifndef CZ_CATALOG_UPDATE_BUILD_H
#define CZ_CATALOG_UPDATE_BUILD_H

#include "catalog/update/catalog.h"
#include "catalog/update/clip_row.h"
#include "reader/listing.h"

/* The store's catalog as it is now, from what it has and the clips that have changed since. Takes
 * the text out of *stored if it is current. The caller owns *out. Errors: as catalog_open(). */
int catalog_build(catalog_text **out, const cz_store *store, stored_catalog *stored,
                  catalog_origin *origin, cz_error *err);

#endif
