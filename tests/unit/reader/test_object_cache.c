/* reader/object_cache.c: insertion, eviction, and the limit of bytes. */
#include "reader/object_cache.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/alloc_fail.h"

static object_cache *c;

/* Object i has i as each of its bytes, and as its digest. */
static const char *digest_of(unsigned i)
{
    static char hex[65];
    (void)snprintf(hex, sizeof hex, "%064x", i);
    return hex;
}

static void keep(unsigned i, size_t len)
{
    static char data[1 << 16];
    memset(data, (int)i, len);
    object_cache_keep(c, digest_of(i), data, len);
}

static bool has(unsigned i, size_t len)
{
    static char got[1 << 16];
    got[len - 1] = (char)~i;
    const bool found = object_cache_find(c, digest_of(i), got, len);
    cr_assert(!found || (got[0] == (char)i && got[len - 1] == (char)i));
    return found;
}

Test(object_cache, least_recently_used_is_evicted)
{
    cr_assert_eq(object_cache_new(&c, 1000, NULL), CZ_OK);
    keep(1, 400);
    keep(2, 400);
    cr_expect(has(1, 400));
    cr_expect_not(has(1, 399), "an object is of one length");
    keep(3, 201);
    cr_expect(has(1, 400));
    cr_expect_not(has(2, 400));
    cr_expect(has(3, 201));
    keep(4, 1001);
    cr_expect_not(has(4, 1001), "larger than all of it");
    cr_expect(has(1, 400));
    keep(5, 1000);
    cr_expect(has(5, 1000));
    cr_expect_not(has(1, 400));
    keep(5, 1000);
    cr_expect(has(5, 1000), "twice is once");
    object_cache_free(&c);
    cr_assert_null(c);
    object_cache_free(&c);
}

Test(object_cache, last_of_many_small_objects_are_kept)
{
    enum { N = 3000 };
    cr_assert_eq(object_cache_new(&c, 1 << 20, NULL), CZ_OK);
    for (unsigned i = 0; i < N; i++)
        keep(i, 1 + i % 7);
    unsigned there = 0;
    for (unsigned i = 0; i < N; i++)
        there += has(i, 1 + i % 7);
    cr_expect(there > 500 && there < N, "%u", there);
    cr_expect(has(N - 1, 1 + (N - 1) % 7));
    cr_expect_not(has(0, 1));
    object_cache_free(&c);
}

Test(object_cache, null_cache_is_empty)
{
    char one;
    object_cache_keep(NULL, digest_of(1), "x", 1);
    cr_expect_not(object_cache_find(NULL, digest_of(1), &one, 1));
}

Test(object_cache, without_memory)
{
    alloc_fail_at(1);
    cr_expect_eq(object_cache_new(&c, 1000, NULL), CZ_NOMEM);
    cr_expect(alloc_fail_end());
    cr_assert_eq(object_cache_new(&c, 1000, NULL), CZ_OK);
    alloc_fail_at(1);
    keep(1, 10);
    cr_expect(alloc_fail_end());
    cr_expect_not(has(1, 10));
    object_cache_free(&c);
}
