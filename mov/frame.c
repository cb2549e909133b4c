#include "mov/mov.h"

#include <string.h>

#include "base/bytes.h"

/* RDD 36, 5.1.1: a header without matrices has 20 bytes. */
enum { HEADER_MIN = 20, PICTURE_HEADER_MIN = 8 };

int prores_header_parse(prores_header *out, const uint8_t *p, size_t n)
{
    *out = (prores_header){0};
    if (n >= 4)
        out->size = rd32be(p);
    if (n < 8 || rd32be(p + 4) != FOURCC('i', 'c', 'p', 'f'))
        return PRORES_HEADER_NO_MAGIC;
    if (n < PRORES_FIXED_HEADER_SIZE)
        return PRORES_HEADER_INVALID;
    out->header_size = rd16be(p + 8);
    out->version = p[11];
    memcpy(out->encoder, p + 12, 4);
    out->width = rd16be(p + 16);
    out->height = rd16be(p + 18);
    out->chroma = p[20] >> 6;
    out->interlace = p[20] >> 2 & 3;
    out->aspect = p[21] >> 4;
    out->rate = p[21] & 15;
    out->primaries = p[22];
    out->transfer = p[23];
    out->matrix = p[24];
    out->alpha = p[25] & 15;
    const bool version_ok = p[10] == 0 && out->version <= 1;
    const bool size_ok =
        out->header_size >= HEADER_MIN && out->size >= 8u + out->header_size + PICTURE_HEADER_MIN;
    const bool picture_ok = out->width > 0 && out->height > 0 &&
                            (out->chroma == 2 || out->chroma == 3) && out->interlace <= 2 &&
                            out->alpha <= 2;
    return version_ok && size_ok && picture_ok ? PRORES_HEADER_OK : PRORES_HEADER_INVALID;
}

/* RDD 36, table 4. */
bool prores_frame_rate(uint8_t code, uint32_t *num, uint32_t *den)
{
    static const struct {
        uint32_t num, den;
    } rates[] = {{24000, 1001}, {24, 1}, {25, 1},  {30000, 1001},  {30, 1}, {50, 1},
                 {60000, 1001}, {60, 1}, {100, 1}, {120000, 1001}, {120, 1}};
    if (code < 1 || code > sizeof rates / sizeof *rates)
        return false;
    *num = rates[code - 1].num;
    *den = rates[code - 1].den;
    return true;
}
