/* usage: prores_options COUNT [FIRST]
 *
 * Our decoder against itself, on frames from the writer: what prores.h says of regions, fields,
 * layouts and threads, each derived from the plain decoding that prores_random holds against
 * FFmpeg. And two things that FFmpeg 5.1 gets wrong (random_frame.h). */
#include "tests/prores/compare.h"
#include "tests/prores/random_frame.h"
#include "tests/prores/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 3 };

typedef struct tester {
    prores_decoder *dec;
    prores_executor pool;
    rng r;
    uint64_t seed;
    buf frame;
    prores_header head;
    uint64_t checks;
} tester;

static void hold(tester *t, bool good, const char *what, const prores_options *o)
{
    t->checks++;
    if (!good)
        fail("seed %llu (%u x %u, 4:%u, interlace %u, alpha %u): layout %d, fields %d, scale 1/%u, "
             "region %u,%u %u x %u: %s",
             (unsigned long long)t->seed, t->head.width, t->head.height,
             t->head.chroma == PRORES_444 ? 44u : 22u, t->head.interlace, t->head.alpha,
             (int)o->layout, (int)o->fields, o->scale, o->region.x, o->region.y, o->region.width,
             o->region.height, what);
}

static image decoded(tester *t, const prores_options *opt, const prores_executor *parallel)
{
    image im;
    const decoding how = {t->dec, parallel, (size_t)2 * rng_below(&t->r, 20)};
    const int rc = image_decode(&im, &how, t->frame.at, t->frame.len, opt, NULL);
    hold(t, rc == CZ_OK, "not decoded", opt);
    hold(t, image_gaps_whole(&im), "bytes between the rows were written", opt);
    return im;
}

/* `part` is the rectangle of `whole` that begins at x, y; but for `margin` lines above and below.
 */
static bool is_part(const image *part, const image *whole, bool half, uint32_t x, uint32_t y,
                    uint32_t margin)
{
    for (unsigned p = 0; p < part->shape.planes; p++) {
        const struct prores_plane_shape *s = &part->shape.plane[p];
        const uint32_t left = half && (p == 1 || p == 2) ? x / 2 : x;
        for (uint32_t i = margin; i + margin < s->height; i++)
            if (memcmp(image_row(part, p, i),
                       image_row(whole, p, y + i) + (size_t)left * s->pixel_bytes,
                       s->row_bytes) != 0)
                return false;
    }
    return true;
}

/* ---- Regions and threads, for any options ---- */

/* A layout that the frame has in place of one that it does not have. */
static prores_layout fitting(prores_layout layout, const prores_header *head)
{
    const bool planes_of_444 = layout == PRORES_YUVA444P12 || layout == PRORES_YUVA444P10;
    if (layout >= PRORES_YUV422P10 && layout <= PRORES_YUV444P12)
        return head->chroma == PRORES_422 ? PRORES_YUV422P10 : PRORES_YUV444P10;
    return planes_of_444 && head->chroma == PRORES_422 ? PRORES_NATIVE : layout;
}

static prores_options choose(tester *t)
{
    rng *r = &t->r;
    const bool interlaced = t->head.interlace != PRORES_PROGRESSIVE;
    prores_options o = {.layout = (prores_layout)rng_below(r, PRORES_LAYOUTS)};
    o.fields = (prores_fields)rng_below(r, PRORES_BOB_BOTTOM + 1);
    o.scale = 1u << rng_below(r, 4);
    if (!interlaced && o.scale > 1)
        o.fields = PRORES_WEAVE; /* a progressive frame has no fields to scale */
    o.layout = fitting(o.layout, &t->head);
    return o;
}

static void check_region(tester *t)
{
    prores_options o = choose(t);
    prores_shape shape;
    if (prores_shape_of(&shape, &t->head, &o, NULL) < 0)
        return; /* the bottom field of one line */
    image whole = decoded(t, &o, NULL), again = decoded(t, &o, &t->pool);
    hold(t, image_equal(&whole, &again), "threads make another picture", &o);
    o.region.x = rng_below(&t->r, shape.width);
    o.region.y = rng_below(&t->r, shape.height);
    o.region.width = 1 + rng_below(&t->r, shape.width - o.region.x);
    o.region.height = 1 + rng_below(&t->r, shape.height - o.region.y);
    image part = decoded(t, &o, &t->pool);
    const bool half = t->head.chroma == PRORES_422 && part.shape.planes > 1;
    /* The edge where bob copies a line is that of the region. */
    const uint32_t margin = o.fields >= PRORES_BOB_TOP ? 1 : 0;
    hold(t, is_part(&part, &whole, half, o.region.x, o.region.y, margin), "not a part of the whole",
         &o);
    image_free(&whole);
    image_free(&again);
    image_free(&part);
}

