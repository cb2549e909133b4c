/* The index against itself and the rest of the clip.
 *
 * Each of its objects has the digest in the mark, or it isn't looked at here: what is told is that
 * the clip was written wrong, or by somebody else. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/vector.h"
#include "reader/verify.h"

/* The values of a column whose object is right; NULL otherwise. */
static int trusted(const void **out, verify *v, cz_column column, const char *rest, cz_error *err)
{
    cz_error why;
    *out = NULL;
    if (!verify_is_sound(v, rest))
        return CZ_OK;
    const int rc = cz_column_read(out, v->clip, column, &why);
    return rc < 0 ? verify_failure(v, rest, rc, &why, err) : CZ_OK;
}

#define CHUNK_OF(column) "index/" column "/c/0"

/* Frame i may stand in its shard where the one before it ended, and nowhere else. */
static void check_places(verify *v)
{
    const cz_facts *f = cz_clip_facts(v->clip);
    const uint32_t *size = clip_sizes(v->clip), *crc = clip_checksums(v->clip);
    const uint64_t *offset = clip_offsets(v->clip);
    uint64_t end = 0; /* of the last frame with bytes in this shard; 0: none yet */
    for (uint64_t i = 0; i < f->frames; i++) {
        if (i % f->frames_per_shard == 0)
            end = 0;
        if (size[i] == 0) {
            if (offset[i] != 0 || crc[i] != 0)
                verify_tell(v, CZ_FORMAT, CHUNK_OF("shard_offset"), (int64_t)i,
                            "a frame without bytes has a place");
            continue;
        }
        if (end && offset[i] != end)
            verify_tell(v, CZ_FORMAT, CHUNK_OF("shard_offset"), (int64_t)i,
                        "the frame doesn't begin where the one before it ends");
        end = offset[i] + size[i];
    }
}

static int load_table(verify *v, cz_error *err)
{
    cz_error why;
    if (!verify_is_sound(v, CHUNK_OF("size")) || !verify_is_sound(v, CHUNK_OF("shard_offset")) ||
        !verify_is_sound(v, CHUNK_OF("crc32c")))
        return CZ_OK;
    const int rc = clip_table_load(v->clip, &why);
    if (rc < 0)
        return verify_failure(v, CHUNK_OF("size"), rc, &why, err);
    v->table = true;
    check_places(v);
    return CZ_OK;
}

static int check_shards(verify *v, cz_error *err)
{
    const cz_facts *f = cz_clip_facts(v->clip);
    const void *at = NULL;
    const int rc = trusted(&at, v, CZ_SHARD, CHUNK_OF("shard"), err);
    const uint32_t *shard = at;
    for (uint64_t i = 0; shard && i < f->frames; i++)
        if (shard[i] != i / f->frames_per_shard)
            verify_tell(v, CZ_FORMAT, CHUNK_OF("shard"), (int64_t)i,
                        "the frame is said to be in shard %" PRIu32, shard[i]);
    return rc;
}

static int check_flags(verify *v, cz_error *err)
{
    const cz_facts *f = cz_clip_facts(v->clip);
    const void *at = NULL;
    const int rc = trusted(&at, v, CZ_FLAGS, CHUNK_OF("flags"), err);
    const uint8_t *flags = at;
    uint64_t damaged = 0;
    if (!flags)
        return rc;
    for (uint64_t i = 0; i < f->frames; i++) {
        damaged += (flags[i] & CZ_FLAGS_DAMAGE) != 0;
        if (v->table && ((flags[i] & CZ_FLAG_MISSING) != 0) != (clip_sizes(v->clip)[i] == 0))
            verify_tell(v, CZ_FORMAT, CHUNK_OF("flags"), (int64_t)i,
                        "its size and the flag `missing` contradict each other");
    }
    if (damaged != f->damaged_frames)
        verify_tell(v, CZ_FORMAT, CHUNK_OF("flags"), -1,
                    "%" PRIu64 " frames are flagged as damaged, the commit mark says %" PRIu64,
                    damaged, f->damaged_frames);
    return rc;
}

