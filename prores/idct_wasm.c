/* The inverse transform with WebAssembly's 128-bit SIMD, 8 blocks at a time. */
#if defined(__wasm_simd128__)
#include "prores/idct.h"

#include <wasm_simd128.h>

enum { LANES = 8 };

typedef v128_t vec;
typedef struct wide {
    v128_t lo, hi; /* blocks 0-3 and 4-7 */
} wide;

static inline vec v_load(const int16_t *p)
{
    return wasm_v128_load(p);
}
static inline vec v_set(int16_t a)
{
    return wasm_i16x8_splat(a);
}
static inline vec v_zero(void)
{
    return wasm_i64x2_const_splat(0);
}
static inline vec v_add(vec a, vec b)
{
    return wasm_i16x8_add(a, b);
}
static inline vec v_sub(vec a, vec b)
{
    return wasm_i16x8_sub(a, b);
}
static inline vec v_mul(vec a, vec b)
{
    return wasm_i16x8_mul(a, b);
}
static inline vec v_half(vec a)
{
    return wasm_i16x8_shr(a, 1);
}
static inline vec v_or(vec a, vec b)
{
    return wasm_v128_or(a, b);
}
static inline vec v_if_zero(vec test, vec a, vec b)
{
    return wasm_v128_bitselect(a, b, wasm_i16x8_eq(test, v_zero()));
}
static inline vec v_clip(vec a, int16_t lo, int16_t hi)
{
    return wasm_i16x8_min(wasm_i16x8_max(a, v_set(lo)), v_set(hi));
}

static inline vec interleave16(vec a, vec b, int high)
{
    return high ? wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
                : wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}
static inline wide w_madd(vec a, vec b, int16_t wa, int16_t wb)
{
    const vec w = wasm_i32x4_splat((int32_t)((uint32_t)(uint16_t)wb << 16 | (uint16_t)wa));
    return (wide){wasm_i32x4_dot_i16x8(interleave16(a, b, 0), w),
                  wasm_i32x4_dot_i16x8(interleave16(a, b, 1), w)};
}
static inline wide w_high(vec a)
{
    return (wide){interleave16(v_zero(), a, 0), interleave16(v_zero(), a, 1)};
}
static inline wide w_set(int a)
{
    return (wide){wasm_i32x4_splat(a), wasm_i32x4_splat(a)};
}
static inline wide w_add(wide a, wide b)
{
    return (wide){wasm_i32x4_add(a.lo, b.lo), wasm_i32x4_add(a.hi, b.hi)};
}
static inline wide w_sub(wide a, wide b)
{
    return (wide){wasm_i32x4_sub(a.lo, b.lo), wasm_i32x4_sub(a.hi, b.hi)};
}
static inline vec w_pack(wide a, int shift)
{
    return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(a.lo, (uint32_t)shift),
                                   wasm_i32x4_shr(a.hi, (uint32_t)shift));
}

static inline void v_put(const vec *row, unsigned cols, uint16_t *const *at, ptrdiff_t step,
                         unsigned lanes)
{
    int16_t sample[4][LANES];
    for (unsigned c = 0; c < cols; c++)
        wasm_v128_store(sample[c], row[c]);
    for (unsigned b = 0; b < lanes; b++)
        for (unsigned c = 0; c < cols; c++)
            at[b][step + (ptrdiff_t)c] = (uint16_t)sample[c][b];
}

static inline vec interleave32(vec a, vec b, int high)
{
    return high ? wasm_i32x4_shuffle(a, b, 2, 6, 3, 7) : wasm_i32x4_shuffle(a, b, 0, 4, 1, 5);
}
static inline vec interleave64(vec a, vec b, int high)
{
    return high ? wasm_i64x2_shuffle(a, b, 1, 3) : wasm_i64x2_shuffle(a, b, 0, 2);
}

/* 8 columns of 8 blocks: a transposition */
static inline void v_put8(const vec *c, uint16_t *const *at, ptrdiff_t step, unsigned lanes)
{
    vec a[8], b[8]; /* pairs of columns, then fours, of two blocks each */
    for (int i = 0; i < 4; i++)
        for (int high = 0; high < 2; high++)
            a[2 * i + high] = interleave16(c[2 * i], c[2 * i + 1], high);
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            for (int high = 0; high < 2; high++)
                b[4 * i + 2 * j + high] = interleave32(a[4 * i + j], a[4 * i + 2 + j], high);
    for (unsigned i = 0; i < lanes; i++)
        wasm_v128_store(at[i] + step, interleave64(b[i >> 1], b[4 + (i >> 1)], i & 1));
}

#include "prores/idct_body.h"

void prores_idct_wasm(const idct_job *job)
{
    transform(job);
}
#else
typedef int prores_no_wasm; /* a translation unit must not be empty */
#endif
