/* A source: a file that is read by ranges while nobody should be changing it.
 *
 * What the converter and `info` read MOVs through. Thread-safe but for opening and closing. */
#ifndef CZ_STORE_SOURCE_H
#define CZ_STORE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct source source;

/* Errors: ABSENT, DENIED, UNSUPPORTED (not a regular file), IO, NOMEM. */
int source_open(source **out, const char *path, cz_error *err);
void source_close(source **s); /* NULL-safe */
uint64_t source_size(const source *s);
/* The file's base name: what the store keeps of its address. Owned by s. */
const char *source_name(const source *s);

/* Exactly len bytes at offset (it has the type of a mov_input's read_at; ctx is the source).
 * Errors: CHANGED (it ends before the range does), IO. */
int source_read_at(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err);
/* CHANGED when size or time of change differ from those at opening. */
int source_check(const source *s, cz_error *err);

/* The MD5 that a file of the source's name and ".md5" beside it gives, as 32 lower-case digits and
 * a NUL; "" when there is no such file. Errors: FORMAT (it holds something else), IO. */
int source_sidecar_md5(char md5[33], const source *s, cz_error *err);

#endif
