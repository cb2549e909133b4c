/* base/queue.c among many threads: every item comes out once, none is lost at the end. */
#include "base/queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { PRODUCERS = 4, CONSUMERS = 3, EACH = 5000, CAPACITY = 7, ALL = PRODUCERS * EACH };

typedef struct job {
    queue *q;
    uintptr_t first; /* a producer's items are first, first + 1, ... */
} job;

static atomic_uint seen[ALL + 1]; /* how often each item came out; 0 is never used */

static void check(int ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "tsan_queue: %s\n", what);
        exit(EXIT_FAILURE);
    }
}

static void *produce(void *arg)
{
    const job *j = arg;
    for (uintptr_t i = 0; i < EACH; i++)
        check(queue_push(j->q, (void *)(j->first + i)), "push into an open queue");
    return NULL;
}

static void *consume(void *arg)
{
    const job *j = arg;
    /* One producer's items pass in their order, through whatever hands. */
    uintptr_t last[PRODUCERS] = {0};
    for (void *item; (item = queue_pop(j->q));) {
        const uintptr_t v = (uintptr_t)item, producer = (v - 1) / EACH;
        check(v >= 1 && v <= ALL, "an item that was never pushed");
        check(v > last[producer], "items of one producer out of order");
        last[producer] = v;
        atomic_fetch_add(&seen[v], 1);
    }
    return NULL;
}

int main(void)
{
    queue *q = NULL;
    check(queue_new(&q, CAPACITY, NULL) == CZ_OK, "queue_new");
    pthread_t producer[PRODUCERS], consumer[CONSUMERS];
    job jobs[PRODUCERS];
    job one = {q, 0};
    for (size_t i = 0; i < CONSUMERS; i++)
        check(pthread_create(&consumer[i], NULL, consume, &one) == 0, "pthread_create");
    for (size_t i = 0; i < PRODUCERS; i++) {
        jobs[i] = (job){q, 1 + i * EACH};
        check(pthread_create(&producer[i], NULL, produce, &jobs[i]) == 0, "pthread_create");
    }
    for (size_t i = 0; i < PRODUCERS; i++)
        check(pthread_join(producer[i], NULL) == 0, "pthread_join");
    queue_close(q);
    for (size_t i = 0; i < CONSUMERS; i++)
        check(pthread_join(consumer[i], NULL) == 0, "pthread_join");
    for (size_t i = 1; i <= ALL; i++)
        check(atomic_load(&seen[i]) == 1, "an item was lost or doubled");
    check(!queue_push(q, q), "push into a closed queue");
    check(!queue_pop(q), "pop from a closed and empty queue");
    queue_free(&q);
    return 0;
}
