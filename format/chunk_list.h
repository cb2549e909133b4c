/* chunks.jsonl: size and SHA-256 of every shard and every chunk of source/bytes, one per line.
 *
 * It may have millions of lines, so it is read in bounded memory. A chunk_list belongs to one
 * thread. */
#ifndef CZ_FORMAT_CHUNK_LIST_H
#define CZ_FORMAT_CHUNK_LIST_H

#include "base/buf.h"
#include "base/digest.h"
#include "format/layout.h"
#include "store/objects/object_store.h"

enum { CHUNK_LINE_MAX = 1024 }; /* bytes; longer than any line that is written */

/* Append the line of an object, whose key is below clips/NAME/, to out. Errors: NOMEM. */
int chunk_list_print_line(buf *out, const char *rel_key, uint64_t size, const char *sha256,
                          cz_error *err);

typedef struct chunk_list_entry {
    char rel_key[KEY_MAX]; /* the object's key below clips/NAME/ */
    uint64_t size;
    char sha256[SHA256_HEX + 1];
} chunk_list_entry;

typedef struct chunk_list {
    object_store *os;
    char key[KEY_MAX];
    uint64_t read, size; /* bytes of the object: read so far, in all */
    uint8_t *buffer;
    size_t at, len; /* in buffer: start of the next line, end of the data */
    digest *sha256; /* of the bytes read so far */
} chunk_list;

/* Open the list of a clip, an object of `size` bytes. os must outlive it. Errors: NOMEM. */
int chunk_list_open(chunk_list *l, object_store *os, const char *clip, uint64_t size,
                    cz_error *err);
/* Returns 1 and the next line, or 0 after the last one. Errors: FORMAT, NOMEM, and those of
 * os_get(). */
int chunk_list_next(chunk_list *l, chunk_list_entry *out, cz_error *err);
/* Read the remaining bytes, and compare the digest of all with the one in the commit marker. Until
 * then all lines may be damaged. Only chunk_list_close() may follow. Errors: CORRUPT, and those of
 * os_get(). */
int chunk_list_check(chunk_list *l, const char *sha256, cz_error *err);
void chunk_list_close(chunk_list *l); /* NULL-safe, repeatable */

#endif
