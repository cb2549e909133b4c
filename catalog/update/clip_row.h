/* The lines of one clip in a catalog, from the clip itself. */
#ifndef CZ_CATALOG_UPDATE_CLIP_ROW_H
#define CZ_CATALOG_UPDATE_CLIP_ROW_H

#include "catalog/catalog_text.h"
#include "reader/reader.h"

typedef struct clip_row {
    int64_t start; /* for the order of rows */
    uint64_t n_scenes;
    buf line, scenes; /* with newlines; the latter is empty without scenes */
} clip_row;

/* Reads the scenes and the flags of the statistics, if the clip has an analysis; where these are
 * damaged or missing, the clip counts as one without. The caller owns *out. Errors: NOMEM, and what
 * a retry may help against. */
int clip_row_make(clip_row **out, const cz_store *store, const commit_marker *m, cz_error *err);
void clip_row_free(void *row); /* NULL-safe */

#endif
