/* From coefficients to samples: dequantisation, inverse DCT, clipping. Internal.
 *
 * Coefficients come as the bit stream has them: frequency by frequency in scan order, and within a
 * frequency block by block. So a vector register takes the same frequency of many blocks, and the
 * transform needs no transposition but the last.
 *
 * The arithmetic is FFmpeg's to the bit, overflow of hostile coefficients included: 16-bit
 * coefficient times 16-bit weight (wrapping), rows, columns, clip. At 10 bit with weights of 15 bit
 * and rows saturated to 16 bit; at 12 bit with weights of 16 bit. Full scale equals FFmpeg 5.1's
 * x86 code. Reduced sizes take the lowest frequencies through the 4-, 2- and 1-point transforms of
 * the same basis (what is left of the 8-point one is its even half). */
#ifndef CZ_PRORES_IDCT_H
#define CZ_PRORES_IDCT_H

#include <stddef.h>
#include <stdint.h>

/* Blocks of one plane of a slice. */
typedef struct idct_job {
    const int16_t *coef;     /* [64][blocks]; as many more as IDCT_SLACK may be read */
    unsigned blocks;         /* 2, 4, 8, 16 or 32 */
    const uint8_t *extent;   /* of each row of frequencies: how many from the left may not be 0 */
    const uint8_t *scan_pos; /* where in scan order a frequency (raster order) is */
    const int16_t *weight;   /* by raster order */
    unsigned bits;           /* 10 or 12 */
    unsigned rows, cols; /* samples of a block that are wanted: 8, 4, 2 or 1 each; cols <= rows */
    uint16_t *dst;       /* the slice's first sample */
    ptrdiff_t stride;    /* in samples */
    int luma;            /* order of blocks: 1 = left to right, then down; 0 = down, then right */
} idct_job;

enum { IDCT_SLACK = 32 };

void prores_idct_c(const idct_job *job);
void prores_idct_avx2(const idct_job *job);
void prores_idct_neon(const idct_job *job);

#endif
