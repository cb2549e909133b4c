/* A parallel loop over a pool of worker threads. */
#include "prores/prores.h"
#include "base/error.h"

#include <stdlib.h>

typedef void task_fn(void *arg, size_t i, unsigned worker);

#if !defined(__wasm__)
#include "base/workers.h"

#include <stdatomic.h>

struct prores_thread_pool {
    workers *threads; /* NULL where the caller's thread is the only one */
    unsigned n;       /* threads, including the caller's */
    task_fn *task;
    void *arg;
    size_t tasks;
    _Atomic size_t next; /* the next task to run */
};

static void run_tasks(prores_thread_pool *pool, unsigned worker)
{
    for (size_t i; (i = atomic_fetch_add(&pool->next, 1)) < pool->tasks;)
        pool->task(pool->arg, i, worker);
}

/* A queued item only wakes a thread, which takes tasks by pool->next. Worker 0 is the caller. */
static int on_wake(void *ctx, unsigned worker, void *item, cz_error *err)
{
    (void)item;
    (void)err;
    run_tasks(ctx, worker + 1);
    return CZ_OK;
}

static void run(void *ctx, size_t n, task_fn *task, void *arg)
{
    prores_thread_pool *pool = ctx;
    pool->task = task;
    pool->arg = arg;
    pool->tasks = n;
    atomic_store(&pool->next, 0);
    for (unsigned i = 1; i < pool->n; i++)
        workers_push(pool->threads, pool);
    run_tasks(pool, 0);
    if (pool->threads)
        workers_wait(pool->threads);
}

static int start_threads(prores_thread_pool *pool, unsigned n, cz_error *err)
{
    static const worker_ops ops = {.run = on_wake};
    pool->n = 1;
    if (n == 1)
        return CZ_OK;
    const int rc = workers_start(&pool->threads, n - 1, n - 1, &ops, pool, err);
    if (rc == CZ_OK)
        pool->n += workers_count(pool->threads);
    return rc;
}

static void join_threads(prores_thread_pool *pool)
{
    (void)workers_join(&pool->threads, NULL);
}

#else /* no thread support */

struct prores_thread_pool {
    unsigned n;
};

static void run(void *ctx, size_t n, task_fn *task, void *arg)
{
    (void)ctx;
    for (size_t i = 0; i < n; i++)
        task(arg, i, 0);
}

static int start_threads(prores_thread_pool *pool, unsigned n, cz_error *err)
{
    (void)n;
    (void)err;
    pool->n = 1;
    return CZ_OK;
}

static void join_threads(prores_thread_pool *pool)
{
    (void)pool;
}

#endif

int prores_thread_pool_new(prores_thread_pool **out, unsigned n, cz_error *err)
{
    *out = NULL;
    if (n == 0 || n > PRORES_WORKERS_MAX)
        return cz_fail(err, CZ_USAGE, "ProRes: %u threads", n);
    prores_thread_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return cz_fail_memory(err, "ProRes: %u threads", n);
    const int rc = start_threads(pool, n, err);
    if (rc < 0) {
        free(pool);
        return rc;
    }
    *out = pool;
    return CZ_OK;
}

void prores_thread_pool_free(prores_thread_pool **pool)
{
    if (!pool || !*pool)
        return;
    join_threads(*pool);
    free(*pool);
    *pool = NULL;
}

prores_executor prores_thread_pool_executor(prores_thread_pool *pool)
{
    return (prores_executor){run, pool, pool->n};
}
