/* Entropy decoding: from the bytes of a plane of a slice to its coefficients (RDD 36, 7.1). Internal.
 *
 * One bit stream is bound by latency: where the next code begins is known only when the last one is
 * understood. So LANES of them are decoded in turn, one pair of coefficients each; when a lane has
 * ended, its coefficients are taken and it is given the next plane.
 *
 * Codes of up to TABLE_BITS are looked up: run and level each take one load that gives value,
 * length and the table to use next. Longer ones leave the fast loop. */
#ifndef CZ_PRORES_ENTROPY_H
#define CZ_PRORES_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

enum {
    LANES_MAX = 3,
    TABLE_BITS = 11,
    RUN_BOOKS = 6,
    LEVEL_BOOKS = 6,
    DC_BOOKS = 4,
    COEFS_MAX = 64 * 32,
    /* Two coefficients may be written behind the last before that is noticed; the transform reads
     * whole vectors. */
    COEFS_SLACK = 512,
    PLANE_MAX = 65535,
};

/* A table entry: bits 0-5 length of the code, or 0: not in the table;
 * bits 11-13 the book to use next, so that masked they are where its table begins;
 * bits 16-31 the value: run + 1, or the level with its sign, or a DC code. */
typedef struct entropy_tables {
    uint32_t run[RUN_BOOKS][1 << TABLE_BITS];
    uint32_t level[LEVEL_BOOKS][1 << TABLE_BITS];
    uint32_t dc[DC_BOOKS][1 << TABLE_BITS];
} entropy_tables;

void prores_entropy_tables(entropy_tables *out);

/* One plane being decoded. */
typedef struct lane {
    const uint8_t *at;           /* byte from which the next bits are taken ... */
    uint32_t used;               /* ... after as many of them (low 6 bits) */
    uint32_t run_book;           /* where its table begins in entropy_tables.run */
    uint32_t level_book;         /* the same for level */
    uint32_t pos;                /* of the last coefficient */
    uint32_t stop;               /* coefficients from here on aren't wanted */
    uint32_t room;               /* coefficients there can be: 64 * blocks */
    uint32_t end;                /* bit after the last 1 */
    uint32_t bits;               /* of the plane */
    uint8_t fault;               /* prores_fault */
    uint8_t ahead;               /* which code the fast loop left to the slow one */
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
    const unsigned blocks = l->room / 64;
    const unsigned last = l->pos < l->stop ? l->pos : l->stop - 1;
    return last / blocks + 1;
}

#endif
