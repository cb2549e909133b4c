/* The sample tables: stsc, stsz and stco or co64 (QTFF, Sample Table Atoms).
 *
 * A chunk is a run of contiguous samples. stsc has the number of samples per chunk, stsz the size
 * of each sample, stco or co64 the offset of each chunk. Pure; the tables aren't copied. */
#ifndef CZ_MOV_SAMPLE_TABLE_H
#define CZ_MOV_SAMPLE_TABLE_H

#include "mov/moov.h"

typedef struct sample_table {
    const uint8_t *runs, *sizes, *chunks; /* first entries of stsc, stsz, and stco or co64 */
    uint32_t n_runs, n_chunks;
    uint32_t n;                 /* samples */
    uint32_t constant_size;     /* bytes of each sample; 0: see sizes */
    bool wide;                  /* chunks has 64 bits */
    uint64_t used_descriptions; /* bit i: some sample uses description i + 1 */
    uint32_t surplus;           /* samples of the last chunk according to stsc that exceed n */
} sample_table;

/* Parse the tables of a track and check their consistency. n == 0 if there are no tables or no
 * samples. Errors: FORMAT. */
int sample_table_read(sample_table *out, const moov_track *t, cz_error *err);

/* The sample description (from 1) of the first chunk according to stsc, unchecked; 1 without stsc.
 */
uint32_t sample_table_first_description(const moov_track *t);

/* Offset and size of each of the n samples, in ascending order and not empty. Errors: FORMAT (an
 * offset above INT64_MAX), UNSUPPORTED (empty, overlapping or unordered samples). */
int sample_table_locate(const sample_table *s, uint64_t *offset, uint32_t *size, cz_error *err);

/* Offset and size of each of the n_chunks chunks. The sample size is bytes_each, or that of stsz if
 * bytes_each is 0. Errors: FORMAT. */
int sample_table_chunks(const sample_table *s, uint32_t bytes_each, mov_chunk *chunk,
                        cz_error *err);

#endif
