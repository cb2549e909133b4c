/* Entropy decoding: from the bytes of a plane of a slice to its coefficients (RDD 36, 7.1). Internal.
 *
 * One bit stream is bound by latency: where the next code begins is known only when the last one is
 * understood. So LANES of them are decoded in turn, one pair of coefficients each; when a lane has
 * ended, its coefficients are taken and it is given the next plane.
 *
 * Run, level and sign of a coefficient are looked up at once where they take up to TABLE_BITS bits
 * together (97 % of them): one load gives values, length and the table to use next. Others leave the
 * fast loop. */
#ifndef CZ_PRORES_ENTROPY_H
#define CZ_PRORES_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

enum {
    LANES_MAX = 3,
    TABLE_BITS = 11,
    RUN_CODEBOOKS = 6,
    LEVEL_CODEBOOKS = 6,
    DC_CODEBOOKS = 4,
    COEFS_MAX = 64 * 32,
    /* Some coefficients may be written behind the last before that is noticed; the transform reads
     * whole vectors. */
    COEFS_SLACK = 512,
    PLANE_MAX = 65535,
};

/* Table entries. Bits 0-5 are the length of the codes, or the entry is 0: not in the table. The table
 * to use next stands where, masked, it is the offset at which that table begins.
 * AC: run and level together, with its sign. One table for each pair of books. */
enum {
    AC_TABLES = RUN_CODEBOOKS * LEVEL_CODEBOOKS,
    AC_NEXT = 63 << TABLE_BITS,
    AC_RUN = 17,   /* 7 bits: run + 1 */
    AC_LEVEL = 24, /* 8 bits, signed */
    DC_NEXT = 3 << TABLE_BITS,
    DC_CODE = 16,
};

typedef struct entropy_tables {
    uint32_t ac[AC_TABLES][1 << TABLE_BITS];
    uint32_t dc[DC_CODEBOOKS][1 << TABLE_BITS];
} entropy_tables;

void prores_entropy_tables(entropy_tables *out);

/* One plane being decoded. */
typedef struct lane {
    const uint8_t *next;                   /* byte from which the next bits are taken ... */
    uint32_t bits_used;                    /* ... after as many of them (low 6 bits) */
    uint32_t table;                        /* where the next one begins in entropy_tables.ac */
    uint32_t pos;                          /* of the last coefficient */
    uint32_t coef_limit;                   /* coefficients from here on aren't wanted */
    uint32_t coef_count;                   /* coefficients there can be: 64 * blocks */
    uint32_t data_end;                     /* bit after the last 1 */
    uint32_t data_bits;                    /* of the plane */
    uint8_t fault;                         /* prores_fault */
    int16_t coef[COEFS_MAX + COEFS_SLACK]; /* [frequency in scan order][block] */
    uint8_t bytes[PLANE_MAX + 65];         /* the plane and zeros behind it */
} lane;

/* Take a plane of `size` bytes: copies them, clears the coefficients, decodes DC. Frequencies from
 * `frequencies` on won't be looked at. false: nothing more to run (damaged, or DC was all that was
 * wanted): see lane->fault. */
typedef _Bool lane_begin_fn(lane *l, const entropy_tables *tables, const uint8_t *data, size_t size,
                            unsigned blocks, unsigned frequencies);

/* Decode n lanes until one ends; returns its number. */
typedef unsigned lanes_run_fn(lane *const *lanes, unsigned n, const entropy_tables *tables);

lane_begin_fn prores_lane_begin_c, prores_lane_begin_bmi;
lanes_run_fn prores_lanes_run_c, prores_lanes_run_bmi;

/* How many frequencies may not be 0. */
static inline unsigned lane_frequencies(const lane *l)
{
    const unsigned blocks = l->coef_count / 64;
    const unsigned last = l->pos < l->coef_limit ? l->pos : l->coef_limit - 1;
    return last / blocks + 1;
}

#endif
