/* Zarr, versions 3 and 2: metadata documents of groups and arrays, and codecs of chunks.
 *
 * No I/O: documents and bytes in memory only. Thread-safe.
 * Source: Zarr core specification 3.0 (sections named in the .c files); sharding-indexed codec 1.0;
 * Zarr storage specification 2. */
#ifndef CZ_STORE_ZARR_ZARR_H
#define CZ_STORE_ZARR_ZARR_H

#include "base/buf.h"
#include "store/json/json.h"

enum {
    ZARR_DIM_MAX = 4,
    ZARR_CODEC_MAX = 2,
    ZARR_CHUNK_MAX = 0x7fffffff - 16, /* bytes of a compressed chunk: blosc's limit */
};

typedef enum zarr_format { ZARR_V2 = 2, ZARR_V3 = 3 } zarr_format;

typedef enum zarr_type {
    ZARR_U8,
    ZARR_U32,
    ZARR_I64,
    ZARR_U64,
    ZARR_F64,
    ZARR_U16,
    ZARR_F32,
    ZARR_STRING /* UTF-8, codec vlen-utf8: chunks are encoded by zarr_strings_add() */
} zarr_type;
size_t zarr_type_size(zarr_type t); /* of ZARR_STRING 1 */

/* Append strings as the codec vlen-utf8 stores them: first their number, then each. */
void zarr_strings_begin(buf *out, uint32_t n);
void zarr_strings_add(buf *out, const char *text);

/* Codecs after `bytes` (little-endian), in the order of encoding: none, a compressor, CRC-32C, or a
 * compressor and then CRC-32C. */
typedef enum zarr_codec_kind { ZARR_CRC32C, ZARR_BLOSC, ZARR_ZSTD } zarr_codec_kind;
typedef struct zarr_codec {
    zarr_codec_kind kind;
    int level;       /* blosc 0 to 9, zstd 1 to 22 */
    size_t typesize; /* blosc: byte shuffle if > 1; its compressor is zstd */
} zarr_codec;

typedef struct zarr_array {
    zarr_type type;
    bool sharded; /* see inner */
    size_t n_dims;
    uint64_t shape[ZARR_DIM_MAX];
    uint64_t chunk[ZARR_DIM_MAX];  /* at least 1 each, even if the array is empty */
    const char *dim[ZARR_DIM_MAX]; /* dimension names */
    zarr_codec codec[ZARR_CODEC_MAX];
    size_t n_codecs;
    /* Sharded: chunk is the shape of a shard, inner that of an inner chunk; inner_codec (owned by
     * the document afterwards) describes the codec from array to bytes, instead of `bytes` and
     * codec[]. The index is at the end, with CRC-32C. */
    uint64_t inner[ZARR_DIM_MAX];
    cJSON *inner_codec;
    uint64_t fill_value; /* in version 3; in version 2 there is none */
    cJSON *attributes;   /* owned by the document afterwards; {} for none; NULL: out of memory */
} zarr_array;

/* The document (zarr.json) of an array; the caller owns it. Out of memory: json_print() refuses it.
 * inner_codec and attributes are moved out of *a in any case. The chunk key
 * encoding is "default" with "/". */
cJSON *zarr_array_doc(zarr_array *a);
/* The document of a group; takes ownership of attributes (NULL: out of memory). Children, arrays in
 * ascending order of their names, are copied into inline consolidated metadata. */
typedef struct zarr_child {
    const char *path;
    const cJSON *doc;
} zarr_child;
cJSON *zarr_group_doc(cJSON *attributes, const zarr_child *child, size_t n_children);
/* Give a group's document consolidated metadata: an object that has the document of each node by
 * its path, which is moved. */
void zarr_group_consolidate(cJSON *doc, cJSON *metadata);

/* The same in version 2. zarr2_array_doc() is .zarray: without a compressor, so that netCDF-C can
 * read it, with inner_codec (moved), if any, as its filter, and fill value null; not sharded.
 * zarr2_array_attributes() is .zattrs: attributes (moved) and dimension names. zarr2_group_doc() is
 * .zgroup. */
cJSON *zarr2_array_doc(zarr_array *a);
cJSON *zarr2_array_attributes(zarr_array *a);
cJSON *zarr2_group_doc(void);

/* The length of a one-dimensional array, from its version 3 document. Nothing else of the document
 * is read: readers take types, chunks and codecs from format/layout.h. Errors: UNSUPPORTED (another
 * version), FORMAT (not an array of one dimension). */
int zarr_array_length(uint64_t *out, const cJSON *doc, const char *what, cz_error *err);

/* Encode a chunk: data are n bytes of little-endian elements, always a full chunk, also at the
 * array's edge. Appends to out; deterministic. Errors: NOMEM, USAGE (codecs in another order, more
 * than ZARR_CHUNK_MAX bytes, a sharded array). */
int zarr_encode(buf *out, const zarr_array *a, const void *data, size_t n, cz_error *err);
/* Decode a chunk to exactly n bytes. Errors: CORRUPT, and those of zarr_encode(). */
int zarr_decode(void *data, size_t n, const zarr_array *a, const void *chunk, size_t len,
                const char *what, cz_error *err);

/* Convert n integers of `element` bytes between native and little-endian order, in place. */
void zarr_little_endian(void *data, size_t n, size_t element);

/* The index at the end of a shard (sharding-indexed, "Binary shard format"): n little-endian pairs
 * of offset and length, and their CRC-32C. Both are SHARD_ABSENT for a missing chunk. */
typedef struct shard_span {
    uint64_t offset, len;
} shard_span;
#define SHARD_ABSENT UINT64_MAX
size_t shard_index_size(size_t n); /* 16 n + 4 */
void shard_index_write(uint8_t *out, const shard_span *at, size_t n);
/* raw has shard_index_size(n) bytes. Errors: CORRUPT (checksum mismatch, or a span beyond the first
 * `limit` bytes of the shard). */
int shard_index_read(shard_span *out, size_t n, const uint8_t *raw, uint64_t limit,
                     const char *what, cz_error *err);

#endif
