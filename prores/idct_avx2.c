/* The inverse transform with AVX2, 16 blocks at a time. */
#if defined(__x86_64__)
#include "prores/idct.h"

#include <immintrin.h>

enum { LANES = 16 };

typedef __m256i vec;
typedef struct wide {
    __m256i lo, hi; /* blocks 0-3 and 8-11, 4-7 and 12-15: the order of unpack and pack */
} wide;

static inline vec v_load(const int16_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}
static inline vec v_set(int16_t a)
{
    return _mm256_set1_epi16(a);
}
static inline vec v_zero(void)
{
    return _mm256_setzero_si256();
}
static inline vec v_add(vec a, vec b)
{
    return _mm256_add_epi16(a, b);
}
static inline vec v_sub(vec a, vec b)
{
    return _mm256_sub_epi16(a, b);
}
static inline vec v_mul(vec a, vec b)
{
    return _mm256_mullo_epi16(a, b);
}
static inline vec v_half(vec a)
{
    return _mm256_srai_epi16(a, 1);
}
static inline vec v_or(vec a, vec b)
{
    return _mm256_or_si256(a, b);
}
static inline vec v_if_zero(vec test, vec a, vec b)
{
    return _mm256_blendv_epi8(b, a, _mm256_cmpeq_epi16(test, v_zero()));
}
static inline vec v_clip(vec a, int16_t lo, int16_t hi)
{
    return _mm256_min_epi16(_mm256_max_epi16(a, v_set(lo)), v_set(hi));
}
static inline wide w_madd(vec a, vec b, int16_t wa, int16_t wb)
{
    const __m256i w = _mm256_set1_epi32((int32_t)((uint32_t)(uint16_t)wb << 16 | (uint16_t)wa));
    return (wide){_mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), w),
                  _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), w)};
}
static inline wide w_high(vec a)
{
    return (wide){_mm256_unpacklo_epi16(v_zero(), a), _mm256_unpackhi_epi16(v_zero(), a)};
}
static inline wide w_set(int a)
{
    return (wide){_mm256_set1_epi32(a), _mm256_set1_epi32(a)};
}
static inline wide w_add(wide a, wide b)
{
    return (wide){_mm256_add_epi32(a.lo, b.lo), _mm256_add_epi32(a.hi, b.hi)};
}
static inline wide w_sub(wide a, wide b)
{
    return (wide){_mm256_sub_epi32(a.lo, b.lo), _mm256_sub_epi32(a.hi, b.hi)};
}
static inline vec w_pack(wide a, int shift)
{
    return _mm256_packs_epi32(_mm256_srai_epi32(a.lo, shift), _mm256_srai_epi32(a.hi, shift));
}

static inline void put64(uint16_t *at, __m128i a, int high)
{
    if (high)
        _mm_storeh_pi((__m64 *)(void *)at, _mm_castsi128_ps(a));
    else
        _mm_storel_epi64((__m128i *)(void *)at, a);
}

static inline void v_put4(const vec *c, uint16_t *const *at, ptrdiff_t step, unsigned lanes)
{
    const vec a[2] = {_mm256_unpacklo_epi16(c[0], c[1]), _mm256_unpackhi_epi16(c[0], c[1])};
    const vec b[2] = {_mm256_unpacklo_epi16(c[2], c[3]), _mm256_unpackhi_epi16(c[2], c[3])};
    for (unsigned i = 0; i < 2; i++) {
        const vec first =
            _mm256_unpacklo_epi32(a[i], b[i]); /* blocks 0, 1 and 8, 9; or 4, 5, ... */
        const vec second = _mm256_unpackhi_epi32(a[i], b[i]);
        const __m128i r[4] = {_mm256_castsi256_si128(first), _mm256_castsi256_si128(second),
                              _mm256_extracti128_si256(first, 1),
                              _mm256_extracti128_si256(second, 1)};
        for (unsigned j = 0; j < 8; j++) {
            const unsigned block = (j >> 2) * 8 + 4 * i + (j & 3);
            if (block < lanes)
                put64(at[block] + step, r[j >> 1], j % 2 == 1);
        }
    }
}

/* Fewer columns: sample by sample. */
static inline void v_put(const vec *row, unsigned cols, uint16_t *const *at, ptrdiff_t step,
                         unsigned lanes)
{
    uint16_t sample[4][LANES];
    if (cols == 4) {
        v_put4(row, at, step, lanes);
        return;
    }
    for (unsigned c = 0; c < cols; c++)
        _mm256_storeu_si256((__m256i *)(void *)sample[c], row[c]);
    for (unsigned b = 0; b < lanes; b++)
        for (unsigned c = 0; c < cols; c++)
            at[b][step + c] = sample[c][b];
}

/* 8 columns of 16 blocks: two 8 x 8 transpositions side by side. */
static inline void transpose8(vec r[8], const vec c[8])
{
    vec a[8], b[8];
    for (size_t i = 0; i < 4; i++) {
        a[i] = _mm256_unpacklo_epi16(c[2 * i], c[2 * i + 1]);
        a[i + 4] = _mm256_unpackhi_epi16(c[2 * i], c[2 * i + 1]);
    }
    for (size_t i = 0; i < 2; i++) { /* of blocks 0-3, then 4-7 */
        b[4 * i] = _mm256_unpacklo_epi32(a[4 * i], a[4 * i + 1]);
        b[4 * i + 1] = _mm256_unpackhi_epi32(a[4 * i], a[4 * i + 1]);
        b[4 * i + 2] = _mm256_unpacklo_epi32(a[4 * i + 2], a[4 * i + 3]);
        b[4 * i + 3] = _mm256_unpackhi_epi32(a[4 * i + 2], a[4 * i + 3]);
    }
    for (size_t i = 0; i < 2; i++) {
        r[4 * i] = _mm256_unpacklo_epi64(b[4 * i], b[4 * i + 2]);
        r[4 * i + 1] = _mm256_unpackhi_epi64(b[4 * i], b[4 * i + 2]);
        r[4 * i + 2] = _mm256_unpacklo_epi64(b[4 * i + 1], b[4 * i + 3]);
        r[4 * i + 3] = _mm256_unpackhi_epi64(b[4 * i + 1], b[4 * i + 3]);
    }
}

static inline void v_put8(const vec *row, uint16_t *const *at, ptrdiff_t step, unsigned lanes)
{
    vec r[8];
    transpose8(r, row);
    for (unsigned b = 0; b < 8; b++) {
        if (b < lanes)
            _mm_storeu_si128((__m128i *)(void *)(at[b] + step), _mm256_castsi256_si128(r[b]));
        if (b + 8 < lanes)
            _mm_storeu_si128((__m128i *)(void *)(at[b + 8] + step),
                             _mm256_extracti128_si256(r[b], 1));
    }
}

#include "prores/idct_body.h"

void prores_idct_avx2(const idct_job *job)
{
    transform(job);
}
#else
typedef int prores_no_avx2; /* a translation unit must not be empty */
#endif
