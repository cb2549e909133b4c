/* Parsers of the server: targets, IIIF requests, origins; shrinking and turning; the cache. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/picture/resample.h"
#include "cli/serve/body_cache.h"
#include "cli/serve/iiif_request.h"
#include "cli/serve/origin.h"
#include "cli/serve/target.h"

/* ---- Targets --------------------------------------------------------------------------------- */

static target parsed(const char *raw)
{
    target t;
    cz_error err = {0};
    cr_assert_eq(target_parse(&t, raw, &err), CZ_OK, "%s: %s", raw, err.message);
    return t;
}

static int refused(const char *raw)
{
    target t;
    return target_parse(&t, raw, NULL);
}

Test(serve, fixed_targets)
{
    cr_expect_eq(parsed("/").kind, TARGET_HOME);
    cr_expect_eq(parsed("/?from=60").frame, 60);
    cr_expect_eq(parsed("/openapi.json").kind, TARGET_OPENAPI);
    cr_expect_eq(parsed("/v1/clips").kind, TARGET_CLIPS);
    cr_expect_eq(parsed("/v1/clips?x=1").kind, TARGET_CLIPS);
    cr_expect_eq(parsed("/capture").kind, TARGET_CAPTURE);
}

Test(serve, frames)
{
    target t = parsed("/v1/clips/a%20b/frames/7.png");
    cr_expect_eq(t.kind, TARGET_FRAME);
    cr_expect_str_eq(t.text, "a b");
    cr_expect_eq(t.frame, 7);
    cr_expect_eq(t.view.form, SERVE_PNG);
    cr_expect_eq(t.view.view.layout, CZ_RGB24);
    t = parsed("/v1/clips/c/frames/1234567890123456789.tif?scale=1/4&region=1:3,2%3A6&fields=top");
    cr_expect_eq(t.frame, 1234567890123456789);
    cr_expect_eq(t.view.view.scale, 4);
    cr_expect_eq(t.view.view.layout, CZ_RGB48);
    cr_expect_eq(t.view.view.fields, CZ_TOP);
    cr_expect(t.view.view.y == 1 && t.view.view.height == 2 && t.view.view.x == 2 &&
              t.view.view.width == 4);
    t = parsed("/v1/clips/c/frames/0.jpg?quality=70&conceal=1&format=gray&scale=1/2");
    cr_expect_eq(t.view.quality, 70);
    cr_expect(t.view.view.conceal, "a later parameter does not reset it");
    cr_expect_eq(t.view.view.layout, CZ_GRAY);
    cr_expect_eq(t.view.view.scale, 2);
    cr_expect_eq(parsed("/v1/clips/c").kind, TARGET_CLIP);
}

Test(serve, times_and_lazycache)
{
    target t = parsed("/v1/at/2018-07-12T00:15:10.5Z.png");
    cr_expect_eq(t.kind, TARGET_AT);
    cr_expect_eq(t.time, 1531354510500000000);
    t = parsed("/v1/org/a/b/X.mov");
    cr_expect_eq(t.kind, TARGET_LAZYCACHE_MOVIE);
    cr_expect_str_eq(t.text, "X");
    t = parsed("/v1/org/X.mov/frame/1");
    cr_expect_eq(t.kind, TARGET_FRAME);
    cr_expect_eq(t.frame, 0, "lazycache counts from 1");
    cr_expect_eq(t.view.form, SERVE_PNG);
    cr_expect_eq(parsed("/v1/org/X.mov/frame/9.jpg").view.form, SERVE_JPEG);
}

Test(serve, objects_and_iiif)
{
    target t = parsed("/store/clips/a/zarr.json");
    cr_expect_eq(t.kind, TARGET_OBJECT);
    cr_expect_str_eq(t.text, "clips/a/zarr.json");
    t = parsed("/iiif/3/a%40b@7/full/max/0/default.jpg");
    cr_expect_eq(t.kind, TARGET_IIIF_IMAGE);
    cr_expect_str_eq(t.text, "a@b");
    cr_expect_eq(t.frame, 7);
    cr_expect_str_eq(t.rest, "full/max/0/default.jpg");
    cr_expect_eq(parsed("/iiif/3/a@7").kind, TARGET_IIIF_BASE);
    cr_expect_eq(parsed("/iiif/3/a@7/info.json").kind, TARGET_IIIF_INFO);
}

