/* store/zarr/chunk.c: the index of a shard, as it is and with a corrected checksum. */
#include "store/zarr/zarr.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LIMIT = 1 << 16 };

/* A span that was let pass lies in the shard, and all is written as it was read. */
static void check(const shard_span *at, size_t n, const uint8_t *raw)
{
    for (size_t i = 0; i < n; i++)
        if (at[i].offset != SHARD_ABSENT &&
            (at[i].offset > LIMIT || at[i].len > LIMIT - at[i].offset))
            abort();
    uint8_t *again = malloc(shard_index_size(n));
    if (!again)
        abort();
    shard_index_write(again, at, n);
    if (memcmp(again, raw, shard_index_size(n)) != 0)
        abort();
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < shard_index_size(0))
        return 0;
    const size_t n = (len - shard_index_size(0)) / 16;
    uint8_t *raw = malloc(shard_index_size(n));
    shard_span *at = calloc(n ? n : 1, sizeof *at);
    cz_error err;
    if (!raw || !at)
        abort();
    memcpy(raw, data, shard_index_size(n));
    for (int repaired = 0; repaired < 2; repaired++) {
        if (shard_index_read(at, n, raw, LIMIT, "fuzz", &err) == CZ_OK)
            check(at, n, raw);
        wr32le(raw + 16 * n, crc32c(0, raw, 16 * n));
    }
    free(raw);
    free(at);
    return 0;
}
