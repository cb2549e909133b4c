/* A bounded queue of pointers between threads: what joins the stages of a pipeline.
 *
 * push() waits while it is full, pop() while it is empty (try_pop() doesn't). close() says that no more will come:
 * what is inside is still given out, then pop() returns NULL. Any number of threads on each side.
 */
#ifndef CZ_BASE_QUEUE_H
#define CZ_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct queue queue;

/* Errors: NOMEM, USAGE (capacity 0). */
int queue_new(queue **out, size_t capacity, cz_error *err);
/* false, and the item stays the caller's, when the queue is closed. item isn't NULL. */
bool queue_push(queue *q, void *item);
void *queue_pop(queue *q);
/* NULL: nothing is inside now. */
void *queue_try_pop(queue *q);
void queue_close(queue *q);
/* No thread may be inside; what is still queued is not freed. NULL-safe. */
void queue_free(queue **q);

#endif
