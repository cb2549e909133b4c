/* Failing allocations, one after the other: for tests of what a function does without memory.
 *
 * Every unit test is linked with -Wl,--wrap for malloc, calloc, realloc, aligned_alloc,
 * posix_memalign, strdup and strndup, so that calls from our own objects and from the test come
 * through here, on every thread. Allocations that libraries make for themselves (cJSON, c-blosc,
 * asprintf in libc) do not. Unarmed, nothing changes.
 *
 *     for (size_t n = 1;; n++) {
 *         thing *t = NULL;
 *         alloc_fail_at(n);
 *         int rc = thing_new(&t, &err);
 *         if (!alloc_fail_end()) {            // fewer than n allocations: each has failed once
 *             cr_assert_eq(rc, CZ_OK);
 *             thing_free(&t);
 *             break;
 *         }
 *         cr_assert_eq(rc, CZ_NOMEM);
 *         cr_assert_null(t);
 *     }
 *
 * Only one test of a process may be armed at a time: Criterion gives each its own process. Make no
 * assertion while armed: Criterion allocates too, in headers that are compiled into the test. */
#ifndef CZ_TESTS_ALLOC_FAIL_H
#define CZ_TESTS_ALLOC_FAIL_H

#include <stdbool.h>
#include <stddef.h>

/* Arm: the n-th allocation from now on returns NULL (1 is the next), with errno ENOMEM;
 * those before and after it succeed. */
void alloc_fail_at(size_t n);

/* Disarm. True if the n-th allocation was asked for, and so failed. */
bool alloc_fail_end(void);

#endif
