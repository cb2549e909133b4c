/* The index, compared with itself and the rest of the clip.
 *
 * Only objects that have the digest of the commit marker are checked: a difference means that the
 * converter wrote a wrong clip, or that another program wrote it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/index_column.h"
#include "reader/verify.h"

/* The values of a column whose object has the right digest; else NULL. */
static int trusted(const void **out, verify *v, cz_column column, const char *rel_key,
                   cz_error *err)
{
    cz_error why;
    *out = NULL;
    if (!verify_is_intact(v, rel_key))
        return CZ_OK;
    const int rc = cz_column_read(out, v->clip, column, &why);
    return rc < 0 ? verify_failure(v, rel_key, rc, &why, err) : CZ_OK;
}

/* Key of the single chunk of an array. */
#define CHUNK_OF(v, array) ((v)->store->zarr == ZARR_V2 ? array "/0" : array "/c/0")

/* A frame must begin at the end of the previous one in its shard. */
static void check_places(verify *v)
{
    const cz_facts *f = v->clip->facts;
    const uint32_t *size = clip_sizes(v->clip), *crc = clip_checksums(v->clip);
    const uint64_t *offset = clip_offsets(v->clip);
    uint64_t end = 0; /* end of the last frame with bytes in this shard; 0: none yet */
    for (uint64_t i = 0; i < f->frames; i++) {
        if (i % f->frames_per_shard == 0)
            end = 0;
        if (size[i] == 0) {
            if (offset[i] != 0 || crc[i] != 0)
                verify_report(v, CZ_FORMAT, CHUNK_OF(v, "index/shard_offset"), (int64_t)i,
                              "an empty frame has an offset or a checksum");
            continue;
        }
        if (end && offset[i] != end)
            verify_report(v, CZ_FORMAT, CHUNK_OF(v, "index/shard_offset"), (int64_t)i,
                          "the frame doesn't begin where the one before it ends");
        end = offset[i] + size[i];
    }
}

static int load_table(verify *v, cz_error *err)
{
    cz_error why;
    if (!verify_is_intact(v, CHUNK_OF(v, "index/size")) ||
        !verify_is_intact(v, CHUNK_OF(v, "index/shard_offset")) ||
        !verify_is_intact(v, CHUNK_OF(v, "index/crc32c")))
        return CZ_OK;
    const int rc = clip_table_load(v->clip, &why);
    if (rc < 0)
        return verify_failure(v, CHUNK_OF(v, "index/size"), rc, &why, err);
    v->table = true;
    check_places(v);
    return CZ_OK;
}

static int check_shards(verify *v, cz_error *err)
{
    const cz_facts *f = v->clip->facts;
    const void *at = NULL;
    const int rc = trusted(&at, v, CZ_SHARD, CHUNK_OF(v, "index/shard"), err);
    const uint32_t *shard = at;
    for (uint64_t i = 0; shard && i < f->frames; i++)
        if (shard[i] != i / f->frames_per_shard)
            verify_report(v, CZ_FORMAT, CHUNK_OF(v, "index/shard"), (int64_t)i,
                          "the frame is said to be in shard %" PRIu32, shard[i]);
    return rc;
}

static int check_flags(verify *v, cz_error *err)
{
    const cz_facts *f = v->clip->facts;
    const void *at = NULL;
    const int rc = trusted(&at, v, CZ_FLAGS, CHUNK_OF(v, "index/flags"), err);
    const uint8_t *flags = at;
    uint64_t damaged = 0;
    if (!flags)
        return rc;
    for (uint64_t i = 0; i < f->frames; i++) {
        damaged += (flags[i] & CZ_FLAGS_DAMAGE) != 0;
        if (v->table && ((flags[i] & CZ_FLAG_MISSING) != 0) != (clip_sizes(v->clip)[i] == 0))
            verify_report(v, CZ_FORMAT, CHUNK_OF(v, "index/flags"), (int64_t)i,
                          "its size and the flag `missing` contradict each other");
    }
    if (damaged != f->damaged_frames)
        verify_report(v, CZ_FORMAT, CHUNK_OF(v, "index/flags"), -1,
                      "%" PRIu64 " frames are flagged as damaged, the commit marker says %" PRIu64,
                      damaged, f->damaged_frames);
    return rc;
}

