#include "store/http/message.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void http_message_header(http_message *m, const char *name, const char *fmt, ...)
{
    buf line = {0};
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    buf_printf(&line, "%s: ", name);
    uint8_t *value = n < 0 || n > HTTP_VALUE_MAX ? NULL : buf_grow(&line, (size_t)n + 1);
    if (value)
        (void)vsnprintf((char *)value, (size_t)n + 1, fmt, again);
    va_end(again);
    if (!value || line.bad || m->n_headers == HTTP_HEADERS_MAX || strpbrk((char *)value, "\r\n")) {
        m->bad = true;
        buf_free(&line);
        return;
    }
    m->header[m->n_headers++] = (char *)line.at; /* moved */
}

void http_message_range(http_message *m, uint64_t first, uint64_t last)
{
    http_message_header(m, "Range", "bytes=%" PRIu64 "-%" PRIu64, first, last);
}

/* The value, if the line has this name; else NULL. */
static const char *value_of(const char *line, const char *name)
{
    const size_t n = strlen(name);
    if (strncasecmp(line, name, n) != 0 || line[n] != ':')
        return NULL;
    return line + n + 1 + strspn(line + n + 1, " \t");
}

const char *http_message_find(const http_message *m, const char *name)
{
    for (size_t i = 0; i < m->n_headers; i++) {
        const char *value = value_of(m->header[i], name);
        if (value)
            return value;
    }
    return NULL;
}

void http_message_free(http_message *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n_headers; i++)
        free(m->header[i]);
    buf_free(&m->url);
    *m = (http_message){0};
}

const char *http_answer_header(const http_answer *a, const char *name)
{
    const char *line = (const char *)a->headers.at, *end = line ? line + a->headers.len : line;
    for (; line < end; line += strlen(line) + 1) {
        const char *value = value_of(line, name);
        if (value)
            return value;
    }
    return NULL;
}

/* Parse digits; returns what follows them. NULL: none, or more than INT64_MAX. */
static const char *parse_number(uint64_t *out, const char *at)
{
    uint64_t v = 0;
    const size_t n = strspn(at, "0123456789");
    for (size_t i = 0; i < n; i++) {
        v = v * 10 + (uint64_t)(at[i] - '0');
        if (v > INT64_MAX || i > 18)
            return NULL;
    }
    *out = v;
    return n ? at + n : NULL;
}

bool http_answer_length(const http_answer *a, uint64_t *ret_length)
{
    uint64_t v;
    const char *value = http_answer_header(a, "Content-Length");
    const char *end = value ? parse_number(&v, value) : NULL;
    if (!end || *end)
        return false;
    *ret_length = v;
    return true;
}

bool http_answer_range(const http_answer *a, uint64_t *ret_first, uint64_t *ret_last,
                       uint64_t *ret_total)
{
    uint64_t first, last, total = UINT64_MAX;
    const char *at = http_answer_header(a, "Content-Range");
    if (!at || strncasecmp(at, "bytes ", 6) != 0)
        return false;
    if (!(at = parse_number(&first, at + 6)) || *at++ != '-' || !(at = parse_number(&last, at)) ||
        *at++ != '/')
        return false;
    at = *at == '*' ? at + 1 : parse_number(&total, at);
    if (!at || *at || last < first || last >= total)
        return false;
    *ret_first = first;
    *ret_last = last;
    *ret_total = total;
    return true;
}
