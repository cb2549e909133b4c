/* view_similarity(): signatures of a view that is shifted and zoomed, of others, of nothing. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/view_search.h"
#include "tests/unit/analyse/moving_picture.h"
#include "tests/unit/support/alloc_fail.h"

enum { WIDTH = 1920, HEIGHT = 1080 };

static view_query *cells, *halves;
static uint8_t signature[SIGNATURE_BYTES];
static const camera_view origin = {5000, 3000, 1};

static void end(void)
{
    view_query_free(&cells);
    view_query_free(&halves);
}

TestSuite(view_search, .fini = end);

/* A texture coarse enough that a signature shows it: 5 pixels of the plane are one. */
static void paint(dc_picture *out, camera_view view, const scenery *what)
{
    const camera_view far = {view.x, view.y, view.zoom * 2};
    paint_view(out, WIDTH, HEIGHT, far, what);
}

static void ask(camera_view view)
{
    const scenery what = {.noise = 8, .number = 1};
    dc_picture p = {0};
    paint(&p, view, &what);
    const size_t n = (size_t)p.columns * p.rows;
    uint8_t *luma = malloc(n);
    for (size_t i = 0; i < n; i++)
        luma[i] = (uint8_t)(p.luma[i] >> 2);
    cr_assert_eq(view_query_new(&cells, luma, p.columns, p.rows, VIEW_QUERY_CELLS, NULL), CZ_OK);
    cr_assert_eq(view_query_new(&halves, luma, p.columns, p.rows, VIEW_QUERY_HALVES, NULL), CZ_OK);
    free(luma);
    dc_picture_free(&p);
}

static void sign(camera_view view, const scenery *what)
{
    dc_picture p = {0};
    paint(&p, view, what);
    view_signature(signature, &p);
    dc_picture_free(&p);
}

Test(view_search, shifted_and_zoomed_views_are_similar)
{
    static const camera_view moved[] = {{0, 0, 1},      {-60, 20, 1},    {105, -70, 1},
                                        {0, 0, 1.12},   {0, 0, 0.86},    {-90, 60, 1.2},
                                        {140, 40, 0.9}, {-33, -88, 1.05}};
    ask(origin);
    for (unsigned i = 0; i < sizeof moved / sizeof *moved; i++) {
        const scenery what = {.noise = 16, .lamp = i % 2, .number = 2 + i};
        sign((camera_view){origin.x + moved[i].x, origin.y + moved[i].y, moved[i].zoom}, &what);
        const float a = view_similarity(cells, signature), b = view_similarity(halves, signature);
        cr_expect_geq(a, SIMILAR_CELLS, "%u: %.3f", i, (double)a);
        cr_expect_geq(b, SIMILAR_HALVES, "%u: %.3f", i, (double)b);
    }
}

Test(view_search, other_views_are_not)
{
    unsigned similar = 0;
    ask(origin);
    for (unsigned i = 0; i < 100; i++) {
        const scenery what = {.noise = 8, .number = i};
        const unsigned column = i % 10, row = i / 10;
        sign((camera_view){20000 + 1400.0 * column, 20000 + 800.0 * row, 1}, &what);
        similar += view_similarity(halves, signature) >= SIMILAR_HALVES;
    }
    cr_expect_leq(similar, 2, "%u", similar);
}

Test(view_search, nothing_is_similar_to_nothing)
{
    static uint8_t black[240 * 135];
    uint8_t flat[SIGNATURE_BYTES];
    memset(flat, 128, sizeof flat);
    ask(origin);
    cr_expect_eq(view_similarity(halves, flat), 0);
    end();
    memset(black, 16, sizeof black);
    cr_assert_eq(view_query_new(&cells, black, 240, 135, VIEW_QUERY_CELLS, NULL), CZ_OK);
    const scenery plain = {0};
    sign(origin, &plain);
    cr_expect_eq(view_similarity(cells, signature), 0);
    cr_expect_eq(view_similarity(cells, flat), 0);
}

Test(view_search, pictures_of_any_size)
{
    static const uint32_t sizes[][2] = {{1, 1}, {1, 200}, {200, 1}, {16, 9}, {17, 10}, {5, 3}};
    static uint8_t luma[4096];
    const scenery plain = {0};
    for (size_t i = 0; i < sizeof luma; i++)
        luma[i] = (uint8_t)(i * 2654435761u >> 13);
    sign(origin, &plain);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        cr_assert_eq(view_query_new(&cells, luma, sizes[i][0], sizes[i][1], VIEW_QUERY_CELLS, NULL),
                     CZ_OK);
        const float v = view_similarity(cells, signature);
        cr_expect(v >= 0 && v <= 1);
        view_query_free(&cells);
    }
    cr_expect_eq(view_query_new(&cells, luma, 0, 4, VIEW_QUERY_CELLS, NULL), CZ_USAGE);
    cr_expect_null(cells);
}

Test(view_search, failing_allocations)
{
    static uint8_t luma[240 * 135];
    for (unsigned n = 1;; n++) {
        cz_error err;
        alloc_fail_at(n);
        const int rc = view_query_new(&cells, luma, 240, 135, VIEW_QUERY_CELLS, &err);
        const bool failed = alloc_fail_end();
        if (!failed) {
            cr_assert_eq(rc, CZ_OK);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM);
        cr_assert_null(cells);
    }
}
