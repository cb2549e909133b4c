/* The layout of a camzarr store: names of objects, columns of the index, the format's version.
 *
 * What docs/format.md says once, for the converter that writes it and the reader that reads it.
 * Pure. */
#ifndef CZ_STORE_LAYOUT_H
#define CZ_STORE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "store/zarr.h"

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
void key_shard(char out[KEY_MAX], const char *name, uint64_t shard);
void key_source_chunk(char out[KEY_MAX], const char *name, uint64_t chunk);

/* What we write, and the names of objects below "clips/NAME/" as the mark and chunks.jsonl have them. */
#define FORMAT_TEXT "1.0"
#define REST_MARK "zarr.json"
#define REST_BEGUN "begun.json"
#define REST_CHUNKS "chunks.jsonl"
#define REST_SHARD "video/video/c/%" PRIu64 "/0/0/0"
#define REST_SOURCE_CHUNK "source/bytes/c/%" PRIu64

/* Column c of the index (a cz_column): its name and its array of n frames, one chunk; attributes
 * are NULL. */
const char *column_name(int c);
void column_array(zarr_array *out, int c, uint64_t n);
/* video/time: the values of the column time, without a compressor. */
void video_time_array(zarr_array *out, uint64_t n);
/* The arrays of source/: bytes (n bytes), and the offsets and lengths of n ranges. */
void source_bytes_array(zarr_array *out, uint64_t n);
void source_range_array(zarr_array *out, uint64_t n);

/* "1.0" -> OK; a greater major version: NEWER; anything else: FORMAT. */
int format_check(const char *format, const char *what, cz_error *err);

#endif
