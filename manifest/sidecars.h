/* The .md5 files of a listing, until the rows that they belong to are known. */
#ifndef CZ_MANIFEST_SIDECARS_H
#define CZ_MANIFEST_SIDECARS_H

#include "base/buf.h"
#include "manifest/manifest.h"

typedef struct sidecars {
    buf texts; /* sources, each with its NUL */
    size_t n;
} sidecars;

/* Whether the name is one of a sidecar ("x.mov.md5") or of a MOV. Letters of either case. */
bool sidecar_is(const char *name);
bool movie_is(const char *name);

/* Add the source that a sidecar belongs to: `text` without ".md5". Running out of memory is
 * recorded, see sidecars_apply(). */
void sidecars_add(sidecars *s, const char *text);
/* Mark the rows from `first` on that have one, and empty the set. Errors: NOMEM. */
int sidecars_apply(sidecars *s, manifest *m, size_t first, cz_error *err);

#endif