Test(serve, refused_targets)
{
    static const char *const absent[] = {"",
                                         "x",
                                         "//",
                                         "/v1",
                                         "/v1/",
                                         "/v1/clips/",
                                         "/v1/clips/a/b",
                                         "/v1/clips/a/frames/1/2.png",
                                         "/v1/clips/%00",
                                         "/v1/clips/%zz",
                                         "/v1/clips/a%2fb",
                                         "/store/",
                                         "/store/../x",
                                         "/store/a/../../x",
                                         "/store/%2e%2e/x",
                                         "/store/..%2fx",
                                         "/store//etc/passwd",
                                         "/store/a%0ab",
                                         "/v1/org/a",
                                         "/v1/org/a.mov/frames/1",
                                         "/v1/org/a.mov/frame/1/2",
                                         "/iiif/3/a",
                                         "/iiif/3/@7",
                                         "/iiif/3/a@x",
                                         "/iiif/2/a@7"};
    static const char *const wrong[] = {"/v1/clips/a/frames/x.png",
                                        "/v1/clips/a/frames/-1.png",
                                        "/v1/clips/a/frames/7",
                                        "/v1/clips/a/frames/7.gif",
                                        "/v1/clips/a/frames/.png",
                                        "/v1/clips/a/frames/18446744073709551616.png",
                                        "/v1/clips/a/frames/7.png?scale=3",
                                        "/v1/clips/a/frames/7.png?scale",
                                        "/v1/clips/a/frames/7.png?zoom=2",
                                        "/v1/clips/a/frames/7.png?quality=70",
                                        "/v1/clips/a/frames/7.jpg?quality=101",
                                        "/v1/clips/a/frames/7.png?region=1:2",
                                        "/v1/clips/a/frames/7.png?conceal=2",
                                        "/v1/clips/a/frames/7.png?format=rgb",
                                        "/v1/clips/a/frames/7.icpf?scale=1/2",
                                        "/v1/at/yesterday.png",
                                        "/v1/at/2018-07-12",
                                        "/v1/org/a.mov/frame/0",
                                        "/?from=x"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        cr_expect_eq(refused(absent[i]), CZ_ABSENT, "%s", absent[i]);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_eq(refused(wrong[i]), CZ_USAGE, "%s", wrong[i]);
    static char longer[TARGET_MAX + 8];
    memset(longer, 'a', sizeof longer - 1);
    longer[0] = '/';
    cr_expect_eq(refused(longer), CZ_USAGE);
}

/* ---- IIIF ------------------------------------------------------------------------------------ */

typedef struct iiif_case {
    const char *text;
    uint32_t x, y, width, height, out_width, out_height;
} iiif_case;

Test(serve, iiif_regions_and_sizes)
{
    static const iiif_case cases[] = {
        {"full/max/0/default.jpg", 0, 0, 1920, 1080, 1920, 1080},
        {"square/max/0/default.png", 420, 0, 1080, 1080, 1080, 1080},
        {"10,20,30,40/max/0/color.tif", 10, 20, 30, 40, 30, 40},
        {"1900,1000,100,100/max/0/gray.png", 1900, 1000, 20, 80, 20, 80},
        {"pct:25,50,50,25/max/0/default.jpg", 480, 540, 960, 270, 960, 270},
        {"pct:0.1,0,99.9,100/max/0/default.jpg", 2, 0, 1918, 1080, 1918, 1080},
        {"full/960,/0/default.jpg", 0, 0, 1920, 1080, 960, 540},
        {"full/,540/0/default.jpg", 0, 0, 1920, 1080, 960, 540},
        {"full/pct:33.333333/0/default.jpg", 0, 0, 1920, 1080, 640, 360},
        {"full/100,100/0/default.jpg", 0, 0, 1920, 1080, 100, 100},
        {"full/!100,100/0/default.jpg", 0, 0, 1920, 1080, 100, 56},
        {"full/!1000,100/0/default.jpg", 0, 0, 1920, 1080, 178, 100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const iiif_case *c = &cases[i];
        iiif_request q;
        cz_error err = {0};
        cr_assert_eq(iiif_parse(&q, c->text, 1920, 1080, &err), CZ_OK, "%s: %s", c->text,
                     err.message);
        cr_expect(q.x == c->x && q.y == c->y && q.width == c->width && q.height == c->height,
                  "%s: %u,%u,%u,%u", c->text, q.x, q.y, q.width, q.height);
        cr_expect(q.out_width == c->out_width && q.out_height == c->out_height, "%s: %u x %u",
                  c->text, q.out_width, q.out_height);
    }
}

Test(serve, iiif_refuses)
{
    static const char *const wrong[] = {"",
                                        "full",
                                        "full/max/0",
                                        "full/max/0/default",
                                        "full/max/0/default.gif",
                                        "full/max/0/sepia.png",
                                        "full/max/45/default.png",
                                        "full/max/0/default.png/x",
                                        "full/full/0/default.png",
                                        "full/3000,/0/default.png",
                                        "full/0,/0/default.png",
                                        "full/,/0/default.png",
                                        "full/pct:101/0/default.png",
                                        "full/pct:0/0/default.png",
                                        "full/!3000,3000/0/default.png",
                                        "full/99999999999,1/0/default.png",
                                        "1920,0,1,1/max/0/default.png",
                                        "0,0,0,1/max/0/default.png",
                                        "0,0,1/max/0/default.png",
                                        "-1,0,1,1/max/0/default.png",
                                        "pct:100,0,1,1/max/0/default.png",
                                        "full/max/!!0/default.png"};
    iiif_request q;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_eq(iiif_parse(&q, wrong[i], 1920, 1080, NULL), CZ_USAGE, "%s", wrong[i]);
    cr_assert_eq(iiif_parse(&q, "full/max/!270/bitonal.png", 1920, 1080, NULL), CZ_OK);
    cr_expect(q.mirror && q.quarters == 3 && q.gray && q.bitonal);
}

/* ---- Pictures -------------------------------------------------------------------------------- */

Test(serve, shrinking_takes_means_of_areas)
{
    uint8_t from[] = {0, 10, 20, 30, 40, 50, 60, 70, 80}, half[4], third[1], line[2];
    const packed_picture all = {from, 3, 3, 1};
    cr_assert_eq(picture_shrink(&(packed_picture){third, 1, 1, 1}, &all, NULL), CZ_OK);
    cr_expect_eq(third[0], 40);
    cr_assert_eq(picture_shrink(&(packed_picture){half, 2, 2, 1}, &all, NULL), CZ_OK);
    /* (0 + 10/2 + 30/2 + 40/4) / 2.25 */
    cr_expect_eq(half[0], 13);
    cr_expect_eq(half[3], 67);
    cr_assert_eq(
        picture_shrink(&(packed_picture){line, 2, 1, 1}, &(packed_picture){from, 3, 1, 1}, NULL),
        CZ_OK);
    cr_expect(line[0] == 3 && line[1] == 17);
    uint8_t same[9];
    cr_assert_eq(picture_shrink(&(packed_picture){same, 3, 3, 1}, &all, NULL), CZ_OK);
    cr_expect_arr_eq(same, from, 9);
    uint8_t colours[] = {0, 100, 200, 10, 120, 220}, mean[3];
    cr_assert_eq(
        picture_shrink(&(packed_picture){mean, 1, 1, 3}, &(packed_picture){colours, 2, 1, 3}, NULL),
        CZ_OK);
    cr_expect(mean[0] == 5 && mean[1] == 110 && mean[2] == 210);
}

Test(serve, turning)
{
    uint8_t from[] = {1, 2, 3, 4, 5, 6}, to[6]; /* 1 2 3 above 4 5 6 */
    const packed_picture p = {from, 3, 2, 1};
    const struct {
        unsigned quarters;
        bool mirror;
        uint32_t width;
        uint8_t result[6];
    } cases[] = {{0, false, 3, {1, 2, 3, 4, 5, 6}}, {0, true, 3, {3, 2, 1, 6, 5, 4}},
                 {1, false, 2, {4, 1, 5, 2, 6, 3}}, {2, false, 3, {6, 5, 4, 3, 2, 1}},
                 {3, false, 2, {3, 6, 2, 5, 1, 4}}, {1, true, 2, {6, 3, 5, 2, 4, 1}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        picture_turn(&(packed_picture){to, cases[i].width, 6 / cases[i].width, 1}, &p,
                     cases[i].quarters, cases[i].mirror);
        cr_expect_arr_eq(to, cases[i].result, 6, "%zu", i);
    }
}

/* ---- Origins and the cache ------------------------------------------------------------------- */

Test(serve, origins)
{
    static const char *const own[] = {"localhost", "LOCALHOST:8080", "127.0.0.1:1", "127.1.2.3",
                                      "[::1]",     "[::1]:80",       "a.localhost"};
    static const char *const others[] = {"example.org",
                                         "localhost.example.org",
                                         "127.0.0.1.nip.io",
                                         "128.0.0.1",
                                         "[::2]",
                                         "",
                                         "127.",
                                         "xlocalhost"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        cr_expect(host_is_loopback(own[i]), "%s", own[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_not(host_is_loopback(others[i]), "%s", others[i]);
    cr_expect(origin_is_allowed("http://localhost:3000", NULL));
    cr_expect_not(origin_is_allowed("https://example.org", NULL));
    cr_expect_not(origin_is_allowed("null", NULL));
    cr_expect(origin_is_allowed("https://example.org", "*"));
    cr_expect(origin_is_allowed("https://example.org", "https://example.org"));
    cr_expect_not(origin_is_allowed("https://example.org.evil", "https://example.org"));
}

Test(serve, cache_is_bounded)
{
    body_cache *c = NULL;
    buf out = {0};
    uint8_t bytes[100] = {0};
    const buf body = {.at = bytes, .len = sizeof bytes};
    cr_assert_eq(body_cache_new(&c, 450, NULL), CZ_OK);
    static const char *const keys[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++)
        body_cache_put(c, keys[i], &body);
    cr_expect_eq(body_cache_bytes(c), 400);
    cr_expect(body_cache_get(&out, c, "a"));
    cr_expect_eq(out.len, 100);
    body_cache_put(c, "e", &body);
    cr_expect_eq(body_cache_bytes(c), 400);
    cr_expect(body_cache_get(&out, c, "a"), "used after b");
    cr_expect_not(body_cache_get(&out, c, "b"));
    body_cache_put(c, "a", &body);
    cr_expect_eq(body_cache_bytes(c), 400, "once");
    body_cache_put(c, "big", &(buf){.at = bytes, .len = 113});
    cr_expect_not(body_cache_get(&out, c, "big"), "more than a quarter");
    body_cache_free(&c);
    buf_free(&out);
    cr_assert_eq(body_cache_new(&c, 0, NULL), CZ_OK);
    body_cache_put(c, "a", &body);
    cr_expect_not(body_cache_get(&out, c, "a"));
    body_cache_free(&c);
}
