/* Zarr, versions 3 and 2: documents of groups and arrays, and the codecs of chunks.
 *
 * Knows nothing of sockets and files: documents and bytes in, documents and bytes out. Thread-safe.
 * Source: Zarr core specification 3.0 (sections named in the .c files); sharding-indexed codec 1.0;
 * Zarr storage specification 2. */
#ifndef CZ_STORE_ZARR_ZARR_H
#define CZ_STORE_ZARR_ZARR_H

#include "base/buf.h"
#include "store/json/json.h"

enum {
    ZARR_DIM_MAX = 4,
    ZARR_CODEC_MAX = 2,
    ZARR_CHUNK_MAX = 0x7fffffff - 16, /* bytes of a chunk that is compressed: what blosc can hold */
};

/* The versions of Zarr that a hierarchy can be in. */
typedef enum zarr_format { ZARR_V2 = 2, ZARR_V3 = 3 } zarr_format;

typedef enum zarr_type { ZARR_U8, ZARR_U32, ZARR_I64, ZARR_U64 } zarr_type;
size_t zarr_type_size(zarr_type t);

/* Codecs after `bytes` (little endian), in the order of encoding: none, a compressor, CRC-32C, or a
 * compressor and then CRC-32C. */
typedef enum zarr_codec_kind { ZARR_CRC32C, ZARR_BLOSC, ZARR_GZIP, ZARR_ZSTD } zarr_codec_kind;
typedef struct zarr_codec {
    zarr_codec_kind kind;
    int level;       /* blosc 0 to 9, gzip 0 to 9, zstd 1 to 22 */
    size_t typesize; /* blosc; shuffled by bytes when > 1. The compressor inside blosc is zstd */
} zarr_codec;

typedef struct zarr_array {
    zarr_type type;
    bool sharded; /* see below */
    size_t n_dims;
    uint64_t shape[ZARR_DIM_MAX];
    uint64_t chunk[ZARR_DIM_MAX];  /* at least 1 each, of an empty array too */
    const char *dim[ZARR_DIM_MAX]; /* dimension names */
    zarr_codec codec[ZARR_CODEC_MAX];
    size_t n_codecs;
    /* Sharded: chunk is the shard's shape, inner the chunk's inside; inner_codec (moved) is the
     * document of the codec that turns an inner chunk into bytes, in place of `bytes` and codec[].
     * Index at the end, with CRC-32C. */
    uint64_t inner[ZARR_DIM_MAX];
    cJSON *inner_codec;
    cJSON *attributes; /* moved into the document; NULL is out of memory ({} for none) */
} zarr_array;

/* The document (zarr.json) of an array or a group; the caller owns it. NULL, or a document that
 * json_print() refuses, when out of memory. inner_codec and attributes are gone from *a either way.
 * fill_value is 0. Keys encoded "default" with "/". */
cJSON *zarr_array_doc(zarr_array *a);
/* attributes is moved; NULL is out of memory. With children, they are the inline consolidated
 * metadata, in the order given: names ascending. Documents of children are copied; they are arrays.
 */
typedef struct zarr_child {
    const char *path;
    const cJSON *doc;
} zarr_child;
cJSON *zarr_group_doc(cJSON *attributes, const zarr_child *child, size_t n_children);
/* Give a group's document consolidated metadata: an object that has the document of each node by
 * its path, which is moved. */
void zarr_group_consolidate(cJSON *doc, cJSON *metadata);

/* The same in version 2 (store/zarr_v2.c). Of an array: .zarray, without a compressor, so that
 * netCDF-C reads it, with inner_codec (moved) as its filter, if it has one, and with fill value
 * null; and .zattrs, which are its attributes (moved) and the names of its dimensions. Not sharded.
 * Of a group: .zgroup. NULL as above. */
cJSON *zarr2_array_doc(zarr_array *a);
cJSON *zarr2_array_attributes(zarr_array *a);
cJSON *zarr2_group_doc(void);

/* Read an array's document. What it has that this library lacks: UNSUPPORTED, named; what isn't an
 * array: FORMAT. Strings and documents aren't kept: dim, inner_codec and attributes are NULL. Of a
 * sharded array, what the inner codecs are is left to the caller. */
int zarr_array_parse(zarr_array *out, const cJSON *doc, const char *what, cz_error *err);

/* One chunk's bytes: data are n bytes of little-endian elements (n is whole chunks only, whatever
 * the array's edge). encode appends to out, the same bytes always. Errors: NOMEM, USAGE (codecs in
 * another order, more than ZARR_CHUNK_MAX bytes, a sharded array). */
int zarr_encode(buf *out, const zarr_array *a, const void *data, size_t n, cz_error *err);
/* decode gives exactly n bytes. Errors: CORRUPT, else as of encode. */
int zarr_decode(void *data, size_t n, const zarr_array *a, const void *chunk, size_t len,
                const char *what, cz_error *err);

/* Arrays of n native integers of `element` bytes <-> little-endian bytes, in place; nothing on
 * little-endian machines. */
void zarr_little_endian(void *data, size_t n, size_t element);

/* The index that ends a shard (sharding-indexed, Binary shard format): n pairs of (offset, length),
 * little-endian, and their CRC-32C. A chunk that isn't there: both all ones. */
typedef struct shard_span {
    uint64_t offset, len;
} shard_span;
#define SHARD_ABSENT UINT64_MAX
size_t shard_index_size(size_t n); /* 16 n + 4 */
void shard_index_write(uint8_t *out, const shard_span *at, size_t n);
/* raw are shard_index_size(n) bytes. CORRUPT: checksum, or a span that doesn't lie within the first
 * `limit` bytes of the shard. */
int shard_index_read(shard_span *out, size_t n, const uint8_t *raw, uint64_t limit,
                     const char *what, cz_error *err);

#endif
