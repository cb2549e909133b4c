/* Inside the reader: what a store and a clip are made of.
 *
 * A clip is a store's, or it is a MOV as it is: then it has neither store nor mark, and frames are
 * one shard, the MOV. Neither store nor clip changes once it is open but for the columns, which
 * appear one by one and then stay. There are no locks, so that a child of fork() can
 * go on with both: two threads that want one column at once may both fetch it, and the first one's
 * is kept. */
#ifndef CZ_READER_READER_H
#define CZ_READER_READER_H

#include <stdatomic.h>

#include "format/commit_marker.h"
#include "reader/movie.h"
#include "reader/object_cache.h"
#include "format/layout.h"

struct cz_store {
    object_store *os;
    object_cache *cache; /* of what lies behind a network; NULL: nothing does */
    zarr_format zarr;
    cz_options options;
    atomic_size_t users; /* who opened it, and its clips */
};

struct cz_clip {
    cz_store *store;                   /* NULL of a MOV */
    commit_marker *mark;               /* NULL of a MOV */
    clip_movie *movie;                 /* NULL of a store's clip */
    const cz_facts *facts;             /* the mark's or the movie's */
    _Atomic(void *) column[N_COLUMNS]; /* by cz_column; NULL until it is asked for */
    /* What reading bytes of the MOV needs; NULL until then. The first two stay once they are there.
     */
    _Atomic(struct extra_ranges *) ranges;         /* reader/rest.h */
    _Atomic(struct chunk_digests *) chunk_digests; /* reader/chunk_digests.h */
    _Atomic(struct extra_chunk *) chunk; /* decoded last; a reader takes it out while it uses it */
    uint32_t largest_frame;              /* bytes; set with the column of sizes */
};

/* Errors: UNSUPPORTED (a reserved member is set). */
int options_check(const cz_options *opts, cz_error *err);
/* A store over *os, which is moved on success. Its root is read. Errors: as cz_open(). */
int store_over(cz_store **out, object_store **os, const cz_options *opts, cz_error *err);
/* One user more. */
cz_store *store_keep(cz_store *store);

/* A clip by its mark, which is moved on success, and without any column. */
int clip_of_marker(cz_clip **out, cz_store *store, commit_marker **mark, cz_error *err);
/* Fetch what is missing of n columns in one round trip. */
int columns_load(cz_clip *clip, const cz_column *which, size_t n, cz_error *err);
/* The sizes, offsets in shards and checksums, without which no frame can be had, fetched and
 * checked: what follows them stays inside uint64_t. Errors: as columns_load(), and FORMAT. */
int clip_table_load(cz_clip *clip, cz_error *err);
/* Set clip->largest_frame, before the clip is shared. */
void clip_find_largest(cz_clip *clip);

/* Read ranges of the objects that hold the clip's frames, as os_get(), and what a range costs there
 * (object_store.range_cost). */
int clip_get(const cz_clip *clip, os_read *reads, size_t n, void (*done)(os_read *r),
             cz_error *err);
size_t clip_range_cost(const cz_clip *clip);
/* What object that is, for a shard; of a MOV its name, which is for messages. */
void clip_shard_key(char out[KEY_MAX], const cz_clip *clip, uint64_t shard);
/* Objects that are absent or damaged may have been removed or replaced since the clip was opened:
 * for ABSENT and CORRUPT, the commit marker is read again. Returns rc; or CHANGED, and fills err,
 * if the marker is gone or another conversion's. */
int clip_check_replaced(const cz_clip *clip, int rc, cz_error *err);
/* What only a store's clip can do. UNSUPPORTED for a MOV. */
int clip_needs_store(const cz_clip *clip, const char *what, cz_error *err);

/* Columns that are there. */
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
