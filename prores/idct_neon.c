/* The inverse transform with NEON, 8 blocks at a time. */
#if defined(__aarch64__)
#include "prores/idct.h"

#include <arm_neon.h>

enum { LANES = 8 };

typedef int16x8_t vec;
typedef struct wide {
    int32x4_t lo, hi; /* blocks 0-3 and 4-7 */
} wide;

static inline vec v_load(const int16_t *p)
{
    return vld1q_s16(p);
}
static inline vec v_set(int16_t a)
{
    return vdupq_n_s16(a);
}
static inline vec v_zero(void)
{
    return vdupq_n_s16(0);
}
static inline vec v_add(vec a, vec b)
{
    return vaddq_s16(a, b);
}
static inline vec v_sub(vec a, vec b)
{
    return vsubq_s16(a, b);
}
static inline vec v_mul(vec a, vec b)
{
    return vmulq_s16(a, b);
}
static inline vec v_half(vec a)
{
    return vshrq_n_s16(a, 1);
}
static inline vec v_or(vec a, vec b)
{
    return vorrq_s16(a, b);
}
static inline vec v_if_zero(vec test, vec a, vec b)
{
    return vbslq_s16(vceqzq_s16(test), a, b);
}
static inline vec v_clip(vec a, int16_t lo, int16_t hi)
{
    return vminq_s16(vmaxq_s16(a, v_set(lo)), v_set(hi));
}
static inline wide w_madd(vec a, vec b, int16_t wa, int16_t wb)
{
    return (wide){vmlal_n_s16(vmull_n_s16(vget_low_s16(a), wa), vget_low_s16(b), wb),
                  vmlal_n_s16(vmull_n_s16(vget_high_s16(a), wa), vget_high_s16(b), wb)};
}
static inline wide w_high(vec a)
{
    return (wide){vshlq_n_s32(vmovl_s16(vget_low_s16(a)), 16),
                  vshlq_n_s32(vmovl_s16(vget_high_s16(a)), 16)};
}
static inline wide w_set(int a)
{
    return (wide){vdupq_n_s32(a), vdupq_n_s32(a)};
}
static inline wide w_add(wide a, wide b)
{
    return (wide){vaddq_s32(a.lo, b.lo), vaddq_s32(a.hi, b.hi)};
}
static inline wide w_sub(wide a, wide b)
{
    return (wide){vsubq_s32(a.lo, b.lo), vsubq_s32(a.hi, b.hi)};
}
static inline vec w_pack(wide a, int shift)
{
    const int32x4_t right = vdupq_n_s32(-shift);
    return vcombine_s16(vqmovn_s32(vshlq_s32(a.lo, right)), vqmovn_s32(vshlq_s32(a.hi, right)));
}

static inline void v_put(const vec *row, unsigned cols, uint16_t *const *at, ptrdiff_t step,
                         unsigned lanes)
{
    int16_t sample[4][LANES];
    for (unsigned c = 0; c < cols; c++)
        vst1q_s16(sample[c], row[c]);
    for (unsigned b = 0; b < lanes; b++)
        for (unsigned c = 0; c < cols; c++)
            at[b][step + c] = (uint16_t)sample[c][b];
}

static inline vec pair32(vec a, vec b, int second)
{
    const int32x4_t x = vreinterpretq_s32_s16(a), y = vreinterpretq_s32_s16(b);
    return vreinterpretq_s16_s32(second ? vtrn2q_s32(x, y) : vtrn1q_s32(x, y));
}

static inline uint16x8_t pair64(vec a, vec b, int second)
{
    const uint64x2_t x = vreinterpretq_u64_s16(a), y = vreinterpretq_u64_s16(b);
    return vreinterpretq_u16_u64(second ? vtrn2q_u64(x, y) : vtrn1q_u64(x, y));
}

/* 8 columns of 8 blocks: a transposition */
static inline void v_put8(const vec *c, uint16_t *const *at, ptrdiff_t step, unsigned lanes)
{
    vec a[8], b[8];
    for (int i = 0; i < 4; i++) {
        a[2 * i] = vtrn1q_s16(c[2 * i], c[2 * i + 1]); /* even blocks */
        a[2 * i + 1] = vtrn2q_s16(c[2 * i], c[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++)
        for (int odd = 0; odd < 2; odd++) { /* columns 4 i .. 4 i + 3 */
            b[4 * i + odd] = pair32(a[4 * i + odd], a[4 * i + 2 + odd], 0);
            b[4 * i + 2 + odd] = pair32(a[4 * i + odd], a[4 * i + 2 + odd], 1);
        }
    for (unsigned i = 0; i < lanes; i++)
        vst1q_u16(at[i] + step, pair64(b[i & 3], b[4 + (i & 3)], i > 3));
}

#include "prores/idct_body.h"

void prores_idct_neon(const idct_job *job)
{
    transform(job);
}
#else
typedef int prores_no_neon; /* a translation unit must not be empty */
#endif
