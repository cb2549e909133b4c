/* frame_view_make() and frame_view_compare(): which statistics are known of which frames. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "analyse/frame_analysis.h"
#include "tests/prores/write.h"
#include "tests/unit/support/alloc_fail.h"

static prores_decoder *dec;
static frame_view views[2];
static buf frame;

/* A texture that differs in every block, moved by user macroblocks. */
static void fill(void *user, slice_spec *s)
{
    s->q = 4;
    for (unsigned b = 0; b < s->blocks[0]; b++) {
        const unsigned x = (s->mb_x + b / 4 + *(const unsigned *)user) * 2 + (b & 1);
        const unsigned y = s->row * 2 + (b >> 1 & 1);
        const double v = 200 * sin(x * 0.5) * cos(y * 0.4) + 100 * sin(x * 0.21 + y * 0.33);
        s->coef[0][b][0] = 2 * (int32_t)v;
    }
}

static void write_frame(unsigned moved)
{
    const frame_spec spec = {.head = {.width = 640, .height = 320, .chroma = PRORES_422},
                             .log2_mbs = 3};
    buf_free(&frame);
    cr_assert_eq(prores_write(&frame, &spec, fill, &moved), CZ_OK);
}

static void begin(void)
{
    cr_assert_eq(prores_decoder_new(&dec, 1, NULL), CZ_OK);
}

static void end(void)
{
    frame_view_free(&views[0]);
    frame_view_free(&views[1]);
    prores_decoder_free(&dec);
    buf_free(&frame);
}

TestSuite(frame_analysis, .init = begin, .fini = end);

static frame_statistics make(int i, size_t len)
{
    frame_statistics s;
    cr_assert_eq(frame_view_make(&views[i], &s, dec, frame.at, len, NULL), CZ_OK);
    return s;
}

Test(frame_analysis, pan)
{
    write_frame(0);
    const frame_statistics first = make(0, frame.len);
    write_frame(1);
    frame_statistics second = make(1, frame.len);
    cr_expect_eq(first.flags, FRAME_NO_MOTION);
    cr_expect(isnan(first.difference) && isnan(first.shift_x));
    frame_view_compare(&second, &views[0], &views[1]);
    cr_expect_eq(second.flags, 0);
    cr_expect_gt(second.difference, 5);
    cr_expect_float_eq(second.shift_x, -16, 1);
    cr_expect_float_eq(second.shift_y, 0, 1);
    cr_expect_float_eq(second.zoom, 1, 0.003);
    cr_expect_eq(second.size, frame.len);
}

Test(frame_analysis, frozen)
{
    write_frame(0);
    (void)make(0, frame.len);
    frame_statistics second = make(1, frame.len);
    frame_view_compare(&second, &views[0], &views[1]);
    cr_expect_eq(second.flags, FRAME_FROZEN);
    cr_expect_eq(second.difference, 0);
    cr_expect_eq(second.shift_x, 0);
    cr_expect_eq(second.zoom, 1);
}

static void expect_unknown(const frame_statistics *s, size_t size)
{
    cr_expect_eq(s->flags, FRAME_DAMAGED | FRAME_NO_MOTION);
    cr_expect(isnan(s->luma_mean) && isnan(s->difference) && isnan(s->zoom));
    cr_expect_eq(s->luma_max, 0);
    cr_expect_eq(s->size, size);
}

Test(frame_analysis, damaged_frames_are_no_errors)
{
    write_frame(0);
    (void)make(0, frame.len);
    frame_statistics s = make(1, 0); /* the source lacks it */
    expect_unknown(&s, 0);
    frame_view_compare(&s, &views[0], &views[1]);
    expect_unknown(&s, 0);
    s = make(1, 100);
    expect_unknown(&s, 100);
    s = make(1, frame.len / 2);
    expect_unknown(&s, frame.len / 2);
    memset(frame.at + 4, 'x', 4);
    s = make(1, frame.len);
    expect_unknown(&s, frame.len);
    write_frame(0); /* and the view can be used again */
    s = make(1, frame.len);
    frame_view_compare(&s, &views[0], &views[1]);
    cr_expect_eq(s.flags, FRAME_FROZEN);
}

Test(frame_analysis, failing_allocations)
{
    write_frame(0);
    for (size_t n = 1;; n++) {
        frame_view view = {0};
        frame_statistics s;
        cz_error err = {0};
        alloc_fail_at(n);
        const int rc = frame_view_make(&view, &s, dec, frame.at, frame.len, &err);
        const bool failed = alloc_fail_end();
        frame_view_free(&view);
        cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK);
        cr_assert_eq(err.code, failed ? CZ_NOMEM : 0);
        if (!failed)
            break;
    }
}
