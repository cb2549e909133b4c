/* The catalog of a store compared with its clips. */
#ifndef CZ_CATALOG_UPDATE_VERIFY_H
#define CZ_CATALOG_UPDATE_VERIFY_H

#include "catalog/update/catalog.h"

/* How the catalog stands to the clips, where it is not damaged. */
typedef struct catalog_state {
    bool is_there;  /* the store has a catalog */
    bool is_stale;  /* it lacks clips, or has rows of clips that changed since: no damage */
    uint64_t clips; /* that changed, if it is stale */
} catalog_state;

/* Reads the commit markers and scenes of all clips. Reports to found() a catalog that cannot be
 * parsed, each row that is not what its unchanged clip says, and, of a catalog that is current,
 * each Zarr column that does not have its rows. Errors: NOMEM, and those of listing and reading. */
int catalog_verify(catalog_state *out, cz_store *store,
                   void (*found)(void *user, const cz_finding *finding), void *user, cz_error *err);

#endif
