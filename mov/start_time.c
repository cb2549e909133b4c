#include "mov/start_time.h"

#include <stdlib.h>

#include "base/timestamp.h"

/* Plausible years; a century of nanoseconds can be added to or subtracted from both ends. */
enum { YEAR_MIN = 1970, YEAR_MAX = 2149 };
static const int64_t SECOND = 1000000000;
static const int64_t DAY = 86400 * INT64_C(1000000000);
static const uint64_t FROM_1904_TO_1970 = 2082844800; /* seconds */
static const uint64_t FROM_1970_TO_2150 = 5680281600;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* n digits as a number; -1 if there are fewer. */
static int parse_number(const char *p, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (!is_digit(p[i]))
            return -1;
        v = v * 10 + (p[i] - '0');
    }
    return v;
}

/* Parse YYYYMMDDTHHMMSS at p. No step reads past the characters that the previous one validated. */
static bool parse_timestamp(int64_t *time, const char *p)
{
    const int date = parse_number(p, 8);
    if (date < 0 || p[8] != 'T')
        return false;
    const int clock = parse_number(p + 9, 6);
    const int year = date / 10000;
    return clock >= 0 && year >= YEAR_MIN && year <= YEAR_MAX &&
           timestamp_from_civil(time, year, date / 100 % 100, date % 100, clock / 10000,
                                clock / 100 % 100, clock % 100);
}

/* Parse what may follow the timestamp: Z, then _ and up to four digits, then the end of the word.
 */
static bool parse_suffix(mov_filename_time *out, const char *p)
{
    out->utc_suffix = *p == 'Z';
    if (out->utc_suffix)
        p++;
    if (*p == '_' && is_digit(p[1])) {
        int n = 1;
        while (n < 4 && is_digit(p[1 + n]))
            n++;
        out->part = parse_number(p + 1, n);
        p += 1 + n;
    }
    return !is_word(*p);
}

void mov_filename_time_parse(mov_filename_time *out, const char *base_name)
{
    const mov_filename_time none = {.part = -1};
    for (const char *p = base_name; *p; p++) {
        *out = none;
        if (p > base_name && is_word(p[-1]))
            continue;
        if (parse_timestamp(&out->time, p) && parse_suffix(out, p + 15)) {
            out->has_time = true;
            return;
        }
    }
    *out = none;
}

const char *mov_start_source_text(mov_start_source from)
{
    switch (from) {
    case MOV_START_HEADER:
        return "header";
    case MOV_START_FILENAME:
        return "name";
    case MOV_START_FILENAME_END:
        return "name_end";
    case MOV_START_NONE:
    default:
        return "none";
    }
}

void mov_start_choose(mov_start *out, const mov_movie *movie, const char *base_name)
{
    *out = (mov_start){.from = MOV_START_NONE};
    mov_filename_time name;
    mov_filename_time_parse(&name, base_name);
    out->has_name_time = name.has_time;
    out->name_time = name.time;

    const uint64_t created = movie->created;
    out->has_header_time =
        created > FROM_1904_TO_1970 && created - FROM_1904_TO_1970 < FROM_1970_TO_2150;
    if (out->has_header_time)
        out->header_time = (int64_t)(created - FROM_1904_TO_1970) * SECOND;

    if (out->has_header_time &&
        (!name.has_time || llabs(out->header_time - out->name_time) <= DAY)) {
        out->from = MOV_START_HEADER;
        out->start = out->header_time;
    } else if (name.has_time) {
        out->from = name.utc_suffix ? MOV_START_FILENAME : MOV_START_FILENAME_END;
        out->start = name.time;
        if (!name.utc_suffix)
            out->start -= mov_time_ns(&movie->times, movie->n_frames);
    }
}
