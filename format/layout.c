#include "format/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool clip_name_ok(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";
    const size_t n = strlen(name);
    return n >= 1 && n <= CLIP_NAME_MAX && name[0] != '.' && strspn(name, allowed) == n;
}

void clip_key(char out[KEY_MAX], const char *name, const char *rel_key)
{
    (void)snprintf(out, KEY_MAX, "clips/%s/%s", name, rel_key);
}

void shard_key(char out[KEY_MAX], zarr_format zarr, const char *name, uint64_t shard)
{
    char rel_key[REL_KEY_MAX];
    rel_key_shard(rel_key, zarr, shard);
    clip_key(out, name, rel_key);
}

void source_chunk_key(char out[KEY_MAX], zarr_format zarr, const char *name, uint64_t chunk)
{
    char rel_key[REL_KEY_MAX];
    rel_key_source_chunk(rel_key, zarr, chunk);
    clip_key(out, name, rel_key);
}

static const char shards[] = "video/video", source_chunks[] = "source/bytes";

static void chunk_rel_key(char out[REL_KEY_MAX], zarr_format zarr, const char *array, uint64_t i,
                          size_t n_dims)
{
    char key[CHUNK_KEY_MAX];
    zarr_chunk_key(key, zarr, i, n_dims);
    (void)snprintf(out, REL_KEY_MAX, "%.50s/%s", array, key);
}

void rel_key_shard(char out[REL_KEY_MAX], zarr_format zarr, uint64_t shard)
{
    chunk_rel_key(out, zarr, shards, shard, 4);
}

void rel_key_source_chunk(char out[REL_KEY_MAX], zarr_format zarr, uint64_t chunk)
{
    chunk_rel_key(out, zarr, source_chunks, chunk, 1);
}

void rel_key_overview_chunk(char out[REL_KEY_MAX], zarr_format zarr, uint64_t chunk)
{
    chunk_rel_key(out, zarr, "overview/picture", chunk, 4);
}

void rel_key_first_chunk(char out[REL_KEY_MAX], zarr_format zarr, const char *array, size_t n_dims)
{
    chunk_rel_key(out, zarr, array, 0, n_dims);
}

void rel_key_column(char out[REL_KEY_MAX], zarr_format zarr, const char *array)
{
    chunk_rel_key(out, zarr, array, 0, 1);
}

const char *rel_key_marker(zarr_format zarr)
{
    return zarr_attributes_name(zarr);
}

/* A key must have the exact form that is written: the number in it, formatted, gives the same key.
 */
static bool is_chunk(uint64_t *out, zarr_format zarr, const char *array, size_t n_dims,
                     const char *rel_key)
{
    char rewritten[REL_KEY_MAX];
    const size_t n = strlen(array);
    if (strncmp(rel_key, array, n) != 0)
        return false;
    const char *digits = rel_key + n + strcspn(rel_key + n, "0123456789");
    *out = strtoull(digits, NULL, 10);
    chunk_rel_key(rewritten, zarr, array, *out, n_dims);
    return strcmp(rewritten, rel_key) == 0;
}

bool rel_key_is_shard(uint64_t *out, zarr_format zarr, const char *rel_key)
{
    return is_chunk(out, zarr, shards, 4, rel_key);
}

bool rel_key_is_source_chunk(uint64_t *out, zarr_format zarr, const char *rel_key)
{
    return is_chunk(out, zarr, source_chunks, 1, rel_key);
}

/* Whether it is one of the names that part() gives. */
static bool is_part(const char *(*part)(zarr_format zarr, size_t i), zarr_format zarr,
                    const char *name)
{
    for (size_t i = 0; part(zarr, i); i++)
        if (strcmp(part(zarr, i), name) == 0)
            return true;
    return false;
}

/* A chunk key: "c/3/0/0/0" in version 3, "3.0.0.0" in version 2, with one to four numbers. */
static bool is_chunk_key(zarr_format zarr, const char *key)
{
    if (zarr == ZARR_V3 && (key[0] != 'c' || key[1] != '/'))
        return false;
    const char *at = zarr == ZARR_V3 ? key + 2 : key;
    for (int n = 0; n < 4; n++) {
        const size_t digits = strspn(at, "0123456789");
        if (digits == 0 || digits > 20)
            return false;
        at += digits;
        if (*at == '\0')
            return true;
        if (*at++ != (zarr == ZARR_V3 ? '/' : '.'))
            return false;
    }
    return false;
}

/* An object below a group: a document of the group or of an array, or a chunk of an array. */
static bool is_in_group(zarr_format zarr, const char *rel_key)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    if (is_part(zarr_group_part, zarr, rel_key))
        return true;
    const size_t n = strspn(rel_key, letters);
    if (n == 0 || rel_key[n] != '/')
        return false;
    return is_part(zarr_array_part, zarr, rel_key + n + 1) || is_chunk_key(zarr, rel_key + n + 1);
}

