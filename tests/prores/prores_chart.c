/* usage: prores_chart
 *
 * Scaled decoding against the picture at full scale, box-filtered.
 *
 * A chart is white rectangles on black in all four corners and along the edges, off the grid of
 * blocks, drawn in a picture that FFmpeg encodes. An edge has moved if the area of a rectangle, or
 * the middle of its weight, isn't where the box filter has it: both are held within
 * SHIFT_MAX pixels of the result, progressive and interlaced.
 *
 * Samples: 1/8 is the mean of a block and so within 1 of the box filter wherever no sample of that
 * block was clipped; 1/4 and 1/2 keep the lowest frequencies, which differ from a box at sharp
 * edges: there the whole is held by its signal to noise ratio on a smooth picture. */
#include "tests/prores/compare.h"
#include "tests/prores/pictures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 322, HEIGHT = 198, BLACK = 100, WHITE = 900, CLIP_LOW = 8, CLIP_HIGH = 1015 };
static const double shift_max = 0.1, psnr_least = 45;

typedef struct rect {
    int x, y, width, height;
} rect;

/* Sides of 24 pixels or more, none on a multiple of 8 but at the edges of the picture. */
static const rect rects[] = {
    {0, 0, 37, 29},     {285, 0, 37, 29}, {0, 169, 37, 29},  {285, 169, 37, 29}, {141, 0, 43, 27},
    {139, 171, 45, 27}, {0, 85, 35, 41},  {287, 83, 35, 41}, {147, 91, 29, 37},
};
enum { RECTS = sizeof rects / sizeof *rects };

typedef struct scaled {
    const uint16_t *at; /* luma */
    ptrdiff_t stride;   /* in samples */
    int width, height, scale;
} scaled;

static scaled luma_of(const image *im, unsigned scale)
{
    return (scaled){(const uint16_t *)(const void *)image_row(im, 0, 0), im->to.plane[0].stride / 2,
                    (int)im->shape.width, (int)im->shape.height, (int)scale};
}

static double at(const scaled *s, int x, int y)
{
    return s->at[y * s->stride + x];
}

/* Mean of the samples of the full picture that one of a smaller one covers. */
static double box(const scaled *full, int scale, int x, int y)
{
    double sum = 0;
    int n = 0;
    for (int j = y * scale; j < (y + 1) * scale && j < full->height; j++)
        for (int i = x * scale; i < (x + 1) * scale && i < full->width; i++, n++)
            sum += at(full, i, j);
    return sum / n;
}

/* ---- Pictures ---- */

static void paint(AVFrame *f, int plane, rect r, int value)
{
    for (int y = r.y; y < r.y + r.height; y++)
        for (int x = r.x; x < r.x + r.width; x++)
            ((uint16_t *)(void *)(f->data[plane] + (ptrdiff_t)y * f->linesize[plane]))[x] =
                (uint16_t)value;
}

static AVFrame *blank(int value)
{
    AVFrame *f = peer_picture(AV_PIX_FMT_YUV422P10LE, WIDTH, HEIGHT);
    paint(f, 0, (rect){0, 0, WIDTH, HEIGHT}, value);
    for (int plane = 1; plane < 3; plane++)
        paint(f, plane, (rect){0, 0, WIDTH / 2, HEIGHT}, 512);
    return f;
}

static AVFrame *chart(void)
{
    AVFrame *f = blank(BLACK);
    for (size_t i = 0; i < RECTS; i++)
        paint(f, 0, rects[i], WHITE);
    return f;
}

static AVFrame *smooth(void)
{
    AVFrame *f = blank(512);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            paint(f, 0, (rect){x, y, 1, 1},
                  (int)lround(512 + 200 * sin(x / 15.0) * cos(y / 13.0) + 150 * sin(y / 40.0)));
    return f;
}

/* ---- What is held ---- */

/* Weight of what is brighter than black around a rectangle, and its middle, in pixels of the full
 * picture. */
typedef struct weight {
    double area, x, y;
} weight;

static weight weigh(const scaled *s, const rect *r, int inner)
{
    enum { AROUND = 16 };
    weight w = {0};
    const int k = s->scale * inner;
    for (int y = (r->y - AROUND) / k; y <= (r->y + r->height + AROUND) / k; y++)
        for (int x = (r->x - AROUND) / k; x <= (r->x + r->width + AROUND) / k; x++) {
            if (x < 0 || y < 0 || x * k >= WIDTH || y * k >= HEIGHT)
                continue;
            const double right = fmin((x + 1.0) * k, WIDTH), low = fmin((y + 1.0) * k, HEIGHT);
            const double value = inner > 1 ? box(s, inner, x, y) : at(s, x, y);
            const double mass = (value - BLACK) * (right - x * k) * (low - y * k);
            w.area += mass;
            w.x += mass * (x * k + right) / 2;
            w.y += mass * (y * k + low) / 2;
        }
    return (weight){w.area / (WHITE - BLACK), w.x / w.area, w.y / w.area};
}

