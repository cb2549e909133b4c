#include "tests/prores/exercise.h"
#include "tests/prores/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define FORGET(at, len) __msan_allocated_memory(at, len)
#endif
#endif
#ifndef FORGET
#define FORGET(at, len) ((void)(at), (void)(len))
#endif

enum { IMAGE_MAX = 1 << 20, REGION_MAX = 64 };

static void hold(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "exercise: %s\n", what);
    abort();
}

/* ---- Options ---- */

static prores_options choose(const uint8_t *choice)
{
    return (prores_options){
        .layout = (prores_layout)(choice[0] % PRORES_LAYOUTS),
        .fields = (prores_fields)(choice[1] % (PRORES_BOB_BOTTOM + 1)),
        .scale = 1u << (choice[2] & 3),
        .matrix = (prores_matrix)(choice[2] >> 2 & 3),
        .range = (prores_range)(choice[2] >> 4 & 3) % (PRORES_FULL + 1),
        .conceal = choice[3] & 1,
    };
}

/* Everything, or a part: where everything would be too much, always a part. */
static void choose_region(prores_options *opt, const uint8_t *choice, const prores_shape *whole)
{
    if (!(choice[3] & 2) && whole->bytes <= IMAGE_MAX)
        return;
    const uint32_t x = whole->width * choice[4] / 256, y = whole->height * choice[5] / 256;
    const uint32_t width = 1 + choice[6] % REGION_MAX, height = 1 + choice[7] % REGION_MAX;
    opt->region = (prores_region){
        x,
        y,
        width < whole->width - x ? width : whole->width - x,
        height < whole->height - y ? height : whole->height - y,
    };
}

/* ---- One decoding ---- */

typedef struct outcome {
    image im;
    prores_report report;
    int rc;
} outcome;

static outcome start(const prores_shape *shape, int fill, size_t slices)
{
    outcome o = {.im = image_new(shape, fill & 1 ? 2 : 0)};
    for (unsigned p = 0; p < shape->planes; p++) {
        memset(o.im.plane[p].at, fill, o.im.plane[p].len);
        FORGET(o.im.plane[p].at, o.im.plane[p].len);
    }
    o.report.map = calloc(slices ? slices : 1, 1);
    o.report.map_bytes = slices;
    hold(o.report.map != NULL, "out of memory");
    return o;
}

static void finish(outcome *o)
{
    free(o->report.map);
    image_free(&o->im);
}

static void run_backwards(void *pool, size_t n, void (*task)(void *arg, size_t i, unsigned worker),
                          void *arg)
{
    (void)pool;
    while (n-- > 0)
        task(arg, n, 0);
}

/* In two steps, and the rows from the last one on. */
static int decode_backwards(prores_decoder *dec, const uint8_t *data, size_t len,
                            const prores_options *opt, outcome *o)
{
    prores_shape shape;
    const prores_executor executor = {run_backwards, NULL, 1};
    const int rc = prores_open(dec, data, len, opt, &shape, NULL);
    return rc == CZ_OK ? prores_decode_opened(dec, &o->im.to, &executor, &o->report, NULL) : rc;
}

/* ---- What must hold ---- */

static void check_report(const outcome *o, bool conceal)
{
    const prores_report *r = &o->report;
    size_t damaged = 0;
    for (size_t i = 0; i < r->map_bytes; i++)
        damaged += r->map[i] != PRORES_FAULT_NONE;
    hold(damaged == r->damaged && r->damaged <= r->slices, "the report's numbers don't add up");
    hold((r->first.fault != PRORES_FAULT_NONE) == (damaged > 0), "the first damaged slice");
    hold(o->rc == (damaged && !conceal ? CZ_CORRUPT : CZ_OK), "the verdict");
}

static void check_same(const outcome *a, const outcome *b)
{
    hold(a->rc == b->rc, "two verdicts");
    hold(image_equal(&a->im, &b->im), "two pictures");
    hold(a->report.slices == b->report.slices && a->report.damaged == b->report.damaged &&
             memcmp(&a->report.first, &b->report.first, sizeof a->report.first) == 0 &&
             memcmp(a->report.map, b->report.map, a->report.map_bytes) == 0,
         "two reports");
}

static unsigned kinds_of_code(prores_decoder *dec)
{
    unsigned n = 1; /* there is always the plain one */
    while (decoder_use(dec, n))
        n++;
    return n;
}

static int decode_twice(prores_decoder *dec, const uint8_t *choice, const uint8_t *data, size_t len,
                        const prores_options *opt, const prores_shape *shape)
{
    const size_t slices = prores_count_slices(data, len);
    const unsigned kinds = kinds_of_code(dec), kind = (choice[3] >> 2) % kinds;
    outcome a = start(shape, 0x00, slices), b = start(shape, 0xFF, slices);
    (void)decoder_use(dec, kind);
    a.rc = prores_decode(dec, data, len, opt, &a.im.to, NULL, &a.report, NULL);
    (void)decoder_use(dec, (kind + 1) % kinds);
    b.rc = decode_backwards(dec, data, len, opt, &b);
    const int rc = a.rc;
    if (rc == CZ_OK || rc == CZ_CORRUPT) {
        check_same(&a, &b);
        check_report(&a, opt->conceal);
    }
    finish(&a);
    finish(&b);
    return rc;
}

/* Layouts of planes that only frames of one chroma format have. */
static bool needs_chroma(prores_layout layout)
{
    return (layout >= PRORES_YUV422P10 && layout <= PRORES_YUV444P12) ||
           layout == PRORES_YUVA444P12 || layout == PRORES_YUVA444P10;
}

int exercise(prores_decoder *dec, const uint8_t choice[CHOICE_BYTES], const uint8_t *data,
             size_t len)
{
    prores_header head;
    prores_shape shape;
    prores_options opt = choose(choice);
    (void)prores_check(data, len, NULL, NULL);
    int rc = prores_header_read(&head, data, len, NULL);
    if (rc < 0)
        return rc;
    if (needs_chroma(opt.layout) && choice[3] & 0x80)
        opt.layout = PRORES_NATIVE; /* half of those don't fit the frame */
    if ((rc = prores_shape_of(&shape, &head, &opt, NULL)) < 0)
        return rc;
    choose_region(&opt, choice, &shape);
    rc = prores_shape_of(&shape, &head, &opt, NULL);
    hold(rc == CZ_OK, "a region within the picture is refused");
    return decode_twice(dec, choice, data, len, &opt, &shape);
}
