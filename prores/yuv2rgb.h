/* Conversion of Y'CbCr samples to gray and RGB, a line at a time. Internal.
 *
 * Version 1 of the conversion (PRORES_CONVERSION):
 * - samples are taken to 15 bit: luma less black, chroma less its middle;
 * - chroma of 4:2:2 is widened by a bicubic filter of four taps (B = 0, C = 0.6), each chroma
 * sample in the middle between its two pixels: what FFmpeg's scaler takes for granted. At the left
 * and right edge of the frame the last sample is repeated;
 * - 8 bit: products are rounded to 1/32 of a step, summed, rounded, clipped; 16 bit: to 2^-13 of a
 * step of 1/256 of an 8-bit one, so that white is 65280. Against FFmpeg 5.1
 * (accurate_rnd+full_chroma_int+bitexact): 8 bit at most 1 apart, gray16 4, RGB48 96 (4:4:4: 8),
 * which tests/prores/prores_colors.c holds, but for the first 4 columns of 4:2:2, where its scaler
 * treats the edge in another way (4 and 1024). */
#ifndef CZ_PRORES_YUV2RGB_H
#define CZ_PRORES_YUV2RGB_H

#include "prores/prores.h"

/* Chroma samples on each side that the filter uses; they must be readable around a line. */
enum { CHROMA_REACH = 2 };

typedef struct yuv2rgb_coefs {
    unsigned bits;                       /* of the input samples */
    int16_t black;                       /* black level of luma, in 15 bit */
    int16_t y8, rv8, gu8, gv8, bu8;      /* 8-bit output: 2^-15 * 2^-5 */
    int32_t y16, rv16, gu16, gv16, bu16; /* 16-bit output: 2^-13 */
} yuv2rgb_coefs;

void prores_yuv2rgb_coefs(yuv2rgb_coefs *out, prores_matrix matrix, prores_range range,
                          unsigned bits);

typedef struct pixel_line {
    const uint16_t *y, *a; /* a: NULL without alpha */
    const int16_t *u, *v;  /* one per pixel, from chroma_upsample or chroma_copy */
    size_t pixels;
} pixel_line;

typedef struct yuv2rgb_ops {
    /* n chroma samples to 2n, or to n, of 15 bit */
    void (*chroma_upsample)(int16_t *dst, const uint16_t *src, size_t n, unsigned bits);
    void (*chroma_copy)(int16_t *dst, const uint16_t *src, size_t n, unsigned bits);
    void (*gray8)(uint8_t *dst, const pixel_line *in, const yuv2rgb_coefs *c);
    void (*gray10)(uint16_t *dst, const pixel_line *in, const yuv2rgb_coefs *c);
    void (*gray16)(uint16_t *dst, const pixel_line *in, const yuv2rgb_coefs *c);
    void (*rgb24)(uint8_t *dst, const pixel_line *in, const yuv2rgb_coefs *c);
    void (*bgr24)(uint8_t *dst, const pixel_line *in, const yuv2rgb_coefs *c);
    void (*rgba)(uint8_t *dst, const pixel_line *in, const yuv2rgb_coefs *c);
    void (*rgb48)(uint16_t *dst, const pixel_line *in, const yuv2rgb_coefs *c);
    void (*bgr48)(uint16_t *dst, const pixel_line *in, const yuv2rgb_coefs *c);
    void (*rgba64)(uint16_t *dst, const pixel_line *in, const yuv2rgb_coefs *c);
    /* rounded mean of both */
    void (*mean)(uint16_t *dst, const uint16_t *a, const uint16_t *b, size_t n);
} yuv2rgb_ops;

extern const yuv2rgb_ops prores_yuv2rgb_c, prores_yuv2rgb_avx2, prores_yuv2rgb_wasm;

#endif
