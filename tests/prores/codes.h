/* The entropy codes of a slice, written (RDD 36, 7.1): the other half of write.h.
 *
 * Nothing is shared with prores/: the tables stand here once more, so that a slip in one of them
 * doesn't cancel out in a test. */
#ifndef CZ_TESTS_PRORES_CODES_H
#define CZ_TESTS_PRORES_CODES_H

#include "base/buf.h"

/* Bits, most significant first, at the end of a buffer. */
typedef struct bit_writer {
    buf *to;
    unsigned partial, n; /* the last n < 8 bits, not yet in `to` */
    bool too_long;       /* a code of more than 31 bits was asked for: no decoder reads such */
} bit_writer;

/* Zero bits up to the next byte. */
void bits_align(bit_writer *w);

/* A plane of a slice: `blocks` (a power of two) blocks of quantised coefficients in raster order.
 * Zero coefficients at its end take no bits. */
void write_plane(bit_writer *w, const int32_t (*coef)[64], unsigned blocks, bool interlaced);

/* Where in a block (raster order) the i-th coefficient of the scan lies. */
unsigned scan_place(bool interlaced, unsigned i);

/* An alpha plane: n samples of 8 or 16 bit. Runs are as long as may be, but not longer than
 * run_max (1..2047). */
void write_alpha(bit_writer *w, const uint16_t *samples, unsigned n, unsigned bits,
                 unsigned run_max);

#endif
