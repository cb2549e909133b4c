/* The alpha plane. */
#include "prores/alpha.h"

#include <stdbool.h>
#include <string.h>

typedef struct bit_reader {
    const uint8_t *data;
    size_t at, end; /* in bits */
} bit_reader;

/* n <= 16 bits; zeros after the end. */
static unsigned get_bits(bit_reader *r, unsigned n)
{
    uint32_t x = 0;
    const size_t byte = r->at >> 3;
    for (size_t i = byte; i < byte + 3; i++)
        x = x << 8 | (8 * i < r->end ? r->data[i] : 0);
    x = x << (8 + (r->at & 7)) >> (32 - n);
    r->at += n;
    return x;
}

/* The difference to the previous sample: either in full, or a small magnitude followed by the sign.
 */
static unsigned read_difference(bit_reader *r, unsigned alpha_bits)
{
    if (get_bits(r, 1))
        return get_bits(r, alpha_bits);
    const unsigned code = get_bits(r, alpha_bits == 16 ? 7 : 4);
    const unsigned size = (code + 2) >> 1;
    return code & 1 ? 0u - size : size;
}

static uint16_t rescale(unsigned value, unsigned alpha_bits, unsigned bits)
{
    if (alpha_bits == 16)
        return (uint16_t)(value >> (16 - bits));
    return (uint16_t)(value << (bits - 8) | value >> (16 - bits));
}

static size_t read_run_length(bit_reader *r)
{
    const unsigned brief = get_bits(r, 4);
    return brief ? brief : get_bits(r, 11);
}

void prores_decode_alpha(uint16_t *dst, size_t n, const uint8_t *data, size_t size,
                         unsigned alpha_bits, unsigned bits)
{
    const unsigned mask = (1u << alpha_bits) - 1;
    bit_reader r = {data, 0, 8 * size};
    unsigned value = mask;
    size_t at = 0;
    while (at < n) {
        do {
            value = (value + read_difference(&r, alpha_bits)) & mask;
            dst[at++] = rescale(value, alpha_bits, bits);
        } while (at < n && r.at < r.end && get_bits(&r, 1));
        size_t run = at < n ? read_run_length(&r) : 0;
        if (run > n - at || r.at >= r.end)
            run = n - at;
        const uint16_t sample = rescale(value, alpha_bits, bits);
        for (; run > 0; run--)
            dst[at++] = sample;
    }
}
