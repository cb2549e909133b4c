/* views_register(): known shifts and zooms, light, noise, other views, and pictures that show
 * nothing. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/registration.h"
#include "tests/unit/analyse/moving_picture.h"
#include "tests/unit/support/alloc_fail.h"

enum { WIDTH = 1920, HEIGHT = 1080, BLOCKS = 512 * 512 };

static view_picture views[2];
static registration_memory memory;
static const camera_view origin = {5000, 3000, 1};

static void end(void)
{
    view_picture_free(&views[0]);
    view_picture_free(&views[1]);
    registration_memory_free(&memory);
}

TestSuite(registration, .fini = end);

/* Prepare what a camera sees, times gain / 100, with floc: bright dots at places of their own. */
static void see(unsigned i, uint32_t width, uint32_t height, camera_view view, const scenery *what,
                unsigned gain, unsigned floc)
{
    static uint8_t luma[BLOCKS];
    dc_picture picture = {0};
    paint_view(&picture, width, height, view, what);
    const size_t n = (size_t)picture.columns * picture.rows;
    for (size_t k = 0; k < n; k++) {
        const unsigned v = picture.luma[k] * gain / 400;
        luma[k] = (uint8_t)(v < 255 ? v : 255);
    }
    uint32_t random = 7 + what->number;
    for (unsigned k = 0; k < floc; k++) {
        random = random * 1664525u + 1013904223u;
        luma[(random >> 8) % (n - picture.columns - 1)] = 255;
        luma[(random >> 8) % (n - picture.columns - 1) + 1] = 230;
    }
    cr_assert_eq(view_picture_make(&views[i], luma, picture.columns, width, height, NULL), CZ_OK);
    dc_picture_free(&picture);
}

static registration registered(void)
{
    registration r;
    cr_assert_eq(views_register(&r, &views[0], &views[1], &memory, NULL), CZ_OK);
    return r;
}

/* Within 2 pixels and 1 % of zoom, as docs/analysis.md says. */
static void expect_found(camera_view a, camera_view b, double scale)
{
    const registration r = registered();
    const double zoom = b.zoom / a.zoom * scale;
    const double x = (a.x - b.x) * b.zoom * scale, y = (a.y - b.y) * b.zoom * scale;
    cr_expect(r.score >= REGISTRATION_SCORE, "score %.3f", r.score);
    cr_expect(fabs(r.shift_x - x) < 2, "x %.2f, wanted %.2f", r.shift_x, x);
    cr_expect(fabs(r.shift_y - y) < 2, "y %.2f, wanted %.2f", r.shift_y, y);
    cr_expect(fabs(r.zoom / zoom - 1) < 0.01, "zoom %.4f, wanted %.4f", r.zoom, zoom);
}

Test(registration, a_picture_agrees_with_itself)
{
    const scenery plain = {0};
    see(0, WIDTH, HEIGHT, origin, &plain, 100, 0);
    see(1, WIDTH, HEIGHT, origin, &plain, 100, 0);
    const registration r = registered();
    cr_expect_gt(r.score, 0.99);
    cr_expect_lt(fabs(r.shift_x) + fabs(r.shift_y), 0.01);
    cr_expect_lt(fabs(r.zoom - 1), 1e-4);
}

Test(registration, known_shifts_and_zooms)
{
    static const camera_view moved[] = {
        {12, -7, 1},      {-130, 64, 1},     {260, 110, 1},     {-420, -150, 1}, {0, 0, 1.1},
        {0, 0, 0.9},      {0, 0, 1.33},      {0, 0, 0.72},      {90, -40, 1.05}, {-200, 100, 0.87},
        {150, 120, 1.27}, {-300, -60, 1.15}, {75.5, 33.3, 0.8},
    };
    for (size_t i = 0; i < sizeof moved / sizeof *moved; i++) {
        const camera_view b = {origin.x + moved[i].x, origin.y + moved[i].y, moved[i].zoom};
        scenery s = {.noise = 8, .number = 1};
        see(0, WIDTH, HEIGHT, origin, &s, 100, 0);
        s.number = 2;
        see(1, WIDTH, HEIGHT, b, &s, 100, 0);
        expect_found(origin, b, 1);
    }
}

Test(registration, light_noise_and_floc_do_not_matter)
{
    static const unsigned gains[] = {65, 80, 120};
    for (unsigned i = 0; i < 3; i++) {
        const camera_view b = {origin.x - 140, origin.y + 60, 1.08};
        scenery s = {.noise = 6, .number = 3};
        see(0, WIDTH, HEIGHT, origin, &s, 100, 40);
        s = (scenery){.noise = 10, .lamp = true, .object = 20, .number = 4 + i};
        see(1, WIDTH, HEIGHT, b, &s, gains[i], 150);
        expect_found(origin, b, 1);
    }
}

