#include "store/http/throttle.h"

#include <criterion/criterion.h>
#include <string.h>

#include "store/http/message.h"
#include "base/statistics.h"

Test(throttle, connections_adapt_to_responses)
{
    throttle p;
    throttle_init(&p, 8, 0, 1000);
    cr_expect(throttle_may_begin(&p, 7, 1000));
    cr_expect_not(throttle_may_begin(&p, 8, 1000));
    throttle_response(&p, 503, 1000);
    throttle_response(&p, 503, 1001); /* of the same burst */
    cr_expect_eq(p.allowed, 4);
    throttle_response(&p, 429, 2001);
    cr_expect_eq(p.allowed, 2);
    for (int64_t at = 4000; at < 12000; at += 1000)
        throttle_response(&p, 503, at);
    cr_expect_eq(p.allowed, 1, "never none");
    throttle_response(&p, 200, 20000);
    cr_expect_eq(p.allowed, 2);
    for (int i = 0; i < 100; i++)
        throttle_response(&p, 206, 20000);
    cr_expect_eq(p.allowed, 8, "never more than at first");
}

Test(throttle, rate_is_kept_over_some_seconds)
{
    throttle p;
    int64_t now = 0, bytes = 0;
    throttle_init(&p, 8, 1000, now);
    for (; now < 100000; now += throttle_wait(&p, now) + 1)
        if (throttle_may_begin(&p, 0, now)) {
            throttle_spend(&p, 5000);
            bytes += 5000;
        }
    cr_expect(bytes >= 95000 && bytes <= 106000, "%lld bytes in 100 s", (long long)bytes);
}

Test(throttle, unused_rate_does_not_accumulate)
{
    throttle p;
    throttle_init(&p, 8, 1000, 0);
    (void)throttle_wait(&p, INT64_C(1) << 50);
    cr_expect_eq(p.credit, 1000);
}

Test(throttle, jitter_is_full)
{
    cr_expect_eq(backoff_ms(100, 20000, 0, 100), 100);
    cr_expect_eq(backoff_ms(100, 20000, 0, 101), 0);
    cr_expect_eq(backoff_ms(100, 20000, 3, 800), 800);
    cr_expect_eq(backoff_ms(100, 20000, 60, 20000), 20000);
    cr_expect_eq(backoff_ms(100, 20000, 60, 20001), 0);
}

Test(statistics, quantiles)
{
    net_statistics s = {0}, other = {0};
    cz_statistics told;
    statistics_tell(&told, &s);
    cr_expect_eq(told.median, 0);
    for (uint64_t i = 1; i <= 90; i++)
        statistics_add_duration(&s, 1000000);
    for (uint64_t i = 1; i <= 10; i++)
        statistics_add_duration(&other, 50000000);
    statistics_add(&s, &other);
    statistics_tell(&told, &s);
    cr_expect(told.median > 800000 && told.median < 1200000);
    cr_expect(told.percentile_90 > 800000 && told.percentile_90 < 1200000);
    cr_expect(told.percentile_99 > 40000000 && told.percentile_99 <= 50000000);
    cr_expect_eq(told.longest, 50000000);
    statistics_add_duration(&s, 0);
    statistics_add_duration(&s, UINT64_MAX);
    statistics_tell(&told, &s);
    cr_expect_eq(told.longest, UINT64_MAX);
}

static http_answer with_header(const char *text)
{
    http_answer a = {0};
    buf_add(&a.headers, text, strlen(text) + 1);
    return a;
}

Test(message, content_range)
{
    static const char *const bad[] = {
        "Content-Range: bytes 5-4/10",
        "Content-Range: bytes 5-10/10",
        "Content-Range: bytes -4/10",
        "Content-Range: bytes 5-/10",
        "Content-Range: bytes 5-6",
        "Content-Range: bytes 5-6/x",
        "Content-Range: bytes 5-6/10x",
        "Content-Range: 5-6/10",
        "Content-Length: 5",
        "Content-Range: bytes 99999999999999999999-99999999999999999999/*"};
    uint64_t first = 0, last = 0, total = 0;
    http_answer a = with_header("content-range: Bytes 5-9/10");
    cr_assert(http_answer_range(&a, &first, &last, &total));
    cr_expect(first == 5 && last == 9 && total == 10);
    buf_free(&a.headers);
    a = with_header("Content-Range: bytes 5-9/*");
    cr_assert(http_answer_range(&a, &first, &last, &total));
    cr_expect_eq(total, UINT64_MAX);
    buf_free(&a.headers);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        a = with_header(bad[i]);
        cr_expect_not(http_answer_range(&a, &first, &last, &total), "%s", bad[i]);
        buf_free(&a.headers);
    }
}

Test(message, header_injection_is_refused)
{
    http_message m = {0};
    http_message_header(&m, "If-Match", "%s", "\"a\"");
    cr_expect_str_eq(http_message_find(&m, "if-match"), "\"a\"");
    cr_expect_not(m.bad);
    http_message_header(&m, "If-Match", "%s", "\"a\"\r\nHost: other");
    cr_expect(m.bad);
    cr_expect_null(http_message_find(&m, "Host"));
    http_message_free(&m);
}
