#include "store/text/xml.h"

#include <string.h>

xml xml_begin(const void *bytes, size_t n, buf *text)
{
    const char *at = bytes;
    if (n >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0) { /* Azure sends a byte order mark */
        at += 3;
        n -= 3;
    }
    return (xml){.at = at, .end = at + n, .text = text};
}

static size_t left(const xml *x)
{
    return (size_t)(x->end - x->at);
}

static bool starts(const xml *x, const char *with)
{
    const size_t n = strlen(with);
    return left(x) >= n && memcmp(x->at, with, n) == 0;
}

/* Skip to the end of the next `delimiter`; false if there is none. */
static bool skip_past(xml *x, const char *delimiter)
{
    const char *found = memmem(x->at, left(x), delimiter, strlen(delimiter));
    if (!found)
        return false;
    x->at = found + strlen(delimiter);
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void add_utf8(buf *out, unsigned long c)
{
    char utf8[4];
    size_t n = 0;
    if (c < 0x80) {
        utf8[n++] = (char)c;
    } else if (c < 0x800) {
        utf8[n++] = (char)(0xc0 | c >> 6);
    } else if (c < 0x10000) {
        utf8[n++] = (char)(0xe0 | c >> 12);
        utf8[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    } else {
        utf8[n++] = (char)(0xf0 | c >> 18);
        utf8[n++] = (char)(0x80 | (c >> 12 & 0x3f));
        utf8[n++] = (char)(0x80 | (c >> 6 & 0x3f));
    }
    if (c >= 0x80)
        utf8[n++] = (char)(0x80 | (c & 0x3f));
    buf_add(out, utf8, n);
}

/* "#123" or "#x7B"; 0: not a Char of XML 1.0 (2.2). */
static unsigned long character(const char *name, size_t n)
{
    const bool hex = n > 1 && name[1] == 'x';
    unsigned long v = 0;
    size_t i = hex ? 2 : 1;
    if (i == n)
        return 0;
    for (; i < n; i++) {
        const char c = name[i];
        unsigned long digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned long)(c - '0');
        else if (hex && (c | 32) >= 'a' && (c | 32) <= 'f')
            digit = (unsigned long)((c | 32) - 'a') + 10;
        else
            return 0;
        v = v * (hex ? 16 : 10) + digit;
        if (v > 0x10ffff)
            return 0;
    }
    const bool control = v < 0x20 && v != '\t' && v != '\n' && v != '\r';
    return control || (v >= 0xd800 && v < 0xe000) ? 0 : v;
}

static bool read_entity(xml *x)
{
    static const struct {
        const char *name;
        char is;
    } known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    enum { NAME_MAX_LEN = 12 };
    const char *name = x->at + 1;
    const size_t room = left(x) - 1 < NAME_MAX_LEN ? left(x) - 1 : NAME_MAX_LEN;
    const char *end = memchr(name, ';', room);
    if (!end || end == name)
        return false;
    const size_t n = (size_t)(end - name);
    x->at = end + 1;
    if (name[0] == '#') {
        const unsigned long c = character(name, n);
        add_utf8(x->text, c);
        return c != 0;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].name) == n && memcmp(known[i].name, name, n) == 0) {
            buf_add(x->text, &known[i].is, 1);
            return true;
        }
    return false;
}

/* Read up to the next '<'. Outside of the root only white space is permitted. */
static bool read_text(xml *x)
{
    while (left(x) > 0 && *x->at != '<') {
        if (x->depth == 0 && !is_space(*x->at))
            return false;
        if (*x->at == '&') {
            if (!read_entity(x))
                return false;
        } else if (*x->at == '\0') {
            return false;
        } else {
            buf_add(x->text, x->at++, 1);
        }
    }
    return true;
}

static bool read_cdata(xml *x)
{
    const char *from = x->at + strlen("<![CDATA[");
    if (x->depth == 0 || !skip_past(x, "]]>"))
        return false;
    const size_t n = (size_t)(x->at - from) - strlen("]]>");
    buf_add(x->text, from, n);
    return strnlen(from, n) == n;
}

