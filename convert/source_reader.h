/* Fills blocks from the source, front to back, and hands them to the stages that follow.
 *
 *     source_reader_block() ─▶ source_reader_read() ... ─▶ source_reader_submit()   in order
 *                             │
 *                 ranges of the source, several under way at once if it is remote
 *                             │  taken in the same order, when their bytes have arrived
 *                             ▼
 *                 digest, progress, and submitted blocks to the workers
 *
 * Belongs to one thread. */
#ifndef CZ_CONVERT_SOURCE_READER_H
#define CZ_CONVERT_SOURCE_READER_H

#include "base/workers.h"
#include "convert/source_digest.h"
#include "source/source.h"

typedef struct source_reader source_reader;

typedef struct source_reader_outputs {
    source *from;
    source_digest *digest;
    workers *workers; /* their items are full blocks */
    /* Called for each range: that many bytes are there, and with them so many frames. Not CZ_OK
     * ends it all. */
    int (*on_read)(void *user, uint64_t bytes, uint64_t frames, cz_error *err);
    void *user;
} source_reader_outputs;

/* `memory` bytes may be under way. Errors: NOMEM. */
int source_reader_open(source_reader **out, const source_reader_outputs *outputs, size_t memory,
                       cz_error *err);
/* An empty block for `number`; waits for reads under way while none is free. Errors: NOMEM (or the
 * pool was closed), and what source_reader_read() says. */
int source_reader_block(block **out, source_reader *in, block_pool *pool, uint64_t number,
                        cz_error *err);
/* The next n bytes of the source, from offset on, go to the end of b. Errors: as source_read_at(),
 * NOMEM, and what on_read() says. */
int source_reader_read(source_reader *in, block *b, uint64_t offset, uint64_t n, cz_error *err);
/* Nothing more will be read into b. A worker gets it when all its bytes have arrived. */
int source_reader_submit(source_reader *in, block *b, cz_error *err);
/* A frame ends with the last read. */
void source_reader_frame(source_reader *in);
/* Wait for all reads. Errors: as source_reader_read(). */
int source_reader_finish(source_reader *in, cz_error *err);
/* NULL-safe. Breaks off what is under way; blocks whose segments were not taken keep their
 * holder. */
void source_reader_close(source_reader **in);

#endif
