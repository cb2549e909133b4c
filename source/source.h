/* A source: a local file, or one behind http(s), that is read by ranges and must not change
 * meanwhile.
 *
 * The converter, `info` and clips of MOVs read through it. Thread-safe except for opening and
 * closing. A child process may continue to read after fork(). */
#ifndef CZ_SOURCE_SOURCE_H
#define CZ_SOURCE_SOURCE_H

#include <sys/uio.h>

#include "base/statistics.h"
#include "store/objects/object_store.h"

typedef struct source source;

/* Open a path, or an address that begins with http:// or https://. network may be NULL (all
 * defaults) and is used for addresses only; their length and ETag are fetched here, with one
 * request. Errors: ABSENT, DENIED, UNSUPPORTED (not a regular file; a server without ranges),
 * UNREACHABLE, IO, NOMEM. */
int source_open(source **out, const char *path, const cz_network *network, cz_error *err);
void source_close(source **s); /* NULL-safe */
uint64_t source_size(const source *s);
/* Whether it is read over a network. */
bool source_is_remote(const source *s);
/* Base name of the file, which the store keeps. Owned by s. */
const char *source_name(const source *s);

/* Read exactly len bytes at offset. The type is that of mov_input.read_at; ctx is the source.
 * Errors: CHANGED (it ends before the range does, or is not the file that was opened), UNREACHABLE,
 * DENIED, IO, NOMEM. */
int source_read_at(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err);
/* Read several ranges at once, as os_get(); the keys are ignored. Errors of each: as
 * source_read_at(). */
int source_get(source *s, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err);

/* Sequential reads through ranges that are requested in advance, over several connections. Belongs
 * to one thread of one process. */
typedef struct source_stream source_stream;
/* The best number of ranges in flight within `memory` bytes, at least 2, and their size in bytes.
 * For a file: one range, small enough to stay in the CPU cache. */
void source_stream_advice(const source *s, size_t memory, size_t *ret_n, size_t *ret_bytes);
/* Open a stream of at most n ranges in flight. Errors: NOMEM. */
int source_stream_open(source_stream **out, source *s, size_t n, cz_error *err);
/* Request a range from `offset` on, as long as the given parts together, which it fills in
 * sequence. `to` and its memory must stay until the range has been taken. Errors: CHANGED (it
 * exceeds the end of the source), USAGE (n ranges are in flight). */
int source_stream_request(source_stream *st, uint64_t offset, const struct iovec *to, size_t parts,
                          cz_error *err);
/* Wait for the earliest requested range. Errors: USAGE (none is in flight), and as
 * source_read_at(). */
int source_stream_take(source_stream *st, cz_error *err);
void source_stream_close(source_stream **st); /* NULL-safe; cancels ranges in flight */

/* CHANGED if size or modification time (http: length, ETag or Last-Modified) differ from those at
 * opening. */
int source_check(source *s, cz_error *err);

/* The MD5 in the file of the source's name with ".md5" appended, as 32 lower-case digits and a NUL;
 * "" if there is no such file. Errors: FORMAT (it contains something else), IO, and over http those
 * of source_read_at(). */
int source_sidecar_md5(char md5[33], source *s, cz_error *err);

/* The MD5 that the source must have, as above: `given`, 32 hexadecimal digits; "" if that is
 * "none"; NULL: that of source_sidecar_md5(). Errors: USAGE (something else is given), and those of
 * source_sidecar_md5(). */
int source_expected_md5(char md5[33], source *s, const char *given, cz_error *err);
/* source_sidecar_md5() found no .md5 file, because the server returned a web page with success. */
bool source_sidecar_is_page(const source *s);

/* Its path or address for messages and reports: without user, password and query, which may be
 * credentials. Owned by s. */
const char *source_shown(const source *s);
/* The same of a path that is not open. The caller frees it; NULL if out of memory. */
char *source_clean(const char *path);

/* Add the network statistics of the source. */
void source_statistics(const source *s, net_statistics *out);

#endif
