/* A source: a file that is read by ranges while nobody should be changing it, here or behind http(s).
 *
 * What the converter, `info` and the reader of raw MOVs read them through. Thread-safe but for opening
 * and closing. A child may go on reading after a fork. */
#ifndef CZ_STORE_SOURCE_H
#define CZ_STORE_SOURCE_H

#include "store/http/statistics.h"
#include "store/object_store.h"

typedef struct source source;

/* Open a path, or an address that begins with http:// or https://. network may be NULL (all defaults);
 * it matters to the latter alone, of which length and ETag are asked here, in one request.
 * Errors: ABSENT, DENIED, UNSUPPORTED (not a regular file; a server that gives no ranges), UNREACHABLE,
 * IO, NOMEM. */
int source_open(source **out, const char *path, const cz_network *network, cz_error *err);
void source_close(source **s); /* NULL-safe */
uint64_t source_size(const source *s);
/* Is there a network between? Then reading ahead pays. */
bool source_is_remote(const source *s);
/* The file's base name: what the store keeps of its address. Owned by s. */
const char *source_name(const source *s);

/* Exactly len bytes at offset (it has the type of a mov_input's read_at; ctx is the source).
 * Errors: CHANGED (it ends before the range does, or isn't the file any more that was opened),
 * UNREACHABLE, DENIED, IO, NOMEM. */
int source_read_at(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err);
/* Some ranges at once, as os_get(); keys aren't looked at. Errors of each: as source_read_at(). */
int source_get(source *s, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err);
/* From here on one thread will read from `offset` to the end, in order: fetch ahead, over several
 * connections, into `memory` bytes at most. Reading anything else still works, and costs a request.
 * Nothing but advice for a file. Errors: NOMEM. */
int source_read_ahead(source *s, uint64_t offset, size_t memory, cz_error *err);

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
