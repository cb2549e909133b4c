#include "manifest/html_listing.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "store/text/encode.h"

enum { HREF_MAX = 1024, TAIL_MAX = 512, ROW_MAX = 2048 };

/* The page, read from front to back; `end` bounds every access. */
typedef struct page {
    const char *at, *end;
    uint32_t line;
} page;

static void advance(page *p, const char *to)
{
    for (; p->at < to; p->at++)
        p->line += *p->at == '\n';
}

static bool has_prefix(const char *at, const char *end, const char *prefix)
{
    const size_t n = strlen(prefix);
    return (size_t)(end - at) >= n && strncasecmp(at, prefix, n) == 0;
}

/* ---- Text ------------------------------------------------------------------------------------ */

/* The character of "&amp;" and the like, or of "&#38;"; 0: not one that a URL or a size has. */
static char entity(const char *at, size_t n)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"amp", '&'},  {"lt", '<'},    {"gt", '>'},
                 {"quot", '"'}, {"apos", '\''}, {"nbsp", ' '}};
    char text[8] = "";
    if (n == 0 || n >= sizeof text)
        return 0;
    memcpy(text, at, n);
    text[n] = '\0';
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(text, known[i].name) == 0)
            return known[i].c;
    if (text[0] != '#' || n < 2)
        return 0;
    const bool hex = text[1] == 'x' || text[1] == 'X';
    char *rest;
    const long v = strtol(text + (hex ? 2 : 1), &rest, hex ? 16 : 10);
    if (*rest != '\0' || v < 0x20 || v >= 0x7f)
        return 0;
    return (char)v;
}

/* Whether '&' begins an entity; otherwise browsers show it as it is. */
static const char *end_of_entity(const char *at, const char *end)
{
    const char *c = at + 1;
    if (c < end && *c == '#')
        c++;
    while (c < end && isalnum((unsigned char)*c))
        c++;
    return c < end && c > at + 1 && *c == ';' ? c : NULL;
}

/* Copy text without tags, with entities replaced; at most room - 1 bytes. False if it is longer, or
 * has an entity that is not known. */
static bool plain_text(char *out, size_t room, const char *at, const char *end)
{
    size_t n = 0;
    while (at < end && n + 1 < room) {
        if (*at == '<') {
            const char *close = memchr(at, '>', (size_t)(end - at));
            at = close ? close + 1 : end;
            out[n++] = ' ';
        } else if (*at == '&' && end_of_entity(at, end)) {
            const char *semicolon = end_of_entity(at, end);
            if (!(out[n] = entity(at + 1, (size_t)(semicolon - at) - 1)))
                return false;
            n++;
            at = semicolon + 1;
        } else {
            out[n++] = *at++;
        }
    }
    out[n] = '\0';
    return at == end;
}

/* ---- Links ----------------------------------------------------------------------------------- */

/* The value of an attribute within a tag, quoted or not. */
static bool find_attribute(const char **ret_at, const char **ret_end, const char *tag,
                           const char *end, const char *name)
{
    const size_t n = strlen(name);
    for (const char *at = tag; (size_t)(end - at) > n + 1; at++) {
        if (!isspace((unsigned char)at[0]) || !has_prefix(at + 1, end, name))
            continue;
        const char *value = at + 1 + n;
        while (value < end && isspace((unsigned char)*value))
            value++;
        if (value == end || *value++ != '=')
            continue;
        while (value < end && isspace((unsigned char)*value))
            value++;
        if (value == end)
            return false;
        const bool quote = *value == '"' || *value == '\'';
        const char *stop = quote ? memchr(value + 1, *value, (size_t)(end - value) - 1) : value;
        if (!quote)
            while (stop < end && !isspace((unsigned char)*stop) && *stop != '>')
                stop++;
        *ret_at = quote ? value + 1 : value;
        *ret_end = stop;
        return stop != NULL;
    }
    return false;
}

/* Reduce a reference to the segment below the folder, without a final '/'. False if it leads
 * elsewhere. */
