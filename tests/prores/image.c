#include "tests/prores/image.h"
#include "prores/decoder.h"

#include <string.h>

image image_new(const prores_shape *shape, size_t gap)
{
    image im = {.shape = *shape};
    for (unsigned p = 0; p < shape->planes; p++) {
        const struct prores_plane_shape *s = &shape->plane[p];
        const size_t stride = s->row_bytes + gap;
        im.plane[p] = guard_new(stride * (s->height - 1) + s->row_bytes);
        im.to.plane[p].data = im.plane[p].at;
        im.to.plane[p].stride = (ptrdiff_t)stride;
    }
    return im;
}

void image_free(image *im)
{
    for (unsigned p = 0; p < 4; p++)
        guard_free(&im->plane[p]);
    *im = (image){0};
}

bool image_gaps_whole(const image *im)
{
    for (unsigned p = 0; p < im->shape.planes; p++) {
        const struct prores_plane_shape *s = &im->shape.plane[p];
        for (uint32_t y = 0; y + 1 < s->height; y++)
            for (const uint8_t *at = image_row(im, p, y) + s->row_bytes;
                 at < image_row(im, p, y + 1); at++)
                if (*at != 0xa5)
                    return false;
    }
    return true;
}

bool image_equal(const image *a, const image *b)
{
    if (a->shape.planes != b->shape.planes || a->shape.bytes != b->shape.bytes ||
        a->shape.width != b->shape.width)
        return false;
    for (unsigned p = 0; p < a->shape.planes; p++)
        for (uint32_t y = 0; y < a->shape.plane[p].height; y++)
            if (memcmp(image_row(a, p, y), image_row(b, p, y), a->shape.plane[p].row_bytes) != 0)
                return false;
    return true;
}

bool decoder_use(prores_decoder *dec, unsigned n)
{
    const cpu_ops *cpu = prores_cpu_ops(n);
    if (cpu)
        dec->cpu = cpu;
    return cpu != NULL;
}

int image_decode(image *out, const decoding *how, const uint8_t *data, size_t len,
                 const prores_options *opt, prores_report *report)
{
    prores_header head;
    prores_shape shape;
    *out = (image){0};
    int rc = prores_header_read(&head, data, len, NULL);
    if (rc < 0 || (rc = prores_shape_of(&shape, &head, opt, NULL)) < 0)
        return rc;
    image im = image_new(&shape, how->gap);
    rc = prores_decode(how->dec, data, len, opt, &im.to, how->parallel, report, NULL);
    if (rc == CZ_OK || rc == CZ_CORRUPT)
        *out = im;
    else
        image_free(&im);
    return rc;
}
