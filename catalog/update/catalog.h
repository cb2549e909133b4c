/* The catalog of a store: a row a clip, and the scenes of all clips (docs/format.md, The catalog).
 *
 *     catalog *c = NULL;
 *     rc = catalog_open(&c, store, &found, &err);     // one request where the catalog is current
 *     rc = catalog_scenes(&scene, &n, c, &err);
 *     for (size_t i = 0; i < n; i++) {
 *         const catalog_clip *row = catalog_at(c, scene[i].clip);
 *         ... row->facts.name, scene[i].first, scene[i].signature ...
 *     }
 *     catalog_close(&c);
 *
 * An open catalog does not change; any number of threads may read it. */
#ifndef CZ_CATALOG_UPDATE_CATALOG_H
#define CZ_CATALOG_UPDATE_CATALOG_H

#include "catalog/update/build.h"

typedef struct catalog catalog;

/* The catalog of the store as it is now: the stored one, with the clips that changed since read
 * anew; without a stored one, of all clips. Where the store cannot be listed, the stored one as it
 * is. `origin` may be NULL. Clips that cannot be read are listed as such. Errors: UNSUPPORTED
 * (neither a catalog nor a listing), and I/O errors. */
int catalog_open(catalog **out, cz_store *store, catalog_origin *origin, cz_error *err);
void catalog_close(catalog **c); /* NULL-safe */

/* Its clips, in ascending order of start, then name. */
size_t catalog_count(const catalog *c);
const catalog_clip *catalog_at(const catalog *c, size_t i);
const catalog_clip *catalog_find(const catalog *c, const char *name); /* NULL: no such clip */
/* The number of a row of this catalog. */
size_t catalog_number(const catalog *c, const catalog_clip *row);
/* All scenes in order of clip, then frame, parsed on first use and kept until the catalog is
 * closed; *n may be 0. Errors: FORMAT, NOMEM. */
int catalog_scenes(const catalog_scene **out, size_t *n, catalog *c, cz_error *err);
/* The whole catalog as it is stored in catalog.jsonl. */
const catalog_text *catalog_text_of(const catalog *c);

#endif
