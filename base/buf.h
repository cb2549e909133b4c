/* A growable run of bytes: for text that is put together and blocks whose size isn't known.
 *
 * Zero-initialise; free with buf_free(). The first failure to grow makes it `bad` and what follows
 * does nothing, so that one check at the end suffices. Not thread-safe. */
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
    bool bad; /* out of memory: at least one addition is missing */
} buf;

/* Room for n more bytes; returns where they go and counts them, or NULL (then b->bad). */
uint8_t *buf_grow(buf *b, size_t n);
void buf_add(buf *b, const void *p, size_t n);
void buf_printf(buf *b, const char *fmt, ...) CZ_PRINTF(2, 3);
/* The text with a NUL behind it (not counted in len), or NULL when bad. Owned by b. */
const char *buf_text(buf *b);
void buf_free(buf *b); /* NULL-safe; leaves it empty and usable */

#endif
