/* Deflate in the zlib format (RFC 1950), a whole buffer at once.
 *
 * ISA-L's igzip is two to three times as fast as libdeflate's level 1 on pictures, at the same
 * size, but has no level that is worth more time; the best level is libdeflate's.
 * docs/benchmarks.md has the measurements. */
#ifndef CZ_CLI_PICTURE_DEFLATE_H
#define CZ_CLI_PICTURE_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum deflate_level {
    DEFLATE_DEFAULT,
    DEFLATE_NONE, /* stored */
    DEFLATE_FAST,
    DEFLATE_BEST,
} deflate_level;

/* Find a level by its name: "default", "none", "fast", "best". */
bool deflate_level_find(deflate_level *out, const char *name);

/* The state of a compressor, for one thread at a time. */
typedef struct deflater deflater;

/* Errors: NOMEM. */
int deflater_new(deflater **out, deflate_level level, cz_error *err);
void deflater_free(deflater **d); /* NULL-safe */

/* The most bytes that n bytes may take. */
size_t deflate_bound(const deflater *d, size_t n);
/* Compress n bytes to `room` bytes at `to`, at least deflate_bound(). Returns the length; 0 on
 * failure. */
size_t deflate_zlib(deflater *d, void *to, size_t room, const void *data, size_t n);

#endif