static bool own_segment(char *href, const char *path, bool *ret_folder)
{
    const size_t n = strlen(path);
    char *at = href;
    if (strncmp(at, "./", 2) == 0)
        at += 2;
    else if (*at == '/' && strncmp(at, path, n) == 0)
        at += n;
    /* Apache writes "./a:b.mov", so that ':' does not end a scheme. */
    const char *const elsewhere = at == href ? "/?#:\\" : "/?#\\";
    size_t len = strlen(at);
    *ret_folder = len > 0 && at[len - 1] == '/';
    if (*ret_folder)
        at[--len] = '\0';
    if (len == 0 || strcspn(at, elsewhere) != len || strcmp(at, ".") == 0 || strcmp(at, "..") == 0)
        return false;
    memmove(href, at, len + 1);
    return true;
}

/* Whether the segment, decoded, would be mistaken for a path: "%2e%2e", "a%2fb". `name` has the
 * room of href. */
static bool is_path(char *name, const char *href)
{
    memcpy(name, href, strlen(href) + 1);
    return uri_decode(name) &&
           (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0);
}

/* The decoded segment; false if it cannot be a name. */
static bool decode_name(char *name, const char *href)
{
    memcpy(name, href, strlen(href) + 1);
    if (!uri_decode(name))
        return false;
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return false;
    return *name != '\0';
}

/* ---- Dates and sizes ------------------------------------------------------------------------- */

static int digits(const char **at, int most)
{
    int v = 0, n = 0;
    for (; n < most && isdigit((unsigned char)**at); n++, ++*at)
        v = v * 10 + (**at - '0');
    return n > 0 ? v : -1;
}

static int month_of(const char *at)
{
    static const char names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int i = 0; i < 12; i++)
        if (strncasecmp(at, names[i], 3) == 0)
            return i + 1;
    return -1;
}

/* "2018-07-12 00:15", "12-Jul-2018 00:15", "2018-Jul-12 00:15:02"; returns the end, or NULL. */
static const char *parse_date(int64_t *out, const char *at)
{
    int hour = 0, minute = 0, second = 0;
    const int first = digits(&at, 4);
    if (first < 0 || *at++ != '-')
        return NULL;
    const int named = month_of(at);
    const int month = named > 0 ? named : digits(&at, 2);
    if (named > 0)
        at += 3;
    if (month < 0 || *at++ != '-')
        return NULL;
    const int last = digits(&at, 4);
    if (last < 0 || *at != ' ')
        return NULL;
    while (*at == ' ')
        at++;
    hour = digits(&at, 2);
    if (hour < 0 || *at++ != ':' || (minute = digits(&at, 2)) < 0)
        return NULL;
    if (*at == ':' && (at++, second = digits(&at, 2)) < 0)
        return NULL;
    const int year = first > 31 ? first : last, day = first > 31 ? last : first;
    return timestamp_from_civil(out, year, month, day, hour, minute, second) ? at : NULL;
}

/* "15234567890", "14G", "850M", "1.2K"; "-" is none. */
static void parse_size(html_entry *e, const char *at)
{
    static const char units[] = "KMGTP";
    while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')
        at++;
    const size_t whole = strspn(at, "0123456789");
    if (whole == 0 || whole > 19)
        return;
    const uint64_t v = strtoull(at, NULL, 10);
    unsigned tenths = 0;
    at += whole;
    const bool point = *at == '.';
    if (point && isdigit((unsigned char)at[1])) {
        tenths = (unsigned)(at[1] - '0');
        at += 1 + strspn(at + 1, "0123456789");
    }
    if (*at == ' ')
        at++; /* "1.2 KiB" */
    const char *unit = *at ? strchr(units, toupper((unsigned char)*at)) : NULL;
    const unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    const bool ends = at[unit ? 1 : 0] == '\0' || strchr(" \t\r\niIbB", at[unit ? 1 : 0]);
    if (!ends || v > (UINT64_MAX >> 1) >> shift)
        return;
    e->size_is_rounded = unit != NULL || point;
    e->size = (v << shift) + (((uint64_t)tenths << shift) / 10);
}

/* The text behind a link, up to the next one: a date and, after it, a size. */
static void parse_columns(html_entry *e, const char *text)
{
    for (const char *at = text; *at; at++) {
        if (!isdigit((unsigned char)*at) || (at > text && isdigit((unsigned char)at[-1])))
            continue;
        const char *after = parse_date(&e->modified, at);
        if (after) {
            parse_size(e, after);
            return;
        }
        e->modified = 0;
    }
}

/* ---- The page -------------------------------------------------------------------------------- */

