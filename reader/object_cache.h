/* Cache of small objects of clips, by the SHA-256 that the commit marker gives. Opening a remote
 * clip again takes one request, for the commit marker, which tells whether the clip has changed.
 *
 * Bounded; the least recently used object is removed first. Thread-safe and non-blocking: if the
 * lock is held, which in a child of fork() may be for ever, a call does without the cache. */
#ifndef CZ_READER_OBJECT_CACHE_H
#define CZ_READER_OBJECT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct object_cache object_cache;

/* A cache of at most `bytes` bytes. Errors: NOMEM. */
int object_cache_new(object_cache **out, size_t bytes, cz_error *err);
void object_cache_free(object_cache **c); /* NULL-safe */

/* Copy the object of this digest and exactly this length to `to`; false if the cache does not have
 * it, or c is NULL. */
bool object_cache_find(object_cache *c, const char *sha256, void *to, size_t len);
/* Keep a copy of bytes that have been compared with the digest, if there is memory for it. c may be
 * NULL. */
void object_cache_keep(object_cache *c, const char *sha256, const void *data, size_t len);

#endif
