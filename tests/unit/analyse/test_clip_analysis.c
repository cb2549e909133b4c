/* clip_analysis: the results are those of the frames one after the other, however the clip is
 * divided into parts. tests/tsan/tsan_clip_analysis.c has the threads. */
#include <criterion/criterion.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/clip_analysis.h"
#include "tests/prores/write.h"
#include "tests/unit/support/alloc_fail.h"

enum { FRAMES = 100, BROKEN = 37, COLUMNS = 24, ROWS = 20, PICTURES_MAX = FRAMES };

static buf data;
static uint32_t sizes[FRAMES];
static uint64_t offsets[FRAMES + 1];
static clip_analysis *a;
static uint8_t pictures[PICTURES_MAX][COLUMNS * ROWS * 3];
static unsigned seen[PICTURES_MAX], unknown_pictures;

/* A texture without period, `user` macroblocks further left. */
static void fill(void *user, slice_spec *s)
{
    s->q = 4;
    for (unsigned b = 0; b < s->blocks[0]; b++) {
        const unsigned x = (s->mb_x + b / 4 + *(const unsigned *)user) * 2 + (b & 1);
        const unsigned y = s->row * 2 + (b >> 1 & 1);
        const double v = 200 * sin(x * 0.31 + y * 0.05 * x * 0.1) + 100 * cos(y * 0.43 + x * 0.07);
        s->coef[0][b][0] = 2 * (int32_t)v;
    }
}

static void begin(void)
{
    const frame_spec spec = {
        .head = {.width = COLUMNS * 8, .height = ROWS * 8, .chroma = PRORES_422}, .log2_mbs = 2};
    for (unsigned i = 0; i < FRAMES; i++) {
        unsigned moved = i < FRAMES / 2 ? 0 : i - FRAMES / 2;
        const size_t before = data.len;
        cr_assert_eq(prores_write(&data, &spec, fill, &moved), CZ_OK);
        sizes[i] = (uint32_t)(data.len - before);
        offsets[i + 1] = data.len;
    }
    memset(data.at + offsets[BROKEN] + 4, 'x', 4);
}

static void end(void)
{
    clip_analysis_free(&a);
    buf_free(&data);
}

TestSuite(clip_analysis, .init = begin, .fini = end);

static int keep_picture(void *user, uint64_t number, const uint8_t *rgb, uint32_t columns,
                        uint32_t rows, cz_error *err)
{
    (void)err;
    cr_assert_lt(number, PICTURES_MAX);
    seen[number]++;
    unknown_pictures += rgb == NULL;
    if (rgb) {
        cr_assert_eq(columns, COLUMNS);
        cr_assert_eq(rows, ROWS);
        memcpy(pictures[number], rgb, sizeof pictures[0]);
    }
    return user ? *(const int *)user : CZ_OK;
}

static void create(frame_step step)
{
    const clip_analysis_options opt = {
        .frames = FRAMES, .workers = 2, .overview_step = step, .picture = keep_picture};
    memset(seen, 0, sizeof seen);
    unknown_pictures = 0;
    clip_analysis_free(&a);
    cr_assert_eq(clip_analysis_new(&a, &opt, NULL), CZ_OK);
}

static int part(uint64_t first, uint64_t count)
{
    return clip_analysis_part(a, first % 2, first, count, data.at + offsets[first], sizes + first,
                              NULL);
}

/* Against two views, frame by frame. */
static void expect_results(void)
{
    prores_decoder *dec = NULL;
    frame_view views[2] = {0};
    cr_assert_eq(prores_decoder_new(&dec, 1, NULL), CZ_OK);
    for (unsigned i = 0; i < FRAMES; i++) {
        frame_statistics s;
        uint8_t signature[SIGNATURE_BYTES];
        frame_view *now = &views[i % 2];
        cr_assert_eq(frame_view_make(now, &s, dec, data.at + offsets[i], sizes[i], NULL), CZ_OK);
        if (i > 0)
            frame_view_compare(&s, &views[(i + 1) % 2], now);
        cr_assert_eq(memcmp(&s, &clip_analysis_frames(a)[i], offsetof(frame_statistics, flags) + 1),
                     0, "frame %u", i);
        view_signature(signature, &now->picture);
        if (i % REPRESENTATIVE_EVERY == 0)
            cr_assert_arr_eq(signature, clip_analysis_signature(a, i), SIGNATURE_BYTES);
    }
    frame_view_free(&views[0]);
    frame_view_free(&views[1]);
    prores_decoder_free(&dec);
}

static const frame_step each_third = {3, 1};

Test(clip_analysis, one_part)
{
    create(each_third);
    cr_assert_eq(part(0, FRAMES), CZ_OK);
    expect_results();
    cr_expect_eq(clip_analysis_frames(a)[BROKEN].flags, FRAME_DAMAGED | FRAME_NO_MOTION);
    cr_expect_eq(clip_analysis_frames(a)[10].flags, FRAME_FROZEN);
    cr_expect_float_eq(clip_analysis_frames(a)[70].shift_x, -16, 1);
}

