/* yuv2rgb_ops for AVX2. Functions without intrinsics are the C ones, vectorized by the compiler:
 * only this file and the transform are compiled with -mavx2. */
#if defined(__x86_64__)
#include "prores/yuv2rgb_body.h"

#include <immintrin.h>

static inline __m256i load(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

static inline void store(void *p, __m256i a)
{
    _mm256_storeu_si256((__m256i *)p, a);
}

static inline __m256i set(int16_t a)
{
    return _mm256_set1_epi16(a);
}

/* 16 samples to 15 bit */
static inline __m256i widen(const uint16_t *p, __m128i up)
{
    return _mm256_sll_epi16(load(p), up);
}

static void chroma_upsample_avx2(int16_t *restrict dst, const uint16_t *restrict src, size_t n,
                                 unsigned bits)
{
    const __m128i up = _mm_cvtsi32_si128((int)(15 - bits));
    const __m256i k_near = set(NEAR), k_next = set(NEXT), k_third = set(THIRD), k_last = set(LAST);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        const uint16_t *s = src + i;
        const __m256i c1 = widen(s - 1, up), c3 = widen(s + 1, up);
        const __m256i c0 = _mm256_mulhrs_epi16(widen(s - 2, up), k_last);
        const __m256i c4 = _mm256_mulhrs_epi16(widen(s + 2, up), k_last);
        const __m256i near =
            _mm256_sub_epi16(_mm256_mulhrs_epi16(widen(s, up), k_near), set(16384));
        const __m256i even =
            _mm256_add_epi16(_mm256_add_epi16(near, _mm256_mulhrs_epi16(c1, k_next)),
                             _mm256_add_epi16(_mm256_mulhrs_epi16(c3, k_third), c0));
        const __m256i odd =
            _mm256_add_epi16(_mm256_add_epi16(near, _mm256_mulhrs_epi16(c3, k_next)),
                             _mm256_add_epi16(_mm256_mulhrs_epi16(c1, k_third), c4));
        const __m256i lo = _mm256_unpacklo_epi16(even, odd), hi = _mm256_unpackhi_epi16(even, odd);
        store(dst + 2 * i, _mm256_permute2x128_si256(lo, hi, 0x20));
        store(dst + 2 * i + 16, _mm256_permute2x128_si256(lo, hi, 0x31));
    }
    chroma_upsample(dst + 2 * i, src + i, n - i, bits);
}

static inline __m256i luma(const uint16_t *y, const yuv2rgb_coefs *c)
{
    const __m128i up = _mm_cvtsi32_si128((int)(15 - c->bits));
    return _mm256_sub_epi16(widen(y, up), set(c->black));
}

typedef struct rgb_vec {
    __m256i r, g, b;
} rgb_vec;

/* 16 pixels, as 16 bits each, not yet clipped */
static inline rgb_vec pixels16(const pixel_line *in, const yuv2rgb_coefs *c, size_t i)
{
    const __m256i y =
        _mm256_add_epi16(_mm256_mulhrs_epi16(luma(in->y + i, c), set(c->y8)), set(16));
    const __m256i u = load(in->u + i), v = load(in->v + i);
    const __m256i r = _mm256_add_epi16(y, _mm256_mulhrs_epi16(v, set(c->rv8)));
    const __m256i g = _mm256_add_epi16(_mm256_add_epi16(y, _mm256_mulhrs_epi16(u, set(c->gu8))),
                                       _mm256_mulhrs_epi16(v, set(c->gv8)));
    const __m256i b = _mm256_add_epi16(y, _mm256_mulhrs_epi16(u, set(c->bu8)));
    return (rgb_vec){_mm256_srai_epi16(r, 5), _mm256_srai_epi16(g, 5), _mm256_srai_epi16(b, 5)};
}

/* Clipped bytes of pixels 0-7, 16-23, 8-15, 24-31: the order of the pack instruction. */
static inline rgb_vec pixels32(const pixel_line *in, const yuv2rgb_coefs *c, size_t i)
{
    const rgb_vec p = pixels16(in, c, i), q = pixels16(in, c, i + 16);
    return (rgb_vec){_mm256_packus_epi16(p.r, q.r), _mm256_packus_epi16(p.g, q.g),
                     _mm256_packus_epi16(p.b, q.b)};
}

