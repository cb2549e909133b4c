/* The clips of a store, with their scenes where the store's catalog has them. Internal to find/. */
#ifndef CZ_FIND_STORE_SCENES_H
#define CZ_FIND_STORE_SCENES_H

#include "base/error.h"

typedef struct clip_scenes {
    char *name;
    bool known; /* the catalog has a row of it that can be trusted; false: read the clip */
    int rc;     /* if known: CZ_OK, or ABSENT: it has no scenes, since it was not analysed */
    const cz_scene *at;
    size_t n;
} clip_scenes;

typedef struct store_scenes {
    clip_scenes *clip; /* in ascending order of name */
    size_t n_clips;
    cz_scene *all; /* those of the catalog, in its order */
} store_scenes;

/* The complete clips of a store: three requests where its catalog is up to date. Errors: as
 * cz_clips(). */
int store_scenes_read(store_scenes *out, cz_store *store, cz_error *err);
void store_scenes_free(store_scenes *s); /* repeatable */

#endif
