/* Memory between inaccessible pages, for tests of parsers and decoders.
 *
 * The byte after the last one lies on a page that can't be accessed, and so does the page before
 * the first: a read or write past the end stops the test, in any build, also where the sanitizers
 * don't look (SIMD, other libraries). The start isn't aligned unless the length is. */
#ifndef CZ_TESTS_UNIT_SUPPORT_GUARD_H
#define CZ_TESTS_UNIT_SUPPORT_GUARD_H

#include <stddef.h>
#include <stdint.h>

typedef struct guard {
    uint8_t *at; /* len bytes; at[len] is inaccessible, also for len 0 */
    size_t len;
    void *map; /* the pages around it, for guard_free() */
    size_t map_len;
} guard;

/* A buffer of len bytes, each 0xa5, so that a byte that was never written shows. Never fails: a
 * test that can't have its memory ends here. Free it with guard_free(). */
guard guard_new(size_t len);

/* The same, filled with len bytes from `bytes` (may be NULL if len is 0). */
guard guard_copy(const void *bytes, size_t len);

/* Accepts a guard that is all zeros; leaves one. */
void guard_free(guard *g);

#endif
