/* scenes_find() on statistics made by hand, and on a made tour of views with pans, zooms and cuts;
 * signatures. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/frame_analysis.h"
#include "analyse/scenes.h"
#include "tests/unit/analyse/moving_picture.h"
#include "tests/unit/support/alloc_fail.h"

enum { FRAMES_MAX = 1000, WIDTH = 1920, HEIGHT = 1080, TOUR_WIDTH = 960, TOUR_HEIGHT = 544 };

static frame_statistics frames[FRAMES_MAX];
static uint64_t count;
static scene *scenes;
static size_t scene_count;

static void begin(void)
{
    count = 0;
}

static void end(void)
{
    free(scenes);
    scenes = NULL;
}

TestSuite(scenes, .init = begin, .fini = end);

static frame_statistics *add(double shift_x, double zoom)
{
    frames[count] = (frame_statistics){
        .luma_mean = 400, .difference = 2, .shift_x = (float)shift_x, .zoom = (float)zoom};
    return &frames[count++];
}

static void add_still(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        add(0, 1);
}

static void add_cut(void)
{
    frame_statistics *f = add(NAN, NAN);
    f->flags = FRAME_NO_MOTION;
    f->difference = 80;
}

static void find(void)
{
    end();
    cr_assert_eq(scenes_find(&scenes, &scene_count, frames, count, WIDTH, HEIGHT, NULL), CZ_OK);
}

static void expect_scene(size_t i, uint64_t first, uint64_t last, uint64_t representative)
{
    cr_assert_gt(scene_count, i);
    cr_expect_eq(scenes[i].first, first, "%zu: first %d", i, (int)scenes[i].first);
    cr_expect_eq(scenes[i].last, last, "%zu: last %d", i, (int)scenes[i].last);
    cr_expect_eq(scenes[i].representative, representative, "%zu: representative %d", i,
                 (int)scenes[i].representative);
}

Test(scenes, none)
{
    find();
    cr_expect_eq(scene_count, 0);
    cr_expect_null(scenes);
}

Test(scenes, clip_of_one_frame)
{
    add_still(1);
    frames[0].flags = FRAME_NO_MOTION;
    find();
    cr_assert_eq(scene_count, 1);
    expect_scene(0, 0, 0, 0);
}

Test(scenes, ends_of_a_pan_belong_to_the_scenes)
{
    add_still(100); /* 0..99 */
    for (int i = 0; i < 50; i++)
        add(6, 1); /* frames 100..149 have moved */
    add_still(60);
    find();
    cr_assert_eq(scene_count, 2);
    expect_scene(0, 0, 99, 48);
    expect_scene(1, 149, 209, 176); /* 179 is the middle */
}

Test(scenes, slow_pan_and_zoom)
{
    add_still(60);
    for (int i = 0; i < 60; i++)
        add(0.5, 1);
    add_still(60);
    for (int i = 0; i < 60; i++)
        add(0, 1.001);
    add_still(60);
    find();
    cr_expect_eq(scene_count, 3);
}

Test(scenes, trembling_is_no_motion)
{
    for (int i = 0; i < 200; i++)
        add(i % 2 ? 1.5 : -1.5, 1);
    find();
    cr_assert_eq(scene_count, 1);
    expect_scene(0, 0, 199, 96);
}

Test(scenes, cuts)
{
    add_still(50);
    add_cut();
    add_still(49);
    add_cut();
    add_still(20); /* too short */
    add_cut();
    add_still(40);
    find();
    cr_assert_eq(scene_count, 3);
    expect_scene(0, 0, 49, 16);
    expect_scene(1, 50, 99, 80);
    expect_scene(2, 121, 161, 144);
}

Test(scenes, unknown_motion_of_equal_frames_is_no_cut)
{
    add_still(50);
    add_cut();
    frames[50].difference = CUT_DIFFERENCE;
    add_still(49);
    find();
    cr_assert_eq(scene_count, 1);
    expect_scene(0, 0, 99, 48);
}

