/* The layout of a camzarr store: names of objects, columns of the index, the format's version.
 *
 * What docs/format.md says once, for the converter that writes it and the reader that reads it.
 * Pure. */
#ifndef CZ_STORE_LAYOUT_H
#define CZ_STORE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "store/zarr_node.h"

enum {
    FORMAT_MAJOR = 1,
    CLIP_NAME_MAX = 200,
    KEY_MAX = 320, /* longest key of ours with its NUL */
    SHARD_FRAMES_MAX =
        1024, /* frames a shard: zarr readers fetch the whole index again on each read */
    SOURCE_CHUNK = 4 << 20, /* bytes a chunk of source/bytes */
    MARK_MAX = 16 << 20,    /* a commit mark larger than this is refused */
    N_COLUMNS = 7,
};

/* 1 to CLIP_NAME_MAX bytes of A-Z a-z 0-9 . _ + -, not beginning with a dot. */
bool clip_name_ok(const char *name);

/* Keys, whole from the store's root. `rest` is what follows "clips/NAME/". */
void key_clip(char out[KEY_MAX], const char *name, const char *rest);
void key_shard(char out[KEY_MAX], zarr_format zarr, const char *name, uint64_t shard);
void key_source_chunk(char out[KEY_MAX], zarr_format zarr, const char *name, uint64_t chunk);

/* The same below "clips/NAME/", as the mark and chunks.jsonl have them: a shard, a chunk of source/bytes, the one
 * chunk of a vector ("index/size"), and the commit mark, which is the object that has the clip's attributes. */
enum { REST_MAX = 96 };
void rest_shard(char out[REST_MAX], zarr_format zarr, uint64_t shard);
void rest_source_chunk(char out[REST_MAX], zarr_format zarr, uint64_t chunk);
void rest_vector(char out[REST_MAX], zarr_format zarr, const char *array);
const char *rest_mark(zarr_format zarr);
/* The number of the shard or the chunk that is so called; false when none is. */
bool rest_is_shard(uint64_t *out, zarr_format zarr, const char *rest);
bool rest_is_source_chunk(uint64_t *out, zarr_format zarr, const char *rest);
/* Has the key the form of one that a clip may have, in this or a later minor version: the mark, begun.json,
 * chunks.jsonl, documents of groups and arrays, chunks, and the temporary file ".NAME.part" of each? Nothing else
 * is ever removed from a clip's folder. */
bool rest_is_of_format(zarr_format zarr, const char *rest);

/* What we write, and names that are the same in both versions of Zarr. */
#define FORMAT_TEXT "1.0"
#define REST_BEGUN "begun.json"
#define REST_CHUNKS "chunks.jsonl"

/* Column c of the index (a cz_column): its array of n frames, one chunk; attributes are NULL. In
 * version 2 nothing is compressed: netCDF-C takes the bytes as they are. */
void column_array(zarr_array *out, zarr_format zarr, int c, uint64_t n);
/* video/time: the values of the column time, without a compressor. */
void video_time_array(zarr_array *out, zarr_format zarr, uint64_t n);
/* The arrays of source/: bytes (n bytes), and the offsets and lengths of n ranges. In version 2, where
 * nothing packs the zeros behind its end, a single chunk of bytes is no longer than they are. */
void source_bytes_array(zarr_array *out, zarr_format zarr, uint64_t n);
void source_range_array(zarr_array *out, zarr_format zarr, uint64_t n);

/* "1.0" -> OK; a greater major version: NEWER; anything else: FORMAT. */
int format_check(const char *format, const char *what, cz_error *err);

#endif
