/* The frame header, and what options make of a frame. */
#include "prores/prores.h"
#include "prores/internal.h"
#include "base/bytes.h"
#include "base/error.h"

#include <string.h>

enum { SIZE_AND_TAG = 8, HEADER_LEAST = 20, PICTURE_HEADER_LEAST = 8 };

/* RDD 36, 5.1.1: matrices follow the fixed part, luma first. */
static void read_matrices(prores_header *out, const uint8_t *head)
{
    const uint8_t flags = head[19];
    size_t at = HEADER_LEAST;
    out->own_luma_matrix = (flags & 2) != 0;
    out->own_chroma_matrix = (flags & 1) != 0;
    memset(out->luma_matrix, 4, 64);
    if (out->own_luma_matrix) {
        memcpy(out->luma_matrix, head + at, 64);
        at += 64;
    }
    memcpy(out->chroma_matrix, out->luma_matrix, 64);
    if (out->own_chroma_matrix)
        memcpy(out->chroma_matrix, head + at, 64);
}

static size_t header_need(const uint8_t *head)
{
    return HEADER_LEAST + ((head[19] & 2) ? 64u : 0u) + ((head[19] & 1) ? 64u : 0u);
}

static void read_fields(prores_header *out, const uint8_t *head)
{
    memcpy(out->encoder, head + 4, 4);
    out->width = rd16be(head + 8);
    out->height = rd16be(head + 10);
    out->chroma = head[12] >> 6;
    out->interlace = (head[12] >> 2) & 3;
    out->aspect = head[13] >> 4;
    out->rate = head[13] & 15;
    out->primaries = head[14];
    out->transfer = head[15];
    out->matrix = head[16];
    out->alpha = head[17] & 15;
    read_matrices(out, head);
}

int prores_header_read(prores_header *out, const uint8_t *frame, size_t len, cz_error *err)
{
    *out = (prores_header){0};
    if (len < SIZE_AND_TAG + HEADER_LEAST)
        return cz_fail(err, CZ_FORMAT, "ProRes frame: %zu bytes are too few for a header", len);
    if (memcmp(frame + 4, "icpf", 4) != 0)
        return cz_fail(err, CZ_FORMAT, "ProRes frame: it doesn't begin with icpf");
    const uint8_t *head = frame + SIZE_AND_TAG;
    prores_header h = {
        .frame_size = rd32be(frame), .header_size = rd16be(head), .version = rd16be(head + 2)};
    if (h.version > 1)
        return cz_fail(err, CZ_UNSUPPORTED, "ProRes frame: version %u", h.version);
    if (h.header_size < header_need(head) || len < SIZE_AND_TAG + header_need(head))
        return cz_fail(err, CZ_FORMAT, "ProRes frame: a header of %u bytes", h.header_size);
    if (h.frame_size < SIZE_AND_TAG + h.header_size + (uint32_t)PICTURE_HEADER_LEAST)
        return cz_fail(err, CZ_FORMAT, "ProRes frame: a size of %u bytes", h.frame_size);
    read_fields(&h, head);
    if (h.width == 0 || h.height == 0)
        return cz_fail(err, CZ_FORMAT, "ProRes frame: %u x %u pixels", h.width, h.height);
    if (h.chroma != PRORES_422 && h.chroma != PRORES_444)
        return cz_fail(err, CZ_FORMAT, "ProRes frame: chroma format %u", h.chroma);
    if (h.interlace > PRORES_BOTTOM_FIRST)
        return cz_fail(err, CZ_FORMAT, "ProRes frame: interlace mode %u", h.interlace);
    if (h.alpha > 2)
        return cz_fail(err, CZ_FORMAT, "ProRes frame: alpha format %u", h.alpha);
    *out = h;
    return CZ_OK;
}

/* RDD 36, table 4 */
bool prores_rate(const prores_header *head, uint32_t *ret_num, uint32_t *ret_den)
{
    static const struct {
        uint32_t num, den;
    } rates[] = {{0, 1},  {24000, 1001}, {24, 1}, {25, 1},  {30000, 1001},  {30, 1},
                 {50, 1}, {60000, 1001}, {60, 1}, {100, 1}, {120000, 1001}, {120, 1}};
    const size_t known = sizeof rates / sizeof *rates;
    const size_t code = head->rate < known ? head->rate : 0;
    *ret_num = rates[code].num;
    *ret_den = rates[code].den;
    return code != 0;
}

int prores_depth(const prores_header *head)
{
    return head->chroma == PRORES_444 ? 12 : 10;
}

prores_fields prores_first_field(const prores_header *head)
{
    if (head->interlace == PRORES_PROGRESSIVE)
        return PRORES_WEAVE;
    return head->interlace == PRORES_TOP_FIRST ? PRORES_TOP : PRORES_BOTTOM;
}
