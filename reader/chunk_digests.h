/* What chunks.jsonl says of a clip's chunks: the size and SHA-256 that each one must have.
 *
 * The commit marker has the digest of chunks.jsonl. It is compared before any line is used, so that
 * what is held against a line is held against the commit marker. */
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

/* Those of the clip: read on first use and kept with it. Thread-safe. Errors: CORRUPT (chunks.jsonl
 * isn't what the commit marker says), FORMAT (it is, but lists other chunks than the clip has),
 * NOMEM, and what reading says. */
int chunk_digests_of(const chunk_digests **out, cz_clip *clip, cz_error *err);
void chunk_digests_free(chunk_digests **d); /* NULL-safe */

/* Compare n bytes, which are the whole object `key`. Errors: CORRUPT, NOMEM. */
int chunk_digest_check(const chunk_digest *d, const void *bytes, size_t n, const char *key,
                       cz_error *err);

/* Read a whole shard and compare it: for its movie header, which has no checksum of its own.
 * Errors: as chunk_digests_of(), and CORRUPT when the shard isn't what its line says. */
int shard_check(const cz_clip *clip, uint64_t shard, cz_error *err);

#endif
