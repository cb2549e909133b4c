/* Decode some random frames and print a sum over their samples: what test_wasm builds, here and for
 * WebAssembly, to see that both come to the same. */
#include "prores/prores.h"
#include "tests/prores/random_frame.h"

#include <stdio.h>
#include <stdlib.h>

enum { FRAMES = 80 };

static uint64_t add(uint64_t sum, const uint8_t *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ at[i]) * 1099511628211u; /* FNV-1a */
    return sum;
}

static bool add_frame(uint64_t *sum, prores_decoder *dec, uint64_t seed, prores_layout layout)
{
    buf frame = {0};
    prores_header head;
    prores_shape shape;
    const prores_options opt = {.layout = layout};
    if (random_frame(&frame, NULL, seed, RANDOM_LEGAL) < 0 ||
        prores_header_read(&head, frame.at, frame.len, NULL) < 0 ||
        prores_shape_of(&shape, &head, &opt, NULL) < 0)
        return false;
    uint8_t *samples = calloc(shape.bytes, 1), *at = samples;
    prores_image image = {0};
    for (unsigned p = 0; p < shape.planes; p++) {
        image.plane[p].data = at;
        image.plane[p].stride = (ptrdiff_t)shape.plane[p].row_bytes;
        at += shape.plane[p].row_bytes * shape.plane[p].height;
    }
    const bool good =
        samples && prores_decode(dec, frame.at, frame.len, &opt, &image, NULL, NULL, NULL) == CZ_OK;
    *sum = good ? add(*sum, samples, shape.bytes) : 0;
    free(samples);
    buf_free(&frame);
    return good;
}

int main(void)
{
    prores_decoder *dec = NULL;
    uint64_t sum = 14695981039346656037u;
    static const prores_layout layouts[] = {PRORES_NATIVE, PRORES_RGB24, PRORES_RGBA,
                                            PRORES_GRAY16};
    if (prores_decoder_new(&dec, 1, NULL) < 0)
        return EXIT_FAILURE;
    for (uint64_t seed = 0; seed < FRAMES; seed++)
        if (!add_frame(&sum, dec, seed, layouts[seed / 2 % 4]))
            return EXIT_FAILURE;
    prores_decoder_free(&dec);
    return printf("%016llx\n", (unsigned long long)sum) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