/* ---- Tags ------------------------------------------------------------------------------------ */

static size_t name_length(const xml *x)
{
    size_t n = 0;
    while (n < left(x) && !is_space(x->at[n]) && !strchr("/><=\"'&", x->at[n]))
        n++;
    return n;
}

/* Skip to the '>' that ends a tag, ignoring those in quoted values. */
static bool skip_attributes(xml *x)
{
    char quote = 0;
    for (; left(x) > 0; x->at++) {
        const char c = *x->at;
        if (quote && c == quote)
            quote = 0;
        else if (quote)
            continue;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '<')
            return false;
        else if (c == '>')
            return true;
    }
    return false;
}

static xml_event open_tag(xml *x)
{
    x->at++;
    const size_t n = name_length(x);
    if (n == 0 || x->depth == XML_DEPTH_MAX || (x->depth == 0 && x->seen_root))
        return XML_BAD;
    x->open[x->depth].at = x->at;
    x->open[x->depth].len = n;
    x->at += n;
    if (!skip_attributes(x))
        return XML_BAD;
    x->close_pending = x->at[-1] == '/';
    x->at++;
    x->level = x->depth++;
    x->seen_root = true;
    x->text->len = 0;
    return XML_OPEN;
}

static xml_event close_tag(xml *x)
{
    x->at += 2;
    const size_t n = name_length(x);
    if (x->depth == 0 || n != x->open[x->depth - 1].len ||
        memcmp(x->at, x->open[x->depth - 1].at, n) != 0)
        return XML_BAD;
    x->at += n;
    while (left(x) > 0 && is_space(*x->at))
        x->at++;
    if (left(x) == 0 || *x->at++ != '>')
        return XML_BAD;
    x->level = --x->depth;
    return XML_CLOSE;
}

xml_event xml_next(xml *x)
{
    if (x->close_pending) {
        x->close_pending = false;
        x->level = --x->depth;
        return XML_CLOSE;
    }
    /* Text before a child element is dropped: only leaf elements have text. */
    x->text->len = 0;
    for (;;) {
        if (!read_text(x))
            return XML_BAD;
        if (left(x) == 0)
            return x->depth == 0 && x->seen_root ? XML_END : XML_BAD;
        bool skipped = true;
        if (starts(x, "<?"))
            skipped = skip_past(x, "?>");
        else if (starts(x, "<!--"))
            skipped = skip_past(x, "-->");
        else if (starts(x, "<![CDATA["))
            skipped = read_cdata(x);
        else if (starts(x, "<!"))
            return XML_BAD;
        else
            return starts(x, "</") ? close_tag(x) : open_tag(x);
        if (!skipped)
            return XML_BAD;
    }
}

static bool named(const xml *x, size_t level, const char *name)
{
    const char *at = x->open[level].at;
    size_t n = x->open[level].len;
    const char *colon = memchr(at, ':', n);
    if (colon) {
        n -= (size_t)(colon + 1 - at);
        at = colon + 1;
    }
    return n == strlen(name) && memcmp(at, name, n) == 0;
}

bool xml_is(const xml *x, const char *name)
{
    return named(x, x->level, name);
}

bool xml_in(const xml *x, const char *parent)
{
    return x->level > 0 && named(x, x->level - 1, parent);
}

bool xml_find(buf *out, const void *bytes, size_t n, const char *name)
{
    buf text = {0};
    bool found = false;
    xml x = xml_begin(bytes, n, &text);
    for (xml_event e = xml_next(&x); !found && (e == XML_OPEN || e == XML_CLOSE);) {
        found = e == XML_CLOSE && xml_is(&x, name);
        if (!found)
            e = xml_next(&x);
    }
    if (found)
        buf_add(out, text.at, text.len);
    out->bad |= text.bad;
    buf_free(&text);
    return found;
}
