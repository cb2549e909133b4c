/* base/workers.c: order, errors and clean-up; many producers are in tests/tsan/tsan_workers.c. */
#include "base/workers.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <string.h>

#include "tests/unit/support/alloc_fail.h"

enum { ITEMS = 100 };

typedef struct log {
    atomic_uint run, discarded;
    int order[ITEMS]; /* what one worker ran, in its order */
    int fail_at;      /* the item that fails; -1: none */
    unsigned count;   /* workers; run() checks its number against it */
} log;

static int run(void *ctx, unsigned worker, void *item, cz_error *err)
{
    log *l = ctx;
    const int i = *(int *)item;
    if (worker >= l->count)
        return cz_fail(err, CZ_IO, "worker %u", worker);
    const unsigned at = atomic_fetch_add(&l->run, 1);
    l->order[at] = i;
    return i == l->fail_at ? cz_fail(err, CZ_CORRUPT, "item %d", i) : CZ_OK;
}

static void discard(void *ctx, void *item)
{
    (void)item;
    atomic_fetch_add(&((log *)ctx)->discarded, 1);
}

static const worker_ops ops = {.run = run, .discard = discard};

static workers *start(log *l, unsigned n, size_t capacity)
{
    workers *w = NULL;
    l->count = n;
    cr_assert_eq(workers_start(&w, n, capacity, &ops, l, NULL), CZ_OK);
    cr_assert_eq(workers_count(w), n);
    return w;
}

static void push_all(workers *w, int item[ITEMS])
{
    for (int i = 0; i < ITEMS; i++) {
        item[i] = i;
        workers_push(w, &item[i]);
    }
}

Test(workers, one_worker_runs_items_in_order)
{
    int item[ITEMS];
    log l = {.fail_at = -1};
    workers *w = start(&l, 1, 3);
    push_all(w, item);
    cr_assert_eq(workers_join(&w, NULL), CZ_OK);
    cr_assert_null(w);
    cr_assert_eq(l.run, ITEMS);
    for (int i = 0; i < ITEMS; i++)
        cr_assert_eq(l.order[i], i);
    cr_assert_eq(workers_join(&w, NULL), CZ_OK);
    cr_assert_eq(workers_join(NULL, NULL), CZ_OK);
}

Test(workers, wait_returns_when_all_items_are_done_and_pool_is_reusable)
{
    int item[ITEMS];
    log l = {.fail_at = -1};
    workers *w = start(&l, 3, 2);
    workers_wait(w); /* nothing was pushed */
    push_all(w, item);
    workers_wait(w);
    cr_assert_eq(l.run, ITEMS);
    l.run = 0;
    push_all(w, item);
    workers_wait(w);
    cr_assert_eq(l.run, ITEMS);
    cr_assert_not(workers_failed(w));
    cr_assert_eq(workers_join(&w, NULL), CZ_OK);
}

Test(workers, after_an_error_items_are_discarded_and_join_returns_it)
{
    int item[ITEMS];
    log l = {.fail_at = 10};
    cz_error err = {0};
    workers *w = start(&l, 1, 2);
    push_all(w, item); /* doesn't block, though the pool has failed */
    workers_wait(w);
    cr_assert(workers_failed(w));
    cr_assert_eq(l.run, 11);
    cr_assert_eq(l.discarded, ITEMS - 11);
    cr_assert_eq(workers_join(&w, &err), CZ_CORRUPT);
    cr_assert_eq(err.code, CZ_CORRUPT);
    cr_assert_str_eq(err.message, "item 10");
}

Test(workers, only_the_first_error_is_kept)
{
    int item[ITEMS];
    log l = {.fail_at = 0};
    cz_error err = {0}, mine = {0};
    workers *w = start(&l, 2, 4);
    workers_fail(w, cz_fail(&mine, CZ_CANCELLED, "stopped"), &mine);
    cr_assert(workers_failed(w));
    push_all(w, item);
    (void)cz_fail(&mine, CZ_IO, "later");
    workers_fail(w, CZ_IO, &mine);
    cr_assert_eq(workers_join(&w, &err), CZ_CANCELLED);
    cr_assert_str_eq(err.message, "stopped");
    cr_assert_eq(l.run, 0);
    cr_assert_eq(l.discarded, ITEMS);
}

Test(workers, items_need_no_discard_function)
{
    int item[ITEMS];
    log l = {.fail_at = 0, .count = 1};
    workers *w = NULL;
    const worker_ops no_discard = {.run = run};
    cr_assert_eq(workers_start(&w, 1, 1, &no_discard, &l, NULL), CZ_OK);
    push_all(w, item);
    cr_assert_eq(workers_join(&w, NULL), CZ_CORRUPT);
    cr_assert_eq(l.run, 1);
}

Test(workers, no_workers_or_no_capacity_is_a_usage_error)
{
    log l = {0};
    workers *w = NULL;
    cr_assert_eq(workers_start(&w, 0, 1, &ops, &l, NULL), CZ_USAGE);
    cr_assert_eq(workers_start(&w, 1, 0, &ops, &l, NULL), CZ_USAGE);
    cr_assert_null(w);
}

Test(workers, without_memory)
{
    for (size_t n = 1;; n++) {
        log l = {.fail_at = -1};
        workers *w = NULL;
        alloc_fail_at(n);
        const int rc = workers_start(&w, 2, 2, &ops, &l, NULL);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            cr_assert_eq(workers_join(&w, NULL), CZ_OK);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM);
        cr_assert_null(w);
    }
}
