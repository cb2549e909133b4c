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

/* A line within a section; false at the end of the text. */
typedef struct scan {
    span rest;
    const char *section;
    bool inside;
    bool was_found; /* the section */
} scan;

typedef struct entry {
    span name, value;
    bool indented;
} entry;

static bool next_entry(scan *s, entry *out)
{
    while (s->rest.n > 0) {
        const span whole = without_comment(next_line(&s->rest)), line = trim(whole);
        if (line.n == 0)
            continue;
        if (line.at[0] == '[') {
            const char *end = memchr(line.at, ']', line.n);
            s->inside =
                end && equals(trim((span){line.at + 1, (size_t)(end - line.at) - 1}), s->section);
            s->was_found |= s->inside;
            continue;
        }
        const char *sign = memchr(line.at, '=', line.n);
        if (!s->inside || !sign)
            continue;
        const size_t left = (size_t)(sign - line.at);
        *out = (entry){trim((span){line.at, left}), trim((span){sign + 1, line.n - left - 1}),
                       is_blank(whole.at[0])};
        return true;
    }
    return false;
}

static bool give(buf *out, span found)
{
    if (found.at)
        buf_add(out, found.at, found.n);
    return found.at != NULL;
}

bool ini_value(buf *out, const char *text, size_t n, const char *section, const char *name)
{
    scan s = {.rest = {text, n}, .section = section};
    span found = {0};
    for (entry e; next_entry(&s, &e);)
        if (!e.indented && equals(e.name, name))
            found = e.value;
    return give(out, found);
}

bool ini_nested_value(buf *out, const char *text, size_t n, const char *section, const char *block,
                      const char *name)
{
    scan s = {.rest = {text, n}, .section = section};
    span found = {0};
    bool in_block = false;
    for (entry e; next_entry(&s, &e);) {
        if (!e.indented)
            in_block = equals(e.name, block);
        else if (in_block && equals(e.name, name))
            found = e.value;
    }
    return give(out, found);
}

bool ini_has_section(const char *text, size_t n, const char *section)
{
    scan s = {.rest = {text, n}, .section = section};
    for (entry e; next_entry(&s, &e);)
        ;
    return s.was_found;
}
