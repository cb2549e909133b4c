/* cli/frames_arg.c: valid and invalid FRAMES arguments. */
#include "cli/frames_arg.h"
#include "tests/unit/support/alloc_fail.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void expect(const char *text, const frames_item *want, size_t n_want)
{
    frames_item *item = NULL;
    size_t n = 0;
    cz_error err = {0};
    cr_assert_eq(frames_parse(&item, &n, text, &err), CZ_OK, "%s: %s", text, err.message);
    cr_assert_eq(n, n_want, "%s", text);
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(item[i].kind, want[i].kind, "%s [%zu]", text, i);
        cr_assert_eq(item[i].first, want[i].first, "%s [%zu]", text, i);
        cr_assert_eq(item[i].end, want[i].end, "%s [%zu]", text, i);
        cr_assert_eq(item[i].step, want[i].step, "%s [%zu]", text, i);
        cr_assert_eq(item[i].from.ns, want[i].from.ns, "%s [%zu]", text, i);
        cr_assert_eq(item[i].from.from_first, want[i].from.from_first, "%s [%zu]", text, i);
        cr_assert_eq(item[i].to.ns, want[i].to.ns, "%s [%zu]", text, i);
        cr_assert_eq(item[i].to.from_first, want[i].to.from_first, "%s [%zu]", text, i);
        cr_assert_eq(item[i].every, want[i].every, "%s [%zu]", text, i);
    }
    free(item);
}

static void expect_range(const char *text, uint64_t first, uint64_t end, uint64_t step)
{
    const frames_item want = {.kind = FRAMES_RANGE, .first = first, .end = end, .step = step};
    expect(text, &want, 1);
}

static void expect_time(const char *text, bool from_first, int64_t ns)
{
    const frames_item want = {.kind = FRAMES_AT, .from = {ns, from_first}};
    expect(text, &want, 1);
}

static void expect_between(const char *text, frames_moment from, frames_moment to, int64_t every)
{
    const frames_item want = {.kind = FRAMES_BETWEEN, .from = from, .to = to, .every = every};
    expect(text, &want, 1);
}

Test(frames_arg, numbers_and_ranges)
{
    expect_range("0", 0, 1, 1);
    expect_range("7", 7, 8, 1);
    expect_range("007", 7, 8, 1);
    expect_range("3204950", 3204950, 3204951, 1);
    expect_range("0:300", 0, 300, 1);
    expect_range("0:300:30", 0, 300, 30);
    expect_range("100:", 100, FRAMES_END, 1);
    expect_range(":100", 0, 100, 1);
    expect_range(":", 0, FRAMES_END, 1);
    expect_range("::30", 0, FRAMES_END, 30);
    expect_range("5:6:1000", 5, 6, 1000);
    expect_range("7:8:", 7, 8, 1);
}

Test(frames_arg, times_are_exact)
{
    expect_time("@2018-07-12T00:15:10.5Z", false, INT64_C(1531354510500000000));
    expect_time("@1970-01-01", false, 0);
    expect_time("@+12.5", true, INT64_C(12500000000));
    expect_time("@+0", true, 0);
    expect_time("@+0.000000001", true, 1);
    expect_time("@+0.1", true, 100000000);
    expect_time("@+873.123456789", true, INT64_C(873123456789));
    expect_time("@+9223372035", true, INT64_C(9223372035000000000));
}

Test(frames_arg, ranges_of_time)
{
    const int64_t s = 1000000000, day = INT64_C(1531353600) * s;
    expect_between("@+60:@+120", (frames_moment){60 * s, true}, (frames_moment){120 * s, true}, 0);
    expect_between("@2018-07-12T00:05:@2018-07-12T00:06:30", (frames_moment){day + 300 * s, false},
                   (frames_moment){day + 390 * s, false}, 0);
    expect_between("@2018-07-12:@+30.5:10s", (frames_moment){day, false},
                   (frames_moment){30 * s + s / 2, true}, 10 * s);
    expect_between("@2018-07-12T00:05:00.5Z:@2018-07-12T00:06:250ms",
                   (frames_moment){day + 300 * s + s / 2, false},
                   (frames_moment){day + 360 * s, false}, s / 4);
    expect_between("@+0:@+1:1.5min", (frames_moment){0, true}, (frames_moment){s, true}, 90 * s);
    expect_between("@+0:@+1:3h", (frames_moment){0, true}, (frames_moment){s, true}, 10800 * s);
    /* Only a clip can tell which of the two is the earlier one. */
    expect_between("@+9:@1970-01-01", (frames_moment){9 * s, true}, (frames_moment){0, false}, 0);
}

