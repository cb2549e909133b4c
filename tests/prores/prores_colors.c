/* usage: prores_colors ROUNDS
 *
 * Gray and RGB against libswscale (accurate_rnd+full_chroma_int+bitexact), for every matrix, 4:2:2
 * and 4:4:4, at 10 and 12 bit.
 *
 * Left out is where swscale itself is at fault, all in 4:2:2 but the last:
 * - odd widths: it stretches (w + 1) / 2 chroma samples over w pixels, so that colours drift;
 * - widths below 32, and the third pixel of a line: the filter lacks its smallest tap there;
 * - colours far outside of RGB: sums overflow, blue of 300 becomes 0. So pictures come from RGB. */
#include "tests/prores/compare.h"
#include "tests/prores/pictures.h"
#include "tests/prores/rng.h"

#include <libavutil/avutil.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct bound {
    const char *name;
    prores_layout layout;
    enum AVPixelFormat format;
    unsigned bytes;   /* of a component */
    unsigned most[2]; /* greatest difference allowed: 4:2:2, 4:4:4 */
} bound;

static const bound bounds[] = {
    {"gray", PRORES_GRAY, AV_PIX_FMT_GRAY8, 1, {1, 1}},
    {"gray16le", PRORES_GRAY16, AV_PIX_FMT_GRAY16LE, 2, {2, 2}},
    {"gray10le", PRORES_GRAY10, AV_PIX_FMT_GRAY10LE, 2, {1, 1}},
    {"rgb24", PRORES_RGB24, AV_PIX_FMT_RGB24, 1, {1, 1}},
    {"bgr24", PRORES_BGR24, AV_PIX_FMT_BGR24, 1, {1, 1}},
    {"rgba", PRORES_RGBA, AV_PIX_FMT_RGBA, 1, {1, 1}},
    {"rgb48le", PRORES_RGB48, AV_PIX_FMT_RGB48LE, 2, {96, 8}},
    {"bgr48le", PRORES_BGR48, AV_PIX_FMT_BGR48LE, 2, {96, 8}},
    {"rgba64le", PRORES_RGBA64, AV_PIX_FMT_RGBA64LE, 2, {96, 8}},
};
enum { BOUNDS = sizeof bounds / sizeof *bounds };

typedef struct tally {
    uint64_t samples, differ;
    unsigned most;
} tally;

static unsigned component(const uint8_t *row, unsigned bytes, size_t i)
{
    return bytes == 1 ? row[i] : ((const uint16_t *)(const void *)row)[i];
}

/* `half`: chroma has half the pixels. */
static void compare(tally *sum, const bound *b, const image *ours, const AVFrame *theirs, bool half)
{
    const struct prores_plane_shape *s = &ours->shape.plane[0];
    const size_t components = s->pixel_bytes / b->bytes;
    for (uint32_t y = 0; y < s->height; y++) {
        const uint8_t *p = image_row(ours, 0, y);
        const uint8_t *q = theirs->data[0] + (ptrdiff_t)y * theirs->linesize[0];
        for (size_t i = 0; i < s->row_bytes / b->bytes; i++) {
            if (half && i / components == 2)
                continue;
            const int d = (int)component(p, b->bytes, i) - (int)component(q, b->bytes, i);
            const unsigned size = (unsigned)abs(d);
            sum->samples++;
            sum->differ += size > 0;
            sum->most = size > sum->most ? size : sum->most;
        }
    }
}

static int colorspace(prores_matrix m)
{
    return m == PRORES_BT601 ? SWS_CS_ITU601 : m == PRORES_BT709 ? SWS_CS_ITU709 : SWS_CS_BT2020;
}

static void check_frame(tally sums[BOUNDS][2], prores_decoder *dec, const known_frame *f)
{
    const bool is_444 = f->head.chroma == PRORES_444;
    for (int m = PRORES_BT601; m <= PRORES_BT2020; m++)
        for (size_t i = 0; i < BOUNDS; i++) {
            image im;
            const prores_options opt = {.layout = bounds[i].layout, .matrix = (prores_matrix)m};
            AVFrame *theirs =
                peer_convert(f->native, bounds[i].format, colorspace((prores_matrix)m));
            if (image_decode(&im, &(decoding){dec, NULL, 0}, f->bytes.at, f->bytes.len, &opt,
                             NULL) < 0)
                fail("%s: %s: not decoded", f->name, bounds[i].name);
            compare(&sums[i][is_444], &bounds[i], &im, theirs, !is_444);
            image_free(&im);
            av_frame_free(&theirs);
        }
}

static void one_round(tally sums[BOUNDS][2], prores_decoder *dec, rng *r)
{
    static const struct {
        enum AVPixelFormat format;
        const char *options;
    } kinds[] = {{AV_PIX_FMT_YUV422P10LE, "profile=hq"},
                 {AV_PIX_FMT_YUV444P10LE, "profile=4444"},
                 {AV_PIX_FMT_YUVA444P10LE, "profile=4444:alpha_bits=16"}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const int width = 2 * rng_between(r, 16, 200), height = rng_between(r, 1, 100);
        AVFrame *rgb = random_picture(AV_PIX_FMT_GBRAP10LE, width, height, rng_next(r));
        AVFrame *picture = peer_convert(rgb, kinds[i].format, SWS_CS_ITU709);
        av_frame_free(&rgb);
        const peer_encoder how = {"prores_ks", kinds[i].options, kinds[i].format, 0,
                                  rng_between(r, 1, 8)};
        buf bytes = {0};
        if (!peer_encode(&bytes, &how, picture))
            fail("%d x %d: not encoded", width, height);
        known_frame f = known_frame_new(&bytes, "%s, %d x %d", how.options, width, height);
        check_frame(sums, dec, &f);
        known_frame_free(&f);
        buf_free(&bytes);
        av_frame_free(&picture);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2)
        fail("usage: prores_colors ROUNDS");
    prores_decoder *dec = NULL;
    if (prores_decoder_new(&dec, 1, NULL) < 0)
        fail("no decoder");
    tally sums[BOUNDS][2] = {0};
    rng r = {7};
    bool good = true;
    for (unsigned long n = strtoul(argv[1], NULL, 10); n > 0; n--)
        one_round(sums, dec, &r);
    for (size_t i = 0; i < BOUNDS; i++)
        for (int is_444 = 0; is_444 < 2; is_444++) {
            const tally *t = &sums[i][is_444];
            const unsigned most = bounds[i].most[is_444];
            good = good && t->samples > 0 && t->most <= most;
            if (printf("%-8s of 4:%d: %.3f %% differ, at most by %u (allowed: %u)\n",
                       bounds[i].name, is_444 ? 44 : 22,
                       100.0 * (double)t->differ / (double)t->samples, t->most, most) < 0)
                return EXIT_FAILURE;
        }
    prores_decoder_free(&dec);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
