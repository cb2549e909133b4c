/* Blocks of memory that are passed between the stages of a pass, and the pool that bounds them. */
#ifndef CZ_CONVERT_BLOCK_H
#define CZ_CONVERT_BLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/queue.h"

typedef struct block_pool block_pool;

/* A shard, or a chunk of source/bytes, while it is read, digested, checked and put. */
typedef struct block {
    block_pool *pool;
    uint64_t number; /* of the shard or chunk */
    uint8_t *data;   /* pool->bytes of them */
    size_t len;      /* filled so far, or requested */
    size_t head;     /* shard: bytes before its first frame */
    atomic_uint holders;
} block;

struct block_pool {
    size_t bytes; /* of each block */
    block *block;
    size_t n;
    queue *free;
};

/* n blocks; their memory is taken when they are first used. Errors: NOMEM. */
int block_pool_init(block_pool *p, size_t n, size_t bytes, cz_error *err);
void block_pool_free(block_pool *p); /* no block may be in use */

/* An empty block with one holder. NULL when none is free now; with `wait` only when the pool is
 * closed (queue_close(p->free)), or memory is short. */
block *block_take(block_pool *p, bool wait);
void block_hold(block *b);
/* When the last holder releases a block it returns to the pool. */
void block_release(block *b);

#endif
