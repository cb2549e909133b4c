#include "store/json/json_check.h"

#include <string.h>

enum {
    NUMBER_MAX = 60, /* characters; cJSON copies a number into 64 bytes */
};

/* Each function below parses from c->at and advances it; on failure it returns false and sets
 * c->why. */
typedef struct check {
    const uint8_t *text;
    size_t n, at;
    size_t numbers; /* so far */
    int depth;
    buf *large;
    const char *why;
} check;

static bool fail(check *c, const char *why)
{
    c->why = why;
    return false;
}

/* The next byte; 0 at the end, which is invalid in JSON anyway. */
static uint8_t peek(const check *c)
{
    return c->at < c->n ? c->text[c->at] : 0;
}

static void space(check *c)
{
    while (c->at < c->n && c->text[c->at] && strchr(" \t\n\r", c->text[c->at]))
        c->at++;
}

static bool take(check *c, char wanted)
{
    if (peek(c) != (uint8_t)wanted || c->at == c->n)
        return false;
    c->at++;
    return true;
}

static size_t digits(check *c)
{
    const size_t from = c->at;
    while (peek(c) >= '0' && peek(c) <= '9')
        c->at++;
    return c->at - from;
}

static bool number(check *c)
{
    const size_t from = c->at;
    bool whole = true;
    (void)take(c, '-');
    const bool zero = peek(c) == '0';
    const size_t n = digits(c);
    if (n == 0 || (zero && n > 1))
        return fail(c, "not a number");
    if (take(c, '.')) {
        whole = false;
        if (digits(c) == 0)
            return fail(c, "a fraction without digits");
    }
    if (take(c, 'e') || take(c, 'E')) {
        whole = false;
        if (!take(c, '+'))
            (void)take(c, '-');
        if (digits(c) == 0)
            return fail(c, "an exponent without digits");
    }
    if (c->at - from > NUMBER_MAX)
        return fail(c, "a number that is too long");
    if (whole && n > JSON_DIGITS)
        buf_add(c->large, &(json_integer){c->numbers, from, c->at - from}, sizeof(json_integer));
    c->numbers++;
    return true;
}

/* Four hexadecimal digits, or -1. */
static int32_t hex4(check *c)
{
    int32_t v = 0;
    for (int i = 0; i < 4; i++, c->at++) {
        const uint8_t b = peek(c);
        if (b >= '0' && b <= '9')
            v = v << 4 | (b - '0');
        else if ((b | 32) >= 'a' && (b | 32) <= 'f')
            v = v << 4 | ((b | 32) - 'a' + 10);
        else
            return -1;
    }
    return v;
}

/* After "\u". A character above U+FFFF is a pair of escapes, a high and a low surrogate. */
static bool unicode_escape(check *c)
{
    const int32_t v = hex4(c);
    if (v < 0)
        return fail(c, "not a hexadecimal digit");
    if (v == 0)
        return fail(c, "a NUL in a string");
    if (v < 0xd800 || v > 0xdfff)
        return true;
    if (v < 0xdc00 && take(c, '\\') && take(c, 'u')) {
        const int32_t low = hex4(c);
        if (low >= 0xdc00 && low <= 0xdfff)
            return true;
    }
    return fail(c, "half a surrogate pair");
}

static bool escape(check *c)
{
    if (take(c, 'u'))
        return unicode_escape(c);
    if (peek(c) == 0 || !strchr("\"\\/bfnrt", peek(c)))
        return fail(c, "no such escape");
    c->at++;
    return true;
}

size_t json_utf8(const uint8_t *at, size_t left)
{
    if (left == 0)
        return 0;
    const uint8_t b = at[0];
    if (b < 0x80)
        return 1;
    const size_t len = b >= 0xc2 && b <= 0xdf   ? 2
                       : b >= 0xe0 && b <= 0xef ? 3
                       : b >= 0xf0 && b <= 0xf4 ? 4
                                                : 0;
    if (len == 0 || len > left)
        return 0;
    /* RFC 3629, section 4: only the second byte's range depends on the first. */
    const uint8_t least = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0x80;
    const uint8_t most = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < least || at[1] > most)
        return 0;
    for (size_t i = 2; i < len; i++)
        if (at[i] < 0x80 || at[i] > 0xbf)
            return 0;
    return len;
}

static bool string(check *c)
{
    if (!take(c, '"'))
        return fail(c, "a string is missing");
    while (c->at < c->n) {
        if (take(c, '"'))
            return true;
        if (take(c, '\\')) {
            if (!escape(c))
                return false;
            continue;
        }
        const size_t len = json_utf8(c->text + c->at, c->n - c->at);
        if (len == 0)
            return fail(c, "not UTF-8");
        if (peek(c) < 0x20)
            return fail(c, "a control character in a string");
        c->at += len;
    }
    return fail(c, "the end of a string is missing");
}

static bool word(check *c, const char *w)
{
    const size_t len = strlen(w);
    if (c->n - c->at < len || memcmp(c->text + c->at, w, len) != 0)
        return fail(c, "no value");
    c->at += len;
    return true;
}

static bool value(check *c);

/* Members or elements, after the opening bracket. */
static bool list(check *c, bool named, char end)
{
    if (++c->depth > JSON_DEPTH_MAX)
        return fail(c, "too deep");
    space(c);
    for (bool first = true; !(first && take(c, end)); first = false) {
        space(c);
        if (named) {
            if (!string(c))
                return false;
            space(c);
            if (!take(c, ':'))
                return fail(c, "a colon is missing");
        }
        if (!value(c))
            return false;
        space(c);
        if (take(c, end))
            break;
        if (!take(c, ','))
            return fail(c, "a comma is missing");
    }
    c->depth--;
    return true;
}

static bool value(check *c)
{
    space(c);
    switch (peek(c)) {
    case '{':
        c->at++;
        return list(c, true, '}');
    case '[':
        c->at++;
        return list(c, false, ']');
    case '"':
        return string(c);
    case 't':
        return word(c, "true");
    case 'f':
        return word(c, "false");
    case 'n':
        return word(c, "null");
    default:
        return c->at < c->n ? number(c) : fail(c, "a value is missing");
    }
}

const char *json_check(size_t *ret_at, buf *large, const uint8_t *text, size_t n)
{
    check c = {.text = text, .n = n, .large = large};
    if (value(&c)) {
        space(&c);
        if (c.at < n)
            c.why = "more after the end";
    }
    *ret_at = c.at;
    return c.why;
}
