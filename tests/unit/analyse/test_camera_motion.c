/* camera_motion_between(): known pans and zooms, and pictures that have no motion to find. */
#include <criterion/criterion.h>
#include <math.h>

#include "analyse/camera_motion.h"
#include "tests/unit/analyse/moving_picture.h"
#include "tests/unit/support/alloc_fail.h"

enum { WIDTH = 1920, HEIGHT = 1080 };

static dc_picture pictures[2];
static motion_pyramid pyramids[2];

static void end(void)
{
    for (int i = 0; i < 2; i++) {
        dc_picture_free(&pictures[i]);
        motion_pyramid_free(&pyramids[i]);
    }
}

TestSuite(camera_motion, .fini = end);

static camera_motion between(camera_view a, camera_view b, scenery s)
{
    const camera_view views[2] = {a, b};
    for (unsigned i = 0; i < 2; i++) {
        s.number++;
        paint_view(&pictures[i], WIDTH, HEIGHT, views[i], &s);
        cr_assert_eq(motion_pyramid_build(&pyramids[i], &pictures[i], NULL), CZ_OK);
    }
    return camera_motion_between(&pyramids[0], &pyramids[1]);
}

/* The bound is one pixel of full scale, at the edge of the picture too. */
static void expect_motion(camera_view a, camera_view b, scenery s)
{
    const camera_motion got = between(a, b, s);
    const double zoom = b.zoom / a.zoom;
    const double x = (a.x - b.x) * b.zoom, y = (a.y - b.y) * b.zoom;
    cr_assert(got.known, "score %.2f", got.score);
    cr_expect(fabs(got.shift_x - x) < 0.5, "x %.3f, wanted %.3f", got.shift_x, x);
    cr_expect(fabs(got.shift_y - y) < 0.5, "y %.3f, wanted %.3f", got.shift_y, y);
    cr_expect(fabs(got.zoom - zoom) * WIDTH / 2 < 0.5, "zoom %.5f, wanted %.5f", got.zoom, zoom);
}

static const camera_view origin = {5000, 3000, 1};

static camera_view moved(double x, double y, double zoom)
{
    return (camera_view){origin.x + x, origin.y + y, zoom};
}

Test(camera_motion, equal_pictures_do_not_move)
{
    const scenery plain = {0};
    const camera_motion got = between(origin, origin, plain);
    cr_expect_eq(got.shift_x, 0);
    cr_expect_eq(got.shift_y, 0);
    cr_expect_eq(got.zoom, 1);
    cr_expect_eq(got.score, 1);
    cr_expect(got.known);
}

Test(camera_motion, pans)
{
    const scenery noisy = {.noise = 6};
    const double steps[] = {0, 0.2, 1, 3.7, -8, 21.3, 60, -140};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        expect_motion(origin, moved(steps[i], -0.7 * steps[i], 1), noisy);
}

Test(camera_motion, zooms)
{
    const scenery noisy = {.noise = 6};
    const double zooms[] = {1.0005, 1.004, 0.99, 1.02, 0.98};
    for (size_t i = 0; i < sizeof zooms / sizeof *zooms; i++) {
        expect_motion(origin, moved(0, 0, zooms[i]), noisy);
        expect_motion(moved(0, 0, 2), moved(5.5, 3.25, 2 * zooms[i]), noisy);
    }
}

/* The light stays where it is in the frame while the content moves. */
Test(camera_motion, lamp_on_the_camera)
{
    const scenery lit = {.noise = 4, .lamp = true};
    expect_motion(origin, moved(3.3, 1.2, 1), lit);
    expect_motion(origin, moved(17, -9, 1.005), lit);
    expect_motion(origin, origin, lit);
}

Test(camera_motion, object_that_moves_by_itself)
{
    const scenery passing = {.noise = 4, .object = 45}; /* a ninth of the picture at most */
    expect_motion(origin, origin, passing);
    expect_motion(origin, moved(6, 2, 1), passing);
}

Test(camera_motion, a_cut_is_not_known)
{
    const scenery noisy = {.noise = 4}, lit = {.noise = 4, .lamp = true};
    for (int i = 1; i < 8; i++) {
        const camera_view elsewhere = moved(3000.0 * i, 700.0 * i, 1);
        cr_expect_not(between(origin, elsewhere, noisy).known);
        cr_expect_not(between(origin, elsewhere, lit).known);
    }
    cr_expect_not(between(origin, moved(0, 0, 1.6), noisy).known);
}

static camera_motion of_levels(uint32_t columns, uint32_t rows, unsigned noise)
{
    for (unsigned i = 0; i < 2; i++) {
        const scenery s = {.noise = noise, .number = i};
        paint_view(&pictures[i], columns * 8, rows * 8, origin, &s);
        for (size_t k = 0; k < (size_t)columns * rows; k++)
            pictures[i].luma[k] = (uint16_t)(64 + (noise ? pictures[i].luma[k] % noise : 0));
        cr_assert_eq(motion_pyramid_build(&pyramids[i], &pictures[i], NULL), CZ_OK);
    }
    return camera_motion_between(&pyramids[0], &pyramids[1]);
}

Test(camera_motion, nothing_to_see)
{
    cr_expect_not(of_levels(240, 134, 0).known);  /* flat */
    cr_expect_not(of_levels(240, 134, 40).known); /* noise */
    cr_expect_not(of_levels(14, 14, 0).known);    /* too small */
}

Test(camera_motion, pictures_of_other_dimensions)
{
    const scenery plain = {0};
    (void)between(origin, origin, plain);
    paint_view(&pictures[0], 640, 480, origin, &plain);
    cr_assert_eq(motion_pyramid_build(&pyramids[0], &pictures[0], NULL), CZ_OK);
    cr_expect_not(camera_motion_between(&pyramids[0], &pyramids[1]).known);
    cr_expect_not(camera_motion_between(&pyramids[1], &pyramids[0]).known);
}

/* Every sum at its limit: the sanitizers watch. */
Test(camera_motion, extreme_contrast)
{
    const scenery plain = {0};
    for (unsigned pattern = 1; pattern < 40; pattern++) {
        for (unsigned i = 0; i < 2; i++) {
            paint_view(&pictures[i], 320, 320, origin, &plain);
            for (size_t k = 0; k < 1600; k++)
                pictures[i].luma[k] = (k % 40 / pattern + k / 40 / pattern + i) % 2 ? 1019 : 4;
            cr_assert_eq(motion_pyramid_build(&pyramids[i], &pictures[i], NULL), CZ_OK);
        }
        const camera_motion got = camera_motion_between(&pyramids[0], &pyramids[1]);
        cr_expect(!got.known || (isfinite(got.shift_x) && isfinite(got.zoom)));
    }
}

Test(camera_motion, failing_allocations)
{
    const scenery plain = {0};
    paint_view(&pictures[0], 320, 320, origin, &plain);
    for (size_t n = 1;; n++) {
        motion_pyramid pyramid = {0};
        alloc_fail_at(n);
        const int rc = motion_pyramid_build(&pyramid, &pictures[0], NULL);
        const bool failed = alloc_fail_end();
        motion_pyramid_free(&pyramid);
        cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK);
        if (!failed)
            break;
    }
}
