/* A bounded FIFO queue of pointers between threads.
 *
 * queue_push() blocks while the queue is full, queue_pop() while it is empty. After queue_close(),
 * pushes fail; pops return the remaining items, then NULL. Any number of producers and consumers.
 */
#ifndef CZ_BASE_QUEUE_H
#define CZ_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct queue queue;

/* Errors: NOMEM, USAGE (capacity 0). */
int queue_new(queue **out, size_t capacity, cz_error *err);
/* false if the queue is closed; the item still belongs to the caller then. item isn't NULL. */
bool queue_push(queue *q, void *item);
void *queue_pop(queue *q);
/* NULL if the queue is empty; doesn't block. */
void *queue_try_pop(queue *q);
void queue_close(queue *q);
/* No thread may be using the queue; items that are still queued are not freed. NULL-safe. */
void queue_free(queue **q);

#endif
