/* Pictures of frames that the caller has in memory (cz_decode). */
#include <stdlib.h>

#include "base/error.h"
#include "reader/picture.h"

struct cz_decoder {
    prores_decoder *prores;
};

_Static_assert((int)CZ_MATRIX_FRAME == PRORES_MATRIX_AUTO && (int)CZ_BT601 == PRORES_BT601 &&
                   (int)CZ_BT709 == PRORES_BT709 && (int)CZ_BT2020 == PRORES_BT2020,
               "matrices");

int cz_decoder_new(cz_decoder **out, cz_error *err)
{
    *out = NULL;
    cz_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        return cz_fail_memory(err, "ProRes decoder");
    const int rc = prores_decoder_new(&decoder->prores, 1, err);
    if (rc < 0) {
        free(decoder);
        return rc;
    }
    *out = decoder;
    return CZ_OK;
}

void cz_decoder_free(cz_decoder **decoder)
{
    if (!decoder || !*decoder)
        return;
    prores_decoder_free(&(*decoder)->prores);
    free(*decoder);
    *decoder = NULL;
}

int cz_decode(cz_shape *out, cz_decoder *decoder, const void *frame, size_t len,
              const cz_view *view, cz_matrix matrix, void *pixels, size_t room, cz_error *err)
{
    prores_shape own = {0};
    int rc;
    if ((unsigned)matrix > CZ_BT2020)
        return cz_fail(err, CZ_USAGE, "matrix %d: there is no such", (int)matrix);
    const prores_options options = picture_options(view, (prores_matrix)matrix);
    if ((view && (rc = CZ_CHECK_RESERVED("cz_view", view, err)) < 0) ||
        (rc = prores_open(decoder->prores, frame, len, &options, &own, err)) < 0)
        return rc;
    const cz_shape shape = picture_shape(&own);
    if ((rc = picture_check(prores_opened_header(decoder->prores), len, shape.bytes, err)) < 0)
        return rc;
    if (pixels) {
        if (room < shape.bytes)
            return cz_fail(err, CZ_USAGE,
                           "a picture of %u x %u has %zu bytes, there is room for %zu", shape.width,
                           shape.height, shape.bytes, room);
        const prores_image image = picture_image(&shape, pixels);
        rc = prores_decode_opened(decoder->prores, &image, NULL, NULL, err);
    }
    if (rc == CZ_OK)
        *out = shape;
    return rc;
}
