/* Codecs of chunks, and the index of shards. */
#include "store/zarr/zarr.h"

#include <blosc.h>
#include <inttypes.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/bytes.h"
#include "base/digest.h"

_Static_assert(ZARR_CHUNK_MAX <= BLOSC_MAX_BUFFERSIZE, "the least limit of the compressors");

enum { CRC_LEN = 4 };

static int encode_blosc(buf *out, const zarr_codec *c, const void *data, size_t n, cz_error *err)
{
    const size_t room = n + BLOSC_MAX_OVERHEAD;
    uint8_t *to = buf_grow(out, room);
    if (!to)
        return cz_fail_memory(err, "chunk of %zu bytes", n);
    const int shuffle = c->typesize > 1 ? BLOSC_SHUFFLE : BLOSC_NOSHUFFLE;
    const int len = blosc_compress_ctx(c->level, shuffle, c->typesize, n, data, to, room,
                                       BLOSC_ZSTD_COMPNAME, 0, 1);
    if (len == -1 &&
        blosc_compname_to_compcode(BLOSC_ZSTD_COMPNAME) < 0) /* otherwise out of memory */
        return cz_fail(err, CZ_UNSUPPORTED, "c-blosc was built without zstd");
    if (len <= 0)
        return cz_fail_memory(err, "chunk of %zu bytes", n);
    out->len -= room - (size_t)len;
    return CZ_OK;
}

static int encode_zstd(buf *out, const zarr_codec *c, const void *data, size_t n, cz_error *err)
{
    const size_t room = ZSTD_compressBound(n);
    uint8_t *to = buf_grow(out, room);
    if (!to)
        return cz_fail_memory(err, "chunk of %zu bytes", n);
    const size_t len = ZSTD_compress(to, room, data, n, c->level);
    if (ZSTD_isError(len))
        return cz_fail_memory(err, "chunk of %zu bytes", n);
    out->len -= room - len;
    return CZ_OK;
}

static int compress_chunk(buf *out, const zarr_codec *c, const void *data, size_t n, cz_error *err)
{
    switch (c->kind) {
    case ZARR_BLOSC:
        return encode_blosc(out, c, data, n, err);
    case ZARR_ZSTD:
        return encode_zstd(out, c, data, n, err);
    case ZARR_CRC32C:
        break;
    }
    return cz_fail(err, CZ_USAGE, "codec is not a compressor");
}

/* The supported chains: an optional compressor, then optional CRC-32C. */
typedef struct chain {
    const zarr_codec *compressor;
    bool checksum;
} chain;

static int chain_of(chain *ch, const zarr_array *a, size_t n, cz_error *err)
{
    *ch = (chain){0};
    size_t i = 0;
    if (a->sharded || a->n_codecs > ZARR_CODEC_MAX)
        return cz_fail(err, CZ_USAGE, "chunk is sharded or has too many codecs");
    if (i < a->n_codecs && a->codec[i].kind != ZARR_CRC32C)
        ch->compressor = &a->codec[i++];
    if (i < a->n_codecs && a->codec[i].kind == ZARR_CRC32C) {
        ch->checksum = true;
        i++;
    }
    if (i < a->n_codecs)
        return cz_fail(err, CZ_USAGE, "unsupported order of codecs");
    if (n == 0 || n > ZARR_CHUNK_MAX)
        return cz_fail(err, CZ_USAGE, "a chunk of %zu bytes", n);
    return CZ_OK;
}

int zarr_encode(buf *out, const zarr_array *a, const void *data, size_t n, cz_error *err)
{
    chain ch;
    int rc = chain_of(&ch, a, n, err);
    if (rc < 0)
        return rc;
    const size_t before = out->len;
    if (ch.compressor)
        rc = compress_chunk(out, ch.compressor, data, n, err);
    else
        buf_add(out, data, n);
    if (rc == CZ_OK && ch.checksum && !out->bad) {
        const uint32_t crc = crc32c(0, out->at + before, out->len - before);
        uint8_t *at = buf_grow(out, CRC_LEN);
        if (at)
            wr32le(at, crc);
    }
    if (rc == CZ_OK && out->bad)
        rc = cz_fail_memory(err, "chunk of %zu bytes", n);
    if (rc < 0)
        out->len = before;
    return rc;
}

void zarr_strings_begin(buf *out, uint32_t n)
{
    uint8_t *at = buf_grow(out, sizeof n);
    if (at)
        wr32le(at, n);
}

