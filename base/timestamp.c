#include "base/timestamp.h"

#include <stdio.h>
#include <string.h>

static const int64_t SECOND = 1000000000;
static const int64_t DAY = 86400;

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to January 1 of a year >= 1600. */
static int64_t days_before_year(int year)
{
    const int y = year - 1;
    const int leaps = y / 4 - y / 100 + y / 400;
    const int leaps_before_1970 = 1969 / 4 - 1969 / 100 + 1969 / 400;
    return (int64_t)(year - 1970) * 365 + (leaps - leaps_before_1970);
}

/* Seconds since 1970; false if there is no such date, or if it is far outside the range of int64
 * nanoseconds. */
static bool seconds_from_civil(int64_t *out, int year, int month, int day, int hour, int minute,
                               int second)
{
    if (year < 1600 || year > 2300 || month < 1 || month > 12 || day < 1 ||
        day > days_in(year, month))
        return false;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    int64_t days = days_before_year(year) + day - 1;
    for (int m = 1; m < month; m++)
        days += days_in(year, m);
    *out = days * DAY + (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
    return true;
}

/* seconds + fraction, 0 <= fraction < SECOND. Negative values are shifted by a second towards zero
 * first: the start of the second that contains INT64_MIN isn't representable. */
static bool combine(int64_t *out, int64_t seconds, int64_t fraction)
{
    if (seconds < 0 && fraction > 0) {
        seconds++;
        fraction -= SECOND;
    }
    if (seconds > INT64_MAX / SECOND || seconds < INT64_MIN / SECOND)
        return false;
    const int64_t ns = seconds * SECOND;
    if ((fraction > 0 && ns > INT64_MAX - fraction) || (fraction < 0 && ns < INT64_MIN - fraction))
        return false;
    *out = ns + fraction;
    return true;
}

bool timestamp_from_civil(int64_t *out, int year, int month, int day, int hour, int minute,
                          int second)
{
    int64_t s;
    return seconds_from_civil(&s, year, month, day, hour, minute, second) && combine(out, s, 0);
}

void timestamp_format(char out[TIMESTAMP_TEXT_MAX], int64_t ns)
{
    int64_t seconds = ns / SECOND, fraction = ns % SECOND;
    if (fraction < 0) {
        fraction += SECOND;
        seconds--;
    }
    int64_t days = seconds / DAY, of_day = seconds % DAY;
    if (of_day < 0) {
        of_day += DAY;
        days--;
    }
    int year = 1970 + (int)(days / 366); /* a lower bound from 1970 on; corrected below */
    if (days < 0)
        year = 1970 + (int)(days / 365) - 1;
    while (days_before_year(year + 1) <= days)
        year++;
    int64_t left = days - days_before_year(year);
    int month = 1;
    while (left >= days_in(year, month))
        left -= days_in(year, month++);

    int n =
        snprintf(out, TIMESTAMP_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", year, month,
                 (int)left + 1, (int)(of_day / 3600), (int)(of_day / 60 % 60), (int)(of_day % 60));
    if (fraction) {
        n += snprintf(out + n, (size_t)(TIMESTAMP_TEXT_MAX - n), ".%09d", (int)fraction);
        while (out[n - 1] == '0')
            n--;
    }
    (void)snprintf(out + n, (size_t)(TIMESTAMP_TEXT_MAX - n), "Z");
}

/* Exactly n digits; advances past them. */
static bool parse_digits(const char **at, int n, int *out)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        const char c = (*at)[i];
        if (c < '0' || c > '9')
            return false;
        v = v * 10 + (c - '0');
    }
    *at += n;
    *out = v;
    return true;
}

static bool skip_char(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

/* One to nine digits after the decimal point, as nanoseconds. */
static bool parse_fraction(const char **at, int64_t *out)
{
    int64_t unit = SECOND, v = 0;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        if (unit == 1)
            return false;
        unit /= 10;
        v += (**at - '0') * unit;
    }
    *out = v;
    return unit < SECOND;
}

bool timestamp_parse(int64_t *out, const char *text)
{
    const char *at = text;
    int year, month, day, hour = 0, minute = 0, second = 0;
    int64_t fraction = 0, seconds;
    if (!parse_digits(&at, 4, &year) || !skip_char(&at, '-') || !parse_digits(&at, 2, &month) ||
        !skip_char(&at, '-') || !parse_digits(&at, 2, &day))
        return false;
    if (*at) {
        if (!(skip_char(&at, 'T') || skip_char(&at, ' ')) || !parse_digits(&at, 2, &hour) ||
            !skip_char(&at, ':') || !parse_digits(&at, 2, &minute))
            return false;
        if (skip_char(&at, ':')) {
            if (!parse_digits(&at, 2, &second) ||
                (skip_char(&at, '.') && !parse_fraction(&at, &fraction)))
                return false;
        }
        (void)skip_char(&at, 'Z');
    }
    return *at == '\0' && seconds_from_civil(&seconds, year, month, day, hour, minute, second) &&
           combine(out, seconds, fraction);
}