/* ---- Fields, from the weave ---- */

static bool is_field(const image *field, const image *weave, unsigned parity)
{
    for (unsigned p = 0; p < field->shape.planes; p++)
        for (uint32_t y = 0; y < field->shape.height; y++)
            if (memcmp(image_row(field, p, y), image_row(weave, p, 2 * y + parity),
                       field->shape.plane[p].row_bytes) != 0)
                return false;
    return true;
}

static unsigned sample(const image *im, unsigned p, uint32_t y, size_t i)
{
    const uint8_t *row = image_row(im, p, y);
    return im->shape.depth == 8 ? row[i] : ((const uint16_t *)(const void *)row)[i];
}

/* Lines of that parity as they are, the others the mean of their neighbours, or a copy at the edge.
 */
static bool is_bob(const image *bob, const image *weave, unsigned parity)
{
    const uint32_t h = bob->shape.height;
    for (unsigned p = 0; p < bob->shape.planes; p++)
        for (uint32_t y = 0; y < h; y++) {
            const bool own = (y & 1) == parity;
            const uint32_t above = own ? y : y > 0 ? y - 1 : y + 1;
            const uint32_t below = own ? y : y + 1 < h ? y + 1 : y - 1;
            const size_t n = bob->shape.plane[p].row_bytes / (bob->shape.depth == 8 ? 1 : 2);
            for (size_t i = 0; i < n; i++)
                if (sample(bob, p, y, i) !=
                    (sample(weave, p, above, i) + sample(weave, p, below, i) + 1) / 2)
                    return false;
        }
    return true;
}

static void check_fields(tester *t)
{
    if (t->head.height < 2)
        return; /* one line: no bottom field, nothing to blend */
    prores_options o = choose(t);
    o.scale = 1;
    o.fields = PRORES_WEAVE;
    image weave = decoded(t, &o, NULL);
    for (unsigned parity = 0; parity < 2; parity++) {
        o.fields = parity ? PRORES_BOTTOM : PRORES_TOP;
        image field = decoded(t, &o, NULL);
        hold(t, is_field(&field, &weave, parity), "not every other line", &o);
        image_free(&field);
        o.fields = parity ? PRORES_BOB_BOTTOM : PRORES_BOB_TOP;
        image bob = decoded(t, &o, NULL);
        hold(t, is_bob(&bob, &weave, parity), "not what bob should be", &o);
        image_free(&bob);
    }
    image_free(&weave);
}

/* ---- Layouts, from each other ---- */

static uint16_t sample16(const image *im, uint32_t y, size_t i)
{
    return ((const uint16_t *)(const void *)image_row(im, 0, y))[i];
}

static void check_16_bit_layouts(tester *t)
{
    prores_options o = {.layout = PRORES_RGB48};
    image rgb = decoded(t, &o, NULL);
    o.layout = PRORES_BGR48;
    image bgr = decoded(t, &o, NULL);
    o.layout = PRORES_NATIVE;
    image native = decoded(t, &o, NULL);
    o.layout = PRORES_RGBA64;
    image rgba = decoded(t, &o, NULL);
    bool good = true;
    for (uint32_t y = 0; y < rgb.shape.height; y++)
        for (size_t x = 0; x < rgb.shape.width; x++) {
            const unsigned up = 16 - native.shape.depth;
            const unsigned alpha = t->head.alpha ? sample(&native, 3, y, x) << up : 65535;
            for (size_t c = 0; c < 3; c++) {
                const uint16_t want = sample16(&rgb, y, 3 * x + c);
                good = good && sample16(&bgr, y, 3 * x + 2 - c) == want &&
                       sample16(&rgba, y, 4 * x + c) == want;
            }
            good = good && sample16(&rgba, y, 4 * x + 3) == alpha;
        }
    hold(t, good, "rgb48le, bgr48le and rgba64le don't agree", &o);
    image_free(&rgb);
    image_free(&bgr);
    image_free(&native);
    image_free(&rgba);
}

/* The alpha of planes, recorded or not. */
static void check_alpha_planes(tester *t)
{
    if (t->head.chroma != PRORES_444)
        return;
    prores_options o = {.layout = PRORES_NATIVE};
    image native = decoded(t, &o, NULL);
    o.layout = PRORES_YUVA444P12;
    image planes = decoded(t, &o, NULL);
    bool good = planes.shape.planes == 4;
    for (uint32_t y = 0; good && y < native.shape.height; y++)
        for (size_t x = 0; x < native.shape.width; x++) {
            const unsigned alpha = t->head.alpha ? sample(&native, 3, y, x) : 4095;
            good = good && sample(&planes, 3, y, x) == alpha;
            for (unsigned p = 0; p < 3; p++)
                good = good && sample(&planes, p, y, x) == sample(&native, p, y, x);
        }
    hold(t, good, "yuva444p12le and native don't agree", &o);
    image_free(&native);
    image_free(&planes);
}