void zarr_strings_add(buf *out, const char *text)
{
    const size_t n = strlen(text);
    zarr_strings_begin(out, (uint32_t)n);
    buf_add(out, text, n);
}

/* Each returns CZ_OK if the len bytes at `from` decode to exactly n bytes, else CZ_CORRUPT or
 * CZ_NOMEM. */

static int decode_blosc(void *data, size_t n, const void *from, size_t len)
{
    size_t holds = 0;
    const bool sound = blosc_cbuffer_validate(from, len, &holds) == 0 && holds == n &&
                       blosc_decompress_ctx(from, data, n, 1) == (int)n;
    return sound ? CZ_OK : CZ_CORRUPT;
}

static int decode_zstd(void *data, size_t n, const void *from, size_t len)
{
    const size_t got = ZSTD_decompress(data, n, from, len);
    if (ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation)
        return CZ_NOMEM;
    return got == n ? CZ_OK : CZ_CORRUPT;
}

static int decode_plain(void *data, size_t n, const void *from, size_t len)
{
    if (len != n)
        return CZ_CORRUPT;
    memcpy(data, from, n);
    return CZ_OK;
}

static int decompress_chunk(void *data, size_t n, const zarr_codec *c, const void *from, size_t len)
{
    if (!c)
        return decode_plain(data, n, from, len);
    switch (c->kind) {
    case ZARR_BLOSC:
        return decode_blosc(data, n, from, len);
    case ZARR_ZSTD:
        return decode_zstd(data, n, from, len);
    case ZARR_CRC32C:
        break;
    }
    return CZ_USAGE;
}

int zarr_decode(void *data, size_t n, const zarr_array *a, const void *chunk, size_t len,
                const char *what, cz_error *err)
{
    chain ch;
    int rc = chain_of(&ch, a, n, err);
    if (rc < 0) {
        cz_prefix(err, "%s", what);
        return rc;
    }
    if (ch.checksum) {
        if (len < CRC_LEN ||
            rd32le((const uint8_t *)chunk + len - CRC_LEN) != crc32c(0, chunk, len - CRC_LEN))
            return cz_fail(err, CZ_CORRUPT, "%s: checksum of the chunk", what);
        len -= CRC_LEN;
    }
    rc = decompress_chunk(data, n, ch.compressor, chunk, len);
    if (rc == CZ_NOMEM)
        return cz_fail_memory(err, "%s", what);
    return rc < 0 ? cz_fail(err, rc, "%s: not a chunk of %zu bytes", what, n) : CZ_OK;
}

void zarr_little_endian(void *data, size_t n, size_t element)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    uint8_t *at = data;
    for (size_t i = 0; i < n; i++, at += element)
        for (size_t low = 0, high = element - 1; low < high; low++, high--) {
            const uint8_t was = at[low];
            at[low] = at[high];
            at[high] = was;
        }
#else
    (void)data;
    (void)n;
    (void)element;
#endif
}

size_t shard_index_size(size_t n)
{
    return 16 * n + CRC_LEN;
}

void shard_index_write(uint8_t *out, const shard_span *at, size_t n)
{
    uint8_t *to = out;
    for (size_t i = 0; i < n; i++, to += 16) {
        wr64le(to, at[i].offset);
        wr64le(to + 8, at[i].len);
    }
    wr32le(to, crc32c(0, out, 16 * n));
}

int shard_index_read(shard_span *out, size_t n, const uint8_t *raw, uint64_t limit,
                     const char *what, cz_error *err)
{
    if (rd32le(raw + 16 * n) != crc32c(0, raw, 16 * n))
        return cz_fail(err, CZ_CORRUPT, "%s: checksum of the shard index", what);
    for (size_t i = 0; i < n; i++) {
        const shard_span s = {rd64le(raw + 16 * i), rd64le(raw + 16 * i + 8)};
        const bool absent = s.offset == SHARD_ABSENT && s.len == SHARD_ABSENT;
        if (!absent && (s.offset > limit || s.len > limit - s.offset))
            return cz_fail(err, CZ_CORRUPT,
                           "%s: chunk %zu of the shard lies outside (%" PRIu64 " bytes at %" PRIu64
                           ")",
                           what, i, s.len, s.offset);
        out[i] = s;
    }
    return CZ_OK;
}