/* The next "<a " tag: *ret_tag is behind "<a", *ret_end at its '>'. */
static bool next_link(page *p, const char **ret_tag, const char **ret_end)
{
    for (const char *at = p->at; at < p->end; at++) {
        if (*at != '<' || p->end - at < 3 || (at[1] != 'a' && at[1] != 'A') ||
            !isspace((unsigned char)at[2]))
            continue;
        const char *close = memchr(at, '>', (size_t)(p->end - at));
        advance(p, at);
        if (!close)
            return false;
        *ret_tag = at + 2;
        *ret_end = close;
        return true;
    }
    return false;
}

/* The columns end with the row, at the next link at the latest. */
static const char *end_of_row(const page *p)
{
    const char *at = p->at;
    const char *limit = p->end - at > ROW_MAX ? at + ROW_MAX : p->end;
    for (; at < limit; at++)
        if (*at == '<' && (has_prefix(at, limit, "<a ") || has_prefix(at, limit, "</tr") ||
                           has_prefix(at, limit, "</li") || has_prefix(at, limit, "<img")))
            return at;
    return limit;
}

/* Whether the value of an href looks like a MOV, its .md5 file or a folder below this one. */
static bool is_wanted(const char *value, const char *end)
{
    static const char *const endings[] = {".mov", ".mov.md5", "/"};
    bool wanted = false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t n = strlen(endings[i]);
        wanted |= (size_t)(end - value) > n && strncasecmp(end - n, endings[i], n) == 0;
    }
    return wanted && *value != '/' && !has_prefix(value, end, "../") &&
           !memchr(value, '?', (size_t)(end - value)) &&
           !memmem(value, (size_t)(end - value), "://", 3);
}

/* Fill e->href and e->name from the value of an href. False if it is not one of an entry. An entry
 * that cannot be named gets a problem: rows are never missing silently. */
static bool parse_href(html_entry *e, const char *value, const char *end, const char *path,
                       char href[HREF_MAX], char name[HREF_MAX])
{
    if (!plain_text(href, HREF_MAX, value, end))
        e->problem = "link is too long, or has an unknown entity";
    else if (!own_segment(href, path, &e->is_folder) || is_path(name, href))
        return false;
    else if (!decode_name(name, href))
        e->problem = "link has an invalid encoding or a control character";
    if (!e->problem)
        return true;
    href[0] = name[0] = '\0';
    return is_wanted(value, end);
}

/* Fill e from a link; false if it is not one of an entry. href and name are the caller's. */
static bool parse_link(html_entry *e, page *p, const char *tag, const char *end, const char *path,
                       char href[HREF_MAX], char name[HREF_MAX])
{
    char tail[TAIL_MAX] = "";
    const char *value = NULL, *value_end = NULL;
    *e = (html_entry){.href = href, .name = name, .size = UINT64_MAX, .line = p->line};
    const bool found = find_attribute(&value, &value_end, tag, end, "href");
    advance(p, end + 1);
    if (!found || !parse_href(e, value, value_end, path, href, name))
        return false;
    const char *text = p->at;
    while (text < p->end && !has_prefix(text, p->end, "</a") && !has_prefix(text, p->end, "<a "))
        text++;
    advance(p, text);
    const char *stop = end_of_row(p);
    if (stop - text > TAIL_MAX - 1)
        stop = text + TAIL_MAX - 1;
    if (plain_text(tail, sizeof tail, text, stop))
        parse_columns(e, tail);
    return true;
}

int html_listing_parse(const char *text, size_t n, const char *path,
                       int (*each)(void *user, const html_entry *e, cz_error *err), void *user,
                       cz_error *err)
{
    char *room = malloc((size_t)2 * HREF_MAX);
    page p = {text, text + n, 1};
    const char *tag, *end;
    size_t links = 0;
    int rc = CZ_OK;
    if (!room)
        return cz_fail_memory(err, "%s: listing", path);
    while (rc == CZ_OK && next_link(&p, &tag, &end)) {
        html_entry e;
        links++;
        if (parse_link(&e, &p, tag, end, path, room, room + HREF_MAX))
            rc = each(user, &e, err);
    }
    free(room);
    if (rc == CZ_OK && links == 0 && !memmem(text, n, "<html", 5) && !memmem(text, n, "<HTML", 5))
        return cz_fail(err, CZ_FORMAT, "%s: not a folder listing", path);
    return rc;
}
