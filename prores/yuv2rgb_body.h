/* yuv2rgb_ops in C that compilers vectorize; compiled once for each instruction set. */
#include "prores/yuv2rgb.h"

/* a * b / 2^15, rounded: one instruction on most processors */
static inline int16_t mulhrs(int16_t a, int16_t b)
{
    return (int16_t)((((a * b) >> 14) + 1) >> 1);
}

static inline uint8_t clip8(int x)
{
    return (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x);
}

static inline uint16_t clip16(int32_t x)
{
    return (uint16_t)(x < 0 ? 0 : x > 65535 ? 65535 : x);
}

static inline int16_t luma15(uint16_t y, const yuv2rgb_coefs *c)
{
    return (int16_t)((y << (15 - c->bits)) - c->black);
}

static inline int16_t chroma15(uint16_t c, unsigned bits)
{
    return (int16_t)((c << (15 - bits)) - 16384);
}

static void chroma_copy(int16_t *restrict dst, const uint16_t *restrict src, size_t n,
                        unsigned bits)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = chroma15(src[i], bits);
}

/* The bicubic filter at 1/4, 3/4, 5/4 and 7/4 per sample; their sum is 2^15 */
enum { NEAR = 28570, NEXT = 7885, THIRD = -2765, LAST = -922 };

static void chroma_upsample(int16_t *restrict dst, const uint16_t *restrict src, size_t n,
                            unsigned bits)
{
    const unsigned up = 15 - bits;
    for (size_t i = 0; i < n; i++) {
        const uint16_t *s = src + i;
        const int16_t c0 = (int16_t)(s[-2] << up), c1 = (int16_t)(s[-1] << up);
        const int16_t c3 = (int16_t)(s[1] << up), c4 = (int16_t)(s[2] << up);
        const int near = mulhrs((int16_t)(s[0] << up), NEAR) - 16384;
        dst[2 * i] = (int16_t)(near + mulhrs(c1, NEXT) + mulhrs(c3, THIRD) + mulhrs(c0, LAST));
        dst[2 * i + 1] = (int16_t)(near + mulhrs(c3, NEXT) + mulhrs(c1, THIRD) + mulhrs(c4, LAST));
    }
}

static void gray8(uint8_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    const uint16_t *restrict y = in->y;
    for (size_t i = 0; i < in->pixels; i++)
        dst[i] = clip8((mulhrs(luma15(y[i], c), c->y8) + 16) >> 5);
}

static void gray16(uint16_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    const uint16_t *restrict y = in->y;
    for (size_t i = 0; i < in->pixels; i++)
        dst[i] = clip16((luma15(y[i], c) * c->y16 + 4096) >> 13);
}

static void gray10(uint16_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    const uint16_t *restrict y = in->y;
    for (size_t i = 0; i < in->pixels; i++) {
        const int32_t v = (luma15(y[i], c) * c->y16 + (1 << 18)) >> 19;
        dst[i] = (uint16_t)(v < 0 ? 0 : v > 1023 ? 1023 : v);
    }
}

typedef struct rgb8 {
    uint8_t r, g, b;
} rgb8;

static inline rgb8 pixel8(const pixel_line *in, const yuv2rgb_coefs *c, size_t i)
{
    const int y = mulhrs(luma15(in->y[i], c), c->y8) + 16;
    const int16_t u = in->u[i], v = in->v[i];
    return (rgb8){clip8((y + mulhrs(v, c->rv8)) >> 5),
                  clip8((y + mulhrs(u, c->gu8) + mulhrs(v, c->gv8)) >> 5),
                  clip8((y + mulhrs(u, c->bu8)) >> 5)};
}

static void rgb24(uint8_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    for (size_t i = 0; i < in->pixels; i++) {
        const rgb8 p = pixel8(in, c, i);
        dst[3 * i] = p.r;
        dst[3 * i + 1] = p.g;
        dst[3 * i + 2] = p.b;
    }
}

static void bgr24(uint8_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    for (size_t i = 0; i < in->pixels; i++) {
        const rgb8 p = pixel8(in, c, i);
        dst[3 * i] = p.b;
        dst[3 * i + 1] = p.g;
        dst[3 * i + 2] = p.r;
    }
}

static void rgba(uint8_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    for (size_t i = 0; i < in->pixels; i++) {
        const rgb8 p = pixel8(in, c, i);
        dst[4 * i] = p.r;
        dst[4 * i + 1] = p.g;
        dst[4 * i + 2] = p.b;
        dst[4 * i + 3] = (uint8_t)(in->a ? in->a[i] >> (c->bits - 8) : 255);
    }
}

typedef struct rgb16 {
    uint16_t r, g, b;
} rgb16;

static inline rgb16 pixel16(const pixel_line *in, const yuv2rgb_coefs *c, size_t i)
{
    const int32_t y = luma15(in->y[i], c) * c->y16 + 4096;
    const int32_t u = in->u[i], v = in->v[i];
    return (rgb16){clip16((y + v * c->rv16) >> 13), clip16((y + u * c->gu16 + v * c->gv16) >> 13),
                   clip16((y + u * c->bu16) >> 13)};
}

static void rgb48(uint16_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    for (size_t i = 0; i < in->pixels; i++) {
        const rgb16 p = pixel16(in, c, i);
        dst[3 * i] = p.r;
        dst[3 * i + 1] = p.g;
        dst[3 * i + 2] = p.b;
    }
}

static void bgr48(uint16_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    for (size_t i = 0; i < in->pixels; i++) {
        const rgb16 p = pixel16(in, c, i);
        dst[3 * i] = p.b;
        dst[3 * i + 1] = p.g;
        dst[3 * i + 2] = p.r;
    }
}

static void rgba64(uint16_t *restrict dst, const pixel_line *in, const yuv2rgb_coefs *c)
{
    for (size_t i = 0; i < in->pixels; i++) {
        const rgb16 p = pixel16(in, c, i);
        dst[4 * i] = p.r;
        dst[4 * i + 1] = p.g;
        dst[4 * i + 2] = p.b;
        dst[4 * i + 3] = (uint16_t)(in->a ? in->a[i] << (16 - c->bits) : UINT16_MAX);
    }
}

static void mean(uint16_t *dst, const uint16_t *a, const uint16_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dst[i] = (uint16_t)((a[i] + b[i] + 1) >> 1);
}
