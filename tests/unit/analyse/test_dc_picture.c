/* dc_picture: shape and samples of frames whose DC coefficients are known. */
#include "analyse/dc_picture.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/prores/write.h"
#include "tests/unit/support/alloc_fail.h"

enum { WIDTH = 200, HEIGHT = 100, COLUMNS = 25, ROWS = 13 };

static prores_decoder *dec;
static dc_picture picture;
static buf frame;

/* What block (x, y) of luma is, and block (x, y) of chroma. */
static int luma_at(unsigned x, unsigned y)
{
    return (int)(100 + 7 * x + 31 * y) % 900 + 60;
}

static int chroma_at(unsigned plane, unsigned x, unsigned y)
{
    return (int)(300 + 200 * plane + 3 * x + y) % 800 + 100;
}

/* With q = 4 and matrices of 4, a coefficient of 2 is one step of the sample. */
static void fill(void *user, slice_spec *s)
{
    const bool is_444 = *(const bool *)user;
    s->q = 4;
    for (unsigned b = 0; b < s->blocks[0]; b++) {
        const unsigned x = (s->mb_x + b / 4) * 2 + (b & 1), y = s->row * 2 + (b >> 1 & 1);
        s->coef[0][b][0] = 2 * (luma_at(x, y) - 512);
    }
    for (unsigned plane = 1; plane < 3; plane++)
        for (unsigned b = 0; b < s->blocks[plane]; b++) {
            const unsigned mb = is_444 ? b / 4 : b / 2, right = is_444 ? b >> 1 & 1 : 0;
            const unsigned x = (s->mb_x + mb) * (is_444 ? 2 : 1) + right, y = s->row * 2 + (b & 1);
            s->coef[plane][b][0] = 2 * (chroma_at(plane, x, y) - 512);
        }
}

static void write_frame(uint8_t chroma, uint8_t interlace)
{
    const frame_spec spec = {.head = {.width = WIDTH,
                                      .height = HEIGHT,
                                      .chroma = chroma,
                                      .interlace = interlace,
                                      .matrix = 1},
                             .log2_mbs = 2};
    bool is_444 = chroma == PRORES_444;
    buf_free(&frame);
    cr_assert_eq(prores_write(&frame, &spec, fill, &is_444), CZ_OK);
}

static void begin(void)
{
    cr_assert_eq(prores_decoder_new(&dec, 1, NULL), CZ_OK);
}

static void end(void)
{
    dc_picture_free(&picture);
    prores_decoder_free(&dec);
    buf_free(&frame);
}

TestSuite(dc_picture, .init = begin, .fini = end);

static void expect_samples(void)
{
    for (unsigned y = 0; y < ROWS; y++) {
        for (unsigned x = 0; x < COLUMNS; x++)
            cr_assert_eq(picture.luma[y * COLUMNS + x], luma_at(x, y), "luma %u, %u", x, y);
        for (unsigned x = 0; x < picture.chroma_columns; x++) {
            const size_t at = (size_t)y * picture.chroma_columns + x;
            cr_assert_eq(picture.cb[at], chroma_at(1, x, y), "cb %u, %u", x, y);
            cr_assert_eq(picture.cr[at], chroma_at(2, x, y), "cr %u, %u", x, y);
        }
    }
}

Test(dc_picture, progressive)
{
    write_frame(PRORES_422, PRORES_PROGRESSIVE);
    cr_assert_eq(dc_picture_decode(&picture, dec, frame.at, frame.len, NULL), CZ_OK);
    cr_expect_eq(picture.width, WIDTH);
    cr_expect_eq(picture.height, HEIGHT);
    cr_expect_eq(picture.columns, COLUMNS);
    cr_expect_eq(picture.rows, ROWS);
    cr_expect_eq(picture.chroma_columns, 13);
    cr_expect_eq(picture.whole_columns, 25);
    cr_expect_eq(picture.whole_rows, 12);
    cr_expect_eq(picture.whole_chroma_columns, 12);
    expect_samples();
}

