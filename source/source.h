/* A source: a file that is read by ranges and must not change meanwhile, local or behind
 * http(s).
 *
 * What the converter, `info` and the reader of raw MOVs read them through. Thread-safe but for
 * opening and closing. A child may go on reading after a fork. */
#ifndef CZ_SOURCE_SOURCE_H
#define CZ_SOURCE_SOURCE_H

#include <sys/uio.h>

#include "base/statistics.h"
#include "store/objects/object_store.h"

typedef struct source source;

/* Open a path, or an address that begins with http:// or https://. network may be NULL (all
 * defaults); it matters to the latter alone, of which length and ETag are asked here, in one
 * request. Errors: ABSENT, DENIED, UNSUPPORTED (not a regular file; a server that gives no ranges),
 * UNREACHABLE, IO, NOMEM. */
int source_open(source **out, const char *path, const cz_network *network, cz_error *err);
void source_close(source **s); /* NULL-safe */
uint64_t source_size(const source *s);
/* Is there a network between? */
bool source_is_remote(const source *s);
/* The file's base name: what the store keeps of its address. Owned by s. */
const char *source_name(const source *s);

/* Exactly len bytes at offset (it has the type of a mov_input's read_at; ctx is the source).
 * Errors: CHANGED (it ends before the range does, or isn't the file any more that was opened),
 * UNREACHABLE, DENIED, IO, NOMEM. */
int source_read_at(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err);
/* Some ranges at once, as os_get(); keys aren't looked at. Errors of each: as source_read_at(). */
int source_get(source *s, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err);

/* Ranges that are asked for before they are wanted, over several connections: for who reads much,
 * front to back. Belongs to one thread of one process. */
typedef struct source_stream source_stream;
/* What is best under way at once within `memory` bytes: n ranges (at least 2) of so many bytes
 * each. For a file: 1, small enough to be in the cache when it is looked at. */
void source_stream_advice(const source *s, size_t memory, size_t *ret_n, size_t *ret_bytes);
/* For at most n ranges at a time. Errors: NOMEM. */
int source_stream_open(source_stream **out, source *s, size_t n, cz_error *err);
/* Ask for what begins at offset and is as long as these parts together; it goes into them, one
 * after the other. `to` and what it shows must stay until that range has been taken. Errors:
 * CHANGED (it ends behind the source's end), USAGE (n are under way). */
int source_stream_ask(source_stream *st, uint64_t offset, const struct iovec *to, size_t parts,
                      cz_error *err);
/* Wait for the range that was asked for first. USAGE: none is under way. Else as
 * source_read_at(). */
int source_stream_take(source_stream *st, cz_error *err);
void source_stream_close(source_stream **st); /* NULL-safe; what is under way is broken off */

/* CHANGED when size or time of change (http: length, ETag or Last-Modified) differ from those at
 * opening. */
int source_check(source *s, cz_error *err);

/* The MD5 that a file of the source's name and ".md5" beside it gives, as 32 lower-case digits and
 * a NUL; "" when there is no such file. Errors: FORMAT (it holds something else), IO, and over http
 * what source_read_at() says. */
int source_sidecar_md5(char md5[33], source *s, cz_error *err);

/* Its path or address for messages and reports: without user, password and query, which may be
 * credentials. Owned by s. */
const char *source_shown(const source *s);
/* The same without opening it: the caller frees it; NULL when out of memory. */
char *source_clean(const char *path);

/* Add what the network was used for. */
void source_statistics(const source *s, net_statistics *out);

#endif