static void check_shifts(const char *name, const scaled *full, const scaled *small)
{
    for (size_t i = 0; i < RECTS; i++) {
        const rect *r = &rects[i];
        const weight want = weigh(full, r, small->scale), have = weigh(small, r, 1);
        const double dx = fabs(want.x - have.x) / small->scale;
        const double dy = fabs(want.y - have.y) / small->scale;
        const double grown = fabs(want.area - have.area) / (r->width + r->height) / small->scale;
        if (dx > shift_max || dy > shift_max || grown > shift_max)
            fail("%s, 1/%d: rectangle at %d,%d: moved by %.3f, %.3f, edges by %.3f", name,
                 small->scale, r->x, r->y, dx, dy, grown);
    }
}

/* At 1/8 of a progressive frame, blocks that no clipping touched and the picture's edge doesn't
 * cut. */
static void check_means(const char *name, const scaled *full, const scaled *small)
{
    for (int y = 0; y < HEIGHT / 8; y++)
        for (int x = 0; x < WIDTH / 8; x++) {
            bool clipped = false;
            for (int i = 0; i < 64; i++) {
                const double v = at(full, 8 * x + i % 8, 8 * y + i / 8);
                clipped = clipped || v < CLIP_LOW || v > CLIP_HIGH;
            }
            const double d = fabs(at(small, x, y) - box(full, 8, x, y));
            if (!clipped && d > 1)
                fail("%s: 1/8 at %d,%d is off by %.2f", name, x, y, d);
        }
}

static double psnr(const scaled *full, const scaled *small)
{
    double sum = 0;
    int n = 0;
    for (int y = 0; y < HEIGHT / small->scale; y++)
        for (int x = 0; x < WIDTH / small->scale; x++, n++) {
            const double d = at(small, x, y) - box(full, small->scale, x, y);
            sum += d * d;
        }
    return 10 * log10(1023.0 * 1023.0 * n / fmax(sum, 1e-9));
}

/* FFmpeg's encoder writes the top field first. With the lines of each pair exchanged, and the
 * header told that the first field is the bottom one, the same picture comes out. */
static void exchange_lines(AVFrame *f)
{
    for (int y = 0; y < HEIGHT; y += 2)
        for (int x = 0; x < WIDTH; x++) {
            uint16_t *a = (uint16_t *)(void *)(f->data[0] + (ptrdiff_t)y * f->linesize[0]) + x;
            uint16_t *b = a + f->linesize[0] / 2;
            const uint16_t above = *a;
            *a = *b;
            *b = above;
        }
}

static void say_bottom_first(buf *frame)
{
    enum { INTERLACE = 8 + 12 };
    frame->at[INTERLACE] = (uint8_t)((frame->at[INTERLACE] & ~0x0C) | PRORES_BOTTOM_FIRST << 2);
}

static image decode(prores_decoder *dec, const buf *frame, unsigned scale, prores_fields fields)
{
    image im;
    const prores_options opt = {.scale = scale, .fields = fields};
    if (image_decode(&im, &(decoding){dec, NULL, 0}, frame->at, frame->len, &opt, NULL) < 0)
        fail("scale 1/%u: not decoded", scale);
    return im;
}

static void check_picture(prores_decoder *dec, AVFrame *picture, bool is_chart, int interlace)
{
    static const char *const names[] = {"progressive", "top field first", "bottom field first"};
    const char *name = names[interlace];
    const peer_encoder how = {"prores_ks", "profile=hq", AV_PIX_FMT_YUV422P10LE, interlace, 1};
    buf frame = {0};
    if (interlace == PRORES_BOTTOM_FIRST)
        exchange_lines(picture);
    if (!peer_encode(&frame, &how, picture))
        fail("%s: not encoded", name);
    if (interlace == PRORES_BOTTOM_FIRST)
        say_bottom_first(&frame);
    image whole = decode(dec, &frame, 1, PRORES_WEAVE);
    const scaled full = luma_of(&whole, 1);
    for (unsigned scale = 2; scale <= 8; scale *= 2) {
        image im = decode(dec, &frame, scale, PRORES_WEAVE);
        const scaled small = luma_of(&im, scale);
        const double quality = psnr(&full, &small);
        (void)printf("%s %s, 1/%u: %.1f dB\n", name, is_chart ? "chart" : "smooth", scale, quality);
        if (is_chart)
            check_shifts(name, &full, &small);
        if (!interlace && scale == 8)
            check_means(name, &full, &small);
        if (!is_chart && quality < psnr_least)
            fail("%s, 1/%u: %.1f dB", name, scale, quality);
        image_free(&im);
    }
    image_free(&whole);
    buf_free(&frame);
    av_frame_free(&picture);
}

int main(void)
{
    prores_decoder *dec = NULL;
    if (prores_decoder_new(&dec, 1, NULL) < 0)
        fail("no decoder");
    for (int interlace = 0; interlace < 3; interlace++) {
        check_picture(dec, chart(), true, interlace);
        check_picture(dec, smooth(), false, interlace);
    }
    prores_decoder_free(&dec);
    return EXIT_SUCCESS;
}
