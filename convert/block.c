#include "convert/block.h"

#include <stdlib.h>

int block_pool_init(block_pool *p, size_t n, size_t bytes, cz_error *err)
{
    *p = (block_pool){.bytes = bytes};
    block *blocks = calloc(n, sizeof *blocks);
    if (!blocks || pthread_mutex_init(&p->lock, NULL) != 0)
        goto nomem;
    if (pthread_cond_init(&p->came_back, NULL) != 0)
        goto no_cond;
    p->block = blocks;
    p->n = n;
    for (size_t i = n; i-- > 0;) {
        blocks[i].pool = p;
        atomic_init(&blocks[i].holders, 0);
        blocks[i].next = p->free;
        p->free = &blocks[i];
    }
    return CZ_OK;
no_cond:
    (void)pthread_mutex_destroy(&p->lock);
nomem:
    free(blocks);
    return cz_fail(err, CZ_NOMEM, "%zu buffers of %zu bytes", n, bytes);
}

void block_pool_close(block_pool *p)
{
    (void)pthread_mutex_lock(&p->lock);
    p->closed = true;
    (void)pthread_cond_broadcast(&p->came_back);
    (void)pthread_mutex_unlock(&p->lock);
}

void block_pool_free(block_pool *p)
{
    if (!p->block)
        return;
    for (size_t i = 0; i < p->n; i++)
        free(p->block[i].data);
    free(p->block);
    (void)pthread_cond_destroy(&p->came_back);
    (void)pthread_mutex_destroy(&p->lock);
    *p = (block_pool){0};
}

static void give_back(block_pool *p, block *b)
{
    (void)pthread_mutex_lock(&p->lock);
    b->next = p->free;
    p->free = b;
    (void)pthread_cond_signal(&p->came_back);
    (void)pthread_mutex_unlock(&p->lock);
}

block *block_take(block_pool *p, bool wait)
{
    (void)pthread_mutex_lock(&p->lock);
    while (wait && !p->free && !p->closed)
        (void)pthread_cond_wait(&p->came_back, &p->lock);
    block *b = p->closed ? NULL : p->free;
    if (b)
        p->free = b->next;
    (void)pthread_mutex_unlock(&p->lock);
    if (!b)
        return NULL;
    if (!b->data && !(b->data = malloc(p->bytes))) {
        give_back(p, b);
        return NULL;
    }
    b->len = b->head = 0;
    b->number = 0;
    b->next = NULL;
    atomic_store(&b->holders, 1);
    return b;
}

void block_hold(block *b)
{
    atomic_fetch_add(&b->holders, 1);
}

void block_release(block *b)
{
    if (atomic_fetch_sub(&b->holders, 1) == 1)
        give_back(b->pool, b);
}
