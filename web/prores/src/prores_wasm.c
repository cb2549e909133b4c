/* The decoder as a WebAssembly module: what web/prores/src/module.ts calls.
 *
 * One decoder for each instance of the module; an instance has one thread. Memory is the module's
 * own: the caller gets addresses in it from prores_wasm_frame() and prores_wasm_pixels(). */
#include <stdint.h>
#include <stdlib.h>

#include "prores/prores.h"

#define EXPORT(name) __attribute__((export_name(name)))

/* A block that grows and stays. */
typedef struct block {
    uint8_t *at;
    size_t room;
} block;

static prores_decoder *decoder;
static block frame, pixels;
static prores_shape shape;
static prores_header head;
static prores_report report;
static cz_error error;

static uint8_t *reserve(block *b, size_t n)
{
    if (n > b->room) {
        free(b->at);
        b->at = malloc(n);
        b->room = b->at ? n : 0;
    }
    return b->at;
}

/* Room for a frame of n bytes; 0: out of memory. Valid until the next call with a larger n. */
EXPORT("frame") uint8_t *prores_wasm_frame(size_t n)
{
    return reserve(&frame, n + 1); /* of an empty one, too */
}

/* Decode the n bytes at frame(). The result is at pixels(), its shape and the damage are told by
 * the functions below. `conversion`: 0, the newest. Returns a CZ_ code. */
EXPORT("decode")
int prores_wasm_decode(size_t n, unsigned layout, unsigned fields, unsigned scale, unsigned x,
                       unsigned y, unsigned width, unsigned height, unsigned matrix, int conceal)
{
    const prores_options opt = {.layout = (prores_layout)layout,
                                .fields = (prores_fields)fields,
                                .scale = scale,
                                .region = {x, y, width, height},
                                .matrix = (prores_matrix)matrix,
                                .conceal = conceal != 0};
    prores_image image = {0};
    report = (prores_report){0};
    int rc = decoder ? CZ_OK : prores_decoder_new(&decoder, 1, &error);
    if (rc == CZ_OK)
        rc = prores_open(decoder, frame.at, n, &opt, &shape, &error);
    if (rc < 0)
        return rc;
    head = *prores_opened_header(decoder);
    uint8_t *to = reserve(&pixels, shape.bytes);
    if (!to)
        return cz_fail_memory(&error, "picture of %u x %u", shape.width, shape.height);
    for (unsigned i = 0; i < shape.planes; i++) {
        image.plane[i].data = to;
        image.plane[i].stride = (ptrdiff_t)shape.plane[i].row_bytes;
        to += shape.plane[i].row_bytes * shape.plane[i].height;
    }
    return prores_decode_opened(decoder, &image, NULL, &report, &error);
}

EXPORT("pixels") const uint8_t *prores_wasm_pixels(void)
{
    return pixels.at;
}
EXPORT("bytes") size_t prores_wasm_bytes(void)
{
    return shape.bytes;
}
EXPORT("width") unsigned prores_wasm_width(void)
{
    return shape.width;
}
EXPORT("height") unsigned prores_wasm_height(void)
{
    return shape.height;
}
EXPORT("depth") unsigned prores_wasm_depth(void)
{
    return shape.depth;
}
EXPORT("planes") unsigned prores_wasm_planes(void)
{
    return shape.planes;
}
EXPORT("plane_width") unsigned prores_wasm_plane_width(unsigned i)
{
    return i < shape.planes ? shape.plane[i].width : 0;
}
EXPORT("plane_height") unsigned prores_wasm_plane_height(unsigned i)
{
    return i < shape.planes ? shape.plane[i].height : 0;
}
EXPORT("damaged") size_t prores_wasm_damaged(void)
{
    return report.damaged;
}
EXPORT("message") const char *prores_wasm_message(void)
{
    return error.message;
}
