/* The transform in portable C: the reference of all others, in a form that compilers vectorise. */
#include "prores/idct.h"

enum { LANES = 8 };

typedef struct vec {
    int16_t v[LANES];
} vec;
typedef struct wide {
    uint32_t v[LANES]; /* int32, but overflow is defined */
} wide;

#define EACH for (int i = 0; i < LANES; i++)

static inline vec v_load(const int16_t *p)
{
    vec r;
    EACH r.v[i] = p[i];
    return r;
}
static inline vec v_set(int16_t a)
{
    vec r;
    EACH r.v[i] = a;
    return r;
}
static inline vec v_zero(void)
{
    return v_set(0);
}
static inline vec v_add(vec a, vec b)
{
    EACH a.v[i] = (int16_t)(a.v[i] + b.v[i]);
    return a;
}
static inline vec v_sub(vec a, vec b)
{
    EACH a.v[i] = (int16_t)(a.v[i] - b.v[i]);
    return a;
}
static inline vec v_mul(vec a, vec b)
{
    EACH a.v[i] = (int16_t)(a.v[i] * b.v[i]);
    return a;
}
static inline vec v_half(vec a)
{
    EACH a.v[i] = (int16_t)(a.v[i] >> 1);
    return a;
}
static inline vec v_or(vec a, vec b)
{
    EACH a.v[i] = (int16_t)(a.v[i] | b.v[i]);
    return a;
}
static inline vec v_if_zero(vec test, vec a, vec b)
{
    EACH b.v[i] = test.v[i] ? b.v[i] : a.v[i];
    return b;
}
static inline vec v_clip(vec a, int16_t lo, int16_t hi)
{
    EACH a.v[i] = a.v[i] < lo ? lo : a.v[i] > hi ? hi : a.v[i];
    return a;
}
static inline wide w_madd(vec a, vec b, int16_t wa, int16_t wb)
{
    wide r;
    EACH r.v[i] = (uint32_t)(a.v[i] * wa) + (uint32_t)(b.v[i] * wb);
    return r;
}
static inline wide w_high(vec a)
{
    wide r;
    EACH r.v[i] = (uint32_t)a.v[i] << 16;
    return r;
}
static inline wide w_set(int a)
{
    wide r;
    EACH r.v[i] = (uint32_t)a;
    return r;
}
static inline wide w_add(wide a, wide b)
{
    EACH a.v[i] += b.v[i];
    return a;
}
static inline wide w_sub(wide a, wide b)
{
    EACH a.v[i] -= b.v[i];
    return a;
}
static inline vec w_pack(wide a, int shift)
{
    vec r;
    EACH
    {
        const int32_t x = (int32_t)a.v[i] >> shift;
        r.v[i] = (int16_t)(x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x);
    }
    return r;
}
static inline void v_put(const vec *row, unsigned cols, uint16_t *const *at, ptrdiff_t step,
                         unsigned lanes)
{
    for (unsigned b = 0; b < lanes; b++)
        for (unsigned c = 0; c < cols; c++)
            at[b][step + c] = (uint16_t)row[c].v[b];
}
static inline void v_put8(const vec *row, uint16_t *const *at, ptrdiff_t step, unsigned lanes)
{
    v_put(row, 8, at, step, lanes);
}

#include "prores/idct_body.h"

void prores_idct_c(const idct_job *job)
{
    transform(job);
}