Test(scenes, black_frames_are_no_scene)
{
    add_still(200);
    for (int i = 50; i < 120; i++)
        frames[i].flags = FRAME_BLACK | FRAME_FROZEN;
    find();
    cr_assert_eq(scene_count, 2);
    expect_scene(0, 0, 49, 16);
    expect_scene(1, 120, 199, 160);
}

Test(scenes, damaged_frames)
{
    add_still(100);
    for (int i = 0; i < 100; i++)
        if (i < 3 || i == 48 || i > 96)
            frames[i] = frame_statistics_unknown(0);
    find();
    cr_assert_eq(scene_count, 1);
    expect_scene(0, 3, 96, 64);
    for (int i = 0; i < 100; i++)
        frames[i] = frame_statistics_unknown(0);
    find();
    cr_expect_eq(scene_count, 0);
}

Test(scenes, failing_allocations)
{
    for (int i = 0; i < 20; i++) {
        add_still(30);
        add_cut();
    }
    for (size_t n = 1;; n++) {
        scene *got = NULL;
        size_t got_count = 0;
        alloc_fail_at(n);
        const int rc = scenes_find(&got, &got_count, frames, count, WIDTH, HEIGHT, NULL);
        const bool failed = alloc_fail_end();
        cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK);
        cr_assert_eq(got == NULL, failed);
        free(got);
        if (!failed)
            break;
    }
}

/* ---- A tour ---- */

/* A leg of the camera's tour, and whether it is a scene. */
typedef struct leg {
    unsigned frames;
    double dx, dy, zoom; /* of each frame against the one before */
    bool cut;            /* its first frame shows another place */
    bool still;
} leg;

static const leg tour[] = {
    {70, 0, 0, 1, false, true},      {40, 5, 1, 1, false, false},
    {60, 0, 0, 1, false, true},      {50, 0, 0, 1.01, false, false},
    {80, 0, 0, 1, false, true},      {30, 0, 0, 0.985, false, false},
    {45, 0, 0, 1, false, true},      {35, 12, -7, 1, false, false},
    {40, 0, 0, 1, false, true},      {50, 0, 0, 1, true, true},
    {60, 0.8, 0.3, 1, false, false}, {55, 0, 0, 1, false, true},
    {40, 0, 0, 1, true, true},       {25, -3, 2, 1.004, false, false},
    {64, 0, 0, 1, false, true},
};

static scenery what = {.noise = 3, .lamp = true};

static void analyse(dc_picture *picture, frame_view views[2], camera_view view)
{
    frame_view *now = &views[count % 2];
    what.number = (unsigned)count;
    paint_view(picture, TOUR_WIDTH, TOUR_HEIGHT, view, &what);
    cr_assert_eq(motion_pyramid_build(&now->pyramid, picture, NULL), CZ_OK);
    now->picture = *picture;
    now->known = true;
    frame_statistics_of(&frames[count], picture, 0);
    if (count)
        frame_view_compare(&frames[count], &views[(count + 1) % 2], now);
    count++;
}

static void take_tour(void)
{
    frame_view views[2] = {0};
    dc_picture pictures[2] = {0};
    camera_view view = {3000, 3000, 1};
    for (size_t l = 0; l < sizeof tour / sizeof *tour; l++)
        for (unsigned i = 0; i < tour[l].frames; i++) {
            if (tour[l].cut && i == 0)
                view = (camera_view){view.x + 5000, view.y, 1};
            view.x += tour[l].dx / view.zoom;
            view.y += tour[l].dy / view.zoom;
            view.zoom *= tour[l].zoom;
            analyse(&pictures[count % 2], views, view);
        }
    for (int i = 0; i < 2; i++) {
        dc_picture_free(&pictures[i]);
        motion_pyramid_free(&views[i].pyramid);
    }
}