Test(clip_analysis, any_parts_in_any_order)
{
    const unsigned lengths[] = {1, 2, 7, 64};
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        const unsigned each = lengths[l], n = (FRAMES + each - 1) / each;
        create(each_third);
        for (unsigned k = 0; k < n; k++) {
            /* 7919 is prime: an order without system that has each part once */
            const unsigned at = (k * 7919 + 3) % n * each;
            cr_assert_eq(part(at, at + each < FRAMES ? each : FRAMES - at), CZ_OK);
        }
        expect_results();
        for (unsigned i = 0; i < PICTURES_MAX; i++)
            cr_assert_eq(seen[i], i < 34, "picture %u", i);
    }
}

Test(clip_analysis, scenes)
{
    scene *scenes = NULL;
    size_t n = 0;
    create(each_third);
    cr_assert_eq(part(0, FRAMES), CZ_OK);
    cr_assert_eq(clip_analysis_scenes(&scenes, &n, a, NULL), CZ_OK);
    cr_assert_eq(n, 1);
    cr_expect_eq(scenes[0].first, 0);
    cr_expect_eq(scenes[0].last, FRAMES / 2);
    cr_expect_eq(scenes[0].representative, 32);
    free(scenes);
}

Test(clip_analysis, pictures_are_those_of_the_decoder)
{
    static uint8_t rgb[COLUMNS * ROWS * 3];
    const frame_step each = {1, 1};
    const prores_options opt = {.layout = PRORES_RGB24, .scale = 8};
    const prores_image image = {{{rgb, (ptrdiff_t)COLUMNS * 3}}};
    prores_decoder *dec = NULL;
    create(each);
    cr_assert_eq(part(0, FRAMES), CZ_OK);
    cr_expect_eq(unknown_pictures, 1);
    cr_assert_eq(prores_decoder_new(&dec, 1, NULL), CZ_OK);
    for (unsigned i = 0; i < FRAMES; i++) {
        cr_expect_eq(seen[i], 1);
        if (i == BROKEN)
            continue;
        cr_assert_eq(
            prores_decode(dec, data.at + offsets[i], sizes[i], &opt, &image, NULL, NULL, NULL),
            CZ_OK);
        cr_assert_arr_eq(rgb, pictures[i], sizeof rgb);
    }
    prores_decoder_free(&dec);
}

Test(clip_analysis, steps)
{
    const frame_step none = {0}, second = {30000, 1001}, all = {1, 1};
    cr_expect_eq(overview_count(none, 1000), 0);
    cr_expect_eq(overview_count(all, 1000), 1000);
    cr_expect_eq(overview_count(second, 0), 0);
    cr_expect_eq(overview_count(second, 1), 1);
    cr_expect_eq(overview_count(second, 29), 1);
    cr_expect_eq(overview_count(second, 30), 2);
    cr_expect_eq(overview_frame(second, 1), 29);
    cr_expect_eq(overview_frame(second, 1001), 30000);
    for (uint64_t n = 0; n < 2000; n++) { /* as many as there are frames below n */
        const uint64_t count = overview_count(second, n);
        cr_expect(count == 0 || overview_frame(second, count - 1) < n);
        cr_expect(overview_frame(second, count) >= n);
    }
    cr_expect_eq(overview_frame((frame_step){UINT32_MAX, 1}, UINT32_MAX),
                 (uint64_t)UINT32_MAX * UINT32_MAX);
}

Test(clip_analysis, errors)
{
    const clip_analysis_options bad[] = {
        {.frames = 1},
        {.frames = 1, .workers = 1, .overview_step = {1, 2}},
        {.frames = 1, .workers = 1, .overview_step = {1, 0}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_eq(clip_analysis_new(&a, &bad[i], NULL), CZ_USAGE);
    cr_expect_null(a);
    int full = CZ_FULL;
    const clip_analysis_options opt = {.frames = FRAMES,
                                       .workers = 2,
                                       .overview_step = {2, 1},
                                       .picture = keep_picture,
                                       .user = &full};
    cr_assert_eq(clip_analysis_new(&a, &opt, NULL), CZ_OK);
    cr_expect_eq(part(1, 1), CZ_OK);
    cr_expect_eq(part(2, 4), CZ_FULL);
}

static int analyse_some(void)
{
    const clip_analysis_options opt = {
        .frames = 6, .workers = 2, .overview_step = {2, 1}, .picture = keep_picture};
    int rc = clip_analysis_new(&a, &opt, NULL);
    if (rc == CZ_OK)
        rc = part(3, 3);
    if (rc == CZ_OK)
        rc = part(0, 3);
    clip_analysis_free(&a);
    return rc;
}

Test(clip_analysis, failing_allocations)
{
    for (size_t n = 1;; n++) {
        alloc_fail_at(n);
        const int rc = analyse_some();
        const bool failed = alloc_fail_end();
        cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK, "allocation %zu", n);
        if (!failed)
            break;
    }
}
