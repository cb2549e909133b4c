/* Blocks are filled from the source, front to back, and given to the stages that follow.
 *
 *     source_reader_block() ─▶ source_reader_read() ... ─▶ source_reader_submit()          in the order of the file
 *                             │
 *                 ranges of the source, under way at once where it is far away
 *                             │  settled in the same order, when their bytes are there
 *                             ▼
 *                 digest, progress, and blocks that were given: to the workers
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
    int (*settled)(void *user, uint64_t bytes, uint64_t frames, cz_error *err);
    void *user;
} source_reader_outputs;

/* `memory` bytes may be under way. Errors: NOMEM. */
int source_reader_open(source_reader **out, const source_reader_outputs *outputs, size_t memory,
                       cz_error *err);
/* An empty block for `number`; settles what is under way while there is none. Errors: NOMEM (or the
 * pool was closed), and what source_reader_read() says. */
int source_reader_block(block **out, source_reader *in, block_pool *pool, uint64_t number,
                        cz_error *err);
/* The next n bytes of the source, from offset on, go to the end of b. Errors: as source_read_at(),
 * NOMEM, and what settled() says. */
int source_reader_read(source_reader *in, block *b, uint64_t offset, uint64_t n, cz_error *err);
/* Nothing more will be read into b. It is a worker's when all is there that was asked for. */
int source_reader_submit(source_reader *in, block *b, cz_error *err);
/* A frame ends with what was asked for last. */
void source_reader_frame(source_reader *in);
/* All of it is to be there. Errors: as source_reader_read(). */
int source_reader_finish(source_reader *in, cz_error *err);
/* NULL-safe. Breaks off what is under way; blocks that weren't settled keep their holder. */
void source_reader_close(source_reader **in);

#endif
