/* What the pass over the source yields: the objects that were put, and what was found in the
 * frames. The index and the commit marker are written from it. */
#ifndef CZ_CONVERT_PASS_RESULT_H
#define CZ_CONVERT_PASS_RESULT_H

#include "base/digest.h"
#include "convert/plan.h"

/* An object of the clip that is in the store. */
typedef struct published {
    char rel_key[REL_KEY_MAX]; /* relative to "clips/NAME/" */
    uint64_t size;
    char sha256[SHA256_HEX + 1];
} published;

typedef struct pass_result {
    uint32_t *crc32c;     /* of each frame; 0 where it has no bytes */
    uint8_t *flags;       /* of each frame */
    uint32_t *shard_head; /* of each shard: bytes before its first frame */
    published *shard;     /* of each shard; rel_key is "" where no frame of it has bytes */
    published *chunk;     /* of each chunk of source/bytes */
    uint64_t n_chunks;
    char md5[MD5_HEX + 1];
    char sha256[SHA256_HEX + 1]; /* "" unless requested */
} pass_result;

/* Allocate the tables for the plan's frames, shards and chunks; n_chunks is 0. Errors: NOMEM, and
 * then *r still has to be freed. */
int pass_result_init(pass_result *r, const plan *p, cz_error *err);
void pass_result_free(pass_result *r); /* NULL-safe, repeatable */

#endif