/* The times, and that those beside the video are the same. */
static int check_times(verify *v, cz_error *err)
{
    static const char copy_rest[] = "video/time/c/0";
    const cz_facts *f = cz_clip_facts(v->clip);
    const void *at = NULL;
    cz_error why;
    vector copy = {.rest = "video/time"};
    int rc = trusted(&at, v, CZ_TIME, CHUNK_OF("time"), err);
    const int64_t *time = at;
    if (!time)
        return rc;
    if (time[0] != f->start)
        verify_tell(v, CZ_FORMAT, CHUNK_OF("time"), 0, "the clip's start is another");
    if (!verify_is_sound(v, copy_rest))
        return CZ_OK;
    video_time_array(&copy.array, f->frames);
    rc = vectors_load(&copy, 1, v->store->os, v->clip->mark, &why);
    if (rc < 0)
        return verify_failure(v, copy_rest, rc, &why, err);
    if (memcmp(copy.data, time, (size_t)f->frames * sizeof *time) != 0)
        verify_tell(v, CZ_FORMAT, copy_rest, -1, "the times aren't those of the index");
    free(copy.data);
    return CZ_OK;
}

/* Frames and ranges put together are the MOV, byte after byte. */
static int check_tiling(verify *v, cz_error *err)
{
    static const char rest[] = "source/range_offset/c/0";
    cz_error why;
    pieces all;
    piece p;
    const void *at = NULL;
    int rc = trusted(&at, v, CZ_SOURCE_OFFSET, CHUNK_OF("source_offset"), err);
    v->source_offset = at;
    if (rc < 0 || !verify_is_sound(v, "source/range_offset/zarr.json"))
        return rc;
    if (mark_source_chunks(v->clip->mark) > 0 &&
        (!verify_is_sound(v, rest) || !verify_is_sound(v, "source/range_length/c/0")))
        return CZ_OK;
    if ((rc = rest_ranges_load(&v->ranges, v->clip, &why)) < 0)
        return verify_failure(v, rest, rc, &why, err);
    v->has_ranges = true;
    if (!v->table || !v->source_offset)
        return CZ_OK;
    if ((rc = pieces_begin(&all, v->clip, &v->ranges, err)) < 0)
        return rc;
    while ((rc = pieces_next(&all, &p, &why)) > 0)
        ;
    return rc < 0 ? verify_failure(v, rest, rc, &why, err) : CZ_OK;
}

/* What every clip has. What the mark doesn't list, nothing above looks at. */
static void check_complete(verify *v)
{
    static const char *const needed[] = {
        REST_CHUNKS,
        "index/zarr.json",
        "source/bytes/zarr.json",
        "source/range_length/zarr.json",
        "source/range_offset/zarr.json",
        "source/zarr.json",
        "video/time/c/0",
        "video/time/zarr.json",
        "video/video/zarr.json",
        "video/zarr.json",
    };
    const clip_mark *m = v->clip->mark;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!mark_find(m, needed[i]))
            verify_tell(v, CZ_FORMAT, REST_MARK, -1, "it doesn't list %s", needed[i]);
    for (int c = 0; c < N_COLUMNS; c++) {
        char rest[64];
        static const char *const of_column[] = {"c/0", "zarr.json"};
        for (size_t i = 0; i < sizeof of_column / sizeof *of_column; i++) {
            (void)snprintf(rest, sizeof rest, "index/%s/%s", column_name(c), of_column[i]);
            if (!mark_find(m, rest))
                verify_tell(v, CZ_FORMAT, REST_MARK, -1, "it doesn't list %s", rest);
        }
    }
}

int verify_table(verify *v, cz_error *err)
{
    int rc = CZ_OK;
    check_complete(v);
    if ((rc = load_table(v, err)) < 0 || (rc = check_shards(v, err)) < 0 ||
        (rc = check_flags(v, err)) < 0 || (rc = check_times(v, err)) < 0)
        return rc;
    return check_tiling(v, err);
}
