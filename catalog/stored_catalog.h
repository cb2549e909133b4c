/* The catalog that a store has: its text and the notes of changes, in two requests; one where the
 * store has none or cannot be listed. Belongs to one thread until it is read; then it does not
 * change. */
#ifndef CZ_CATALOG_STORED_CATALOG_H
#define CZ_CATALOG_STORED_CATALOG_H

#include "catalog/catalog_changes.h"
#include "catalog/catalog_text.h"

typedef struct stored_catalog {
    catalog_text *text; /* NULL: there is none that can be used */
    catalog_notes notes;
    bool can_list;     /* false: as over plain HTTP, or in a bucket without permission */
    cz_error unusable; /* why the store's catalog is not used; code 0: it is, or there is none */
} stored_catalog;

/* A catalog that is damaged, malformed, too large, of a newer version, a symbolic link or not
 * permitted to be read counts as none: it says nothing that the clips do not say. Errors: those of
 * os_list() and os_get_all(), but ABSENT, DENIED and UNSUPPORTED. */
int stored_catalog_read(stored_catalog *out, object_store *os, cz_error *err);
void stored_catalog_free(stored_catalog *c); /* repeatable */

/* The row of a clip that is not noted as changed; NULL: read the clip's marker. */
const catalog_clip *stored_catalog_row(const stored_catalog *c, const char *name);

#endif