Test(frames_arg, several_keep_their_order)
{
    const frames_item want[] = {
        {.kind = FRAMES_RANGE, .first = 9, .end = 10, .step = 1},
        {.kind = FRAMES_RANGE, .first = 0, .end = 300, .step = 30},
        {.kind = FRAMES_AT, .from = {1000000000, true}},
        {.kind = FRAMES_AT, .from = {INT64_C(1531353600000000000), false}},
        {.kind = FRAMES_RANGE, .first = 9, .end = 10, .step = 1},
    };
    expect("9,0:300:30,@+1,@2018-07-12,9", want, sizeof want / sizeof *want);
}

Test(frames_arg, items_know_their_text)
{
    frames_item *item;
    size_t n;
    cr_assert_eq(frames_parse(&item, &n, "7,@+1.5", NULL), CZ_OK);
    cr_assert_eq(item[1].text_len, 5);
    cr_assert_eq(strncmp(item[1].text, "@+1.5", 5), 0);
    free(item);
}

Test(frames_arg, invalid_items_are_named)
{
    static const char *const wrong[] = {
        "",
        ",",
        "7,",
        ",7",
        "-1",
        "7-9",
        "1.5",
        "x",
        "7x",
        "0:300x",
        "0:300:30:2",
        "5:5",
        "9:3",
        "0:10:0",
        " 7",
        "7 ",
        "@",
        "@+",
        "@+.5",
        "@+1.",
        "@-1",
        "@+1s",
        "@later",
        "@12",
        "@+1.0000000001",
        "@2018-13-01",
        "18446744073709551615",
        "99999999999999999999999",
        "0:18446744073709551616",
        "@+9223372036",
        "@+99999999999999999999",
        "@+0:",
        "@+0:@",
        "@+0:5",
        "5:@+9",
        "@+9:@+9",
        "@+9:@+8",
        "@2018-07-13:@2018-07-12",
        "@+0:@+9:",
        "@+0:@+9:3",
        "@+0:@+9:s",
        "@+0:@+9:0s",
        "@+0:@+9:0.0000001ms",
        "@+0:@+9:-1s",
        "@+0:@+9:1d",
        "@+0:@+9:9000000000h",
        "@+0:@+9:1s:1s",
        "@+0:@+9:@+12",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        frames_item *item = NULL;
        size_t n = 99;
        cz_error err = {0};
        cr_assert_eq(frames_parse(&item, &n, wrong[i], &err), CZ_USAGE, "%s", wrong[i]);
        cr_assert_null(item, "%s", wrong[i]);
        cr_assert_eq(n, 99, "%s", wrong[i]);
        cr_assert_neq(strstr(err.message, "is not a frame"), NULL, "%s", err.message);
        cr_assert_neq(err.hint[0], '\0');
    }
}

Test(frames_arg, invalid_item_among_valid_ones_is_named)
{
    frames_item *item = NULL;
    size_t n;
    cz_error err = {0};
    cr_assert_eq(frames_parse(&item, &n, "1,2,5:4,9", &err), CZ_USAGE);
    cr_assert_eq(strncmp(err.message, "FRAMES: \"5:4\" ", 14), 0, "%s", err.message);
}

Test(frames_arg, long_item_is_truncated_in_the_message)
{
    char text[1000];
    frames_item *item = NULL;
    size_t n;
    cz_error err = {0};
    memset(text, '0', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    cr_assert_eq(frames_parse(&item, &n, text, &err), CZ_USAGE);
    cr_assert_lt(strlen(err.message), 120U);
}

Test(frames_arg, without_memory)
{
    frames_item *item = NULL;
    size_t n;
    cz_error err = {0};
    alloc_fail_at(1);
    const int rc = frames_parse(&item, &n, "7,9", &err);
    cr_assert(alloc_fail_end());
    cr_assert_eq(rc, CZ_NOMEM);
    cr_assert_null(item);
}
