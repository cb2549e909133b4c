/* Decoding the alpha plane, which is lossless: differences and runs (RDD 36, 7.1.2). Internal. */
#ifndef CZ_PRORES_ALPHA_H
#define CZ_PRORES_ALPHA_H

#include <stddef.h>
#include <stdint.h>

/* Decode n samples of `alpha_bits` (8 or 16) to `bits` (10 or 12). If the data end early the last
 * value is repeated, which is no error in FFmpeg either. */
void prores_decode_alpha(uint16_t *dst, size_t n, const uint8_t *data, size_t size,
                         unsigned alpha_bits, unsigned bits);

#endif