/* Interleave three planes of 32 pixels in natural order to 96 bytes. */
static inline void put3(uint8_t *dst, __m256i a, __m256i b, __m256i c)
{
    const __m256i ma = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 11, 6, 1, 12, 7, 2, 13, 8, 3, 14, 9, 4, 15, 10, 5));
    const __m256i mb = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(5, 0, 11, 6, 1, 12, 7, 2, 13, 8, 3, 14, 9, 4, 15, 10));
    const __m256i mc = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(10, 5, 0, 11, 6, 1, 12, 7, 2, 13, 8, 3, 14, 9, 4, 15));
    /* Masks of the bytes from b, and from c, in the first of every three vectors */
    const __m256i pick1 = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0));
    const __m256i pick2 = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, -1, 0));
    a = _mm256_shuffle_epi8(a, ma);
    b = _mm256_shuffle_epi8(b, mb);
    c = _mm256_shuffle_epi8(c, mc);
    const __m256i p = _mm256_blendv_epi8(_mm256_blendv_epi8(a, b, pick1), c, pick2);
    const __m256i q = _mm256_blendv_epi8(_mm256_blendv_epi8(b, c, pick1), a, pick2);
    const __m256i r = _mm256_blendv_epi8(_mm256_blendv_epi8(c, a, pick1), b, pick2);
    store(dst, _mm256_permute2x128_si256(p, q, 0x20));
    store(dst + 32, _mm256_permute2x128_si256(r, p, 0x30));
    store(dst + 64, _mm256_permute2x128_si256(q, r, 0x31));
}

static inline __m256i in_order(__m256i packed)
{
    return _mm256_permute4x64_epi64(packed, 0xD8);
}

static pixel_line tail_of(const pixel_line *in, size_t i)
{
    return (pixel_line){in->y + i, in->a ? in->a + i : NULL, in->u + i, in->v + i, in->pixels - i};
}

static void rgb24_avx2(uint8_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    size_t i = 0;
    for (; i + 32 <= in->pixels; i += 32) {
        const rgb_vec p = pixels32(in, c, i);
        put3(dst + 3 * i, in_order(p.r), in_order(p.g), in_order(p.b));
    }
    const pixel_line tail = tail_of(in, i);
    rgb24(dst + 3 * i, &tail, c);
}

static void bgr24_avx2(uint8_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    size_t i = 0;
    for (; i + 32 <= in->pixels; i += 32) {
        const rgb_vec p = pixels32(in, c, i);
        put3(dst + 3 * i, in_order(p.b), in_order(p.g), in_order(p.r));
    }
    const pixel_line tail = tail_of(in, i);
    bgr24(dst + 3 * i, &tail, c);
}

static void gray16_avx2(uint16_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    /* y * y16 + 1 * 4096 in one instruction */
    const __m256i k = _mm256_set1_epi32(4096 << 16 | c->y16), one = set(1);
    size_t i = 0;
    for (; i + 16 <= in->pixels; i += 16) {
        const __m256i y = luma(in->y + i, c);
        const __m256i lo = _mm256_madd_epi16(_mm256_unpacklo_epi16(y, one), k);
        const __m256i hi = _mm256_madd_epi16(_mm256_unpackhi_epi16(y, one), k);
        store(dst + i, _mm256_packus_epi32(_mm256_srai_epi32(lo, 13), _mm256_srai_epi32(hi, 13)));
    }
    const pixel_line tail = tail_of(in, i);
    gray16(dst + i, &tail, c);
}

const yuv2rgb_ops prores_yuv2rgb_avx2 = {
    chroma_upsample_avx2, chroma_copy, gray8, gray10, gray16_avx2, rgb24_avx2,
    bgr24_avx2,           rgba,        rgb48, bgr48,  rgba64,      mean};
#else
typedef int prores_no_avx2_yuv2rgb; /* a translation unit must not be empty */
#endif