Test(registration, frames_of_other_dimensions)
{
    /* The same plane, filmed with 2/3 of the pixels. */
    const scenery s = {.noise = 4};
    const camera_view b = {origin.x + 60, origin.y - 30, 1.05};
    const camera_view small = {b.x, b.y, b.zoom * 2 / 3};
    see(0, WIDTH, HEIGHT, origin, &s, 100, 0);
    see(1, 1280, 720, small, &s, 100, 0);
    expect_found(origin, small, 1);
}

Test(registration, other_views_score_less)
{
    double most = 0;
    for (unsigned i = 0; i < 40; i++) {
        const unsigned column = i % 8, row = i / 8;
        const camera_view b = {origin.x + 2500 + 640 * column, origin.y + 1500 + 360 * row, 1};
        const scenery s = {.noise = 8, .number = i};
        see(0, WIDTH, HEIGHT, origin, &s, 100, 0);
        see(1, WIDTH, HEIGHT, b, &s, 100, 0);
        const registration r = registered();
        most = r.score > most ? r.score : most;
    }
    cr_log_info("other views score at most %.3f", most);
    cr_expect_lt(most, REGISTRATION_SCORE - 0.1, "%.3f", most);
}

static void fill(unsigned i, uint32_t width, uint32_t height, int value)
{
    static uint8_t luma[BLOCKS];
    memset(luma, value, sizeof luma);
    cr_assert_eq(view_picture_make(&views[i], luma, width / 8, width, height, NULL), CZ_OK);
}

Test(registration, pictures_without_texture_are_unknown)
{
    static const int values[] = {0, 16, 128, 255};
    const scenery plain = {0};
    for (unsigned i = 0; i < 4; i++) {
        fill(0, WIDTH, HEIGHT, values[i]);
        fill(1, WIDTH, HEIGHT, values[i]);
        cr_expect_eq(registered().score, 0);
        see(1, WIDTH, HEIGHT, origin, &plain, 100, 0);
        cr_expect_eq(registered().score, 0);
    }
}

Test(registration, small_and_narrow_frames)
{
    static const uint32_t sizes[][2] = {{8, 8},   {16, 8},     {8, 4096},  {4096, 8},
                                        {64, 64}, {4096, 128}, {128, 4000}};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (unsigned k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            static uint8_t luma[BLOCKS];
            for (size_t j = 0; j < BLOCKS; j++)
                luma[j] = (uint8_t)(j * 2654435761u >> 13);
            const uint32_t *a = sizes[i], *b = sizes[k];
            cr_assert_eq(view_picture_make(&views[0], luma, a[0] / 8, a[0], a[1], NULL), CZ_OK);
            cr_assert_eq(view_picture_make(&views[1], luma, b[0] / 8, b[0], b[1], NULL), CZ_OK);
            const registration r = registered();
            cr_expect(r.score >= 0 && r.score <= 1 && isfinite(r.zoom) && isfinite(r.shift_x));
        }
}

Test(registration, frames_without_a_block_are_refused)
{
    cz_error err;
    uint8_t luma[1] = {0};
    cr_expect_eq(view_picture_make(&views[0], luma, 1, 7, 100, &err), CZ_USAGE);
    cr_expect_eq(view_picture_make(&views[0], luma, 1, 100, 0, &err), CZ_USAGE);
    cr_expect_eq(view_picture_make(&views[0], luma, 1, 8 * VIEW_SIDE_MAX + 8, 100, &err), CZ_USAGE);
}

Test(registration, luma_of_an_overview)
{
    const uint8_t rgb[] = {0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255};
    uint8_t luma[5];
    luma_of_rgb(luma, rgb, 5);
    const uint8_t wanted[] = {0, 255, 54, 182, 18};
    cr_expect_arr_eq(luma, wanted, 5);
}

Test(registration, failing_allocations)
{
    static uint8_t luma[240 * 135];
    for (size_t i = 0; i < sizeof luma; i++)
        luma[i] = (uint8_t)(i * 2654435761u >> 13);
    for (unsigned n = 1;; n++) {
        cz_error err;
        registration r;
        alloc_fail_at(n);
        int rc = view_picture_make(&views[0], luma, 240, WIDTH, HEIGHT, &err);
        if (rc == CZ_OK)
            rc = view_picture_make(&views[1], luma, 240, WIDTH, HEIGHT, &err);
        if (rc == CZ_OK)
            rc = views_register(&r, &views[0], &views[1], &memory, &err);
        const bool failed = alloc_fail_end();
        end();
        if (!failed) {
            cr_assert_eq(rc, CZ_OK);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM);
    }
}