static bool is_object(zarr_format zarr, const char *rel_key)
{
    static const char *const groups[] = {"index/",    "video/",  "source/", "statistics/",
                                         "overview/", "scenes/", "catalog/"};
    if (strcmp(rel_key, REL_KEY_RECORD) == 0 || strcmp(rel_key, REL_KEY_CHUNK_LIST) == 0 ||
        is_part(zarr_group_part, zarr, rel_key))
        return true;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (strncmp(rel_key, groups[i], strlen(groups[i])) == 0)
            return is_in_group(zarr, rel_key + strlen(groups[i]));
    return false;
}

bool rel_key_is_of_format(zarr_format zarr, const char *rel_key)
{
    static const char part[] = ".part";
    char whole[REL_KEY_MAX];
    const char *slash = strrchr(rel_key, '/');
    const char *name = slash ? slash + 1 : rel_key;
    const size_t n = strlen(name), folder = (size_t)(name - rel_key), end = sizeof part - 1;
    if (is_object(zarr, rel_key))
        return true;
    if (n <= 1 + end || name[0] != '.' || strcmp(name + n - end, part) != 0 ||
        folder + n >= sizeof whole)
        return false;
    (void)snprintf(whole, sizeof whole, "%.*s%.*s", (int)folder, rel_key, (int)(n - 1 - end),
                   name + 1);
    return is_object(zarr, whole);
}

static const zarr_type column_type[N_COLUMNS] = {
    [CZ_TIME] = ZARR_I64,  [CZ_SOURCE_OFFSET] = ZARR_U64, [CZ_SIZE] = ZARR_U32,
    [CZ_SHARD] = ZARR_U32, [CZ_SHARD_OFFSET] = ZARR_U64,  [CZ_CRC32C] = ZARR_U32,
    [CZ_FLAGS] = ZARR_I64,
};

/* An array of one dimension. An empty array still has a chunk shape of 1, since Zarr requires at
 * least one element. */
static void one_dimensional(zarr_array *out, zarr_type type, const char *dim, uint64_t n,
                            uint64_t chunk)
{
    *out = (zarr_array){
        .type = type, .n_dims = 1, .shape = {n}, .chunk = {chunk ? chunk : 1}, .dim = {dim}};
}

/* Add a codec, in version 3 only; see the header. */
static void add_codec(zarr_array *a, zarr_format zarr, zarr_codec codec)
{
    if (zarr == ZARR_V3)
        a->codec[a->n_codecs++] = codec;
}

static zarr_codec shuffled(const zarr_array *a)
{
    return (zarr_codec){.kind = ZARR_BLOSC, .level = 5, .typesize = zarr_type_size(a->type)};
}

void column_array(zarr_array *out, zarr_format zarr, int c, uint64_t n)
{
    one_dimensional(out, column_type[c], "time", n, n);
    add_codec(out, zarr, shuffled(out));
}

zarr_type column_value_type(int c)
{
    return c == CZ_FLAGS ? ZARR_U8 : column_type[c];
}

void video_time_array(zarr_array *out, uint64_t n)
{
    one_dimensional(out, ZARR_I64, "time", n, n);
}

const char *video_axis_name(video_axis axis)
{
    return axis == VIDEO_Y ? "y" : "x";
}

void video_axis_array(zarr_array *out, video_axis axis, uint64_t n)
{
    one_dimensional(out, ZARR_I64, video_axis_name(axis), n, n);
}

/* The first row is the top one, so y descends: xarray plots with y increasing upwards. */
int64_t video_axis_value(video_axis axis, uint64_t i, uint64_t n)
{
    return (int64_t)(axis == VIDEO_Y ? n - 1 - i : i);
}

void source_bytes_array(zarr_array *out, zarr_format zarr, uint64_t n)
{
    one_dimensional(out, ZARR_U8, "byte", n,
                    zarr == ZARR_V2 && n < SOURCE_CHUNK ? n : SOURCE_CHUNK);
    add_codec(out, zarr, (zarr_codec){.kind = ZARR_ZSTD, .level = 3});
}

void source_range_array(zarr_array *out, zarr_format zarr, uint64_t n)
{
    one_dimensional(out, ZARR_U64, "range", n, n);
    add_codec(out, zarr, shuffled(out));
}

int format_check(const char *format, const char *what, cz_error *err)
{
    char *end = NULL;
    const unsigned long major = strtoul(format, &end, 10);
    if (end == format || *end != '.')
        return cz_fail(err, CZ_FORMAT, "%s: \"%s\" is no format version", what, format);
    if (major > FORMAT_MAJOR) {
        cz_fail(err, CZ_NEWER, "%s: format %s is newer than this program, which reads %d.x", what,
                format, FORMAT_MAJOR);
        cz_hint(err, "a newer camzarr reads it");
        return CZ_NEWER;
    }
    return CZ_OK;
}
