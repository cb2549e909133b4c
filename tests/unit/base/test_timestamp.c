#include "base/timestamp.h"

#include <criterion/criterion.h>
#include <string.h>

static const int64_t SECOND = 1000000000;

static void expect_text(int64_t ns, const char *text)
{
    char got[TIMESTAMP_TEXT_MAX];
    int64_t back;
    timestamp_format(got, ns);
    cr_assert_str_eq(got, text);
    cr_assert(timestamp_parse(&back, text), "%s", text);
    cr_assert_eq(back, ns, "%s: %lld", text, (long long)back);
}

Test(timestamp, known_dates)
{
    int64_t ns;
    cr_assert(timestamp_from_civil(&ns, 1970, 1, 1, 0, 0, 0));
    cr_assert_eq(ns, 0);
    cr_assert(timestamp_from_civil(&ns, 2018, 7, 12, 0, 15, 0));
    cr_assert_eq(ns, 1531354500 * SECOND);
    cr_assert(timestamp_from_civil(&ns, 2000, 2, 29, 23, 59, 59));
    cr_assert_eq(ns, 951868799 * SECOND);
    cr_assert(timestamp_from_civil(&ns, 1969, 12, 31, 23, 59, 59));
    cr_assert_eq(ns, -SECOND);
    cr_assert(timestamp_from_civil(&ns, 1904, 1, 1, 0, 0, 0));
    cr_assert_eq(ns, -2082844800 * SECOND);
    cr_assert(timestamp_from_civil(&ns, 2150, 1, 1, 0, 0, 0));
    cr_assert_eq(ns, 5680281600 * SECOND);
}

Test(timestamp, invalid_dates)
{
    static const int dates[][6] = {
        {2018, 0, 1, 0, 0, 0},    {2018, 13, 1, 0, 0, 0},    {2018, 1, 0, 0, 0, 0},
        {2018, 4, 31, 0, 0, 0},   {2018, 2, 29, 0, 0, 0},    {1900, 2, 29, 0, 0, 0},
        {2018, 1, 1, 24, 0, 0},   {2018, 1, 1, 0, 60, 0},    {2018, 1, 1, 0, 0, 60},
        {2018, 1, 1, -1, 0, 0},   {2018, 1, 1, 0, -1, 0},    {2018, 1, 1, 0, 0, -1},
        {1677, 9, 21, 0, 12, 43}, {2262, 4, 11, 23, 47, 17}, {-1, 1, 1, 0, 0, 0},
        {9999, 1, 1, 0, 0, 0},    {0, 1, 1, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        const int *d = dates[i];
        int64_t ns = 7;
        cr_assert_not(timestamp_from_civil(&ns, d[0], d[1], d[2], d[3], d[4], d[5]), "%zu", i);
        cr_assert_eq(ns, 7);
    }
}

Test(timestamp, text_round_trip)
{
    expect_text(0, "1970-01-01T00:00:00Z");
    expect_text(1, "1970-01-01T00:00:00.000000001Z");
    expect_text(-1, "1969-12-31T23:59:59.999999999Z");
    expect_text(1531354510500000000, "2018-07-12T00:15:10.5Z");
    expect_text(951782400 * SECOND, "2000-02-29T00:00:00Z");
    expect_text(951868800 * SECOND + 120000000, "2000-03-01T00:00:00.12Z");
    expect_text(1483228799 * SECOND, "2016-12-31T23:59:59Z");
    expect_text(-2203891200 * SECOND, "1900-03-01T00:00:00Z");
    expect_text(INT64_MAX, "2262-04-11T23:47:16.854775807Z");
    expect_text(INT64_MIN, "1677-09-21T00:12:43.145224192Z");
}

static int digits(const char *p, int n)
{
    int v = 0;
    while (n--)
        v = v * 10 + (*p++ - '0');
    return v;
}

/* Every day of nearly six centuries: text and date agree. */
Test(timestamp, every_day_round_trip)
{
    static const int64_t DAY = 86400;
    for (int64_t day = -106000; day < 106000; day++) {
        char text[TIMESTAMP_TEXT_MAX];
        int64_t ns;
        timestamp_format(text, day * DAY * SECOND);
        cr_assert_str_eq(text + 10, "T00:00:00Z");
        cr_assert(timestamp_from_civil(&ns, digits(text, 4), digits(text + 5, 2),
                                       digits(text + 8, 2), 0, 0, 0));
        cr_assert_eq(ns, day * DAY * SECOND, "%s", text);
    }
}

Test(timestamp, abbreviated_texts)
{
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {
        {"2018-07-12", 1531353600 * INT64_C(1000000000)},
        {"2018-07-12T00:15", 1531354500 * INT64_C(1000000000)},
        {"2018-07-12 00:15Z", 1531354500 * INT64_C(1000000000)},
        {"2018-07-12 00:15:10", 1531354510 * INT64_C(1000000000)},
        {"2018-07-12T00:15:10.25", 1531354510250000000},
        {"2018-07-12T00:15:10.000000000Z", 1531354510 * INT64_C(1000000000)},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t ns;
        cr_assert(timestamp_parse(&ns, good[i].text), "%s", good[i].text);
        cr_assert_eq(ns, good[i].ns, "%s", good[i].text);
    }
}

Test(timestamp, invalid_texts)
{
    static const char *const bad[] = {
        "",
        "2018",
        "2018-7-12",
        "2018-07-12T",
        "2018-07-12Z",
        "2018-07-12T00",
        "2018-07-12T00:15:",
        "2018-07-12T00:15:10.",
        "2018-07-12T00:15:10.Z",
        "2018-07-12T00:15:10.1234567890",
        "2018-07-12T00:15:10ZZ",
        "2018-07-12T00:15:10+01:00",
        "2018-07-12T00:15:60",
        " 2018-07-12",
        "2018-07-12 ",
        "2018-02-30",
        "2018/07/12",
        "2018-07-12t00:15",
        "1677-09-21T00:12:43.145224191",
        "2262-04-11T23:47:16.854775808",
        "2018-07-12T00:15.5",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ns = 7;
        cr_assert_not(timestamp_parse(&ns, bad[i]), "%s", bad[i]);
        cr_assert_eq(ns, 7);
    }
}
