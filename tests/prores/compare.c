#include "tests/prores/compare.h"
#include "tests/prores/rng.h"

#include <libavutil/pixdesc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fail(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vfprintf(stderr, fmt, ap);
    va_end(ap);
    (void)fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

known_frame known_frame_new(const buf *bytes, const char *name, ...)
{
    known_frame f = {.bytes = guard_copy(bytes->at, bytes->len)};
    va_list ap;
    va_start(ap, name);
    if (vsnprintf(f.name, sizeof f.name, name, ap) < 0)
        f.name[0] = '\0';
    va_end(ap);
    cz_error err;
    if (prores_header_read(&f.head, f.bytes.at, f.bytes.len, &err) < 0 ||
        prores_check(f.bytes.at, f.bytes.len, NULL, &err) < 0)
        fail("%s: %s", f.name, err.message);
    const bool is_444 = f.head.chroma == PRORES_444;
    f.native = peer_decode(f.bytes.at, f.bytes.len, f.head.width, f.head.height, is_444);
    if (is_444)
        f.ten = peer_decode(f.bytes.at, f.bytes.len, f.head.width, f.head.height, false);
    if (!f.native || (is_444 && !f.ten))
        fail("%s: FFmpeg refuses it", f.name);
    return f;
}

void known_frame_free(known_frame *f)
{
    guard_free(&f->bytes);
    av_frame_free(&f->native);
    av_frame_free(&f->ten);
}

/* Planes of ours against the first ones of FFmpeg's. */
static uint64_t compare_planes(const known_frame *f, const prores_decoder *dec, const image *ours,
                               prores_layout layout, const AVFrame *theirs)
{
    uint64_t samples = 0;
    for (unsigned p = 0; p < ours->shape.planes; p++) {
        const struct prores_plane_shape *s = &ours->shape.plane[p];
        samples += (uint64_t)s->width * s->height;
        for (uint32_t y = 0; y < s->height; y++) {
            const uint16_t *a = (const uint16_t *)(const void *)image_row(ours, p, y);
            const uint16_t *b =
                (const uint16_t *)(const void *)(theirs->data[p] +
                                                 (ptrdiff_t)y * theirs->linesize[p]);
            uint32_t x = 0;
            while (x < s->width && a[x] == b[x])
                x++;
            if (x < s->width)
                fail("%s: layout %d, %s: plane %u, x %u, y %u: %u, but FFmpeg has %u", f->name,
                     (int)layout, prores_decoder_cpu(dec), p, x, y, a[x], b[x]);
        }
    }
    return samples;
}

static uint64_t compare_layout(const known_frame *f, const decoding *how, prores_layout layout,
                               const AVFrame *theirs)
{
    image im;
    const prores_options opt = {.layout = layout};
    const int rc = image_decode(&im, how, f->bytes.at, f->bytes.len, &opt, NULL);
    if (rc < 0)
        fail("%s: layout %d: error %d", f->name, (int)layout, rc);
    if (!image_gaps_whole(&im))
        fail("%s: layout %d: bytes between the rows were written", f->name, (int)layout);
    if (layout == PRORES_NATIVE && (int)im.shape.planes != av_pix_fmt_count_planes(theirs->format))
        fail("%s: %u planes, but FFmpeg has %s", f->name, im.shape.planes,
             av_get_pix_fmt_name(theirs->format));
    const uint64_t samples = compare_planes(f, how->dec, &im, layout, theirs);
    image_free(&im);
    return samples;
}

uint64_t compare_native(const known_frame *f, const decoding *how)
{
    uint64_t samples = compare_layout(f, how, PRORES_NATIVE, f->native);
    if (f->ten) {
        samples += compare_layout(f, how, PRORES_YUV444P12, f->native);
        samples += compare_layout(f, how, PRORES_YUV444P10, f->ten);
        if (f->head.alpha) {
            samples += compare_layout(f, how, PRORES_YUVA444P12, f->native);
            samples += compare_layout(f, how, PRORES_YUVA444P10, f->ten);
        }
    } else {
        samples += compare_layout(f, how, PRORES_YUV422P10, f->native);
    }
    return samples;
}

uint64_t compare_all(known_frame *frames, size_t n, prores_decoder *dec,
                     const prores_executor *pool, uint64_t seed)
{
    rng r = {seed};
    uint64_t samples = 0;
    for (unsigned cpu = 0; decoder_use(dec, cpu); cpu++) {
        for (size_t i = 0; i < n; i++)
            samples += compare_native(&frames[i], &(decoding){dec, NULL, 0});
        for (size_t i = n; i > 1; i--) {
            const size_t other = rng_below(&r, (uint32_t)i);
            const known_frame f = frames[i - 1];
            frames[i - 1] = frames[other];
            frames[other] = f;
        }
        for (size_t i = 0; i < n; i++)
            samples +=
                compare_native(&frames[i], &(decoding){dec, pool, (size_t)2 * rng_below(&r, 40)});
    }
    return samples;
}
