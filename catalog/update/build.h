/* Bringing a catalog up to date, in memory. */
#ifndef CZ_CATALOG_UPDATE_BUILD_H
#define CZ_CATALOG_UPDATE_BUILD_H

#include "catalog/stored_catalog.h"
#include "reader/reader.h"

/* How a catalog was made. */
typedef struct catalog_origin {
    bool is_stored;      /* the store has a catalog that can be read */
    bool is_current;     /* it says what the store holds: no clip was read */
    uint64_t read;       /* clips whose commit markers were read */
    uint64_t reused;     /* rows taken from the stored catalog */
    uint64_t gone;       /* rows of clips that the store no longer has */
    uint64_t incomplete; /* folders below clips/ without a commit marker */
    cz_error unusable;   /* why the stored catalog was not used; code 0: it was, or there is none */
} catalog_origin;

/* The store's catalog as it is now, from what it has and the clips that have changed since. Takes
 * the text out of *stored if it is current. The caller owns *out. Errors: as catalog_open(). */
int catalog_build(catalog_text **out, const cz_store *store, stored_catalog *stored,
                  catalog_origin *origin, cz_error *err);

#endif
