#include "tests/prores/codes.h"

#include <stdlib.h>

static void put(bit_writer *w, uint32_t value, unsigned n)
{
    while (n-- > 0) {
        w->partial = w->partial << 1 | (value >> n & 1);
        if (++w->n < 8)
            continue;
        const uint8_t byte = (uint8_t)w->partial;
        buf_add(w->to, &byte, 1);
        w->partial = w->n = 0;
    }
}

void bits_align(bit_writer *w)
{
    put(w, 0, (8 - w->n) % 8);
}

static unsigned width_of(uint32_t v)
{
    unsigned n = 0;
    for (; v; v >>= 1)
        n++;
    return n;
}

/* One number by a code book: Rice order (bits 7-5), exponential order (4-2), and how many zeros a
 * Rice code may begin with (1-0). Table 9 to 11 of RDD 36. */
static void put_code(bit_writer *w, unsigned book, uint32_t value)
{
    const unsigned rice = book >> 5, order = book >> 2 & 7, most = book & 3;
    const uint32_t first_exponential = (most + 1) << rice;
    if (value < first_exponential) {
        put(w, 1, (value >> rice) + 1);
        put(w, value & ((1u << rice) - 1), rice);
        return;
    }
    const uint32_t v = value - first_exponential + (1u << order);
    const unsigned n = width_of(v), zeros = n - order + most;
    if (zeros + n > 31)
        w->too_long = true;
    else
        put(w, v, zeros + n);
}

/* ---- Coefficients ---- */

static const uint8_t scans[2][64] = {
    {0,  1,  8,  9,  2,  3,  10, 11, 16, 17, 24, 25, 18, 19, 26, 27, 4,  5,  12, 20, 13, 6,
     7,  14, 21, 28, 29, 22, 15, 23, 30, 31, 32, 33, 40, 48, 41, 34, 35, 42, 49, 56, 57, 50,
     43, 36, 37, 44, 51, 58, 59, 52, 45, 38, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63},
    {0,  8,  1,  9,  16, 24, 17, 25, 2,  10, 3,  11, 18, 26, 19, 27, 32, 40, 33, 34, 41, 48,
     56, 49, 42, 35, 43, 50, 57, 58, 51, 59, 4,  12, 5,  6,  13, 20, 28, 21, 14, 7,  15, 22,
     29, 36, 44, 37, 30, 23, 31, 38, 45, 52, 60, 53, 46, 39, 47, 54, 61, 62, 55, 63},
};

unsigned scan_place(bool interlaced, unsigned i)
{
    return scans[interlaced][i];
}

/* The book for a code goes by the code before it; the last entry stands for all above. */
static const uint8_t dc_book[] = {0x04, 0x28, 0x28, 0x4D, 0x4D, 0x70};
static const uint8_t run_book[] = {0x06, 0x06, 0x05, 0x05, 0x04, 0x29, 0x29, 0x29,
                                   0x29, 0x28, 0x28, 0x28, 0x28, 0x28, 0x28, 0x4C};
static const uint8_t level_book[] = {0x0A, 0x05, 0x06, 0x04, 0x28, 0x28, 0x28, 0x28, 0x4C};

static unsigned book_after(const uint8_t *books, size_t n, uint32_t previous)
{
    return books[previous < n ? previous : n - 1];
}

static void write_dc(bit_writer *w, const int32_t (*coef)[64], unsigned blocks)
{
    const int32_t first = coef[0][0];
    put_code(w, 0xB8, first < 0 ? 2 * (uint32_t)-first - 1 : 2 * (uint32_t)first);
    uint32_t code = 5;
    bool minus = false; /* the sign that a code without a flip of it means */
    for (unsigned b = 1; b < blocks; b++) {
        const int32_t d = coef[b][0] - coef[b - 1][0];
        const unsigned book = book_after(dc_book, sizeof dc_book, code);
        code = d == 0 ? 0 : 2 * (uint32_t)abs(d) - ((d < 0) != minus);
        minus = d < 0;
        put_code(w, book, code);
    }
}

/* Runs go through all blocks, frequency by frequency. */
static void write_ac(bit_writer *w, const int32_t (*coef)[64], unsigned blocks, bool interlaced)
{
    uint32_t run = 0, last_run = 4, last_level = 2;
    for (unsigned at = blocks; at < 64 * blocks; at++) {
        const int32_t c = coef[at % blocks][scans[interlaced][at / blocks]];
        if (c == 0) {
            run++;
            continue;
        }
        const uint32_t level = (uint32_t)abs(c);
        put_code(w, book_after(run_book, sizeof run_book, last_run), run);
        put_code(w, book_after(level_book, sizeof level_book, last_level - 1), level - 1);
        put(w, c < 0, 1);
        last_run = run;
        last_level = level;
        run = 0;
    }
}

void write_plane(bit_writer *w, const int32_t (*coef)[64], unsigned blocks, bool interlaced)
{
    write_dc(w, coef, blocks);
    write_ac(w, coef, blocks, interlaced);
    bits_align(w);
}

/* ---- Alpha ---- */

/* A difference: a small one with its sign, or modulo 2^bits. */
static void put_difference(bit_writer *w, int d, unsigned bits)
{
    const int small = bits == 16 ? 64 : 8;
    if (d == 0 || abs(d) > small) {
        put(w, 1, 1);
        put(w, (uint32_t)d & ((1u << bits) - 1), bits);
        return;
    }
    put(w, 0, 1);
    put(w, 2 * (uint32_t)(abs(d) - 1) + (d < 0), bits == 16 ? 7 : 4);
}

static void put_run(bit_writer *w, unsigned run)
{
    if (run == 0) {
        put(w, 1, 1);
    } else {
        put(w, 0, 1);
        put(w, run, run < 16 ? 4 : 15);
    }
}

void write_alpha(bit_writer *w, const uint16_t *samples, unsigned n, unsigned bits,
                 unsigned run_max)
{
    int last = (1 << bits) - 1;
    for (unsigned at = 0; at < n;) {
        unsigned run = 0;
        put_difference(w, samples[at] - last, bits);
        last = samples[at++];
        while (at < n && run < run_max && samples[at] == last) {
            at++;
            run++;
        }
        if (at < n || run > 0)
            put_run(w, run);
    }
    bits_align(w);
}
