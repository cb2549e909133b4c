/* The digest of the source, on a thread of its own: MD5 cannot be computed in parallel and is the
 * slowest stage of a pass. */
#ifndef CZ_CONVERT_SOURCE_DIGEST_H
#define CZ_CONVERT_SOURCE_DIGEST_H

#include <stdbool.h>

#include "base/digest.h"
#include "convert/input/block.h"

typedef struct source_digest source_digest;

/* Starts the thread. Errors: NOMEM, UNSUPPORTED (no MD5 in libcrypto). */
int source_digest_start(source_digest **out, bool sha256, cz_error *err);
/* The next n bytes of the source, which lie in b; b is held until they are digested. Waits while
 * several are outstanding, so that they are still in the cache when they are digested. Errors:
 * NOMEM. */
int source_digest_add(source_digest *d, block *b, const uint8_t *at, size_t n, cz_error *err);
/* Wait for outstanding segments, end the thread and free d. sha256 is "" unless it was requested;
 * md5 NULL discards both results. Errors: IO (libcrypto failed). NULL-safe. */
int source_digest_end(source_digest **d, char *md5, char *sha256, cz_error *err);

#endif
