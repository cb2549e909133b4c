/* cz_align(): pictures that are moved and zoomed by known amounts, and what lies outside. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { WIDTH = 64, HEIGHT = 36, BYTES = WIDTH * HEIGHT * 3 };

static uint8_t picture[BYTES], out[BYTES];

/* A ramp: red grows across, green down, blue is 7. */
static void paint(void)
{
    for (unsigned y = 0; y < HEIGHT; y++)
        for (unsigned x = 0; x < WIDTH; x++) {
            uint8_t *at = picture + ((size_t)y * WIDTH + x) * 3;
            at[0] = (uint8_t)(20 + 3 * x);
            at[1] = (uint8_t)(20 + 5 * y);
            at[2] = 7;
        }
}

TestSuite(align, .init = paint);

static void align(double x, double y, double zoom)
{
    const cz_match m = {.shift_x = x, .shift_y = y, .zoom = zoom};
    memset(out, 0xAA, sizeof out);
    cr_assert_eq(cz_align(out, WIDTH, HEIGHT, picture, WIDTH, HEIGHT, &m, NULL), CZ_OK);
}

static const uint8_t *at(const uint8_t *of, int x, int y)
{
    return of + ((ptrdiff_t)y * WIDTH + x) * 3;
}

Test(align, nothing_moves)
{
    align(0, 0, 1);
    cr_expect_arr_eq(out, picture, BYTES);
}

Test(align, whole_pixels)
{
    align(5, -3, 1);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            static const uint8_t black[3];
            const bool known = x + 5 < WIDTH && y - 3 >= 0;
            const uint8_t *want = known ? at(picture, x + 5, y - 3) : black;
            cr_assert_arr_eq(at(out, x, y), want, 3, "%d, %d", x, y);
        }
}

Test(align, parts_of_pixels_are_interpolated)
{
    align(0.5, 0.25, 1);
    const uint8_t *got = at(out, 10, 10);
    cr_expect_eq(got[0], 20 + 30 + 2, "%u", got[0]); /* 1.5, rounded up */
    cr_expect_eq(got[1], 20 + 50 + 1, "%u", got[1]); /* 1.25 */
    cr_expect_eq(got[2], 7);
}

Test(align, zoom_is_about_the_center)
{
    align(0, 0, 2); /* the match shows everything twice as large: the result is half as large */
    for (int x = 20; x < 44; x++) {
        const double from = 2 * (x + 0.5 - WIDTH / 2.0) + WIDTH / 2.0 - 0.5;
        cr_expect_leq(abs((int)at(out, x, HEIGHT / 2)[0] - (int)(20 + 3 * from)), 2);
    }
    cr_expect_eq(at(out, 2, 2)[2], 0, "outside of the match's picture");
    align(0, 0, 0.5);
    cr_expect_eq(at(out, 0, 0)[2], 7);
    cr_expect_eq(at(out, WIDTH - 1, HEIGHT - 1)[2], 7);
}

Test(align, far_away_and_single_pixels)
{
    align(1e9, 0, 1);
    for (size_t i = 0; i < BYTES; i++)
        cr_assert_eq(out[i], 0);
    const cz_match m = {.zoom = 1};
    const uint8_t pixel[3] = {1, 2, 3};
    cr_assert_eq(cz_align(out, 3, 3, pixel, 1, 1, &m, NULL), CZ_OK);
    cr_expect_arr_eq(&out[12], pixel, 3); /* the middle one */
    cr_expect_eq(out[0], 0);
}

Test(align, invalid_arguments)
{
    cz_error err;
    const cz_match none = {.zoom = 0}, good = {.zoom = 1};
    cr_expect_eq(cz_align(out, WIDTH, HEIGHT, picture, WIDTH, HEIGHT, &none, &err), CZ_USAGE);
    cr_expect_eq(cz_align(out, 0, HEIGHT, picture, WIDTH, HEIGHT, &good, &err), CZ_USAGE);
    cr_expect_eq(cz_align(out, WIDTH, HEIGHT, picture, WIDTH, 0, &good, &err), CZ_USAGE);
}
