#include "convert/input/block.h"

#include <stdlib.h>

int block_pool_init(block_pool *p, size_t n, size_t bytes, cz_error *err)
{
    *p = (block_pool){.bytes = bytes};
    p->block = calloc(n, sizeof *p->block);
    if (!p->block)
        return cz_fail_memory(err, "%zu buffers of %zu bytes", n, bytes);
    p->n = n;
    const int rc = queue_new(&p->free, n, err);
    if (rc < 0) {
        block_pool_free(p);
        return rc;
    }
    for (size_t i = 0; i < n; i++) {
        p->block[i].pool = p;
        atomic_init(&p->block[i].holders, 0);
        (void)queue_push(p->free, &p->block[i]); /* has room for all of them */
    }
    return CZ_OK;
}

void block_pool_free(block_pool *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->block[i].data);
    free(p->block);
    queue_free(&p->free);
    *p = (block_pool){0};
}

block *block_take(block_pool *p, bool wait)
{
    block *b = wait ? queue_pop(p->free) : queue_try_pop(p->free);
    if (!b)
        return NULL;
    if (!b->data && !(b->data = malloc(p->bytes))) {
        (void)queue_push(p->free, b);
        return NULL;
    }
    b->len = b->head = 0;
    b->number = 0;
    atomic_store(&b->holders, 1);
    return b;
}

void block_hold(block *b)
{
    atomic_fetch_add(&b->holders, 1);
}

void block_release(block *b)
{
    /* The push fails only after the pool was closed; then the block is not needed. */
    if (atomic_fetch_sub(&b->holders, 1) == 1)
        (void)queue_push(b->pool->free, b);
}
