#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(buf *b, size_t n)
{
    if (b->bad)
        return false;
    if (b->at && n <= b->cap - b->len)
        return true;
    size_t cap = b->cap ? b->cap : 256;
    while (cap - b->len < n) {
        if (cap > SIZE_MAX / 2) {
            b->bad = true;
            return false;
        }
        cap *= 2;
    }
    uint8_t *at = realloc(b->at, cap);
    if (!at) {
        b->bad = true;
        return false;
    }
    b->at = at;
    b->cap = cap;
    return true;
}

uint8_t *buf_grow(buf *b, size_t n)
{
    if (!reserve(b, n))
        return NULL;
    uint8_t *at = b->at + b->len;
    b->len += n;
    return at;
}

void buf_add(buf *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    uint8_t *at = buf_grow(b, n);
    if (at)
        memcpy(at, p, n);
}

void buf_printf(buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    va_list copy;
    va_copy(copy, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    /* One byte more than the text, for the NUL that vsnprintf() writes; it isn't counted in len. */
    if (n >= 0 && reserve(b, (size_t)n + 1)) {
        (void)vsnprintf((char *)b->at + b->len, (size_t)n + 1, fmt, copy);
        b->len += (size_t)n;
    } else {
        b->bad = true;
    }
    va_end(copy);
}

const char *buf_text(buf *b)
{
    if (!reserve(b, 1))
        return NULL;
    b->at[b->len] = '\0';
    return (const char *)b->at;
}

void buf_free(buf *b)
{
    if (!b)
        return;
    free(b->at);
    *b = (buf){0};
}
