#include "base/workers.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/queue.h"

typedef struct worker {
    workers *pool;
    unsigned number;
    pthread_t thread;
} worker;

struct workers {
    worker_ops ops;
    void *ctx;
    queue *items;
    pthread_mutex_t lock; /* of the five below */
    pthread_cond_t idle;  /* pending has become 0 */
    size_t pending;       /* items pushed and not yet run or discarded */
    bool failed;
    int rc; /* the first error */
    cz_error err;
    unsigned count;
    worker worker[];
};

static int run_item(workers *w, unsigned number, void *item, cz_error *err)
{
    if (!workers_failed(w))
        return w->ops.run(w->ctx, number, item, err);
    if (w->ops.discard)
        w->ops.discard(w->ctx, item);
    return CZ_OK;
}

static void *worker_main(void *arg)
{
    const worker *self = arg;
    workers *w = self->pool;
    for (void *item; (item = queue_pop(w->items));) {
        cz_error err = {0};
        const int rc = run_item(w, self->number, item, &err);
        if (rc < 0)
            workers_fail(w, rc, &err);
        (void)pthread_mutex_lock(&w->lock);
        if (--w->pending == 0)
            (void)pthread_cond_broadcast(&w->idle);
        (void)pthread_mutex_unlock(&w->lock);
    }
    return NULL;
}

/* The pool without its threads. */
static int workers_new(workers **out, unsigned n, size_t capacity, cz_error *err)
{
    workers *w = calloc(1, sizeof *w + n * sizeof w->worker[0]);
    if (!w)
        return cz_fail_memory(err, "%u worker threads", n);
    int rc = queue_new(&w->items, capacity, err);
    if (rc < 0)
        goto no_queue;
    rc = CZ_NOMEM;
    if (pthread_mutex_init(&w->lock, NULL) != 0)
        goto no_lock;
    if (pthread_cond_init(&w->idle, NULL) != 0)
        goto no_cond;
    *out = w;
    return CZ_OK;
no_cond:
    (void)pthread_mutex_destroy(&w->lock);
no_lock:
    queue_free(&w->items);
    (void)cz_fail_memory(err, "%u worker threads", n);
no_queue:
    free(w);
    return rc;
}

int workers_start(workers **out, unsigned n, size_t capacity, const worker_ops *ops, void *ctx,
                  cz_error *err)
{
    workers *w = NULL;
    *out = NULL;
    if (n == 0)
        return cz_fail(err, CZ_USAGE, "worker threads: none requested");
    const int rc = workers_new(&w, n, capacity, err);
    if (rc < 0)
        return rc;
    w->ops = *ops;
    w->ctx = ctx;
    while (w->count < n) {
        worker *next = &w->worker[w->count];
        *next = (worker){.pool = w, .number = w->count};
        if (pthread_create(&next->thread, NULL, worker_main, next) != 0)
            break;
        w->count++;
    }
    if (w->count == 0) {
        (void)workers_join(&w, NULL);
        return cz_fail(err, CZ_NOMEM, "worker threads: the system refuses to start one");
    }
    *out = w;
    return CZ_OK;
}

unsigned workers_wanted(unsigned threads)
{
    const long processors = threads ? 0 : sysconf(_SC_NPROCESSORS_ONLN);
    return threads ? threads : processors > 0 ? (unsigned)processors : 1;
}

unsigned workers_count(const workers *w)
{
    return w->count;
}

void workers_push(workers *w, void *item)
{
    (void)pthread_mutex_lock(&w->lock);
    w->pending++;
    (void)pthread_mutex_unlock(&w->lock);
    (void)queue_push(w->items, item); /* open until workers_join() */
}

void workers_wait(workers *w)
{
    (void)pthread_mutex_lock(&w->lock);
    while (w->pending > 0)
        (void)pthread_cond_wait(&w->idle, &w->lock);
    (void)pthread_mutex_unlock(&w->lock);
}

void workers_fail(workers *w, int rc, const cz_error *err)
{
    (void)pthread_mutex_lock(&w->lock);
    if (!w->failed) {
        w->failed = true;
        w->rc = rc;
        w->err = *err;
    }
    (void)pthread_mutex_unlock(&w->lock);
}

bool workers_failed(workers *w)
{
    (void)pthread_mutex_lock(&w->lock);
    const bool failed = w->failed;
    (void)pthread_mutex_unlock(&w->lock);
    return failed;
}

int workers_join(workers **out, cz_error *err)
{
    workers *w = out ? *out : NULL;
    if (!w)
        return CZ_OK;
    queue_close(w->items);
    for (unsigned i = 0; i < w->count; i++)
        (void)pthread_join(w->worker[i].thread, NULL);
    const int rc = w->failed ? w->rc : CZ_OK;
    if (rc < 0 && err)
        *err = w->err;
    queue_free(&w->items);
    (void)pthread_cond_destroy(&w->idle);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
    *out = NULL;
    return rc;
}
