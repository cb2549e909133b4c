/* frame_statistics: against sums by hand, over pictures whose padding must not matter. */
#include "analyse/frame_statistics.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { COLUMNS = 24, ROWS = 10, WHOLE_COLUMNS = 23, WHOLE_ROWS = 9, CHROMA = 12 };

typedef struct samples {
    uint16_t luma[ROWS * COLUMNS], cb[ROWS * CHROMA], cr[ROWS * CHROMA];
} samples;

static dc_picture picture_of(samples *s)
{
    return (dc_picture){.width = 188,
                        .height = 76,
                        .columns = COLUMNS,
                        .rows = ROWS,
                        .chroma_columns = CHROMA,
                        .whole_columns = WHOLE_COLUMNS,
                        .whole_rows = WHOLE_ROWS,
                        .whole_chroma_columns = CHROMA - 1,
                        .luma = s->luma,
                        .cb = s->cb,
                        .cr = s->cr};
}

/* A picture of one level; blocks that are not whole have another. */
static void paint(samples *s, uint16_t luma)
{
    for (unsigned y = 0; y < ROWS; y++) {
        for (unsigned x = 0; x < COLUMNS; x++)
            s->luma[y * COLUMNS + x] = x < WHOLE_COLUMNS && y < WHOLE_ROWS ? luma : 1019;
        for (unsigned x = 0; x < CHROMA; x++) {
            s->cb[y * CHROMA + x] = x < CHROMA - 1 && y < WHOLE_ROWS ? 400 : 4;
            s->cr[y * CHROMA + x] = x < CHROMA - 1 && y < WHOLE_ROWS ? 600 : 4;
        }
    }
}

Test(frame_statistics, flat)
{
    samples s;
    frame_statistics got;
    paint(&s, 300);
    const dc_picture p = picture_of(&s);
    frame_statistics_of(&got, &p, 1234);
    cr_expect_eq(got.luma_mean, 300);
    cr_expect_eq(got.luma_std, 0);
    cr_expect_eq(got.luma_min, 300);
    cr_expect_eq(got.luma_max, 300);
    cr_expect_eq(got.luma_p05, 300);
    cr_expect_eq(got.luma_p95, 300);
    cr_expect_eq(got.cb_mean, 400);
    cr_expect_eq(got.cr_mean, 600);
    cr_expect_eq(got.sharpness, 0);
    cr_expect_eq(got.size, 1234);
    cr_expect_eq(got.flags, FRAME_NO_MOTION);
    cr_expect(isnan(got.difference) && isnan(got.shift_x) && isnan(got.shift_y) && isnan(got.zoom));
}

Test(frame_statistics, percentiles_are_ranks)
{
    samples s;
    frame_statistics got;
    paint(&s, 0);
    for (unsigned i = 0; i < WHOLE_ROWS * WHOLE_COLUMNS; i++) /* 207 blocks: 100 .. 306 */
        s.luma[i / WHOLE_COLUMNS * COLUMNS + i % WHOLE_COLUMNS] = (uint16_t)(100 + i);
    const dc_picture p = picture_of(&s);
    frame_statistics_of(&got, &p, 0);
    cr_expect_eq(got.luma_min, 100);
    cr_expect_eq(got.luma_max, 306);
    cr_expect_eq(got.luma_p05, 110); /* 11 of 207 are at or below it: 5.3 %; 10 are 4.8 % */
    cr_expect_eq(got.luma_p50, 203);
    cr_expect_eq(got.luma_p95, 296);
    cr_expect_float_eq(got.luma_mean, 203, 1e-6);
    cr_expect_float_eq(got.luma_std, sqrt((207.0 * 207 - 1) / 12), 1e-4);
    cr_expect_float_eq(got.sharpness, 1 + 23 * 23, 1e-3);
}

Test(frame_statistics, black)
{
    samples s;
    frame_statistics got;
    const dc_picture p = picture_of(&s);
    paint(&s, 64);
    for (unsigned i = 0; i < 10; i++) /* of 207: a lamp */
        s.luma[i] = 900;
    frame_statistics_of(&got, &p, 0);
    cr_expect(got.flags & FRAME_BLACK);
    s.luma[10] = 900;
    frame_statistics_of(&got, &p, 0);
    cr_expect_not(got.flags & FRAME_BLACK);
    paint(&s, BLACK_LUMA_P95 + 1);
    frame_statistics_of(&got, &p, 0);
    cr_expect_not(got.flags & FRAME_BLACK);
}

Test(frame_statistics, difference_and_frozen)
{
    samples a, b;
    frame_statistics got;
    const dc_picture before = picture_of(&a), now = picture_of(&b);
    paint(&a, 300);
    paint(&b, 300);
    frame_statistics_of(&got, &now, 0);
    b.luma[COLUMNS - 1] = 4; /* no whole block */
    frame_statistics_difference(&got, &before, &now);
    cr_expect_eq(got.difference, 0);
    cr_expect(got.flags & FRAME_FROZEN);
    b.luma[0] = 307;
    b.luma[1] = 290;
    frame_statistics_of(&got, &now, 0);
    frame_statistics_difference(&got, &before, &now);
    cr_expect_eq(got.difference, (float)(17.0 / 207));
    cr_expect_not(got.flags & FRAME_FROZEN);
}

Test(frame_statistics, pictures_of_other_shapes_are_not_compared)
{
    samples s;
    frame_statistics got;
    paint(&s, 300);
    const dc_picture now = picture_of(&s);
    dc_picture before = now;
    before.width = 8;
    frame_statistics_of(&got, &now, 0);
    frame_statistics_difference(&got, &before, &now);
    cr_expect(isnan(got.difference));
    cr_expect_not(got.flags & FRAME_FROZEN);
}

/* The widest row that a frame can have, of the greatest differences: no sum overflows. */
Test(frame_statistics, widest)
{
    static uint16_t luma[2 * 8192], chroma[2 * 8192];
    frame_statistics got;
    for (unsigned i = 0; i < 2 * 8192; i++) {
        luma[i] = (i ^ i / 8192) & 1 ? 1019 : 4;
        chroma[i] = 1019;
    }
    const dc_picture p = {.width = 65535,
                          .height = 16,
                          .columns = 8192,
                          .rows = 2,
                          .chroma_columns = 8192,
                          .whole_columns = 8192,
                          .whole_rows = 2,
                          .whole_chroma_columns = 8192,
                          .luma = luma,
                          .cb = chroma,
                          .cr = chroma};
    frame_statistics_of(&got, &p, 0);
    cr_expect_eq(got.luma_mean, 511.5F);
    cr_expect_eq(got.luma_std, 507.5F);
    cr_expect_eq(got.sharpness, 2 * 1015.0F * 1015);
    cr_expect_eq(got.cb_mean, 1019);
}
