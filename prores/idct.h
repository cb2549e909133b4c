/* Dequantization, inverse DCT and clipping. Internal.
 *
 * Coefficients are in bitstream order: by frequency in scan order, then by block. A vector register
 * holds the same frequency of many blocks, so the transform needs no transposition except a final
 * one.
 *
 * The arithmetic is bit-exact with FFmpeg 5.1's x86 code at full scale, even if malicious
 * coefficients overflow: 16-bit coefficient times 16-bit weight (wrapping), rows, columns,
 * clipping; at 10 bit with 15-bit basis values and rows saturated to 16 bits, at 12 bit with 16-bit
 * basis values. Reduced sizes use the lowest frequencies and the 4-, 2- and 1-point transforms of
 * the same basis (the even half of the 8-point transform). */
#ifndef CZ_PRORES_IDCT_H
#define CZ_PRORES_IDCT_H

#include <stddef.h>
#include <stdint.h>

/* Blocks of one plane of a slice. */
typedef struct idct_job {
    const int16_t *coef;     /* [64][blocks]; up to IDCT_SLACK more may be read */
    unsigned blocks;         /* 2, 4, 8, 16 or 32 */
    const uint8_t *extent;   /* of each row of frequencies: how many from the left may be nonzero */
    const uint8_t *scan_pos; /* position in scan order of a frequency (raster order) */
    const int16_t *weight;   /* in raster order */
    unsigned bits;           /* 10 or 12 */
    unsigned rows, cols;     /* output samples per block: 8, 4, 2 or 1 each; cols <= rows */
    uint16_t *dst;           /* the first sample of the slice */
    ptrdiff_t stride;        /* in samples */
    int luma; /* order of blocks: 1 = left to right, then down; 0 = down, then right */
} idct_job;

enum { IDCT_SLACK = 32 };

void prores_idct_c(const idct_job *job);
void prores_idct_avx2(const idct_job *job);
void prores_idct_neon(const idct_job *job);
void prores_idct_wasm(const idct_job *job);

#endif
