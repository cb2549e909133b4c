#include "prores/frame_header.h"

#include <string.h>

#include "base/bytes.h"

enum {
    PREFIX = 8,      /* frame size and "icpf" */
    HEADER_MIN = 20, /* without matrices: RDD 36, 5.1.1 */
    PICTURE_HEADER_MIN = 8,
    VERSION_MAX = 1,
    ALPHA_MAX = 2,
    MATRIX = 64,
    DEFAULT_WEIGHT = 4,
};

typedef enum header_fault {
    FAULT_NONE,
    FAULT_MAGIC,
    FAULT_TRUNCATED,
    FAULT_VERSION,
    FAULT_HEADER_SIZE,
    FAULT_FRAME_SIZE,
    FAULT_DIMENSIONS,
    FAULT_CHROMA,
    FAULT_INTERLACE,
    FAULT_ALPHA,
} header_fault;

static header_fault find_fault(const prores_header *h)
{
    if (h->version > VERSION_MAX)
        return FAULT_VERSION;
    if (h->header_size < HEADER_MIN)
        return FAULT_HEADER_SIZE;
    if (h->frame_size < (uint32_t)PREFIX + h->header_size + PICTURE_HEADER_MIN)
        return FAULT_FRAME_SIZE;
    if (h->width == 0 || h->height == 0)
        return FAULT_DIMENSIONS;
    if (h->chroma != PRORES_422 && h->chroma != PRORES_444)
        return FAULT_CHROMA;
    if (h->interlace > PRORES_BOTTOM_FIRST)
        return FAULT_INTERLACE;
    return h->alpha > ALPHA_MAX ? FAULT_ALPHA : FAULT_NONE;
}

static header_fault parse_fixed(prores_header *out, const uint8_t *p, size_t n)
{
    *out = (prores_header){0};
    if (n >= 4)
        out->frame_size = rd32be(p);
    if (n < PREFIX || memcmp(p + 4, "icpf", 4) != 0)
        return FAULT_MAGIC;
    if (n < PRORES_FIXED_HEADER_SIZE)
        return FAULT_TRUNCATED;
    p += PREFIX;
    out->header_size = rd16be(p);
    out->version = rd16be(p + 2);
    memcpy(out->encoder, p + 4, 4);
    out->width = rd16be(p + 8);
    out->height = rd16be(p + 10);
    out->chroma = p[12] >> 6;
    out->interlace = p[12] >> 2 & 3;
    out->aspect = p[13] >> 4;
    out->rate = p[13] & 15;
    out->primaries = p[14];
    out->transfer = p[15];
    out->matrix = p[16];
    out->alpha = p[17] & 15;
    out->own_luma_matrix = (p[19] & 2) != 0;
    out->own_chroma_matrix = (p[19] & 1) != 0;
    return find_fault(out);
}

prores_header_status prores_header_parse(prores_header *out, const uint8_t *p, size_t n)
{
    switch (parse_fixed(out, p, n)) {
    case FAULT_NONE:
        return PRORES_HEADER_OK;
    case FAULT_MAGIC:
        return PRORES_HEADER_NO_MAGIC;
    default:
        return PRORES_HEADER_INVALID;
    }
}

static int fail_header(header_fault fault, const prores_header *h, size_t len, cz_error *err)
{
    switch (fault) {
    case FAULT_MAGIC:
        return cz_fail(err, CZ_FORMAT, "ProRes frame: no \"icpf\" at the start of %zu bytes", len);
    case FAULT_TRUNCATED:
        return cz_fail(err, CZ_FORMAT, "ProRes frame: %zu bytes are too few for a header", len);
    case FAULT_VERSION:
        return cz_fail(err, CZ_UNSUPPORTED, "ProRes frame: version %u", h->version);
    case FAULT_HEADER_SIZE:
        return cz_fail(err, CZ_FORMAT, "ProRes frame: a header of %u bytes", h->header_size);
    case FAULT_FRAME_SIZE:
        return cz_fail(err, CZ_FORMAT, "ProRes frame: a size of %u bytes", h->frame_size);
    case FAULT_DIMENSIONS:
        return cz_fail(err, CZ_FORMAT, "ProRes frame: %u x %u pixels", h->width, h->height);
    case FAULT_CHROMA:
        return cz_fail(err, CZ_FORMAT, "ProRes frame: chroma format %u", h->chroma);
    case FAULT_INTERLACE:
        return cz_fail(err, CZ_FORMAT, "ProRes frame: interlace mode %u", h->interlace);
    case FAULT_ALPHA:
        return cz_fail(err, CZ_FORMAT, "ProRes frame: alpha format %u", h->alpha);
    case FAULT_NONE:
    default:
        return CZ_OK;
    }
}

/* The matrices follow the fixed part, luma first (RDD 36, 5.1.1). */
static void read_matrices(prores_header *out, const uint8_t *at)
{
    memset(out->luma_matrix, DEFAULT_WEIGHT, MATRIX);
    if (out->own_luma_matrix) {
        memcpy(out->luma_matrix, at, MATRIX);
        at += MATRIX;
    }
    memcpy(out->chroma_matrix, out->luma_matrix, MATRIX);
    if (out->own_chroma_matrix)
        memcpy(out->chroma_matrix, at, MATRIX);
}

int prores_header_read(prores_header *out, const uint8_t *frame, size_t len, cz_error *err)
{
    *out = (prores_header){0};
    prores_header h;
    header_fault fault = parse_fixed(&h, frame, len);
    const size_t matrices = ((size_t)h.own_luma_matrix + h.own_chroma_matrix) * MATRIX;
    if (fault == FAULT_NONE && h.header_size < HEADER_MIN + matrices)
        fault = FAULT_HEADER_SIZE;
    if (fault == FAULT_NONE && len < PREFIX + HEADER_MIN + matrices)
        fault = FAULT_TRUNCATED;
    if (fault != FAULT_NONE)
        return fail_header(fault, &h, len, err);
    read_matrices(&h, frame + PRORES_FIXED_HEADER_SIZE);
    *out = h;
    return CZ_OK;
}

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
