/* chunks.jsonl: size and SHA-256 of every shard and every chunk of source/bytes, a line each.
 *
 * It may have millions of lines, so it is read as it goes, in bounded memory. */
#ifndef CZ_READER_CHUNKS_H
#define CZ_READER_CHUNKS_H

#include "base/digest.h"
#include "store/layout.h"
#include "store/object_store.h"

enum { CHUNK_LINE_MAX = 1024 }; /* bytes of a line: more than any of ours has */

typedef struct chunk_line {
    char rest[KEY_MAX]; /* the object's key below clips/NAME/ */
    uint64_t size;
    char sha256[SHA256_HEX + 1];
} chunk_line;

typedef struct chunk_lines {
    object_store *os;
    char key[KEY_MAX];
    uint64_t read, size; /* bytes of the object: held so far, in all */
    uint8_t *held;
    size_t at, len; /* of what is held: the next line, the end */
    digest *sha256; /* of what was read */
} chunk_lines;

/* The object has `size` bytes. Zero-initialise before; os must outlive it. Errors: NOMEM. */
int chunk_lines_begin(chunk_lines *l, object_store *os, const char *clip, uint64_t size,
                      cz_error *err);
/* 1 and the next line; 0 when there is none left. Errors: FORMAT, NOMEM, and what reading says. */
int chunk_lines_next(chunk_lines *l, chunk_line *out, cz_error *err);
/* Read what is left, and compare all of it with the digest in the commit marker: until then its lines
 * may be damaged. The last call but chunk_lines_end(). Errors: CORRUPT, and what reading says. */
int chunk_lines_check(chunk_lines *l, const char *sha256, cz_error *err);
void chunk_lines_end(chunk_lines *l); /* NULL-safe, repeatable */

#endif
