#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "reader/reader.h"
#include "reader/index_column.h"

/* Set the column unless another thread has set it: callers may hold that one's address as long as
 * the clip is open. */
static void set_column(cz_clip *clip, cz_column which, void *data)
{
    void *none = NULL;
    if (!atomic_compare_exchange_strong(&clip->column[which], &none, data))
        free(data);
}

/* Columns that every read of a frame needs; they are loaded first. */
static const cz_column table[] = {CZ_SIZE, CZ_SHARD_OFFSET, CZ_CRC32C};
enum { N_TABLE = sizeof table / sizeof *table };

/* Bound on the claimed number of frames. Equal rows compress to almost nothing, so a store of some
 * MB can claim 2^28 of them. A row of these columns has 16 bytes, four of which are a CRC-32C that
 * differs between frames: real rows compress by less than a factor of 4. Up to INDEX_ROOM (16
 * million frames, six days of video) any ratio is accepted, above it MOST_COMPRESSED, for which one
 * distinct frame in 16 is enough. */
enum { INDEX_ROOM = 256 << 20, MOST_COMPRESSED = 64 };

static int check_rows(const cz_clip *clip, cz_error *err)
{
    const uint64_t rows = clip->facts->frames; /* less than 2^28 */
    uint64_t stored = 0, bytes = 0;
    for (size_t i = 0; i < N_TABLE; i++) {
        char array[64], rel_key[REL_KEY_MAX];
        zarr_array a;
        column_array(&a, clip->marker->zarr, (int)table[i], rows);
        (void)snprintf(array, sizeof array, "index/%s", cz_column_name(table[i]));
        rel_key_column(rel_key, clip->marker->zarr, array);
        const marker_object *o = commit_marker_find(clip->marker, rel_key);
        if (o)
            stored += o->size < INT32_MAX ? o->size : INT32_MAX;
        bytes += rows * zarr_type_size(a.type);
    }
    if (bytes <= INDEX_ROOM || bytes / MOST_COMPRESSED <= stored)
        return CZ_OK;
    return cz_fail(err, CZ_FORMAT,
                   "%s: %" PRIu64 " bytes of index can't be of %" PRIu64 " different frames",
                   clip->facts->name, stored, rows);
}

static void free_columns(index_column *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(v[i].data);
}

int columns_load(cz_clip *clip, const cz_column *which, size_t n, cz_error *err)
{
    index_column v[N_COLUMNS];
    cz_column missing[N_COLUMNS];
    size_t n_missing = 0;
    for (size_t i = 0; i < n; i++) {
        if (atomic_load_explicit(&clip->column[which[i]], memory_order_acquire))
            continue;
        missing[n_missing] = which[i];
        index_column *next = &v[n_missing++];
        (void)snprintf(next->rel_key, sizeof next->rel_key, "index/%s",
                       cz_column_name((cz_column)which[i]));
        column_array(&next->array, clip->marker->zarr, (int)which[i], clip->marker->facts.frames);
    }
    if (n_missing == 0)
        return CZ_OK;
    const cz_store *store = clip->store;
    int rc = check_rows(clip, err);
    if (rc == CZ_OK)
        rc = columns_fetch(v, n_missing, store->os, store->cache, clip->marker, err);
    for (size_t i = 0; rc == CZ_OK && i < n_missing; i++)
        if (missing[i] == CZ_FLAGS && (rc = column_narrow_flags(&v[i], clip->facts->name, err)) < 0)
            free_columns(v, n_missing);
    for (size_t i = 0; rc == CZ_OK && i < n_missing; i++)
        set_column(clip, missing[i], v[i].data);
    return clip_check_replaced(clip, rc, err);
}

void clip_find_largest(cz_clip *clip)
{
    const uint32_t *size = clip_sizes(clip);
    for (uint64_t i = 0; i < clip->facts->frames; i++)
        if (size[i] > clip->largest_frame)
            clip->largest_frame = size[i];
}

int clip_table_load(cz_clip *clip, cz_error *err)
{
    const int rc = columns_load(clip, table, N_TABLE, err);
    if (rc < 0)
        return rc;
    clip_find_largest(clip);
    const cz_facts *f = &clip->marker->facts;
    const uint32_t *size = clip_sizes(clip);
    const uint64_t *offset = clip_offsets(clip);
    uint64_t sum = 0; /* of less than 2^28 numbers of 32 bits */
    for (uint64_t i = 0; i < f->frames; i++) {
        if (offset[i] > (uint64_t)INT64_MAX - size[i])
            return cz_fail(err, CZ_FORMAT, "%s: frame %" PRIu64 " can't lie at byte %" PRIu64,
                           f->name, i, offset[i]);
        sum += size[i];
    }
    if (sum != clip->marker->frame_bytes)
        return cz_fail(err, CZ_FORMAT,
                       "%s: its frames have %" PRIu64 " bytes, its commit marker says %" PRIu64,
                       f->name, sum, clip->marker->frame_bytes);
    return CZ_OK;
}

int cz_column_read(const void **out, cz_clip *clip, cz_column column, cz_error *err)
{
    if ((int)column < 0 || (int)column >= N_COLUMNS)
        return cz_fail(err, CZ_USAGE, "%d: no column of the index", (int)column);
    if (clip->movie && !atomic_load(&clip->column[column])) {
        cz_fail(err, CZ_ABSENT, "%s: a MOV by itself has no %s", clip->facts->source_name,
                cz_column_name((cz_column)column));
        cz_hint(err, "convert it: the clip's index has it");
        return CZ_ABSENT;
    }
    const int rc = columns_load(clip, &column, 1, err);
    if (rc == CZ_OK)
        *out = atomic_load_explicit(&clip->column[column], memory_order_acquire);
    return rc;
}

static int times_of(const int64_t **out, cz_clip *clip, cz_error *err)
{
    const void *at = NULL;
    const int rc = cz_column_read(&at, clip, CZ_TIME, err);
    *out = at;
    return rc;
}

int cz_time(int64_t *out, cz_clip *clip, uint64_t frame, cz_error *err)
{
    const cz_facts *f = clip->facts;
    const int64_t *time = NULL;
    if (frame >= f->frames)
        return cz_fail(err, CZ_ABSENT, "frame %" PRIu64 " of %s: it has %" PRIu64 " frames", frame,
                       f->name, f->frames);
    const int rc = times_of(&time, clip, err);
    if (rc == CZ_OK)
        *out = time[frame];
    return rc;
}

int cz_frame_at(uint64_t *out, cz_clip *clip, int64_t time, cz_error *err)
{
    const cz_facts *f = clip->facts;
    const int64_t *begin = NULL;
    const int rc = times_of(&begin, clip, err);
    if (rc != CZ_OK)
        return rc;
    /* Of the frames before `low` all begin at or before the time, of those from `high` on none. */
    uint64_t low = 0, high = f->frames;
    while (low < high) {
        const uint64_t mid = low + (high - low) / 2;
        if (begin[mid] <= time)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == 0 || time >= f->end) {
        char when[TIMESTAMP_TEXT_MAX];
        timestamp_format(when, time);
        return cz_fail(err, CZ_ABSENT, "%s: no frame is shown at %s", f->name, when);
    }
    *out = low - 1;
    return CZ_OK;
}
