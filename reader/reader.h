/* Inside the reader: stores and clips.
 *
 * A clip belongs to a store, or is a MOV by itself: then it has neither store nor commit marker,
 * and its frames count as one shard, the MOV. An open store or clip does not change, except that
 * columns are added to a clip on first use and stay. There are no locks, so that a child of fork()
 * can use both: two threads that need the same column at once may both fetch it, and the first one
 * stored is kept. */
#ifndef CZ_READER_READER_H
#define CZ_READER_READER_H

#include <stdatomic.h>

#include "format/analysis_layout.h"
#include "format/commit_marker.h"
#include "reader/movie.h"
#include "reader/object_cache.h"
#include "format/layout.h"
#include "reader/spare.h"

struct cz_store {
    object_store *os;
    object_cache *cache; /* of remote objects; NULL for a local store */
    spare *spare;        /* of all its clips */
    zarr_format zarr;
    cz_options options;
    atomic_size_t users; /* one for cz_open(), one for each clip */
};

struct cz_clip {
    cz_store *store;                         /* NULL for a MOV */
    commit_marker *marker;                   /* NULL for a MOV */
    clip_movie *movie;                       /* NULL for a store's clip */
    const cz_facts *facts;                   /* of the marker or the movie */
    spare *spare;                            /* the store's, or of the MOV */
    _Atomic(void *) column[N_COLUMNS];       /* by cz_column; NULL until first used */
    _Atomic(void *) statistic[N_STATISTICS]; /* by cz_statistic; the same */
    /* For reading bytes of the MOV; NULL until first used. The first two stay once they are set. */
    _Atomic(struct extra_ranges *) ranges;         /* reader/extra_bytes.h */
    _Atomic(struct chunk_digests *) chunk_digests; /* reader/chunk_digests.h */
    _Atomic(struct extra_chunk *)
        chunk;              /* the one decoded last; a reader removes it while using it */
    uint32_t largest_frame; /* bytes; set with the column of sizes */
};

/* Errors: UNSUPPORTED (a reserved member is set). */
int options_check(const cz_options *opts, cz_error *err);
/* A store of these objects; *os is moved on success. Reads the root. Errors: as cz_open(). */
int store_from_objects(cz_store **out, object_store **os, const cz_options *opts, cz_error *err);
/* Add a user; cz_close() removes one. */
cz_store *store_retain(cz_store *store);

/* A clip from its commit marker, which is moved on success; without columns. Errors: NOMEM. */
int clip_of_marker(cz_clip **out, cz_store *store, commit_marker **marker, cz_error *err);
/* Fetch those of the n columns that are not loaded, in one round trip. */
int columns_load(cz_clip *clip, const cz_column *which, size_t n, cz_error *err);
/* Fetch and check the sizes, offsets in shards and checksums, which every read of a frame needs.
 * Sums of offsets and sizes don't overflow afterwards. Errors: as columns_load(), and FORMAT. */
int clip_table_load(cz_clip *clip, cz_error *err);
/* Set clip->largest_frame, before the clip is shared. */
void clip_find_largest(cz_clip *clip);

/* Read ranges of the objects that hold the clip's frames, as os_get(). */
int clip_get(const cz_clip *clip, os_read *reads, size_t n, void (*done)(os_read *r),
             cz_error *err);
/* As object_store.range_cost. */
size_t clip_range_cost(const cz_clip *clip);
/* The key of a shard's object; of a MOV its name, for messages. */
void clip_shard_key(char out[KEY_MAX], const cz_clip *clip, uint64_t shard);
/* Objects that are absent or damaged may have been removed or replaced since the clip was opened:
 * for ABSENT and CORRUPT, the commit marker is read again. Returns rc; or CHANGED, and fills err,
 * if the marker is gone or another conversion's. */
int clip_check_replaced(const cz_clip *clip, int rc, cz_error *err);
/* UNSUPPORTED for a MOV, which cannot do `what`. */
int clip_needs_store(const cz_clip *clip, const char *what, cz_error *err);

/* Columns that have been loaded. */
static inline const uint32_t *clip_sizes(const cz_clip *clip)
{
    return atomic_load_explicit(&clip->column[CZ_SIZE], memory_order_acquire);
}
static inline const uint64_t *clip_offsets(const cz_clip *clip)
{
    return atomic_load_explicit(&clip->column[clip->movie ? CZ_SOURCE_OFFSET : CZ_SHARD_OFFSET],
                                memory_order_acquire);
}
static inline const uint32_t *clip_checksums(const cz_clip *clip)
{
    return atomic_load_explicit(&clip->column[CZ_CRC32C], memory_order_acquire);
}

#endif
