#include "base/queue.h"

#include <pthread.h>
#include <stdlib.h>

struct queue {
    pthread_mutex_t lock; /* protects all below */
    pthread_cond_t not_full, not_empty;
    void **ring;
    size_t capacity, first, count;
    bool closed;
};

int queue_new(queue **out, size_t capacity, cz_error *err)
{
    *out = NULL;
    if (capacity == 0)
        return cz_fail(err, CZ_USAGE, "queue: the capacity is 0");
    queue *q = calloc(1, sizeof *q);
    void **ring = calloc(capacity, sizeof *ring);
    if (!q || !ring)
        goto nomem;
    q->ring = ring;
    q->capacity = capacity;
    if (pthread_mutex_init(&q->lock, NULL) != 0)
        goto nomem;
    if (pthread_cond_init(&q->not_full, NULL) != 0)
        goto no_full;
    if (pthread_cond_init(&q->not_empty, NULL) != 0)
        goto no_empty;
    *out = q;
    return CZ_OK;
no_empty:
    (void)pthread_cond_destroy(&q->not_full);
no_full:
    (void)pthread_mutex_destroy(&q->lock);
nomem:
    free(ring);
    free(q);
    return cz_fail_memory(err, "queue");
}

bool queue_push(queue *q, void *item)
{
    pthread_mutex_lock(&q->lock);
    while (q->count == q->capacity && !q->closed)
        pthread_cond_wait(&q->not_full, &q->lock);
    const bool taken = !q->closed;
    if (taken) {
        q->ring[(q->first + q->count++) % q->capacity] = item;
        pthread_cond_signal(&q->not_empty);
    }
    pthread_mutex_unlock(&q->lock);
    return taken;
}

static void *pop(queue *q, bool wait)
{
    void *item = NULL;
    pthread_mutex_lock(&q->lock);
    while (wait && q->count == 0 && !q->closed)
        pthread_cond_wait(&q->not_empty, &q->lock);
    if (q->count) {
        item = q->ring[q->first];
        q->first = (q->first + 1) % q->capacity;
        q->count--;
        pthread_cond_signal(&q->not_full);
    }
    pthread_mutex_unlock(&q->lock);
    return item;
}

void *queue_pop(queue *q)
{
    return pop(q, true);
}

void *queue_try_pop(queue *q)
{
    return pop(q, false);
}

void queue_close(queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->not_full);
    pthread_cond_broadcast(&q->not_empty);
    pthread_mutex_unlock(&q->lock);
}

void queue_free(queue **q)
{
    if (!q || !*q)
        return;
    (void)pthread_cond_destroy(&(*q)->not_empty);
    (void)pthread_cond_destroy(&(*q)->not_full);
    (void)pthread_mutex_destroy(&(*q)->lock);
    free((*q)->ring);
    free(*q);
    *q = NULL;
}
