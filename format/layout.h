/* The layout of a camzarr store: names of objects, columns of the index, the format's version.
 *
 * What docs/format.md says once, for the converter that writes it and the reader that reads it.
 * Pure. */
#ifndef CZ_FORMAT_LAYOUT_H
#define CZ_FORMAT_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "store/zarr/node.h"

enum {
    FORMAT_MAJOR = 1,
    CLIP_NAME_MAX = 200,
    KEY_MAX = 320, /* longest key of ours with its NUL */
    SHARD_FRAMES_MAX =
        1024, /* frames a shard: zarr readers fetch the whole index again on each read */
    SOURCE_CHUNK = 4 << 20,       /* bytes a chunk of source/bytes */
    COMMIT_MARKER_MAX = 16 << 20, /* a commit mark larger than this is refused */
    N_COLUMNS = 7,
};

/* 1 to CLIP_NAME_MAX bytes of A-Z a-z 0-9 . _ + -, not beginning with a dot. */
bool clip_name_ok(const char *name);

/* Keys, whole from the store's root. `rest` is what follows "clips/NAME/". */
void clip_key(char out[KEY_MAX], const char *name, const char *rel_key);
void shard_key(char out[KEY_MAX], zarr_format zarr, const char *name, uint64_t shard);
void source_chunk_key(char out[KEY_MAX], zarr_format zarr, const char *name, uint64_t chunk);

/* The same below "clips/NAME/", as the mark and chunks.jsonl have them: a shard, a chunk of
 * source/bytes, the one chunk of a vector ("index/size"), and the commit mark, which is the object
 * that has the clip's attributes. */
enum { REL_KEY_MAX = 96 };
void rel_key_shard(char out[REL_KEY_MAX], zarr_format zarr, uint64_t shard);
void rel_key_source_chunk(char out[REL_KEY_MAX], zarr_format zarr, uint64_t chunk);
void rel_key_column(char out[REL_KEY_MAX], zarr_format zarr, const char *array);
const char *rel_key_marker(zarr_format zarr);
/* The number of the shard or the chunk that is so called; false when none is. */
bool rel_key_is_shard(uint64_t *out, zarr_format zarr, const char *rel_key);
bool rel_key_is_source_chunk(uint64_t *out, zarr_format zarr, const char *rel_key);
/* Has the key the form of one that a clip may have, in this or a later minor version: the mark,
 * begun.json, chunks.jsonl, documents of groups and arrays, chunks, and the temporary file
 * ".NAME.part" of each? Nothing else is ever removed from a clip's folder. */
bool rel_key_is_of_format(zarr_format zarr, const char *rel_key);

/* What we write, and names that are the same in both versions of Zarr. */
#define FORMAT_TEXT "1.0"
#define REL_KEY_RECORD "begun.json"
#define REL_KEY_CHUNK_LIST "chunks.jsonl"

/* Column c of the index (a cz_column): its array of n frames, one chunk; attributes are NULL. In
 * version 2 nothing is compressed: netCDF-C takes the bytes as they are. */
void column_array(zarr_array *out, zarr_format zarr, int c, uint64_t n);
/* video/time: the values of the column time, without a compressor. */
void video_time_array(zarr_array *out, zarr_format zarr, uint64_t n);
/* The arrays of source/: bytes (n bytes), and the offsets and lengths of n ranges. In version 2,
 * where nothing packs the zeros behind its end, a single chunk of bytes is no longer than they are.
 */
void source_bytes_array(zarr_array *out, zarr_format zarr, uint64_t n);
void source_range_array(zarr_array *out, zarr_format zarr, uint64_t n);

/* "1.0" -> OK; a greater major version: NEWER; anything else: FORMAT. */
int format_check(const char *format, const char *what, cz_error *err);

#endif