/* Does a found scene have the same ends as [first, last], but for two frames? */
static bool is_found(uint64_t first, uint64_t last)
{
    for (size_t i = 0; i < scene_count; i++)
        if (llabs((long long)(scenes[i].first - first)) <= 2 &&
            llabs((long long)(scenes[i].last - last)) <= 2)
            return true;
    return false;
}

Test(scenes, tour)
{
    take_tour();
    end();
    cr_assert_eq(scenes_find(&scenes, &scene_count, frames, count, TOUR_WIDTH, TOUR_HEIGHT, NULL),
                 CZ_OK);
    size_t wanted = 0, found = 0;
    uint64_t at = 0;
    for (size_t l = 0; l < sizeof tour / sizeof *tour; at += tour[l++].frames) {
        if (!tour[l].still)
            continue;
        const bool after_motion = l > 0 && !tour[l].cut && !tour[l - 1].still;
        wanted++;
        found += is_found(after_motion ? at - 1 : at, at + tour[l].frames - 1);
    }
    (void)printf("scenes of a tour: %zu of %zu found, recall %.2f, precision %.2f\n", found, wanted,
                 (double)found / (double)wanted, (double)found / (double)scene_count);
    cr_expect_eq(found, wanted);
    cr_expect_eq(scene_count, wanted);
}

/* ---- Signatures ---- */

Test(signature, independent_of_brightness_and_contrast)
{
    static dc_picture p;
    const scenery plain = {0};
    uint8_t bright[SIGNATURE_BYTES], dark[SIGNATURE_BYTES];
    paint_view(&p, WIDTH, HEIGHT, (camera_view){900, 900, 1}, &plain);
    view_signature(bright, &p);
    for (size_t i = 0; i < (size_t)p.columns * p.rows; i++)
        p.luma[i] = (uint16_t)(p.luma[i] / 2 + 100);
    view_signature(dark, &p);
    int sum = 0, least = 255, most = 0;
    for (int i = 0; i < SIGNATURE_BYTES; i++) {
        cr_expect(abs(bright[i] - dark[i]) <= 1);
        sum += bright[i];
        least = bright[i] < least ? bright[i] : least;
        most = bright[i] > most ? bright[i] : most;
    }
    cr_expect(abs(sum / SIGNATURE_BYTES - 128) <= 1);
    cr_expect_lt(least, 80);
    cr_expect_gt(most, 176);
    dc_picture_free(&p);
}

Test(signature, cells_of_a_checkerboard)
{
    static dc_picture p;
    const scenery plain = {0};
    uint8_t got[SIGNATURE_BYTES];
    paint_view(&p, SIGNATURE_COLUMNS * 16, SIGNATURE_ROWS * 16, (camera_view){0, 0, 1}, &plain);
    for (uint32_t i = 0; i < p.columns * p.rows; i++)
        p.luma[i] = (i % p.columns / 2 + i / p.columns / 2) % 2 ? 600 : 200;
    view_signature(got, &p);
    for (uint32_t i = 0; i < SIGNATURE_BYTES; i++)
        cr_expect_eq(got[i], (i % SIGNATURE_COLUMNS + i / SIGNATURE_COLUMNS) % 2 ? 176 : 80);
    dc_picture_free(&p);
}

Test(signature, flat_and_tiny)
{
    static dc_picture p;
    const scenery plain = {0};
    uint8_t got[SIGNATURE_BYTES];
    paint_view(&p, 16, 8, (camera_view){0, 0, 1}, &plain);
    p.luma[0] = p.luma[1] = 300;
    view_signature(got, &p);
    for (int i = 0; i < SIGNATURE_BYTES; i++)
        cr_expect_eq(got[i], 128);
    p.luma[1] = 500;
    view_signature(got, &p);
    cr_expect_lt(got[0], 128);
    cr_expect_gt(got[SIGNATURE_COLUMNS - 1], 128);
    dc_picture_free(&p);
}