/* The times, and their copy beside the video. */
static int check_times(verify *v, cz_error *err)
{
    const char *copy_key = CHUNK_OF(v, "video/time");
    const cz_facts *f = v->clip->facts;
    const void *at = NULL;
    cz_error why;
    index_column copy = {.rel_key = "video/time"};
    int rc = trusted(&at, v, CZ_TIME, CHUNK_OF(v, "index/time"), err);
    const int64_t *time = at;
    if (!time)
        return rc;
    if (time[0] != f->start)
        verify_report(v, CZ_FORMAT, CHUNK_OF(v, "index/time"), 0, "differs from the clip's start");
    if (!verify_is_intact(v, copy_key))
        return CZ_OK;
    video_time_array(&copy.array, f->frames);
    rc = columns_fetch(&copy, 1, v->store->os, NULL, v->clip->marker, &why);
    if (rc < 0)
        return verify_failure(v, copy_key, rc, &why, err);
    if (memcmp(copy.data, time, (size_t)f->frames * sizeof *time) != 0)
        verify_report(v, CZ_FORMAT, copy_key, -1, "the times aren't those of the index");
    free(copy.data);
    return CZ_OK;
}

/* The coordinates of the pixels: any others would show the pictures displaced or upside down. */
static int check_axis(verify *v, video_axis axis, const char *key, uint64_t n, cz_error *err)
{
    cz_error why;
    index_column found = {0};
    if (!verify_is_intact(v, key))
        return CZ_OK;
    (void)snprintf(found.rel_key, sizeof found.rel_key, "video/%s", video_axis_name(axis));
    video_axis_array(&found.array, axis, n);
    const int rc = columns_fetch(&found, 1, v->store->os, NULL, v->clip->marker, &why);
    if (rc < 0)
        return verify_failure(v, key, rc, &why, err);
    const int64_t *at = found.data;
    uint64_t i = 0;
    while (i < n && at[i] == video_axis_value(axis, i, n))
        i++;
    if (i < n)
        verify_report(v, CZ_FORMAT, key, -1, "its values aren't the numbers of the pixels");
    free(found.data);
    return CZ_OK;
}

/* Frames and ranges must cover the MOV exactly. */
static int check_tiling(verify *v, cz_error *err)
{
    const char *rel_key = CHUNK_OF(v, "source/range_offset");
    cz_error why;
    segments all;
    segment p;
    const void *at = NULL;
    int rc = trusted(&at, v, CZ_SOURCE_OFFSET, CHUNK_OF(v, "index/source_offset"), err);
    v->source_offset = at;
    if (rc < 0 ||
        (v->store->zarr == ZARR_V3 && !verify_is_intact(v, "source/range_offset/zarr.json")))
        return rc;
    if (commit_marker_source_chunks(v->clip->marker) > 0 &&
        (!verify_is_intact(v, rel_key) || !verify_is_intact(v, CHUNK_OF(v, "source/range_length"))))
        return CZ_OK;
    if ((rc = extra_ranges_load(&v->ranges, v->clip, &why)) < 0)
        return verify_failure(v, rel_key, rc, &why, err);
    v->has_ranges = true;
    if (!v->table || !v->source_offset)
        return CZ_OK;
    if ((rc = segments_begin(&all, v->clip, &v->ranges, err)) < 0)
        return rc;
    while ((rc = segments_next(&all, &p, &why)) > 0)
        ;
    return rc < 0 ? verify_failure(v, rel_key, rc, &why, err) : CZ_OK;
}

/* The commit marker must list all objects that every clip has: no other check notices one that it
 * omits. */
static void check_complete(verify *v)
{
    static const char *const groups[] = {"index", "video", "source"};
    static const char *const arrays[] = {
        "video/time",          "video/video",        "video/x", "video/y", "source/bytes",
        "source/range_length", "source/range_offset"};
    verify_require(v, REL_KEY_CHUNK_LIST);
    verify_require(v, CHUNK_OF(v, "video/time"));
    verify_require(v, CHUNK_OF(v, "video/x"));
    verify_require(v, CHUNK_OF(v, "video/y"));
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        verify_require_node(v, groups[i], zarr_group_part);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        verify_require_node(v, arrays[i], zarr_array_part);
    for (int c = 0; c < N_COLUMNS; c++) {
        char array[REL_KEY_MAX], rel_key[REL_KEY_MAX];
        (void)snprintf(array, sizeof array, "index/%s", cz_column_name((cz_column)c));
        rel_key_column(rel_key, v->store->zarr, array);
        verify_require(v, rel_key);
        verify_require_node(v, array, zarr_array_part);
    }
}

int verify_table(verify *v, cz_error *err)
{
    const cz_facts *f = v->clip->facts;
    int rc = CZ_OK;
    check_complete(v);
    if ((rc = load_table(v, err)) < 0 || (rc = check_shards(v, err)) < 0 ||
        (rc = check_flags(v, err)) < 0 || (rc = check_times(v, err)) < 0)
        return rc;
    if ((rc = check_axis(v, VIDEO_Y, CHUNK_OF(v, "video/y"), f->height, err)) < 0 ||
        (rc = check_axis(v, VIDEO_X, CHUNK_OF(v, "video/x"), f->width, err)) < 0)
        return rc;
    return check_tiling(v, err);
}