Test(dc_picture, samples_of_4444_have_10_bits)
{
    write_frame(PRORES_444, PRORES_PROGRESSIVE);
    cr_assert_eq(dc_picture_decode(&picture, dec, frame.at, frame.len, NULL), CZ_OK);
    cr_expect_eq(picture.chroma_columns, COLUMNS);
    cr_expect_eq(picture.whole_chroma_columns, 25);
    expect_samples();
}

Test(dc_picture, interlaced_has_the_shape_of_progressive)
{
    write_frame(PRORES_422, PRORES_TOP_FIRST);
    cr_assert_eq(dc_picture_decode(&picture, dec, frame.at, frame.len, NULL), CZ_OK);
    cr_expect_eq(picture.columns, COLUMNS);
    cr_expect_eq(picture.rows, ROWS);
    cr_expect_eq(picture.whole_rows, 12); /* 50 lines of each field: 6 blocks of two rows each */
    /* Both fields have the same DC coefficients and no other: two equal rows for each block. */
    for (unsigned y = 0; y < 12; y++)
        for (unsigned x = 0; x < COLUMNS; x++)
            cr_assert_eq(picture.luma[y * COLUMNS + x], luma_at(x, y / 2));
}

Test(dc_picture, smaller_than_a_block)
{
    const frame_spec spec = {.head = {.width = 3, .height = 2, .chroma = PRORES_422}};
    bool is_444 = false;
    cr_assert_eq(prores_write(&frame, &spec, fill, &is_444), CZ_OK);
    cr_assert_eq(dc_picture_decode(&picture, dec, frame.at, frame.len, NULL), CZ_OK);
    cr_expect_eq(picture.columns, 1);
    cr_expect_eq(picture.rows, 1);
    cr_expect_eq(picture.whole_columns, 1);
    cr_expect_eq(picture.whole_rows, 1);
    cr_expect_eq(picture.whole_chroma_columns, 1);
}

Test(dc_picture, rgb_is_that_of_the_decoder)
{
    static uint8_t ours[COLUMNS * ROWS * 3], theirs[COLUMNS * ROWS * 3];
    const uint8_t kinds[] = {PRORES_PROGRESSIVE, PRORES_BOTTOM_FIRST};
    const prores_options opt = {.layout = PRORES_RGB24, .scale = 8};
    const prores_image image = {{{theirs, (ptrdiff_t)COLUMNS * 3}}};
    for (size_t i = 0; i < sizeof kinds; i++) {
        write_frame(PRORES_422, kinds[i]);
        cr_assert_eq(dc_picture_decode(&picture, dec, frame.at, frame.len, NULL), CZ_OK);
        dc_picture_rgb24(&picture, dec, ours);
        cr_assert_eq(prores_decode(dec, frame.at, frame.len, &opt, &image, NULL, NULL, NULL),
                     CZ_OK);
        cr_expect_arr_eq(ours, theirs, sizeof ours);
    }
}

Test(dc_picture, errors)
{
    cz_error err = {0};
    write_frame(PRORES_422, PRORES_PROGRESSIVE);
    cr_expect_eq(dc_picture_decode(&picture, dec, frame.at, 10, &err), CZ_FORMAT);
    cr_expect_eq(dc_picture_decode(&picture, dec, (const uint8_t *)"", 0, &err), CZ_FORMAT);
    cr_assert_eq(dc_picture_decode(&picture, dec, frame.at, frame.len, &err), CZ_OK);
    memset(frame.at + frame.len - 200, 0xff, 200);
    cr_expect_eq(dc_picture_decode(&picture, dec, frame.at, frame.len, &err), CZ_CORRUPT);
    cr_expect_eq(picture.luma[0], luma_at(0, 0)); /* complete all the same */
}

static int decode_new(void)
{
    dc_picture other = {0};
    const int rc = dc_picture_decode(&other, dec, frame.at, frame.len, NULL);
    dc_picture_free(&other);
    return rc;
}

Test(dc_picture, failing_allocations)
{
    write_frame(PRORES_422, PRORES_PROGRESSIVE);
    for (size_t n = 1;; n++) {
        alloc_fail_at(n);
        const int rc = decode_new();
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            cr_assert_gt(n, 1);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM);
    }
}