static void check_layouts(tester *t)
{
    prores_options o = {.layout = PRORES_RGB24};
    image rgb = decoded(t, &o, NULL);
    o.layout = PRORES_BGR24;
    image bgr = decoded(t, &o, NULL);
    o.layout = PRORES_RGBA;
    image rgba = decoded(t, &o, NULL);
    o.layout = PRORES_NATIVE;
    image native = decoded(t, &o, NULL);
    bool good = true;
    for (uint32_t y = 0; y < rgb.shape.height; y++)
        for (size_t x = 0; x < rgb.shape.width; x++) {
            const uint8_t *a = image_row(&rgb, 0, y) + 3 * x, *b = image_row(&bgr, 0, y) + 3 * x;
            const uint8_t *c = image_row(&rgba, 0, y) + 4 * x;
            const unsigned alpha =
                t->head.alpha ? sample(&native, 3, y, x) >> (native.shape.depth - 8) : 255;
            good = good && a[0] == b[2] && a[1] == b[1] && a[2] == b[0] && a[0] == c[0] &&
                   a[1] == c[1] && a[2] == c[2] && c[3] == alpha;
        }
    hold(t, good, "rgb24, bgr24 and rgba don't agree", &o);
    image_free(&rgb);
    image_free(&bgr);
    image_free(&rgba);
    image_free(&native);
}

/* ---- Ends of planes ---- */

typedef struct ending {
    unsigned pad;
    int32_t last;
} ending;

/* A level of 27 bits or so, then a long run and the last coefficient of the plane. */
static void fill_ending(void *user, slice_spec *s)
{
    const ending *e = user;
    s->q = 1;
    for (unsigned plane = 0; plane < 3; plane++) {
        s->coef[plane][0][8] = 5000;
        s->coef[plane][s->blocks[plane] - 1][63] = e->last;
        s->pad[plane] = e->pad;
    }
}

static void decode_ending(tester *t, image *out, unsigned pad, int32_t last)
{
    const frame_spec spec = {.head = {.width = 128, .height = 16, .chroma = PRORES_444},
                             .log2_mbs = 3};
    const prores_options opt = {0};
    t->frame.len = 0;
    if (prores_write(&t->frame, &spec, fill_ending, &(ending){pad, last}) < 0 ||
        prores_header_read(&t->head, t->frame.at, t->frame.len, NULL) < 0)
        fail("the ends of planes: not written");
    *out = decoded(t, &opt, NULL);
}

/* Zero bytes behind the codes change nothing, however many; the last coefficient is not lost. */
static void check_endings(tester *t)
{
    image plain, other;
    decode_ending(t, &plain, 0, 300);
    for (unsigned pad = 1; pad < 20; pad++) {
        decode_ending(t, &other, pad, 300);
        hold(t, image_equal(&plain, &other), "zero bytes change the picture", &(prores_options){0});
        image_free(&other);
    }
    decode_ending(t, &other, 0, 0);
    hold(t, !image_equal(&plain, &other), "the last coefficient is lost", &(prores_options){0});
    image_free(&other);
    image_free(&plain);
}

static void check_frame(tester *t, uint64_t seed)
{
    t->seed = seed;
    t->r = (rng){seed};
    t->frame.len = 0;
    if (random_frame(&t->frame, NULL, seed, RANDOM_LEGAL) < 0 ||
        prores_header_read(&t->head, t->frame.at, t->frame.len, NULL) < 0)
        fail("seed %llu: not written", (unsigned long long)seed);
    for (int i = 0; i < 4; i++)
        check_region(t);
    check_fields(t);
    check_layouts(t);
    check_16_bit_layouts(t);
    check_alpha_planes(t);
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3)
        fail("usage: prores_options COUNT [FIRST]");
    const uint64_t count = strtoull(argv[1], NULL, 10);
    const uint64_t first = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    tester t = {0};
    prores_thread_pool *threads = NULL;
    if (prores_decoder_new(&t.dec, THREADS, NULL) < 0 ||
        prores_thread_pool_new(&threads, THREADS, NULL) < 0)
        fail("no decoder");
    t.pool = prores_thread_pool_executor(threads);
    check_endings(&t);
    for (uint64_t seed = first; seed < first + count; seed++)
        check_frame(&t, seed);
    buf_free(&t.frame);
    prores_thread_pool_free(&threads);
    prores_decoder_free(&t.dec);
    if (printf("%llu frames, %llu checks\n", (unsigned long long)count,
               (unsigned long long)t.checks) < 0)
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
