/* A pool of threads that run the tasks of one call at a time. */
#include "prores/prores.h"
#include "base/error.h"

#include <stdlib.h>

#if !defined(__wasm__)
#include <pthread.h>
#include <stdatomic.h>

typedef void task_fn(void *arg, size_t i, unsigned worker);

struct prores_thread_pool {
    pthread_mutex_t lock;
    pthread_cond_t go, done;
    unsigned n; /* with the caller's */
    unsigned busy;
    uint64_t round; /* counts runs: a thread works once in each */
    bool stop;
    task_fn *task;
    void *arg;
    size_t tasks;
    _Atomic size_t next;
    unsigned started;
    pthread_t thread[];
};

static void work(prores_thread_pool *pool, unsigned worker)
{
    for (size_t i; (i = atomic_fetch_add(&pool->next, 1)) < pool->tasks;)
        pool->task(pool->arg, i, worker);
}

typedef struct birth {
    prores_thread_pool *pool;
    unsigned worker;
} birth;

static void *live(void *arg)
{
    const birth b = *(birth *)arg;
    free(arg);
    prores_thread_pool *pool = b.pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->round == seen && !pool->stop)
            pthread_cond_wait(&pool->go, &pool->lock);
        if (pool->stop)
            break;
        seen = pool->round;
        pthread_mutex_unlock(&pool->lock);
        work(pool, b.worker);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void run(void *arg, size_t n, task_fn *task, void *task_arg)
{
    prores_thread_pool *pool = arg;
    pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->arg = task_arg;
    pool->tasks = n;
    atomic_store(&pool->next, 0);
    pool->busy = pool->n - 1;
    pool->round++;
    pthread_cond_broadcast(&pool->go);
    pthread_mutex_unlock(&pool->lock);
    work(pool, 0);
    pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

static bool start_thread(prores_thread_pool *pool)
{
    birth *b = malloc(sizeof *b);
    if (!b)
        return false;
    *b = (birth){pool, pool->started + 1};
    if (pthread_create(&pool->thread[pool->started], NULL, live, b) != 0) {
        free(b);
        return false;
    }
    pool->started++;
    return true;
}

int prores_thread_pool_new(prores_thread_pool **out, unsigned n, cz_error *err)
{
    *out = NULL;
    if (n == 0 || n > PRORES_WORKERS_MAX)
        return cz_fail(err, CZ_USAGE, "ProRes: %u threads", n);
    prores_thread_pool *pool = calloc(1, sizeof *pool + n * sizeof pool->thread[0]);
    if (!pool)
        return cz_fail(err, CZ_NOMEM, "ProRes: %u threads", n);
    pool->n = n;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->go, NULL);
    pthread_cond_init(&pool->done, NULL);
    while (pool->started < n - 1)
        if (!start_thread(pool)) {
            prores_thread_pool_free(&pool);
            return cz_fail(err, CZ_IO, "ProRes: the system gave no thread");
        }
    *out = pool;
    return CZ_OK;
}

void prores_thread_pool_free(prores_thread_pool **out)
{
    if (!out || !*out)
        return;
    prores_thread_pool *pool = *out;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->go);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->started; i++)
        pthread_join(pool->thread[i], NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->go);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    *out = NULL;
}

prores_executor prores_thread_pool_executor(prores_thread_pool *pool)
{
    return (prores_executor){run, pool, pool->n};
}

#else /* no threads here */

struct prores_thread_pool {
    unsigned n;
};

static void run(void *pool, size_t n, void (*task)(void *arg, size_t i, unsigned worker), void *arg)
{
    (void)pool;
    for (size_t i = 0; i < n; i++)
        task(arg, i, 0);
}

int prores_thread_pool_new(prores_thread_pool **out, unsigned n, cz_error *err)
{
    *out = NULL;
    if (n == 0 || n > PRORES_WORKERS_MAX)
        return cz_fail(err, CZ_USAGE, "ProRes: %u threads", n);
    if (!(*out = calloc(1, sizeof **out)))
        return cz_fail(err, CZ_NOMEM, "ProRes: %u threads", n);
    (*out)->n = 1;
    return CZ_OK;
}

void prores_thread_pool_free(prores_thread_pool **pool)
{
    if (!pool)
        return;
    free(*pool);
    *pool = NULL;
}

prores_executor prores_thread_pool_executor(prores_thread_pool *pool)
{
    return (prores_executor){run, pool, pool->n};
}

#endif
