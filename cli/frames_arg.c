#include "cli/frames_arg.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"

/* Parse a frame number and advance *at past it. False without digits, or on overflow. */
static bool number(const char **at, uint64_t *out)
{
    uint64_t v = 0;
    const char *p = *at;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (v > (FRAMES_END - 10) / 10)
            return false;
        v = 10 * v + (uint64_t)(*p - '0');
    }
    const bool any = p > *at;
    *at = p;
    *out = v;
    return any;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* An optional number. */
static bool part(const char **at, uint64_t *out)
{
    return !is_digit(**at) || number(at, out);
}

/* "7", "0:300", "0:300:30", ":", "100:" */
static bool range(frames_item *item, const char *at)
{
    item->kind = FRAMES_RANGE;
    item->end = FRAMES_END;
    item->step = 1;
    if (!strchr(at, ':')) {
        const bool ok = number(&at, &item->first);
        item->end = item->first + 1;
        return ok && *at == '\0';
    }
    if (!part(&at, &item->first) || *at++ != ':' || !part(&at, &item->end))
        return false;
    if (*at == ':') {
        at++;
        if (!part(&at, &item->step))
            return false;
    }
    return *at == '\0' && item->step > 0 && item->first < item->end;
}

/* "12", "12.5", with up to nine decimals: exactly, in nanoseconds. */
static bool seconds(int64_t *out, const char *at)
{
    uint64_t whole;
    if (!number(&at, &whole) || whole > (uint64_t)INT64_MAX / 1000000000 - 1)
        return false;
    int64_t ns = (int64_t)whole * 1000000000;
    if (*at == '.') {
        int64_t unit = 100000000;
        if (!is_digit(*++at))
            return false;
        for (; is_digit(*at) && unit > 0; unit /= 10)
            ns += (*at++ - '0') * unit;
    }
    *out = ns;
    return *at == '\0';
}

/* "@2018-07-12T00:05:10.5Z", "@+12.5" */
static bool moment(frames_moment *out, const char *text)
{
    if (*text++ != '@')
        return false;
    out->from_first = *text == '+';
    return out->from_first ? seconds(&out->ns, text + 1) : timestamp_parse(&out->ns, text);
}

/* Cuts ":10s" off the end of text. The unit distinguishes a step from the seconds of a time.
 * False: there is a step, but it is 0 or too long. */
static bool cut_step(int64_t *every, char *text)
{
    static const struct {
        const char *name;
        int64_t per_second, seconds; /* a unit is seconds / per_second */
    } units[] = {{"ms", 1000, 1}, {"min", 1, 60}, {"s", 1, 1}, {"h", 1, 3600}};
    char *step = strrchr(text, ':');
    const size_t n = step ? strlen(step) : 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const size_t m = strlen(units[i].name);
        if (n <= m + 1 || strcmp(step + n - m, units[i].name) != 0)
            continue;
        step[n - m] = *step = '\0';
        return seconds(every, step + 1) &&
               !__builtin_mul_overflow(*every, units[i].seconds, every) &&
               (*every /= units[i].per_second) > 0;
    }
    return true;
}

/* "@A:@B", "@A:@B:10s" */
static bool between(frames_item *item, char *text, char *second)
{
    item->kind = FRAMES_BETWEEN;
    *second++ = '\0';
    return cut_step(&item->every, second) && moment(&item->from, text) &&
           moment(&item->to, second) &&
           (item->from.from_first != item->to.from_first || item->from.ns < item->to.ns);
}

static bool one(frames_item *item, char *text)
{
    if (text[0] != '@')
        return range(item, text);
    char *second = strstr(text, ":@");
    if (second)
        return between(item, text, second);
    item->kind = FRAMES_AT;
    return moment(&item->from, text);
}

/* The longest item has two times and a step. */
enum { ITEM_MAX = 120, SHOWN_MAX = 72 };

int frames_parse(frames_item **out, size_t *n, const char *text, cz_error *err)
{
    size_t count = 1;
    for (const char *at = text; *at; at++)
        count += *at == ',';
    frames_item *item = calloc(count, sizeof *item);
    if (!item)
        return cz_fail_memory(err, "%.40s", text);
    const char *at = text;
    for (size_t i = 0; i < count; i++) {
        char copy[ITEM_MAX];
        const size_t len = strcspn(at, ",");
        (void)snprintf(copy, sizeof copy, "%.*s", (int)(len < ITEM_MAX ? len : ITEM_MAX), at);
        item[i].text = at;
        item[i].text_len = (int)len;
        if (len >= ITEM_MAX || !one(&item[i], copy)) {
            const int shown = (int)(len < SHOWN_MAX ? len : SHOWN_MAX);
            cz_fail(err, CZ_USAGE, "FRAMES: \"%.*s\" is not a frame, range or time", shown, at);
            cz_hint(err, "frames are 7 or 7,9,12 or 0:300:30 or @2018-07-12T00:05:10.5Z or @+12.5, "
                         "ranges of time @+60:@+120 or @+0:@+600:10s");
            free(item);
            return CZ_USAGE;
        }
        at += len + 1;
    }
    *out = item;
    *n = count;
    return CZ_OK;
}
