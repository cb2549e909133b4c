/* chunks.jsonl: size and SHA-256 of every shard and every chunk of source/bytes, a line each.
 *
 * It may have millions of lines, so it is read as it goes, in bounded memory. */
#ifndef CZ_FORMAT_CHUNK_LIST_H
#define CZ_FORMAT_CHUNK_LIST_H

#include "base/buf.h"
#include "base/digest.h"
#include "format/layout.h"
#include "store/objects/object_store.h"

enum { CHUNK_LINE_MAX = 1024 }; /* bytes of a line: more than any of ours has */

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
    uint64_t read, size; /* bytes of the object: held so far, in all */
    uint8_t *buffer;
    size_t at, len; /* of what is held: the next line, the end */
    digest *sha256; /* of what was read */
} chunk_list;

/* The object has `size` bytes. Zero-initialise before; os must outlive it. Errors: NOMEM. */
int chunk_list_open(chunk_list *l, object_store *os, const char *clip, uint64_t size,
                    cz_error *err);
/* 1 and the next line; 0 when there is none left. Errors: FORMAT, NOMEM, and what reading says. */
int chunk_list_next(chunk_list *l, chunk_list_entry *out, cz_error *err);
/* Read what is left, and compare all of it with the digest in the commit marker: until then its
 * lines may be damaged. The last call but chunk_list_close(). Errors: CORRUPT, and what reading
 * says. */
int chunk_list_check(chunk_list *l, const char *sha256, cz_error *err);
void chunk_list_close(chunk_list *l); /* NULL-safe, repeatable */

#endif
