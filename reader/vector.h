/* One-dimensional arrays of a clip, each in a single chunk: columns of the index and the like.
 *
 * They are fetched whole and held against the digests of the commit mark, so that what comes out is
 * what was written. Thread-safe. */
#ifndef CZ_READER_VECTOR_H
#define CZ_READER_VECTOR_H

#include "reader/mark.h"
#include "reader/object_cache.h"
#include "store/zarr.h"

typedef struct vector {
    char rest[64];    /* key of the array below clips/NAME/: "index/size" */
    zarr_array array; /* its shape and codecs */
    void *data;       /* after: shape[0] integers in the machine's order, the caller's to free();
                         NULL if there are none */
} vector;

/* Fetch n vectors at once, in one round trip; none of those that the cache holds (NULL: there is
 * none). On failure no data is left. Errors: FORMAT (the mark doesn't list one, or with a size that
 * can't be), CORRUPT, NOMEM, and what reading says. */
int vectors_load(vector *v, size_t n, object_store *os, object_cache *cache, const clip_mark *m,
                 cz_error *err);

#endif
