/* Encoded pictures by their ETag, at most so many bytes of them; the one that was used longest ago
 * is dropped first. Thread-safe. */
#ifndef CZ_CLI_SERVE_BODY_CACHE_H
#define CZ_CLI_SERVE_BODY_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

typedef struct body_cache body_cache;

/* bytes 0: nothing is kept. Errors: NOMEM. */
int body_cache_new(body_cache **out, size_t bytes, cz_error *err);
void body_cache_free(body_cache **c); /* NULL-safe */

/* Append a copy of the body; false if it is not there. Without memory out is `bad`. */
bool body_cache_get(buf *out, body_cache *c, const char *etag);
/* Keep a copy, if it takes at most a quarter of the cache. Without memory nothing is kept. */
void body_cache_put(body_cache *c, const char *etag, const buf *body);
size_t body_cache_bytes(body_cache *c);

#endif
