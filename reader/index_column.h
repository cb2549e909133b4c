/* Arrays of a clip that consist of a single chunk, such as the columns of the index.
 *
 * They are fetched whole and compared with the digests in the commit marker. Thread-safe. */
#ifndef CZ_READER_INDEX_COLUMN_H
#define CZ_READER_INDEX_COLUMN_H

#include "format/commit_marker.h"
#include "reader/object_cache.h"
#include "store/zarr/zarr.h"

typedef struct index_column {
    char rel_key[64]; /* key of the array below clips/NAME/: "index/size" */
    zarr_array array; /* shape and codecs */
    void *data; /* out: its native values, which the caller frees with free(); NULL if there are
                   none */
} index_column;

/* Fetch n columns in one round trip, except those in the cache (NULL: no cache). After an error all
 * data are NULL. Errors: FORMAT (the commit marker does not list one, or with an impossible size),
 * CORRUPT, NOMEM, and those of os_get(). */
int columns_fetch(index_column *v, size_t n, object_store *os, object_cache *cache,
                  const commit_marker *m, cz_error *err);
/* Replace the values of a column of flags, which are stored as int64, by those in memory, a byte
 * each. Errors: FORMAT (a value that no byte has), NOMEM; then v keeps its data. */
int column_narrow_flags(index_column *v, const char *clip, cz_error *err);

#endif
