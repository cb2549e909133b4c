/* A pool of worker threads: start them, queue items for them, keep the first error, join.
 *
 * Items pass through a bounded queue, first in, first out; with one worker they are also processed
 * in that order. The bound limits the memory in flight: workers_push() blocks while the queue is
 * full. After the first error the items that are still queued, and all later ones, are discarded
 * instead of run, so a producer never blocks on a pool that has failed. */
#ifndef CZ_BASE_WORKERS_H
#define CZ_BASE_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct workers workers;

typedef struct worker_ops {
    /* Process an item and free it, also on error. `worker` is the number of the calling thread,
     * below workers_count(): an index for per-thread state, which needs no lock then. */
    int (*run)(void *ctx, unsigned worker, void *item, cz_error *err);
    /* Free an item that is not run because of an earlier error; NULL where items need no freeing.
     * Called on any worker thread. */
    void (*discard)(void *ctx, void *item);
} worker_ops;

/* The number of threads that an option asks for: 0 is one for each processor. At least 1. */
unsigned workers_wanted(unsigned threads);
/* Start up to n threads, and a queue for `capacity` items. Where the system has fewer threads to
 * give, those that started are enough, as long as there is one. `ops` is copied; `ctx` is passed to
 * its functions. The caller ends the pool by workers_join(). Errors: USAGE (n or capacity is 0),
 * NOMEM (memory, or not a single thread). */
int workers_start(workers **out, unsigned n, size_t capacity, const worker_ops *ops, void *ctx,
                  cz_error *err);
/* Threads that were started: 1..n. */
unsigned workers_count(const workers *w);

/* Queue an item, which isn't NULL; it belongs to the pool from now on. Any thread but a worker. */
void workers_push(workers *w, void *item);
/* Wait until every item that was pushed before the call has been run or discarded. */
void workers_wait(workers *w);

/* Record an error that occurred outside of the workers, such as in the producer, so that queued
 * items are discarded. Only the first error is kept. Any thread. */
void workers_fail(workers *w, int rc, const cz_error *err);
/* An error has been recorded. Any thread. */
bool workers_failed(workers *w);

/* Wait for all items, end the threads and free the pool. Returns the first error, CZ_OK without
 * one. NULL and *w == NULL are CZ_OK; sets *w to NULL. */
int workers_join(workers **w, cz_error *err);

#endif
