/* The size and SHA-256 of a clip's chunks, from chunks.jsonl.
 *
 * chunks.jsonl itself is compared with its digest in the commit marker before any line of it is
 * used. */
#ifndef CZ_READER_CHUNK_DIGESTS_H
#define CZ_READER_CHUNK_DIGESTS_H

#include "base/digest.h"
#include "reader/reader.h"

typedef struct chunk_digest {
    uint64_t size;
    char sha256[SHA256_HEX + 1];
} chunk_digest;

/* Of all chunks of source/bytes, by number. */
typedef struct chunk_digests {
    uint64_t n;
    chunk_digest *at;
} chunk_digests;

/* The clip's own, read on first use and kept with it. Thread-safe. Errors: CORRUPT (chunks.jsonl
 * differs from the commit marker), FORMAT (it lists other chunks than the clip has), NOMEM, and
 * those of os_get(). */
int chunk_digests_of(const chunk_digests **out, cz_clip *clip, cz_error *err);
void chunk_digests_free(chunk_digests **d); /* NULL-safe */

/* Compare n bytes, the whole object `key`, with its digest. Errors: CORRUPT, NOMEM. */
int chunk_digest_check(const chunk_digest *d, const void *bytes, size_t n, const char *key,
                       cz_error *err);

/* Read a whole shard and compare it with its digest, which alone covers its movie header. Errors:
 * as chunk_digests_of(), and CORRUPT if the shard differs. */
int shard_check(const cz_clip *clip, uint64_t shard, cz_error *err);

#endif
