/* store/zarr: documents of arrays, and codecs of chunks.
 *
 * Input: one byte that selects the codecs, two for the chunk's length, the chunk; or an array's
 * document. */
#include "store/zarr/zarr.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

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
                                            {.kind = ZARR_ZSTD, .level = 3}};
    zarr_array a = {0};
    const size_t i = data[0] & 3;
    if (i > 0 && i <= sizeof compressor / sizeof *compressor)
        a.codec[a.n_codecs++] = compressor[i - 1];
    if (data[0] & 4)
        a.codec[a.n_codecs++] = (zarr_codec){.kind = ZARR_CRC32C};
    const size_t decoded = (size_t)data[1] << 8 | data[2];
    if (decoded)
        decode(&a, decoded, data + 3, n - 3);
}

static void read_document(const uint8_t *data, size_t n)
{
    cJSON *doc = NULL;
    cz_error err;
    uint64_t length;
    if (json_parse(&doc, data, n, "fuzz", &err) == CZ_OK)
        (void)zarr_array_length(&length, doc, "fuzz", &err);
    cJSON_Delete(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n >= 3 && data[0] < 8)
        decode_kind(data, n);
    else
        read_document(data, n);
    return 0;
}
