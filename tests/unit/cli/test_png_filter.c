/* cli/picture/png_filter.c against the reconstruction functions of ISO/IEC 15948, 9.2. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/picture/png_filter.h"
#include "tests/unit/support/guard.h"

static int paeth_of(int a, int b, int c)
{
    const int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

static void restore(uint8_t *to, const guard *filtered, png_filter filter, const guard *above,
                    size_t bpp)
{
    for (size_t i = 0; i < filtered->len; i++) {
        const int a = i >= bpp ? to[i - bpp] : 0, b = above->at[i];
        const int c = i >= bpp ? above->at[i - bpp] : 0;
        const int of[FILTERS] = {0, a, b, (a + b) / 2, paeth_of(a, b, c)};
        to[i] = (uint8_t)(filtered->at[i] + of[filter]);
    }
}

static guard noise(size_t n, uint32_t *state)
{
    guard g = guard_new(n);
    for (size_t i = 0; i < n; i++) {
        *state = *state * 1664525 + 1013904223;
        g.at[i] = (uint8_t)(*state >> 24);
    }
    return g;
}

Test(png_filter, rows_can_be_restored)
{
    uint32_t state = 5;
    for (size_t bpp = 1; bpp <= 8; bpp++)
        for (size_t pixels = 1; pixels < 40; pixels++)
            for (unsigned f = 0; f < FILTERS; f++) {
                guard row = noise(pixels * bpp, &state), above = noise(pixels * bpp, &state);
                guard to = guard_new(row.len), back = guard_new(row.len);
                png_filter_row(to.at, (png_filter)f, row.at, above.at, row.len, bpp);
                restore(back.at, &to, (png_filter)f, &above, bpp);
                cr_assert_eq(memcmp(back.at, row.at, row.len), 0, "filter %u, %zu x %zu", f, pixels,
                             bpp);
                guard_free(&row);
                guard_free(&above);
                guard_free(&to);
                guard_free(&back);
            }
}

Test(png_filter, chooses_by_the_content)
{
    enum { N = 300 };
    uint8_t up[N], across[N], zeros[N] = {0}, scratch[N];
    png_filter_choice same_rows = {{{0}}}, ramp = {{{0}}}, flat = {{{0}}};
    uint32_t state = 9;
    guard row = noise(N, &state);
    memcpy(up, row.at, N);
    for (int i = 0; i < N; i++)
        across[i] = (uint8_t)(7 * i);
    png_filter_measure(&same_rows, scratch, row.at, up, N, 3);
    png_filter_measure(&ramp, scratch, across, row.at, N, 1);
    png_filter_measure(&flat, scratch, zeros, zeros, N, 3);
    cr_assert_eq(png_filter_best(&same_rows), FILTER_UP);
    cr_assert_eq(png_filter_best(&ramp), FILTER_SUB);
    cr_assert_eq(png_filter_best(&flat), FILTER_NONE);
    guard_free(&row);
}
