/* The layout of a camzarr store: names of objects, columns of the index, the version of the format
 * (docs/format.md). Pure; thread-safe. */
#ifndef CZ_FORMAT_LAYOUT_H
#define CZ_FORMAT_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "store/zarr/node.h"

enum {
    FORMAT_MAJOR = 1,
    CLIP_NAME_MAX = 200,
    KEY_MAX = 320, /* bytes of the longest key, with its NUL */
    SHARD_FRAMES_MAX =
        1024, /* frames per shard: Zarr libraries fetch the whole index of a shard on each read */
    SOURCE_CHUNK = 4 << 20,       /* bytes per chunk of source/bytes */
    COMMIT_MARKER_MAX = 16 << 20, /* a larger commit marker is refused */
    N_COLUMNS = 7,
};

/* 1 to CLIP_NAME_MAX bytes of A-Z a-z 0-9 . _ + -, not beginning with a dot. */
bool clip_name_ok(const char *name);

/* Keys from the root of the store on. */
void clip_key(char out[KEY_MAX], const char *name, const char *rel_key);
void shard_key(char out[KEY_MAX], zarr_format zarr, const char *name, uint64_t shard);
void source_chunk_key(char out[KEY_MAX], zarr_format zarr, const char *name, uint64_t chunk);

/* The same below "clips/NAME/", as the commit marker and chunks.jsonl have them: of a shard, a
 * chunk of source/bytes or overview/picture, the single chunk of an array of n_dims dimensions, the
 * same of one ("index/size"), and the commit marker, which is the object that holds the clip's
 * attributes. */
enum { REL_KEY_MAX = 96 };
void rel_key_shard(char out[REL_KEY_MAX], zarr_format zarr, uint64_t shard);
void rel_key_source_chunk(char out[REL_KEY_MAX], zarr_format zarr, uint64_t chunk);
void rel_key_overview_chunk(char out[REL_KEY_MAX], zarr_format zarr, uint64_t chunk);
void rel_key_first_chunk(char out[REL_KEY_MAX], zarr_format zarr, const char *array, size_t n_dims);
void rel_key_column(char out[REL_KEY_MAX], zarr_format zarr, const char *array);
const char *rel_key_marker(zarr_format zarr);
/* Whether the key is that of a shard or chunk, and its number. */
bool rel_key_is_shard(uint64_t *out, zarr_format zarr, const char *rel_key);
bool rel_key_is_source_chunk(uint64_t *out, zarr_format zarr, const char *rel_key);
/* Whether a clip may have an object of this key, in this or a later minor version: commit marker,
 * begun.json, chunks.jsonl, documents of groups and arrays, chunks, and the temporary file
 * ".NAME.part" of each. No other object is ever removed from a clip's folder. */
bool rel_key_is_of_format(zarr_format zarr, const char *rel_key);

/* The version that is written, and names that are the same in both Zarr versions. */
#define FORMAT_TEXT "1.0"
#define FORMAT_TEXT_ANALYSIS                                                                       \
    "1.1" /* of a clip with the groups of analysis_layout.h, and of these */
#define REL_KEY_RECORD "begun.json"
/* In the folder of an array, so that Zarr libraries do not take it for a node of the clip. */
#define REL_KEY_CHUNK_LIST "source/bytes/chunks.jsonl"

/* Column c of the index (a cz_column): an array of n frames in one chunk; attributes are NULL. In
 * version 2 nothing is compressed, since netCDF-C must be able to read it. `flags` is stored as
 * int64, the type that JSON readers give its attribute flag_masks, since CF requires both to be of
 * one type; its values are those of a uint8. */
void column_array(zarr_array *out, zarr_format zarr, int c, uint64_t n);
/* The type that cz_column_read() returns: uint8 for `flags`, for all others the stored one. */
zarr_type column_value_type(int c);
/* video/time: the values of the column time, without a compressor. */
void video_time_array(zarr_array *out, uint64_t n);
/* video/y and video/x: the numbers of n rows of pixels, counted from the bottom, or of n columns,
 * counted from the left. Not compressed, as video/time. */
typedef enum video_axis { VIDEO_Y, VIDEO_X } video_axis;
enum { N_VIDEO_AXES = 2 };
const char *video_axis_name(video_axis axis); /* "y", "x" */
void video_axis_array(zarr_array *out, video_axis axis, uint64_t n);
int64_t video_axis_value(video_axis axis, uint64_t i, uint64_t n);
/* The arrays of source/: bytes (n bytes), and offsets and lengths of n ranges. In version 2, where
 * the padding of a chunk would not be compressed, a single chunk has no more than n bytes. */
void source_bytes_array(zarr_array *out, zarr_format zarr, uint64_t n);
void source_range_array(zarr_array *out, zarr_format zarr, uint64_t n);

/* Check the version of a document: "1.0" is OK. Errors: NEWER (a greater major version), FORMAT. */
int format_check(const char *format, const char *what, cz_error *err);

#endif
