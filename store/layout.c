#include "store/layout.h"

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

void key_clip(char out[KEY_MAX], const char *name, const char *rest)
{
    (void)snprintf(out, KEY_MAX, "clips/%s/%s", name, rest);
}

void key_shard(char out[KEY_MAX], const char *name, uint64_t shard)
{
    (void)snprintf(out, KEY_MAX, "clips/%s/" REST_SHARD, name, shard);
}

void key_source_chunk(char out[KEY_MAX], const char *name, uint64_t chunk)
{
    (void)snprintf(out, KEY_MAX, "clips/%s/" REST_SOURCE_CHUNK, name, chunk);
}

static const struct {
    const char *name;
    zarr_type type;
} columns[N_COLUMNS] = {
    [CZ_TIME] = {"time", ZARR_I64},
    [CZ_SOURCE_OFFSET] = {"source_offset", ZARR_U64},
    [CZ_SIZE] = {"size", ZARR_U32},
    [CZ_SHARD] = {"shard", ZARR_U32},
    [CZ_SHARD_OFFSET] = {"shard_offset", ZARR_U64},
    [CZ_CRC32C] = {"crc32c", ZARR_U32},
    [CZ_FLAGS] = {"flags", ZARR_U8},
};

const char *column_name(int c)
{
    return columns[c].name;
}

/* One dimension; an empty array still has a chunk shape of 1 (chunks of no elements don't exist in
 * Zarr). */
static void vector(zarr_array *out, zarr_type type, const char *dim, uint64_t n, uint64_t chunk)
{
    *out = (zarr_array){
        .type = type, .n_dims = 1, .shape = {n}, .chunk = {chunk ? chunk : 1}, .dim = {dim}};
}

static void shuffled(zarr_array *a)
{
    a->codec[0] = (zarr_codec){.kind = ZARR_BLOSC, .level = 5, .typesize = zarr_type_size(a->type)};
    a->n_codecs = 1;
}

void column_array(zarr_array *out, int c, uint64_t n)
{
    vector(out, columns[c].type, "time", n, n);
    shuffled(out);
}

void video_time_array(zarr_array *out, uint64_t n)
{
    vector(out, ZARR_I64, "time", n, n);
    out->codec[0] = (zarr_codec){.kind = ZARR_CRC32C};
    out->n_codecs = 1;
}

void source_bytes_array(zarr_array *out, uint64_t n)
{
    vector(out, ZARR_U8, "byte", n, SOURCE_CHUNK);
    out->codec[0] = (zarr_codec){.kind = ZARR_ZSTD, .level = 3};
    out->n_codecs = 1;
}

void source_range_array(zarr_array *out, uint64_t n)
{
    vector(out, ZARR_U64, "range", n, n);
    shuffled(out);
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
