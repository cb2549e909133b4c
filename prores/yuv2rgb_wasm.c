/* yuv2rgb_ops for WebAssembly's 128-bit SIMD. Functions without intrinsics are the C ones. */
#if defined(__wasm_simd128__)
#include "prores/yuv2rgb_body.h"

#include <wasm_simd128.h>

static inline v128_t set(int16_t a)
{
    return wasm_i16x8_splat(a);
}

/* a * b / 2^15, rounded, as mulhrs() */
static inline v128_t scaled(v128_t a, int16_t b)
{
    return wasm_i16x8_q15mulr_sat(a, set(b));
}

/* 8 samples to 15 bit */
static inline v128_t widen(const uint16_t *p, unsigned up)
{
    return wasm_i16x8_shl(wasm_v128_load(p), up);
}

static inline v128_t sum3(v128_t a, v128_t b, v128_t c)
{
    return wasm_i16x8_add(wasm_i16x8_add(a, b), c);
}

static void chroma_upsample_wasm(int16_t *restrict dst, const uint16_t *restrict src, size_t n,
                                 unsigned bits)
{
    const unsigned up = 15 - bits;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const uint16_t *s = src + i;
        const v128_t c1 = widen(s - 1, up), c3 = widen(s + 1, up);
        const v128_t near = wasm_i16x8_sub(scaled(widen(s, up), NEAR), set(16384));
        const v128_t even = wasm_i16x8_add(sum3(near, scaled(c1, NEXT), scaled(c3, THIRD)),
                                           scaled(widen(s - 2, up), LAST));
        const v128_t odd = wasm_i16x8_add(sum3(near, scaled(c3, NEXT), scaled(c1, THIRD)),
                                          scaled(widen(s + 2, up), LAST));
        wasm_v128_store(dst + 2 * i, wasm_i16x8_shuffle(even, odd, 0, 8, 1, 9, 2, 10, 3, 11));
        wasm_v128_store(dst + 2 * i + 8, wasm_i16x8_shuffle(even, odd, 4, 12, 5, 13, 6, 14, 7, 15));
    }
    chroma_upsample(dst + 2 * i, src + i, n - i, bits);
}

typedef struct rgb_vec {
    v128_t r, g, b;
} rgb_vec;

/* 8 pixels, as 16 bits each, not yet clipped */
static inline rgb_vec pixels8(const pixel_line *in, const yuv2rgb_coefs *c, size_t i)
{
    const v128_t luma = wasm_i16x8_sub(widen(in->y + i, 15 - c->bits), set(c->black));
    const v128_t y = wasm_i16x8_add(scaled(luma, c->y8), set(16));
    const v128_t u = wasm_v128_load(in->u + i), v = wasm_v128_load(in->v + i);
    const v128_t r = wasm_i16x8_add(y, scaled(v, c->rv8));
    const v128_t g = sum3(y, scaled(u, c->gu8), scaled(v, c->gv8));
    const v128_t b = wasm_i16x8_add(y, scaled(u, c->bu8));
    return (rgb_vec){wasm_i16x8_shr(r, 5), wasm_i16x8_shr(g, 5), wasm_i16x8_shr(b, 5)};
}

/* Clipped bytes of 16 pixels */
static inline rgb_vec pixels16(const pixel_line *in, const yuv2rgb_coefs *c, size_t i)
{
    const rgb_vec p = pixels8(in, c, i), q = pixels8(in, c, i + 8);
    return (rgb_vec){wasm_u8x16_narrow_i16x8(p.r, q.r), wasm_u8x16_narrow_i16x8(p.g, q.g),
                     wasm_u8x16_narrow_i16x8(p.b, q.b)};
}

static pixel_line tail_of(const pixel_line *in, size_t i)
{
    return (pixel_line){in->y + i, in->a ? in->a + i : NULL, in->u + i, in->v + i, in->pixels - i};
}

/* Of 16 pixels of three planes, bytes 16 i .. 16 i + 15 of the 48. Each shuffle takes two planes,
 * then the third. */
static inline void put3(uint8_t *dst, v128_t a, v128_t b, v128_t c)
{
    v128_t p = wasm_i8x16_shuffle(a, b, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
    p = wasm_i8x16_shuffle(p, c, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
    v128_t q = wasm_i8x16_shuffle(a, b, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
    q = wasm_i8x16_shuffle(q, c, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
    v128_t r = wasm_i8x16_shuffle(a, b, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
    r = wasm_i8x16_shuffle(r, c, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
    wasm_v128_store(dst, p);
    wasm_v128_store(dst + 16, q);
    wasm_v128_store(dst + 32, r);
}

static void rgb24_wasm(uint8_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    size_t i = 0;
    for (; i + 16 <= in->pixels; i += 16) {
        const rgb_vec p = pixels16(in, c, i);
        put3(dst + 3 * i, p.r, p.g, p.b);
    }
    const pixel_line tail = tail_of(in, i);
    rgb24(dst + 3 * i, &tail, c);
}

static inline v128_t bytes_low(v128_t a, v128_t b)
{
    return wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
static inline v128_t bytes_high(v128_t a, v128_t b)
{
    return wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

static inline v128_t alpha16(const pixel_line *in, const yuv2rgb_coefs *c, size_t i)
{
    if (!in->a)
        return wasm_i8x16_splat(-1);
    const uint32_t down = c->bits - 8;
    return wasm_u8x16_narrow_i16x8(wasm_u16x8_shr(wasm_v128_load(in->a + i), down),
                                   wasm_u16x8_shr(wasm_v128_load(in->a + i + 8), down));
}

static void rgba_wasm(uint8_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    size_t i = 0;
    for (; i + 16 <= in->pixels; i += 16) {
        const rgb_vec p = pixels16(in, c, i);
        const v128_t a = alpha16(in, c, i);
        const v128_t rg[2] = {bytes_low(p.r, p.g), bytes_high(p.r, p.g)};
        const v128_t ba[2] = {bytes_low(p.b, a), bytes_high(p.b, a)};
        for (int half = 0; half < 2; half++) {
            uint8_t *to = dst + 4 * i + 32 * half;
            wasm_v128_store(to, wasm_i16x8_shuffle(rg[half], ba[half], 0, 8, 1, 9, 2, 10, 3, 11));
            wasm_v128_store(to + 16,
                            wasm_i16x8_shuffle(rg[half], ba[half], 4, 12, 5, 13, 6, 14, 7, 15));
        }
    }
    const pixel_line tail = tail_of(in, i);
    rgba(dst + 4 * i, &tail, c);
}

const yuv2rgb_ops prores_yuv2rgb_wasm = {.chroma_upsample = chroma_upsample_wasm,
                                         .chroma_copy = chroma_copy,
                                         .gray8 = gray8,
                                         .gray10 = gray10,
                                         .gray16 = gray16,
                                         .rgb24 = rgb24_wasm,
                                         .bgr24 = bgr24,
                                         .rgba = rgba_wasm,
                                         .rgb48 = rgb48,
                                         .bgr48 = bgr48,
                                         .rgba64 = rgba64,
                                         .mean = mean};
#else
typedef int prores_no_yuv2rgb_wasm; /* a translation unit must not be empty */
#endif
