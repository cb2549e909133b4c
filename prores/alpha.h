/* The alpha plane: lossless differences and runs (RDD 36, 7.1.2). Internal. */
#ifndef CZ_PRORES_ALPHA_H
#define CZ_PRORES_ALPHA_H

#include <stddef.h>
#include <stdint.h>

/* Decode `n` samples of `alpha_bits` (8 or 16) to `bits` (10 or 12). Codes that end early leave
 * what the last ones say; like FFmpeg, that is no error. */
void prores_decode_alpha(uint16_t *dst, size_t n, const uint8_t *data, size_t size,
                         unsigned alpha_bits, unsigned bits);

#endif
