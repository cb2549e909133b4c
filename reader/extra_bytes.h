/* The rest of the MOV: its bytes that belong to no frame (docs/format.md, The rest of the MOV).
 *
 * Where they came from, the bytes themselves, and the order in which they and the frames make the
 * MOV again. */
#ifndef CZ_READER_EXTRA_BYTES_H
#define CZ_READER_EXTRA_BYTES_H

#include "reader/reader.h"

/* Ranges of the MOV, ascending and not touching. Their bytes, joined, are source/bytes. */
typedef struct extra_ranges {
    uint64_t *offset;
    uint64_t *length;
    uint64_t n;
} extra_ranges;
/* Errors: ABSENT, CORRUPT, FORMAT (they don't add up to what the mark says), NOMEM, and what
 * reading says. */
int extra_ranges_load(extra_ranges *out, const cz_clip *clip, cz_error *err);
void extra_ranges_free(extra_ranges *r); /* NULL-safe, repeatable */
/* Those of the clip: loaded on first use and kept with it. Thread-safe. */
int rest_ranges_of(const extra_ranges **out, cz_clip *clip, cz_error *err);

/* Bytes of chunk i of source/bytes as it is stored -> the SOURCE_CHUNK bytes it stands for.
 * CORRUPT if it isn't that. */
int extra_chunk_decode(uint8_t *to, const cz_clip *clip, uint64_t i, const buf *stored,
                       cz_error *err);
/* Those of them that are the MOV's: all but in the last chunk. */
size_t extra_chunk_used(const cz_clip *clip, uint64_t i);
/* Fetch chunk i as it is stored, in place of what is in `stored`. Errors: what reading says. */
int extra_chunk_fetch(buf *stored, const cz_clip *clip, uint64_t i, cz_error *err);

/* A chunk of source/bytes, checked and decoded. */
typedef struct extra_chunk {
    uint64_t number;
    uint8_t bytes[];
} extra_chunk;
/* Have chunk i, held against its digest in chunks.jsonl. A clip keeps the one that was read last:
 * many small reads of one chunk fetch, check and decode it once. It is the caller's until it is
 * given back. Thread-safe. Errors: CORRUPT, FORMAT, NOMEM, and what reading says. */
int rest_chunk_take(extra_chunk **out, cz_clip *clip, uint64_t i, cz_error *err);
void rest_chunk_give_back(cz_clip *clip, extra_chunk **c); /* NULL-safe */

/* Free all that the clip keeps of these. */
void rest_forget(cz_clip *clip);

/* A run of bytes of the MOV: a frame, or a range of the rest. */
typedef struct segment {
    uint64_t offset, length; /* in the MOV */
    int64_t frame;           /* -1: of the rest */
    uint64_t extra_offset;   /* its first byte in source/bytes, if it is of the rest */
} segment;

typedef struct segments {
    const cz_clip *clip;
    const uint64_t *frame_offset; /* CZ_SOURCE_OFFSET */
    const extra_ranges *ranges;
    uint64_t frame, range; /* the next ones */
    uint64_t at;           /* bytes of the MOV that were given out */
    uint64_t extra_at;     /* bytes of the rest that were given out */
} segments;
/* Begin. The clip's table is loaded. Errors: as cz_column_read(). */
int segments_begin(segments *out, cz_clip *clip, const extra_ranges *ranges, cz_error *err);
/* 1 and the next piece, in the order of the MOV; 0 when they have come to its size and none is
 * left; FORMAT when they don't tile it. */
int segments_next(segments *p, segment *out, cz_error *err);

#endif
