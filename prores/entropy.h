/* Entropy decoding of the quantized coefficients of a plane of a slice (RDD 36, 7.1). Internal.
 *
 * Decoding a single bitstream is bound by latency: the position of a codeword is known only when
 * the previous one is decoded. So up to LANES_MAX planes are decoded in turn, a few coefficients
 * each. When a lane has ended, its coefficients are used and it starts with the next plane.
 *
 * If run, level and sign of a coefficient take at most TABLE_BITS bits together (97 % of them), a
 * single table lookup gives values, length and the next table. The others take the slow path. */
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
    /* Some coefficients may be written past the last one before this is detected; the transform
     * reads whole vectors. */
    COEFS_SLACK = 512,
    PLANE_MAX = 65535,
};

/* Table entries; 0: not in the table. Bits 0-5 are the length of the codewords. The next table is
 * stored such that the masked entry is its offset. AC: run, level and sign together, one table for
 * each pair of codebooks. */
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

/* A plane being decoded. */
typedef struct lane {
    const uint8_t *next;                   /* byte that contains the next bits ... */
    uint32_t bits_used;                    /* ... after this many of its bits (low 6 bits) */
    uint32_t table;                        /* offset of the next table in entropy_tables.ac */
    uint32_t pos;                          /* index of the last coefficient */
    uint32_t coef_limit;                   /* coefficients from this index on aren't needed */
    uint32_t coef_count;                   /* number of coefficients: 64 * blocks */
    uint32_t data_end;                     /* position after the last 1 bit */
    uint32_t data_bits;                    /* size of the plane in bits */
    uint8_t fault;                         /* prores_fault */
    int16_t coef[COEFS_MAX + COEFS_SLACK]; /* [frequency in scan order][block] */
    uint8_t bytes[PLANE_MAX + 65];         /* the plane, followed by zeros */
} lane;

/* Start a plane of `size` bytes: copy it, clear the coefficients, decode DC. Frequencies from
 * `frequencies` on aren't needed. false: finished already (damaged, see lane->fault, or only DC was
 * needed). */
typedef _Bool lane_begin_fn(lane *l, const entropy_tables *tables, const uint8_t *data, size_t size,
                            unsigned blocks, unsigned frequencies);

/* Decode n lanes until one of them ends; returns its index. */
typedef unsigned lanes_run_fn(lane *const *lanes, unsigned n, const entropy_tables *tables);

lane_begin_fn prores_lane_begin_c, prores_lane_begin_bmi;
lanes_run_fn prores_lanes_run_c, prores_lanes_run_bmi;

/* Number of frequencies that may be nonzero. */
static inline unsigned lane_frequencies(const lane *l)
{
    const unsigned blocks = l->coef_count / 64;
    const unsigned last = l->pos < l->coef_limit ? l->pos : l->coef_limit - 1;
    return last / blocks + 1;
}

#endif
