/* Fills blocks from the source, in order, and passes them to the next stages.
 *
 *     source_reader_block() ─▶ source_reader_read() ... ─▶ source_reader_submit()   in order
 *                             │
 *                 ranges of the source, several in flight if it is remote
 *                             │  taken in the same order, as their bytes arrive
 *                             ▼
 *                 digest, progress, and submitted blocks to the workers
 *
 * Belongs to one thread. */
#ifndef CZ_CONVERT_SOURCE_READER_H
#define CZ_CONVERT_SOURCE_READER_H

#include "base/workers.h"
#include "convert/input/source_digest.h"
#include "source/source.h"

typedef struct source_reader source_reader;

typedef struct source_reader_outputs {
    source *from;
    source_digest *digest;
    workers *workers; /* their items are full blocks */
    /* Called after each range with the bytes and frames that it completed. A result other than
     * CZ_OK stops the pass. */
    int (*on_read)(void *user, uint64_t bytes, uint64_t frames, cz_error *err);
    void *user;
} source_reader_outputs;

/* Up to `memory` bytes are in flight. Errors: NOMEM. */
int source_reader_open(source_reader **out, const source_reader_outputs *outputs, size_t memory,
                       cz_error *err);
/* An empty block for `number`; completes reads in flight while none is free. Errors: NOMEM (or the
 * pool was closed), and those of source_reader_read(). */
int source_reader_block(block **out, source_reader *in, block_pool *pool, uint64_t number,
                        cz_error *err);
/* Append the next n bytes of the source, at offset, to b. Errors: those of source_read_at() and
 * on_read(), and NOMEM. */
int source_reader_read(source_reader *in, block *b, uint64_t offset, uint64_t n, cz_error *err);
/* The block is complete: a worker gets it once all its bytes have arrived. */
int source_reader_submit(source_reader *in, block *b, cz_error *err);
/* A frame ends with the last read. */
void source_reader_frame(source_reader *in);
/* Wait for all reads. Errors: as source_reader_read(). */
int source_reader_finish(source_reader *in, cz_error *err);
/* Cancels reads in flight; blocks whose segments were not taken keep their holder. NULL-safe. */
void source_reader_close(source_reader **in);

#endif
