/* cli/picture/sheet.c: where pictures and labels of a contact sheet lie. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/picture/sheet.h"
#include "tests/unit/support/alloc_fail.h"

enum { WIDTH = 40, HEIGHT = 20 };
static const size_t SAMPLES = (size_t)WIDTH * HEIGHT;

static sheet s;
static uint8_t picture[WIDTH * HEIGHT * 3];

static void end(void)
{
    sheet_free(&s);
}

TestSuite(sheet, .fini = end);

static size_t count(uint8_t value)
{
    size_t n = 0;
    for (size_t i = 0; i < (size_t)s.width * s.height; i++)
        n += s.pixels[3 * i] == value;
    return n;
}

Test(sheet, columns_and_rows)
{
    static const size_t counts[][3] = {{1, 1, 1},  {5, 5, 1},  {8, 8, 1},     {9, 8, 2},
                                       {64, 8, 8}, {65, 9, 8}, {1024, 32, 32}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        cr_assert_eq(sheet_new(&s, counts[i][0], WIDTH, HEIGHT, NULL), CZ_OK);
        cr_expect_eq(s.columns, counts[i][1], "%zu", counts[i][0]);
        cr_expect_eq(s.rows, counts[i][2], "%zu", counts[i][0]);
        cr_expect_eq(s.width, s.columns * (WIDTH + 4) + 4);
        cr_expect_eq(s.height, s.rows * (HEIGHT + s.label_height + 4) + 4);
        sheet_free(&s);
    }
}

Test(sheet, pictures_lie_beside_each_other)
{
    cr_assert_eq(sheet_new(&s, 10, WIDTH, HEIGHT, NULL), CZ_OK);
    for (size_t i = 0; i < 10; i++) {
        memset(picture, (int)(100 + i), sizeof picture);
        sheet_place(&s, i, picture);
    }
    for (int i = 0; i < 10; i++)
        cr_expect_eq(count((uint8_t)(100 + i)), SAMPLES);
    cr_expect_eq(s.pixels[((size_t)4 * s.width + 4) * 3], 100);
    cr_expect_eq(s.pixels[((size_t)4 * s.width + 4 + WIDTH + 4) * 3], 101);
}

Test(sheet, unknown_pictures_have_a_cross)
{
    cr_assert_eq(sheet_new(&s, 1, WIDTH, HEIGHT, NULL), CZ_OK);
    sheet_place(&s, 0, NULL);
    cr_expect_eq(count(70) + count(130), SAMPLES);
    cr_expect(count(130) >= (size_t)2 * HEIGHT - 1 && count(130) <= (size_t)2 * HEIGHT);
}

/* "1" has 10 pixels, "." has 4. */
Test(sheet, labels_end_at_the_edge_of_their_picture)
{
    cr_assert_eq(sheet_new(&s, 2, WIDTH, HEIGHT, NULL), CZ_OK);
    sheet_label(&s, 0, "1.");
    cr_expect_eq(count(220), 14);
    sheet_label(&s, 1, "1111111111111111111111"); /* six are as wide as the picture */
    cr_expect_eq(count(220), 14 + 6 * 10);
    sheet_label(&s, 1, "abc \xff");
    cr_expect_eq(count(220), 14 + 6 * 10);
}

Test(sheet, limits)
{
    cz_error err = {0};
    cr_expect_eq(sheet_new(&s, 1024, 4000, 10, &err), CZ_UNSUPPORTED);
    cr_expect_eq(sheet_new(&s, 1024, 10, UINT32_MAX, &err), CZ_UNSUPPORTED);
    cr_expect_null(s.pixels);
    alloc_fail_at(1);
    const int rc = sheet_new(&s, 4, WIDTH, HEIGHT, NULL);
    cr_assert(alloc_fail_end());
    cr_expect_eq(rc, CZ_NOMEM);
}

/* A damaged store can have a clip of no frames. */
Test(sheet, of_no_pictures_is_refused)
{
    cz_error err;
    sheet none;
    cr_assert_eq(sheet_new(&none, 0, 160, 90, &err), CZ_UNSUPPORTED);
    cr_assert(strstr(err.message, "no frames"), "%s", err.message);
    sheet_free(&none);
}
