/* base/workers.c with several producers: each item is run or discarded exactly once, and per-worker
 * state needs no lock. */
#include "base/workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { PRODUCERS = 3, WORKERS = 4, EACH = 3000, ALL = PRODUCERS * EACH };

typedef struct pool {
    workers *w;
    uintptr_t fail_at;         /* 0: none */
    size_t run[WORKERS];       /* each worker's own, without a lock */
    atomic_uint seen[ALL + 1]; /* how often each item was run or discarded; 0 is never used */
} pool;

typedef struct producer {
    pool *p;
    uintptr_t first;
} producer;

static void check(int ok, const char *what)
{
    if (!ok) {
        (void)fprintf(stderr, "tsan_workers: %s\n", what);
        exit(EXIT_FAILURE);
    }
}

static int run(void *ctx, unsigned worker, void *item, cz_error *err)
{
    pool *p = ctx;
    p->run[worker]++;
    atomic_fetch_add(&p->seen[(uintptr_t)item], 1);
    return (uintptr_t)item == p->fail_at ? cz_fail(err, CZ_CORRUPT, "an item") : CZ_OK;
}

static void discard(void *ctx, void *item)
{
    atomic_fetch_add(&((pool *)ctx)->seen[(uintptr_t)item], 1);
}

static void *produce(void *arg)
{
    const producer *me = arg;
    for (uintptr_t i = 0; i < EACH; i++)
        workers_push(me->p->w, (void *)(me->first + i));
    return NULL;
}

static void push_from_threads(pool *p)
{
    pthread_t thread[PRODUCERS];
    producer producers[PRODUCERS];
    for (size_t i = 0; i < PRODUCERS; i++) {
        producers[i] = (producer){p, 1 + i * EACH};
        check(pthread_create(&thread[i], NULL, produce, &producers[i]) == 0, "pthread_create");
    }
    for (size_t i = 0; i < PRODUCERS; i++)
        check(pthread_join(thread[i], NULL) == 0, "pthread_join");
}

static void check_seen(pool *p, unsigned times)
{
    for (size_t i = 1; i <= ALL; i++)
        check(atomic_load(&p->seen[i]) == times, "an item was lost or doubled");
}

int main(void)
{
    static pool p;
    static const worker_ops ops = {.run = run, .discard = discard};
    cz_error err = {0};
    check(workers_start(&p.w, WORKERS, 7, &ops, &p, NULL) == CZ_OK, "workers_start");
    push_from_threads(&p);
    workers_wait(p.w);
    check_seen(&p, 1);
    size_t total = 0; /* the workers' own counters can be read after the wait */
    for (size_t i = 0; i < WORKERS; i++)
        total += p.run[i];
    check(total == ALL, "every item was run");
    p.fail_at = ALL / 2;
    push_from_threads(&p);
    check(workers_join(&p.w, &err) == CZ_CORRUPT && err.code == CZ_CORRUPT, "workers_join");
    check_seen(&p, 2);
    return 0;
}
