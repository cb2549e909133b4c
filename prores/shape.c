/* The shape of the result: dimensions, planes, matrix. */
#include "prores/prores.h"
#include "prores/internal.h"
#include "base/error.h"

static uint32_t ceil_div(uint32_t a, uint32_t b)
{
    return (a + b - 1) / b;
}

static prores_matrix resolve_matrix(const prores_header *head, const prores_options *opt)
{
    if (opt->matrix != PRORES_MATRIX_AUTO)
        return opt->matrix;
    switch (head->matrix) { /* ISO/IEC 23091-2, table 4 */
    case 1:
        return PRORES_BT709;
    case 5:
    case 6:
        return PRORES_BT601;
    case 9:
    case 10:
        return PRORES_BT2020;
    default:
        return head->height >= 720 ? PRORES_BT709 : PRORES_BT601;
    }
}

static bool has_alpha_plane(prores_layout layout)
{
    return layout == PRORES_YUVA444P10 || layout == PRORES_YUVA444P12;
}

static bool is_444(prores_layout layout)
{
    return layout == PRORES_YUV444P10 || layout == PRORES_YUV444P12 || has_alpha_plane(layout);
}

static int check_options(const prores_header *head, const prores_options *opt, cz_error *err)
{
    const unsigned s = opt->scale ? opt->scale : 1;
    if (s != 1 && s != 2 && s != 4 && s != 8)
        return cz_fail(err, CZ_USAGE, "ProRes: scale 1/%u: it can be 1, 1/2, 1/4 or 1/8", s);
    if ((unsigned)opt->layout >= PRORES_LAYOUTS)
        return cz_fail(err, CZ_USAGE, "ProRes: layout %d", (int)opt->layout);
    if ((unsigned)opt->fields > PRORES_BOB_BOTTOM)
        return cz_fail(err, CZ_USAGE, "ProRes: fields %d", (int)opt->fields);
    if ((unsigned)opt->matrix > PRORES_BT2020 || (unsigned)opt->range > PRORES_FULL)
        return cz_fail(err, CZ_USAGE, "ProRes: matrix %d, range %d", (int)opt->matrix,
                       (int)opt->range);
    if (opt->conversion > PRORES_CONVERSION)
        return cz_fail(err, CZ_NEWER, "ProRes: version %u of the conversion (we know %d)",
                       opt->conversion, PRORES_CONVERSION);
    if (opt->fields != PRORES_WEAVE && head->interlace == PRORES_PROGRESSIVE && s != 1)
        return cz_fail(err, CZ_UNSUPPORTED, "ProRes: fields of a progressive frame, scaled down");
    if (opt->layout == PRORES_YUV422P10 && head->chroma != PRORES_422)
        return cz_fail(err, CZ_UNSUPPORTED, "ProRes: yuv422p10 of a 4:4:4 frame");
    if (is_444(opt->layout) && head->chroma != PRORES_444)
        return cz_fail(err, CZ_UNSUPPORTED, "ProRes: yuv444p of a 4:2:2 frame");
    return CZ_OK;
}

static int resolve_region(prores_region *out, const prores_region *in, uint32_t width,
                          uint32_t height, cz_error *err)
{
    *out = *in;
    if (in->x == 0 && in->y == 0 && in->width == 0 && in->height == 0) {
        *out = (prores_region){0, 0, width, height};
        return CZ_OK;
    }
    if (in->width == 0 || in->height == 0 || in->x >= width || in->y >= height ||
        in->width > width - in->x || in->height > height - in->y)
        return cz_fail(err, CZ_USAGE, "ProRes: region %u+%u, %u+%u isn't within %u x %u", in->x,
                       in->width, in->y, in->height, width, height);
    return CZ_OK;
}

static void add_plane(prores_shape *out, uint32_t width, uint32_t pixel_bytes)
{
    const size_t row = (size_t)width * pixel_bytes;
    out->plane[out->planes++] = (struct prores_plane_shape){width, out->height, pixel_bytes, row};
    out->bytes += row * out->height;
}

unsigned prores_packed_bytes(prores_layout layout)
{
    static const uint8_t packed[PRORES_LAYOUTS] = {
        [PRORES_GRAY] = 1,   [PRORES_GRAY16] = 2, [PRORES_RGB24] = 3,
        [PRORES_BGR24] = 3,  [PRORES_RGB48] = 6,  [PRORES_RGBA] = 4,
        [PRORES_GRAY10] = 2, [PRORES_BGR48] = 6,  [PRORES_RGBA64] = 8,
    };
    return packed[layout];
}

/* Bits per sample of a packed layout. */
static unsigned packed_depth(prores_layout layout)
{
    switch (layout) {
    case PRORES_GRAY10:
        return 10;
    case PRORES_GRAY16:
    case PRORES_RGB48:
    case PRORES_BGR48:
    case PRORES_RGBA64:
        return 16;
    default:
        return 8;
    }
}

static void add_planes(prores_shape *out, const prores_header *head, prores_layout layout,
                       uint32_t x)
{
    if (prores_packed_bytes(layout)) {
        add_plane(out, out->width, prores_packed_bytes(layout));
        out->depth = packed_depth(layout);
        return;
    }
    const unsigned half = head->chroma == PRORES_422;
    const uint32_t chroma_width = half ? (x + out->width + 1) / 2 - x / 2 : out->width;
    add_plane(out, out->width, 2);
    add_plane(out, chroma_width, 2);
    add_plane(out, chroma_width, 2);
    if (has_alpha_plane(layout) || (layout == PRORES_NATIVE && head->alpha))
        add_plane(out, out->width, 2);
    const bool ten_bits = layout == PRORES_YUV444P10 || layout == PRORES_YUVA444P10;
    out->depth = ten_bits ? 10u : (unsigned)prores_depth(head);
}

int prores_resolve_shape(prores_shape *out, prores_region *ret_region, const prores_header *head,
                         const prores_options *opt, cz_error *err)
{
    *out = (prores_shape){0};
    int rc = check_options(head, opt, err);
    if (rc < 0)
        return rc;
    const unsigned s = opt->scale ? opt->scale : 1;
    const bool one_field = opt->fields == PRORES_TOP || opt->fields == PRORES_BOTTOM;
    const uint32_t lines = !one_field                  ? head->height
                           : opt->fields == PRORES_TOP ? ceil_div(head->height, 2)
                                                       : head->height / 2u;
    if (lines == 0)
        return cz_fail(err, CZ_USAGE, "ProRes: a frame of one line has no bottom field");
    rc =
        resolve_region(ret_region, &opt->region, ceil_div(head->width, s), ceil_div(lines, s), err);
    if (rc < 0)
        return rc;
    out->width = ret_region->width;
    out->height = ret_region->height;
    out->matrix = resolve_matrix(head, opt);
    add_planes(out, head, opt->layout, ret_region->x);
    return CZ_OK;
}

int prores_shape_of(prores_shape *out, const prores_header *head, const prores_options *opt,
                    cz_error *err)
{
    prores_region region;
    return prores_resolve_shape(out, &region, head, opt, err);
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
