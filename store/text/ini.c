#include "store/text/ini.h"

#include <string.h>

typedef struct span {
    const char *at;
    size_t n;
} span;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static span trim(span s)
{
    while (s.n > 0 && is_blank(s.at[0])) {
        s.at++;
        s.n--;
    }
    while (s.n > 0 && is_blank(s.at[s.n - 1]))
        s.n--;
    return s;
}

static bool equals(span s, const char *text)
{
    return s.n == strlen(text) && memcmp(s.at, text, s.n) == 0;
}

/* Strip a comment: from a # or ; at the start or after white space. */
static span without_comment(span s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.at[i] == '#' || s.at[i] == ';') && (i == 0 || is_blank(s.at[i - 1])))
            s.n = i;
    return s;
}

static span next_line(span *rest)
{
    const char *end = memchr(rest->at, '\n', rest->n);
    const span line = {rest->at, end ? (size_t)(end - rest->at) : rest->n};
    const size_t taken = line.n + (end ? 1 : 0);
    rest->at += taken;
    rest->n -= taken;
    return line;
}

bool ini_value(buf *out, const char *text, size_t n, const char *section, const char *name)
{
    span rest = {text, n}, found = {0};
    bool inside = false;
    while (rest.n > 0) {
        const span whole = without_comment(next_line(&rest)), line = trim(whole);
        if (line.n == 0)
            continue;
        if (line.at[0] == '[') {
            const char *end = memchr(line.at, ']', line.n);
            inside = end && equals(trim((span){line.at + 1, (size_t)(end - line.at) - 1}), section);
            continue;
        }
        const char *sign = memchr(line.at, '=', line.n);
        if (!inside || !sign || is_blank(whole.at[0]))
            continue;
        if (equals(trim((span){line.at, (size_t)(sign - line.at)}), name))
            found = trim((span){sign + 1, line.n - (size_t)(sign - line.at) - 1});
    }
    if (found.at)
        buf_add(out, found.at, found.n);
    return found.at != NULL;
}
