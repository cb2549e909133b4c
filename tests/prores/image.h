/* A picture to decode into, each plane behind guard pages, and the decoding of one for tests. */
#ifndef CZ_TESTS_PRORES_IMAGE_H
#define CZ_TESTS_PRORES_IMAGE_H

#include "prores/prores.h"
#include "tests/unit/support/guard.h"

typedef struct image {
    prores_shape shape;
    prores_image to;
    guard plane[4]; /* the last row's last byte is the last that can be accessed */
} image;

/* Planes of that shape, rows `gap` bytes apart, every byte 0xa5. */
image image_new(const prores_shape *shape, size_t gap);
void image_free(image *im);

static inline const uint8_t *image_row(const image *im, unsigned plane, uint32_t y)
{
    return (const uint8_t *)im->to.plane[plane].data + (ptrdiff_t)y * im->to.plane[plane].stride;
}

/* No byte between the rows was written. */
bool image_gaps_whole(const image *im);

/* All samples are the same. */
bool image_equal(const image *a, const image *b);

/* The n-th kind of code that this processor can run, plainest first: false when there is no such.
 * Without a call the decoder uses the best. */
bool decoder_use(prores_decoder *dec, unsigned n);

/* Where and how to decode. */
typedef struct decoding {
    prores_decoder *dec;
    const prores_executor *parallel; /* NULL: this thread alone */
    size_t gap;                      /* between the rows of the result */
} decoding;

/* Decode to a new image, which the caller frees. Whatever prores_shape_of or prores_decode says; on
 * any error but CZ_CORRUPT there is no image. */
int image_decode(image *out, const decoding *how, const uint8_t *data, size_t len,
                 const prores_options *opt, prores_report *report);

#endif
