/* base/queue.c with one thread, and blocking with two. Many threads: tests/tsan/tsan_queue.c. */
#include "base/queue.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "tests/unit/support/alloc_fail.h"

static queue *make(size_t capacity)
{
    queue *q = NULL;
    cr_assert_eq(queue_new(&q, capacity, NULL), CZ_OK);
    return q;
}

Test(queue, first_in_first_out)
{
    int item[5];
    queue *q = make(3);
    for (int round = 0; round < 4; round++) { /* around the ring's end, too */
        for (int i = 0; i < 3; i++)
            cr_assert(queue_push(q, &item[i]));
        for (int i = 0; i < 3; i++)
            cr_assert_eq(queue_pop(q), &item[i]);
        cr_assert(queue_push(q, &item[4]));
        cr_assert_eq(queue_pop(q), &item[4]);
        cr_assert_null(queue_try_pop(q), "does not wait");
        cr_assert(queue_push(q, &item[0]));
        cr_assert_eq(queue_try_pop(q), &item[0]);
    }
    queue_free(&q);
    cr_assert_null(q);
    queue_free(&q);
    queue_free(NULL);
}

Test(queue, closed_queue_pops_rest_and_refuses_push)
{
    int item[3];
    queue *q = make(3);
    cr_assert(queue_push(q, &item[0]));
    cr_assert(queue_push(q, &item[1]));
    queue_close(q);
    cr_assert_not(queue_push(q, &item[2]));
    cr_assert_eq(queue_pop(q), &item[0]);
    cr_assert_eq(queue_pop(q), &item[1]);
    cr_assert_null(queue_pop(q));
    cr_assert_null(queue_pop(q));
    queue_close(q);
    queue_free(&q);
}

typedef struct waiter {
    queue *q;
    void *got;
    bool pushed;
} waiter;

static void *pop_one(void *arg)
{
    waiter *w = arg;
    w->got = queue_pop(w->q);
    return NULL;
}

static void *push_one(void *arg)
{
    waiter *w = arg;
    w->pushed = queue_push(w->q, w);
    return NULL;
}

/* Start a thread and give it time to get stuck where it should. */
static pthread_t begin(void *(*run)(void *), waiter *w)
{
    pthread_t t;
    cr_assert_eq(pthread_create(&t, NULL, run, w), 0);
    const struct timespec a_while = {0, 20000000};
    (void)nanosleep(&a_while, NULL);
    return t;
}

Test(queue, pop_waits_for_an_item, .timeout = 20)
{
    int item;
    waiter w = {.q = make(1)};
    pthread_t t = begin(pop_one, &w);
    cr_assert(queue_push(w.q, &item));
    pthread_join(t, NULL);
    cr_assert_eq(w.got, &item);
    queue_free(&w.q);
}

Test(queue, push_waits_for_room, .timeout = 20)
{
    int item;
    waiter w = {.q = make(1)};
    cr_assert(queue_push(w.q, &item));
    pthread_t t = begin(push_one, &w);
    cr_assert_eq(queue_pop(w.q), &item);
    cr_assert_eq(queue_pop(w.q), &w);
    pthread_join(t, NULL);
    cr_assert(w.pushed);
    queue_free(&w.q);
}

Test(queue, close_wakes_waiting_threads, .timeout = 20)
{
    int item;
    waiter full = {.q = make(1), .pushed = true}, empty = {.q = make(1), .got = &item};
    cr_assert(queue_push(full.q, &item));
    pthread_t a = begin(push_one, &full), b = begin(pop_one, &empty);
    queue_close(full.q);
    queue_close(empty.q);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    cr_assert_not(full.pushed);
    cr_assert_null(empty.got);
    queue_free(&full.q);
    queue_free(&empty.q);
}

Test(queue, zero_capacity_and_no_memory)
{
    cz_error err = {0};
    queue *q = (queue *)&err;
    cr_assert_eq(queue_new(&q, 0, &err), CZ_USAGE);
    cr_assert_null(q);
    cr_assert_eq(queue_new(&q, SIZE_MAX, &err), CZ_NOMEM);
    cr_assert_null(q);
    for (size_t n = 1;; n++) {
        alloc_fail_at(n);
        const int rc = queue_new(&q, 4, &err);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM);
        cr_assert_null(q);
    }
    queue_free(&q);
}
