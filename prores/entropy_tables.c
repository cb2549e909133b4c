/* Lookup tables of all codewords of up to TABLE_BITS bits. */
#include "prores/codebooks.h"
#include "prores/entropy.h"

static uint32_t ac_entry(unsigned run_codebook, unsigned level_codebook, uint64_t bits)
{
    unsigned run = 0, code = 0;
    const unsigned run_length = read_code(run_codebooks[run_codebook], bits, &run);
    if (run_length == 0 || run_length >= TABLE_BITS)
        return 0;
    bits <<= run_length;
    const unsigned level_length = read_code(level_codebooks[level_codebook], bits, &code);
    const unsigned length = run_length + level_length + 1; /* with the sign */
    if (level_length == 0 || length > TABLE_BITS)
        return 0;
    const int level = bits << level_length >> 63 ? -(int)code - 1 : (int)code + 1;
    return length | next_ac_table(run, code + 1) | (uint32_t)(run + 1) << AC_RUN |
           (uint32_t)level << AC_LEVEL;
}

static uint32_t dc_entry(unsigned codebook, uint64_t bits)
{
    unsigned code = 0;
    const unsigned length = read_code(dc_codebooks[codebook], bits, &code);
    if (length == 0 || length > TABLE_BITS)
        return 0;
    return length | next_dc_codebook(code) << TABLE_BITS | code << DC_CODE;
}

void prores_entropy_tables(entropy_tables *out)
{
    for (unsigned table = 0; table < AC_TABLES; table++)
        for (uint64_t i = 0; i < 1 << TABLE_BITS; i++)
            out->ac[table][i] =
                ac_entry(table / LEVEL_CODEBOOKS, table % LEVEL_CODEBOOKS, i << (64 - TABLE_BITS));
    for (unsigned codebook = 0; codebook < DC_CODEBOOKS; codebook++)
        for (uint64_t i = 0; i < 1 << TABLE_BITS; i++)
            out->dc[codebook][i] = dc_entry(codebook, i << (64 - TABLE_BITS));
}
