#include "analyse/dc_picture.h"

#include <stdlib.h>

#include "base/error.h"

/* At least one, so that frames smaller than a block have statistics too. */
static uint32_t whole_blocks(uint32_t samples)
{
    return samples < 8 ? 1 : samples / 8;
}

static void set_shape(dc_picture *out, const prores_header *head, const prores_shape *shape)
{
    out->width = head->width;
    out->height = head->height;
    out->columns = shape->plane[0].width;
    out->rows = shape->plane[0].height;
    out->chroma_columns = shape->plane[1].width;
    out->whole_columns = whole_blocks(head->width);
    out->whole_chroma_columns = whole_blocks(head->width / (head->chroma == PRORES_422 ? 2u : 1u));
    out->whole_rows = whole_blocks(head->height);
    if (head->interlace != PRORES_PROGRESSIVE && out->rows > 1)
        out->whole_rows = 2 * whole_blocks(head->height / 2u);
    if (out->whole_rows > out->rows)
        out->whole_rows = out->rows;
}

static int reserve(dc_picture *out, const prores_shape *shape, cz_error *err)
{
    const size_t samples = shape->bytes / sizeof(uint16_t);
    if (samples > out->capacity) {
        free(out->luma);
        out->capacity = 0;
        out->luma = malloc(samples * sizeof *out->luma);
        if (!out->luma)
            return cz_fail_memory(err, "DC picture of %u x %u", shape->width, shape->height);
        out->capacity = samples;
    }
    out->cb = out->luma + (size_t)shape->plane[0].width * shape->height;
    out->cr = out->cb + (size_t)shape->plane[1].width * shape->height;
    return CZ_OK;
}

static prores_image image_of(const dc_picture *p)
{
    const ptrdiff_t chroma = (ptrdiff_t)(p->chroma_columns * sizeof(uint16_t));
    return (prores_image){
        {{p->luma, (ptrdiff_t)(p->columns * sizeof(uint16_t))}, {p->cb, chroma}, {p->cr, chroma}}};
}

int dc_picture_decode(dc_picture *out, prores_decoder *dec, const uint8_t *frame, size_t len,
                      cz_error *err)
{
    prores_header head = {0};
    prores_shape shape;
    const bool is_444 =
        prores_header_parse(&head, frame, len) == PRORES_HEADER_OK && head.chroma == PRORES_444;
    const prores_options opt = {.layout = is_444 ? PRORES_YUV444P10 : PRORES_YUV422P10, .scale = 8};
    int rc = prores_open(dec, frame, len, &opt, &shape, err);
    if (rc < 0 || (rc = reserve(out, &shape, err)) < 0)
        return rc;
    set_shape(out, prores_opened_header(dec), &shape);
    const prores_image image = image_of(out);
    return prores_decode_opened(dec, &image, NULL, NULL, err);
}

void dc_picture_rgb24(const dc_picture *picture, prores_decoder *dec, uint8_t *rgb)
{
    const prores_image image = image_of(picture);
    prores_planes_to_rgb24(dec, &image, rgb, (ptrdiff_t)picture->columns * 3);
}

void dc_picture_free(dc_picture *picture)
{
    free(picture->luma);
    *picture = (dc_picture){0};
}
