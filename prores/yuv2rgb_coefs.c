/* Coefficients of the conversion from Y'CbCr to R'G'B' (ISO/IEC 23091-2, 8.3). */
#include "prores/yuv2rgb.h"

static int16_t fixed8(double x)
{
    /* A 15-bit step is 1/128 of an 8-bit one; products have 5 fractional bits, factors 15. */
    return (int16_t)(x / 128 * 32 * 32768 + (x < 0 ? -0.5 : 0.5));
}

static int32_t fixed16(double x)
{
    return (int32_t)(x / 128 * 256 * 8192 + (x < 0 ? -0.5 : 0.5));
}

void prores_yuv2rgb_coefs(yuv2rgb_coefs *out, prores_matrix matrix, prores_range range,
                          unsigned bits)
{
    static const struct {
        double r, b;
    } weights[] = {[PRORES_BT601] = {0.299, 0.114},
                   [PRORES_BT709] = {0.2126, 0.0722},
                   [PRORES_BT2020] = {0.2627, 0.0593}};
    const double kr = weights[matrix].r, kb = weights[matrix].b, kg = 1 - kr - kb;
    const bool full = range == PRORES_FULL;
    const double y = full ? 1 : 255.0 / 219, c = full ? 1 : 255.0 / 224;
    const double rv = 2 * (1 - kr) * c, bu = 2 * (1 - kb) * c;
    const double gv = -rv * kr / kg, gu = -bu * kb / kg;
    *out = (yuv2rgb_coefs){
        .bits = bits,
        .black = full ? 0 : 16 << 7,
        .y8 = fixed8(y),
        .rv8 = fixed8(rv),
        .gu8 = fixed8(gu),
        .gv8 = fixed8(gv),
        .bu8 = fixed8(bu),
        .y16 = fixed16(y),
        .rv16 = fixed16(rv),
        .gu16 = fixed16(gu),
        .gv16 = fixed16(gv),
        .bu16 = fixed16(bu),
    };
}
