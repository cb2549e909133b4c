/* The helpers themselves: tests that use a guard page without an effect would be worthless. */
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const size_t sizes[] = {0, 1, 7, 4095, 4096, 4097, 100000};

Test(guard, all_bytes_are_usable)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        guard g = guard_new(sizes[i]);
        cr_assert_eq(g.len, sizes[i]);
        for (size_t k = 0; k < g.len; k++)
            cr_assert_eq(g.at[k], 0xa5);
        memset(g.at, 0, g.len);
        guard_free(&g);
        cr_assert_null(g.at);
        guard_free(&g);
    }
}

Test(guard, copy_is_independent)
{
    guard g = guard_copy("abc", 3);
    cr_assert_eq(memcmp(g.at, "abc", 3), 0);
    guard_free(&g);
}

/* Volatile, so that the access happens; out of the sanitizers' sight, so that the page stops it. */
__attribute__((no_sanitize("address", "undefined"))) static void touch(volatile uint8_t *at)
{
    *at = 1;
}

static void after_the_end(int signum)
{
    _Exit(signum == SIGSEGV ? 42 : 1);
}

Test(guard, the_byte_after_the_end_traps, .exit_code = 42)
{
    guard g = guard_new(5);
    touch(g.at + 4);
    (void)signal(SIGSEGV, after_the_end);
    touch(g.at + 5);
}

Test(guard, the_page_before_the_start_traps, .exit_code = 42)
{
    guard g = guard_new(4096);
    touch(g.at);
    (void)signal(SIGSEGV, after_the_end);
    touch(g.at - 1);
}

Test(guard, empty_region_traps, .exit_code = 42)
{
    guard g = guard_new(0);
    (void)signal(SIGSEGV, after_the_end);
    touch(g.at);
}

/* Takes three blocks by three functions; keeps none. Returns how many it got before one failed. */
static int three_allocations(void)
{
    int got = 0;
    char *a = malloc(8), *b = NULL, *c = NULL;
    if (a && ++got && (b = calloc(2, 4)) && ++got && (c = strdup("third")))
        got++;
    free(a);
    free(b);
    free(c);
    return got;
}

Test(alloc_fail, each_allocation_fails_in_turn)
{
    for (size_t n = 1; n <= 4; n++) {
        alloc_fail_at(n);
        errno = 0;
        const int got = three_allocations();
        const int why = errno;
        const bool failed = alloc_fail_end();
        cr_assert_eq(failed, n <= 3);
        cr_assert_eq(got, failed ? (int)n - 1 : 3);
        cr_assert_eq(why, failed ? ENOMEM : 0);
    }
}

Test(alloc_fail, only_the_nth_fails)
{
    alloc_fail_at(1);
    void *a = malloc(1), *b = malloc(1);
    cr_assert(alloc_fail_end());
    cr_assert_null(a);
    cr_assert_not_null(b);
    free(b);
}

Test(alloc_fail, unarmed_allocations_succeed)
{
    cr_assert_eq(three_allocations(), 3);
    cr_assert_not(alloc_fail_end());
}
