/* cli/say.c and cli/units.c: text that is safe for a terminal, and numbers as text. */
#include "cli/units.h"
#include "cli/say.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/support/alloc_fail.h"

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static void expect_clean(const char *text, const char *want)
{
    buf b = {0};
    add_clean(&b, text);
    const char *got = buf_text(&b);
    cr_assert_not_null(got);
    cr_assert_str_eq(got, want);
    buf_free(&b);
}

Test(say, printable_text_is_unchanged)
{
    expect_clean("", "");
    expect_clean("CAMHDA301-20180712T001500.mov", "CAMHDA301-20180712T001500.mov");
    expect_clean("\xc2\xa9 Gr\xc3\xbc\xc3\x9f", "\xc2\xa9 Gr\xc3\xbc\xc3\x9f");
    expect_clean("\xe6\xb5\xb7 \xf0\x9f\x90\x9f", "\xe6\xb5\xb7 \xf0\x9f\x90\x9f");
    expect_clean("\xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf",
                 "\xed\x9f\xbf \xee\x80\x80 \xf4\x8f\xbf\xbf");
}

Test(say, control_characters_are_replaced)
{
    expect_clean("a\033[31mb", "a" BAD "[31mb");
    expect_clean("a\nb\rc\td", "a" BAD "b" BAD "c" BAD "d");
    expect_clean("\x01\x1f\x7f", BAD BAD BAD);
    expect_clean("\xc2\x9b"
                 "31m",
                 BAD BAD "31m"); /* CSI as one character of C1 */
    expect_clean("\xc2\x80\xc2\x9f\xc2\xa0", BAD BAD BAD BAD "\xc2\xa0");
}

Test(say, invalid_utf8_is_replaced)
{
    expect_clean("\x80", BAD);
    expect_clean("\xff\xfe", BAD BAD);
    expect_clean("\xc3", BAD);
    expect_clean("\xc3(", BAD "(");
    expect_clean("\xc0\xaf", BAD BAD);         /* overlong */
    expect_clean("\xe0\x80\xaf", BAD BAD BAD); /* overlong */
    expect_clean("\xf0\x8f\xbf\xbf", BAD BAD BAD BAD);
    expect_clean("\xed\xa0\x80", BAD BAD BAD); /* half of a pair */
    expect_clean("\xf4\x90\x80\x80", BAD BAD BAD BAD);
    expect_clean("\xe6\xb5", BAD BAD); /* cut */
    expect_clean("\xf5\x80\x80\x80", BAD BAD BAD BAD);
}

Test(say, width_counts_characters)
{
    cr_assert_eq(text_width(""), 0U);
    cr_assert_eq(text_width("abc"), 3U);
    cr_assert_eq(text_width("Gr\xc3\xbc\xc3\x9f"
                            "e"),
                 5U);
}

Test(say, exit_codes)
{
    cr_assert_eq(exit_code(CZ_OK), 0);
    cr_assert_eq(exit_code(CZ_IO), 1);
    cr_assert_eq(exit_code(CZ_CORRUPT), 1);
    cr_assert_eq(exit_code(CZ_USAGE), 2);
    cr_assert_eq(exit_code(CZ_UNREACHABLE), 5);
    cr_assert_eq(exit_code(CZ_CANCELLED), 130);
}

static void expect_size(uint64_t bytes, const char *want)
{
    char text[UNITS_TEXT_MAX];
    size_text(text, bytes);
    cr_assert_str_eq(text, want);
}

Test(format, sizes)
{
    expect_size(0, "0 B");
    expect_size(999, "999 B");
    expect_size(1000, "1.0 kB");
    expect_size(999949, "999.9 kB");
    expect_size(999950, "1.0 MB");
    expect_size(15234567890, "15.2 GB");
    expect_size(UINT64_MAX, "18.4 EB");
}

static void expect_duration(int64_t ns, const char *want)
{
    char text[UNITS_TEXT_MAX];
    duration_text(text, ns);
    cr_assert_str_eq(text, want);
}

Test(format, durations)
{
    expect_duration(-1, "0:00");
    expect_duration(0, "0:00");
    expect_duration(INT64_C(871537333333), "14:31");
    expect_duration(INT64_C(3599999999999), "59:59");
    expect_duration(INT64_C(3600000000000), "1:00:00");
    expect_duration(INT64_MAX, "2562047:47:16");
}

Test(format, codecs)
{
    cr_assert_str_eq(codec_title("apch"), "ProRes 422 HQ");
    cr_assert_str_eq(codec_title("avc1"), "");
}

/* What goes to stderr while allocation n fails. */
static bool say_without(size_t n, char *ret, size_t room)
{
    int ends[2];
    cz_error err;
    (void)cz_fail(&err, CZ_ABSENT, "no such clip");
    const int was = dup(STDERR_FILENO);
    cr_assert_eq(pipe(ends), 0);
    cr_assert_geq(dup2(ends[1], STDERR_FILENO), 0);
    alloc_fail_at(n);
    const int code = say_error(&err);
    const bool hit = alloc_fail_end();
    (void)dup2(was, STDERR_FILENO);
    (void)close(was);
    (void)close(ends[1]);
    const ssize_t len = read(ends[0], ret, room - 1);
    (void)close(ends[0]);
    ret[len > 0 ? len : 0] = '\0';
    cr_assert_eq(code, EXIT_FAILED);
    return hit;
}

Test(say, error_is_printed_without_memory)
{
    char said[200];
    bool hit = true;
    for (size_t n = 1; hit; n++) {
        hit = say_without(n, said, sizeof said);
        cr_assert_str_eq(said, hit ? "camzarr: out of memory\n" : "camzarr: no such clip\n");
    }
}
