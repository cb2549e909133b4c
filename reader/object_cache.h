/* Small objects of clips that were read, by the SHA-256 that commit marks give: a clip that is
 * opened again over a network costs its mark alone, which says whether it is still the same.
 *
 * Bounded; the least recently used object is dropped first. Thread-safe and non-blocking: a caller
 * that finds it locked, in a child of fork() perhaps for ever, bypasses it. */
#ifndef CZ_READER_OBJECT_CACHE_H
#define CZ_READER_OBJECT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct object_cache object_cache;

/* For at most `bytes` of objects. Errors: NOMEM. */
int object_cache_new(object_cache **out, size_t bytes, cz_error *err);
void object_cache_free(object_cache **c); /* NULL-safe */

/* Copy the object of that digest and exactly that length; false: it isn't there. c may be NULL:
 * nothing is. */
bool object_cache_find(object_cache *c, const char *sha256, void *to, size_t len);
/* Keep a copy of what was checked against its digest, where there is room and memory. c may be
 * NULL. */
void object_cache_keep(object_cache *c, const char *sha256, const void *data, size_t len);

#endif
