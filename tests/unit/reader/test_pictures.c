/* cz_pictures() and related functions: frames of a clip as pictures. Here a frame is grey, and its
 * brightness is its number; the tests of the decoder check pixels. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"
#include "reader/reader.h"
#include "tests/prores/write.h"
#include "tests/unit/support/movie_fixture.h"

#define CLIP "test-20180712T001500"
enum {
    WIDTH = 32,
    HEIGHT = 48,
    NATIVE = 2 * 2 * WIDTH * HEIGHT,
    FRAMES = 40,
    BROKEN = 7,
    CUT = 30
};

static movie_fixture movie;
static cz_store *store;
static cz_clip *clip;

/* Luma of frame i is 512 + 2 i of 1023. */
static void grey(void *user, slice_spec *s)
{
    s->q = 4;
    for (unsigned b = 0; b < s->blocks[0]; b++)
        s->coef[0][b][0] = 4 * *(const int *)user;
}

static void write_frames(buf *all, uint32_t *size, uint8_t interlace)
{
    const frame_spec spec = {
        .head = {.width = WIDTH, .height = HEIGHT, .chroma = PRORES_422, .interlace = interlace},
        .log2_mbs = 1};
    for (int i = 0; i < FRAMES; i++) {
        const size_t before = all->len;
        cr_assert_eq(prores_write(all, &spec, grey, &i), CZ_OK);
        size[i] = (uint32_t)(all->len - before);
    }
}

static void open_clip(uint8_t interlace)
{
    buf all = {0};
    uint32_t size[FRAMES];
    object_store *os = NULL;
    cz_convert_job job;
    cz_report report;
    cz_error err = {0};
    write_frames(&all, size, interlace);
    uint8_t *frame = all.at;
    for (int i = 0; i < BROKEN; i++)
        frame += size[i];
    memset(frame + size[BROKEN] - 6, 0xff, 6); /* the codes of its last slice */
    movie_fixture_of(&movie, all.at, size, FRAMES, WIDTH, HEIGHT);
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cz_convert_defaults(&job);
    job.source = movie.path;
    job.frames_per_shard = 16;
    cr_assert_eq(convert_into(os, &job, &report, &err), CZ_OK, "%s", err.message);
    cz_report_free(&report);
    cr_assert_eq(store_from_objects(&store, &os, NULL, &err), CZ_OK, "%s", err.message);
    cr_assert_eq(cz_clip_open(&clip, store, CLIP, &err), CZ_OK, "%s", err.message);
    buf_free(&all);
}

static void begin(void)
{
    open_clip(PRORES_PROGRESSIVE);
}

static void end(void)
{
    cz_clip_close(&clip);
    cz_close(&store);
    movie_fixture_remove(&movie);
}

TestSuite(pictures, .init = begin, .fini = end);

static unsigned luma(const cz_request *r)
{
    uint16_t sample;
    memcpy(&sample, r->data, sizeof sample);
    return sample;
}

Test(pictures, shape_of_clip_and_view)
{
    cz_shape s;
    cz_view v = {.layout = CZ_RGB24, .scale = 2, .x = 3, .y = 4, .width = 5, .height = 6};
    cr_assert_eq(cz_shape_of(&s, clip, NULL, NULL), CZ_OK);
    cr_expect_eq(s.planes, 3);
    cr_expect_eq(s.depth, 10);
    cr_expect_eq(s.bytes, NATIVE);
    cr_expect_eq(s.plane[1].width, WIDTH / 2);
    cr_expect_eq(s.plane[2].offset, (size_t)3 * WIDTH * HEIGHT);
    cr_assert_eq(cz_shape_of(&s, clip, &v, NULL), CZ_OK);
    cr_expect(s.width == 5 && s.height == 6 && s.bytes == 90 && s.planes == 1);
}

Test(pictures, invalid_views)
{
    const cz_view wrong[] = {{.scale = 3},
                             {.layout = (cz_layout)99},
                             {.fields = (cz_fields)9},
                             {.x = WIDTH, .width = 1, .height = 1},
                             {.height = HEIGHT + 1, .width = 1}};
    cz_shape s;
    cz_request r = {0};
    cz_error err;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_expect_eq(cz_shape_of(&s, clip, &wrong[i], &err), CZ_USAGE, "view %zu", i);
        cr_expect_eq(cz_pictures(clip, &wrong[i], &r, 1, NULL, NULL, &err), CZ_USAGE);
        cr_expect_eq(r.rc, CZ_USAGE, "the request says so, too");
        cr_expect_null(r.data);
    }
    const cz_view full_chroma = {.layout = CZ_YUV444P12};
    cr_expect_eq(cz_shape_of(&s, clip, &full_chroma, &err), CZ_UNSUPPORTED);
}

Test(pictures, any_order_any_number_of_threads)
{
    static const uint64_t wanted[] = {39, 0, 12, 12, 16, 15, 31, 1,  2,
                                      3,  4, 5,  6,  8,  9,  10, 11, 20};
    enum { N = sizeof wanted / sizeof *wanted };
    for (unsigned threads = 1; threads <= 8; threads *= 2) {
        const cz_view v = {.threads = threads};
        cz_request r[N];
        memset(r, 0, sizeof r);
        for (size_t i = 0; i < N; i++)
            r[i].frame = wanted[i];
        cr_assert_eq(cz_pictures(clip, &v, r, N, NULL, NULL, NULL), CZ_OK);
        for (size_t i = 0; i < N; i++)
            cr_expect_eq(luma(&r[i]), 512 + 2 * wanted[i], "frame %d", (int)wanted[i]);
        cz_request_free(r, N);
    }
}

