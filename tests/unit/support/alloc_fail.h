/* Failing allocations, one after the other, for tests of functions without memory.
 *
 * Two reaches. alloc_fail_at() counts the allocations of our own objects, of the test (every unit
 * test is linked with -Wl,--wrap for malloc, calloc, realloc, aligned_alloc, posix_memalign, strdup
 * and strndup) and of cJSON (through its hooks): each of them that fails is CZ_NOMEM.
 * alloc_fail_anywhere_at() counts those of every library, libc included: without a sanitizer each
 * test has an allocator of its own. A library may do without the memory, or report another error.
 * Both count on every thread. Unarmed, nothing changes.
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
#ifndef CZ_TESTS_UNIT_SUPPORT_ALLOC_FAIL_H
#define CZ_TESTS_UNIT_SUPPORT_ALLOC_FAIL_H

#include <stdbool.h>
#include <stddef.h>

/* Arm: the n-th allocation from now on returns NULL (1 is the next), with errno ENOMEM;
 * those before and after it succeed. */
void alloc_fail_at(size_t n);

/* The same of allocations in any library. With a sanitizer, which has the allocator's names for
 * itself, it is alloc_fail_at(). Warm up first: what a library sets up once may fail for good. */
void alloc_fail_anywhere_at(size_t n);

/* Disarm. True if the n-th allocation was asked for, and so failed. */
bool alloc_fail_end(void);

#endif
