/* The pass over the source: reads it once, in order, and digests, checks and puts its bytes in
 * bounded memory.
 *
 *     calling thread   reads in the order of the file, frames straight into the block of their
 *                      shard, all other bytes into blocks of source/bytes
 *     digest thread    MD5 (and SHA-256) of the bytes, in the same order
 *     workers          each full block: check, CRC-32C and analysis of its frames, or compression;
 *                      SHA-256; put
 *
 * Blocks come from a pool and go back to it when both the digest and a worker are done with them:
 * the pool's size is the limit on memory, and the reading thread, which waits for a free block,
 * proceeds at the pace of the slowest stage. */
#ifndef CZ_CONVERT_PIPELINE_H
#define CZ_CONVERT_PIPELINE_H

#include "convert/analysis.h"
#include "convert/pass_result.h"
#include "convert/publish.h"

struct source; /* source/source.h */

enum { PASS_WORKERS_MAX = 64 };

typedef struct pass_options {
    unsigned threads;        /* workers, at most PASS_WORKERS_MAX */
    uint64_t memory;         /* limit of the buffers, in bytes */
    size_t read_ahead_bytes; /* 0 for a local file */
    analysis *analysis;      /* of the frames, begun for as many workers; NULL: none */
    bool sha256;             /* compute the source's SHA-256, too */
    int (*progress)(void *user, const cz_progress *progress);
    void *user;
} pass_options;

/* Errors: NOMEM (two shards exceed options->memory), CANCELLED, CHANGED, and those of reading
 * and writing; on failure *out is empty. */
int pass_run(pass_result *out, const plan *of, struct source *from, publisher *to,
             const pass_options *options, cz_error *err);

#endif
