/* One-dimensional arrays of a clip, each in a single chunk: columns of the index and the like.
 *
 * They are fetched whole and held against the digests of the commit mark, so that what comes out is
 * what was written. Thread-safe. */
#ifndef CZ_READER_INDEX_COLUMN_H
#define CZ_READER_INDEX_COLUMN_H

#include "format/commit_marker.h"
#include "reader/object_cache.h"
#include "store/zarr/zarr.h"

typedef struct index_column {
    char rel_key[64]; /* key of the array below clips/NAME/: "index/size" */
    zarr_array array; /* its shape and codecs */
    void *data;       /* after: shape[0] integers in the machine's order, the caller's to free();
                         NULL if there are none */
} index_column;

/* Fetch n vectors at once, in one round trip; none of those that the cache holds (NULL: there is
 * none). On failure no data is left. Errors: FORMAT (the mark doesn't list one, or with a size that
 * can't be), CORRUPT, NOMEM, and what reading says. */
int columns_fetch(index_column *v, size_t n, object_store *os, object_cache *cache,
                  const commit_marker *m, cz_error *err);

#endif
