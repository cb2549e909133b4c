/* A growable byte buffer, for text and for data whose size isn't known in advance.
 *
 * Zero-initialize; free with buf_free(). The first failed allocation sets `bad`, and later
 * additions do nothing, so one check at the end suffices. Not thread-safe. */
#ifndef CZ_BASE_BUF_H
#define CZ_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct buf {
    uint8_t *at;
    size_t len;
    size_t cap;
    bool bad; /* an allocation failed: at least one addition is missing */
} buf;

/* Append n uninitialized bytes and return a pointer to them, or NULL (then b->bad). */
uint8_t *buf_grow(buf *b, size_t n);
void buf_add(buf *b, const void *p, size_t n);
void buf_printf(buf *b, const char *fmt, ...) CZ_PRINTF(2, 3);
/* The contents as a NUL-terminated string (the NUL isn't counted in len), or NULL if bad. Owned by
 * b. */
const char *buf_text(buf *b);
void buf_free(buf *b); /* NULL-safe; the buffer is empty and usable afterwards */

#endif
