/* The extra bytes of the MOV: those that belong to no frame (docs/format.md, The rest of the MOV).
 *
 * Their ranges in the MOV, the bytes themselves, and the order in which frames and ranges make up
 * the MOV. */
#ifndef CZ_READER_EXTRA_BYTES_H
#define CZ_READER_EXTRA_BYTES_H

#include "reader/reader.h"

/* Ranges of the MOV, ascending and not touching. Their bytes, joined, are source/bytes. */
typedef struct extra_ranges {
    uint64_t *offset;
    uint64_t *length;
    uint64_t n;
} extra_ranges;
/* Load the ranges; the caller frees them. Errors: ABSENT, CORRUPT, FORMAT (they contradict the
 * commit marker), NOMEM, and those of os_get(). */
int extra_ranges_load(extra_ranges *out, const cz_clip *clip, cz_error *err);
void extra_ranges_free(extra_ranges *r); /* NULL-safe, repeatable */
/* The clip's own, loaded on first use and kept with it. Thread-safe. */
int extra_ranges_of(const extra_ranges **out, cz_clip *clip, cz_error *err);

/* Decode chunk i of source/bytes, as it is stored, to SOURCE_CHUNK bytes. Errors: CORRUPT, NOMEM.
 */
int extra_chunk_decode(uint8_t *to, const cz_clip *clip, uint64_t i, const buf *stored,
                       cz_error *err);
/* Number of these bytes that belong to the MOV: all but in the last chunk. */
size_t extra_chunk_used(const cz_clip *clip, uint64_t i);
/* Fetch chunk i as it is stored; `stored` is overwritten. Errors: those of os_get_all(). */
int extra_chunk_fetch(buf *stored, const cz_clip *clip, uint64_t i, cz_error *err);

/* A chunk of source/bytes, checked and decoded. */
typedef struct extra_chunk {
    uint64_t number;
    uint8_t bytes[];
} extra_chunk;
/* Chunk i, compared with its digest in chunks.jsonl. A clip keeps the last chunk, so that many
 * small reads of one chunk fetch, check and decode it once. The caller owns *out until
 * extra_chunk_release(). Thread-safe. Errors: CORRUPT, FORMAT, NOMEM, and those of os_get(). */
int extra_chunk_take(extra_chunk **out, cz_clip *clip, uint64_t i, cz_error *err);
void extra_chunk_release(cz_clip *clip, extra_chunk **c); /* NULL-safe */

/* Free what the clip keeps: ranges, digests of chunks, and the last chunk. */
void extra_bytes_free(cz_clip *clip);

/* A segment of the MOV: a frame, or a range of extra bytes. */
typedef struct segment {
    uint64_t offset, length; /* in the MOV */
    int64_t frame;           /* -1: extra bytes */
    uint64_t extra_offset;   /* of the first byte in source/bytes, unless it is a frame */
} segment;

typedef struct segments {
    const cz_clip *clip;
    const uint64_t *frame_offset; /* CZ_SOURCE_OFFSET */
    const extra_ranges *ranges;
    uint64_t frame, range; /* the next ones */
    uint64_t at;           /* bytes of the MOV in the segments so far */
    uint64_t extra_at;     /* extra bytes in the segments so far */
} segments;
/* Start at the first byte. clip_table_load() must have succeeded. Errors: as cz_column_read(). */
int segments_begin(segments *out, cz_clip *clip, const extra_ranges *ranges, cz_error *err);
/* Returns 1 and the next segment in the order of the MOV, 0 after the last one, or FORMAT if frames
 * and ranges don't cover the MOV exactly. */
int segments_next(segments *p, segment *out, cz_error *err);

#endif