typedef struct heard {
    size_t n;
    bool twice;
    int inside;
} heard;

static void hear(void *user, cz_request *r)
{
    heard *h = user;
    h->twice |= ++h->inside > 1;
    h->n++;
    cr_assert(r->rc != CZ_OK || r->data);
    h->inside--;
}

Test(pictures, each_is_delivered_once_and_one_at_a_time)
{
    heard h = {0};
    cz_request r[FRAMES];
    memset(r, 0, sizeof r);
    for (uint64_t i = 0; i < FRAMES; i++)
        r[i].frame = i;
    const cz_view v = {.threads = 4, .conceal = true};
    cr_assert_eq(cz_pictures(clip, &v, r, FRAMES, hear, &h, NULL), CZ_OK);
    cr_expect_eq(h.n, FRAMES);
    cr_expect_not(h.twice);
    cz_request_free(r, FRAMES);
}

Test(pictures, damage_is_an_error_unless_concealed)
{
    cz_request r[3] = {{.frame = 0}, {.frame = BROKEN}, {.frame = 39}};
    cz_error err;
    cz_view v = {.threads = 2};
    cr_expect_eq(cz_pictures(clip, &v, r, 3, NULL, NULL, &err), CZ_CORRUPT);
    cr_expect_not_null(strstr(err.message, "frame 7 of " CLIP), "%s", err.message);
    cr_expect_eq(r[0].rc, CZ_OK);
    cr_expect_eq(r[2].rc, CZ_OK);
    cr_expect_eq(r[1].rc, CZ_CORRUPT);
    cr_expect_geq(r[1].damaged, 1);
    v.conceal = true;
    cr_expect_eq(cz_pictures(clip, &v, r, 3, NULL, NULL, &err), CZ_OK); /* with the same requests */
    cr_expect_eq(r[1].rc, CZ_OK);
    cr_expect_geq(r[1].damaged, 1);
    cr_expect_eq(r[2].damaged, 0);
    cz_request_free(r, 3);
}

Test(pictures, missing_frames_do_not_affect_the_others)
{
    cz_request r[FRAMES];
    memset(r, 0, sizeof r);
    for (uint64_t i = 0; i < FRAMES; i++)
        r[i].frame = i == CUT ? 1000 : i;
    cz_error err;
    const cz_view v = {.conceal = true};
    cr_expect_eq(cz_pictures(clip, &v, r, FRAMES, NULL, NULL, &err), CZ_ABSENT);
    cr_expect_not_null(strstr(err.message, "1000"));
    for (int i = 0; i < FRAMES; i++)
        cr_expect_eq(r[i].rc, i == CUT ? CZ_ABSENT : CZ_OK, "frame %d", i);
    cz_request_free(r, FRAMES);
}

Test(pictures, caller_supplied_memory)
{
    static uint8_t room[NATIVE];
    cz_request r = {.frame = 3, .data = room, .room = sizeof room};
    cz_error err;
    cr_assert_eq(cz_pictures(clip, NULL, &r, 1, NULL, NULL, &err), CZ_OK);
    cr_expect_eq(r.data, room);
    cr_expect_eq(r.size, sizeof room);
    cr_expect_not(r.owned);
    r.room--;
    cr_expect_eq(cz_pictures(clip, NULL, &r, 1, NULL, NULL, &err), CZ_USAGE);
    cr_expect_eq(r.size, sizeof room, "what it takes is told");
    /* Requests that the library allocated for are enlarged when a larger picture is asked for. */
    cz_request own = {.frame = 3};
    const cz_view small = {.scale = 8};
    cr_assert_eq(cz_pictures(clip, &small, &own, 1, NULL, NULL, &err), CZ_OK);
    cr_assert_eq(cz_pictures(clip, NULL, &own, 1, NULL, NULL, &err), CZ_OK);
    cr_expect_eq(own.size, sizeof room);
    cz_request_free(&own, 1);
    cr_expect_eq(cz_pictures(clip, NULL, NULL, 0, NULL, NULL, &err), CZ_OK, "none is fine");
}

Test(pictures, fields_have_their_own_times)
{
    int64_t whole, top, bottom;
    cr_assert_eq(cz_field_time(&top, clip, CZ_TOP, 5, NULL), CZ_OK);
    cr_assert_eq(cz_time(&whole, clip, 5, NULL), CZ_OK);
    cr_expect_eq(top, whole, "a progressive frame has one time");
    end();
    open_clip(PRORES_BOTTOM_FIRST);
    cr_assert_eq(cz_time(&whole, clip, 5, NULL), CZ_OK);
    cr_assert_eq(cz_field_time(&top, clip, CZ_TOP, 5, NULL), CZ_OK);
    cr_assert_eq(cz_field_time(&bottom, clip, CZ_BOB_BOTTOM, 5, NULL), CZ_OK);
    cr_expect_eq(bottom, whole);
    cr_expect_eq(top, whole + INT64_C(500000000) * 1001 / 30000);
    cr_expect_eq(cz_field_time(&top, clip, CZ_TOP, FRAMES, NULL), CZ_ABSENT);
}
