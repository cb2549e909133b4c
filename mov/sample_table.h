/* Where samples lie: stsc, stsz and stco or co64 taken together (QTFF, Sample Table Atoms).
 *
 * A chunk is a run of samples without a gap; stsc tells how many each chunk has, stsz how long each
 * sample is, stco and co64 where each chunk begins. Nothing else tells where a sample lies: there may
 * be anything between chunks. Pure; the tables stay where they are. */
#ifndef CZ_MOV_SAMPLE_TABLE_H
#define CZ_MOV_SAMPLE_TABLE_H

#include "mov/moov.h"

typedef struct sample_table {
    const uint8_t *runs, *sizes, *chunks; /* first entries of stsc, stsz, stco or co64 */
    uint32_t n_runs, n_chunks;
    uint32_t n;                 /* samples */
    uint32_t constant_size;     /* bytes of every sample; 0: sizes tells */
    bool wide;                  /* chunks has 64 bits */
    uint64_t used_descriptions; /* bit i: sample description i + 1 is used */
    uint32_t surplus; /* samples that stsc has in the last chunk beyond n: none are there */
} sample_table;

/* Check the tables of a track against each other. A track that has none, or lists no sample, has
 * n == 0. Errors: FORMAT. */
int sample_table_read(sample_table *out, const moov_track *t, cz_error *err);

/* The sample description (from 1) that a track's first chunk has, as stsc says unchecked; 1 without one. */
uint32_t sample_table_first_description(const moov_track *t);

/* Offset and size of each of the n samples, none of them empty, each behind the one before.
 * Errors: FORMAT (beyond what a file can be), UNSUPPORTED (empty, overlapping, out of order). */
int sample_table_locate(const sample_table *s, uint64_t *offset, uint32_t *size, cz_error *err);

/* Offset and size of each of the n_chunks chunks; each sample counts for bytes_each bytes, or, if that
 * is 0, for what stsz says. Errors: FORMAT. */
int sample_table_chunks(const sample_table *s, uint32_t bytes_each, mov_chunk *chunk,
                        cz_error *err);

#endif
