/* store/zarr*.c: documents of arrays, and bytes of chunks.
 *
 * Input: one byte that says which codecs, two for the chunk's length, the chunk; or an array's
 * document, a NUL, and the chunk. */
#include "store/zarr/zarr.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { DECODED_MAX = 1 << 20 };

/* In blocks of their exact size, so that a sanitizer sees the first byte outside. */
static void decode(const zarr_array *a, size_t decoded, const uint8_t *chunk, size_t len)
{
    cz_error err;
    uint8_t *to = malloc(decoded), *from = malloc(len ? len : 1);
    if (!to || !from)
        abort();
    if (len)
        memcpy(from, chunk, len);
    const int rc = zarr_decode(to, decoded, a, from, len, "fuzz", &err);
    if (rc != CZ_OK && rc != CZ_CORRUPT && rc != CZ_NOMEM)
        abort();
    free(to);
    free(from);
}

static void decode_kind(const uint8_t *data, size_t n)
{
    static const zarr_codec compressor[] = {{.kind = ZARR_BLOSC, .level = 5, .typesize = 8},
                                            {.kind = ZARR_GZIP, .level = 6},
                                            {.kind = ZARR_ZSTD, .level = 3}};
    zarr_array a = {0};
    if (data[0] & 3)
        a.codec[a.n_codecs++] = compressor[(data[0] & 3) - 1];
    if (data[0] & 4)
        a.codec[a.n_codecs++] = (zarr_codec){.kind = ZARR_CRC32C};
    const size_t decoded = (size_t)data[1] << 8 | data[2];
    if (decoded)
        decode(&a, decoded, data + 3, n - 3);
}

static void decode_document(const uint8_t *data, size_t n)
{
    const uint8_t *end = memchr(data, 0, n);
    const size_t text = end ? (size_t)(end - data) : n;
    cJSON *doc = NULL;
    cz_error err;
    zarr_array a;
    if (json_parse(&doc, data, text, "fuzz", &err) == CZ_OK &&
        zarr_array_parse(&a, doc, "fuzz", &err) == CZ_OK) {
        uint64_t decoded = zarr_type_size(a.type);
        for (size_t i = 0; i < a.n_dims; i++) {
            if (a.chunk[i] == 0 || a.chunk[i] > INT64_MAX / decoded)
                abort(); /* promised: chunks can be multiplied */
            decoded *= a.chunk[i];
        }
        if (end && !a.sharded && decoded <= DECODED_MAX)
            decode(&a, (size_t)decoded, end + 1, n - text - 1);
    }
    cJSON_Delete(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n >= 3 && data[0] < 8)
        decode_kind(data, n);
    else
        decode_document(data, n);
    return 0;
}
