/* base/buf.c: growing, formatting, and failed allocations. */
#include "base/buf.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/support/alloc_fail.h"

Test(buf, additions_are_concatenated)
{
    buf b = {0};
    buf_add(&b, "abc", 3);
    buf_add(&b, NULL, 0);
    buf_printf(&b, "-%d-%s", 42, "x");
    uint8_t *at = buf_grow(&b, 2);
    cr_assert_not_null(at);
    at[0] = 'y';
    at[1] = 'z';
    cr_assert_eq(b.len, 10);
    cr_assert_str_eq(buf_text(&b), "abc-42-xyz", "the NUL isn't counted");
    buf_free(&b);
}

Test(buf, growing_keeps_the_content)
{
    buf b = {0};
    for (unsigned i = 0; i < 100000; i++)
        buf_printf(&b, "%06u", i);
    cr_assert_eq(b.len, 600000);
    cr_assert_not(b.bad);
    const char *text = buf_text(&b);
    cr_assert_eq(strncmp(text, "000000000001", 12), 0);
    cr_assert_str_eq(text + 599994, "099999");
    buf_free(&b);
}

Test(buf, empty_buffer_is_empty_text)
{
    buf b = {0};
    cr_assert_str_eq(buf_text(&b), "");
    cr_assert_eq(b.len, 0);
    buf_free(&b);
    cr_assert_null(b.at);
    cr_assert_not_null(buf_grow(&b, 0), "no room at all is room, too");
    cr_assert_eq(b.len, 0);
    buf_free(&b);
    buf_free(&b);
    buf_free(NULL);
}

Test(buf, size_overflow_sets_bad)
{
    buf b = {0};
    buf_add(&b, "abc", 3);
    cr_assert_null(buf_grow(&b, SIZE_MAX));
    cr_assert_null(buf_grow(&b, SIZE_MAX - 2));
    cr_assert(b.bad);
    cr_assert_eq(b.len, 3);
    buf_free(&b);
}

Test(buf, bad_is_permanent)
{
    buf b = {0};
    buf_add(&b, "abc", 3);
    alloc_fail_at(1);
    uint8_t *at = buf_grow(&b, 4096);
    const bool failed = alloc_fail_end();
    cr_assert(failed);
    cr_assert_null(at);
    cr_assert(b.bad);
    buf_add(&b, "d", 1);
    buf_printf(&b, "%d", 1);
    cr_assert_null(buf_text(&b));
    cr_assert_eq(b.len, 3, "what was added before is untouched");
    buf_free(&b);
    cr_assert_not(b.bad, "a freed one is as good as new");
    buf_add(&b, "e", 1);
    cr_assert_str_eq(buf_text(&b), "e");
    buf_free(&b);
}
