/* The adaptive codebooks of RDD 36, 7.1.1. Internal.
 *
 * A codebook is a byte: Rice order (bits 7-5), exp-Golomb order (4-2), and the maximum prefix
 * length of Rice codes (1-0). A codeword with z leading zeros is a Rice code if z <= that length,
 * otherwise an exp-Golomb code. */
#ifndef CZ_PRORES_CODEBOOKS_H
#define CZ_PRORES_CODEBOOKS_H

#include "prores/entropy.h"

#include <stdint.h>

/* Longer codewords are invalid, as in FFmpeg. */
enum { CODE_BITS_MAX = 31 };

static const uint8_t first_dc_codebook = 0xB8;
static const uint8_t dc_codebooks[] = {0x04, 0x28, 0x4D, 0x70};
static const uint8_t run_codebooks[] = {0x06, 0x05, 0x04, 0x29, 0x28, 0x4C};
static const uint8_t level_codebooks[] = {0x0A, 0x05, 0x06, 0x04, 0x28, 0x4C};

static inline unsigned next_dc_codebook(unsigned code)
{
    return code == 0 ? 0 : code < 3 ? 1 : code < 5 ? 2 : 3;
}
static inline unsigned next_run_codebook(unsigned run)
{
    return run < 2 ? 0 : run < 4 ? 1 : run < 5 ? 2 : run < 9 ? 3 : run < 15 ? 4 : 5;
}
static inline unsigned next_level_codebook(unsigned level)
{
    return level < 5 ? level - 1 : level < 9 ? 4 : 5;
}

/* Offset of the table for the next coefficient. */
static inline uint32_t next_ac_table(unsigned run, unsigned level)
{
    return (next_run_codebook(run) * LEVEL_CODEBOOKS + next_level_codebook(level)) << TABLE_BITS;
}

/* Read the codeword in the top bits of `bits`. Returns its length, or 0 if it is invalid. */
static inline unsigned read_code(unsigned codebook, uint64_t bits, unsigned *ret_value)
{
    const unsigned last = codebook & 3, rice = codebook >> 5, order = (codebook >> 2) & 7;
    if (bits == 0)
        return 0;
    const unsigned z = (unsigned)__builtin_clzll(bits);
    if (z <= last) {
        const uint64_t rest = bits << (z + 1);
        *ret_value = (z << rice) + (rice ? (unsigned)(rest >> (64 - rice)) : 0);
        return z + 1 + rice;
    }
    const unsigned length = order - last + 2 * z;
    if (length > CODE_BITS_MAX)
        return 0;
    *ret_value = (unsigned)(bits >> (64 - length)) - (1u << order) + ((last + 1) << rice);
    return length;
}

#endif
