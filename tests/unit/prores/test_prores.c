/* prores/: headers, shapes, errors and damage reports, on a frame small enough to be made by
 * hand. tests/prores decodes real and random frames. */
#include "prores/prores.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"

enum {
    WIDTH = 40, /* slices of 2 macroblocks and of 1 */
    HEIGHT = 30,
    HEADER = 8,
    PICTURE = HEADER + 20,
    TABLE = PICTURE + 8,
    COLS = 2,
    ROWS = 2,
    SLICES = COLS * ROWS,
    DATA = TABLE + 2 * SLICES,
    PLANE = 3, /* bytes: DC of up to 8 blocks, all 0 */
    SLICE = 6 + 3 * PLANE,
    FRAME = DATA + SLICES * SLICE,
};

/* Codes 0 of the books B8, 70 and then 04 for each block more; with ones to spare for 8 blocks the
 * plane ends where its blocks do. */
static void put_plane(uint8_t *at, unsigned blocks)
{
    uint32_t bits = 0x20u << 18 | 0x8u << 14;
    for (unsigned b = 2; b < blocks; b++)
        bits |= 1u << (15 - b);
    at[0] = (uint8_t)(bits >> 16);
    at[1] = (uint8_t)(bits >> 8);
    at[2] = (uint8_t)bits;
}

static void put_slice(uint8_t *at, unsigned mbs)
{
    memset(at, 0, SLICE);
    at[0] = 6 << 3;
    at[1] = 4;
    wr16be(at + 2, PLANE);
    wr16be(at + 4, PLANE);
    put_plane(at + 6, 4 * mbs);
    put_plane(at + 6 + PLANE, 2 * mbs);
    put_plane(at + 6 + (size_t)2 * PLANE, 2 * mbs);
}

/* A frame of mid grey. */
static void put_frame(uint8_t f[FRAME])
{
    memset(f, 0, FRAME);
    wr32be(f, FRAME);
    wr32be(f + 4, 0x69637066); /* icpf */
    wr16be(f + HEADER, 20);
    wr32be(f + HEADER + 4, 0x74657374); /* test */
    wr16be(f + HEADER + 8, WIDTH);
    wr16be(f + HEADER + 10, HEIGHT);
    f[HEADER + 12] = PRORES_422 << 6;
    f[HEADER + 13] = 1 << 4 | 4;
    f[PICTURE] = 8 << 3;
    wr32be(f + PICTURE + 1, FRAME - PICTURE);
    wr16be(f + PICTURE + 5, SLICES);
    f[PICTURE + 7] = 1 << 4;
    for (unsigned i = 0; i < SLICES; i++) {
        wr16be(f + TABLE + (size_t)2 * i, SLICE);
        put_slice(f + DATA + (size_t)i * SLICE, i % COLS ? 1 : 2);
    }
}

static int read_changed(size_t at, uint8_t value, prores_header *out)
{
    uint8_t f[FRAME];
    put_frame(f);
    f[at] = value;
    return prores_header_read(out, f, FRAME, NULL);
}

typedef struct result {
    guard memory;
    prores_shape shape;
    prores_image image;
} result;

static result result_new(const prores_header *head, const prores_options *opt)
{
    result r = {0};
    cr_assert_eq(prores_shape_of(&r.shape, head, opt, NULL), CZ_OK);
    r.memory = guard_new(r.shape.bytes);
    uint8_t *at = r.memory.at;
    for (unsigned p = 0; p < r.shape.planes; p++) {
        r.image.plane[p].data = at;
        r.image.plane[p].stride = (ptrdiff_t)r.shape.plane[p].row_bytes;
        at += r.shape.plane[p].row_bytes * r.shape.plane[p].height;
    }
    return r;
}

static int decode(const uint8_t *f, size_t len, const prores_options *opt, result *ret,
                  prores_report *report, cz_error *err)
{
    prores_decoder *dec = NULL;
    prores_header head;
    const guard g = guard_copy(f, len);
    cr_assert_eq(prores_header_read(&head, g.at, len, NULL), CZ_OK);
    *ret = result_new(&head, opt);
    cr_assert_eq(prores_decoder_new(&dec, 1, NULL), CZ_OK);
    const int rc = prores_decode(dec, g.at, len, opt, &ret->image, NULL, report, err);
    prores_decoder_free(&dec);
    cr_assert_null(dec);
    guard gone = g;
    guard_free(&gone);
    return rc;
}

static uint16_t sample(const result *r, unsigned plane, unsigned x, unsigned y)
{
    uint16_t v;
    const uint8_t *row = (uint8_t *)r->image.plane[plane].data + y * r->image.plane[plane].stride;
    memcpy(&v, row + 2 * (size_t)x, 2);
    return v;
}

Test(prores, header_is_parsed)
{
    prores_header h;
    uint32_t num, den;
    cr_assert_eq(read_changed(HEADER + 14, 9, &h), CZ_OK);
    cr_assert(h.width == WIDTH && h.height == HEIGHT && h.frame_size == FRAME);
    cr_assert(h.chroma == PRORES_422 && h.interlace == PRORES_PROGRESSIVE && h.alpha == 0);
    cr_assert(h.aspect == 1 && h.rate == 4 && h.primaries == 9 && h.header_size == 20);
    cr_assert_eq(memcmp(h.encoder, "test", 4), 0);
    cr_assert(!h.own_luma_matrix && h.luma_matrix[0] == 4 && h.chroma_matrix[63] == 4);
    cr_assert(prores_frame_rate(h.rate, &num, &den) && num == 30000 && den == 1001);
    cr_assert_eq(prores_depth(&h), 10);
    cr_assert(!prores_frame_rate(15, &num, &den));
}

Test(prores, invalid_headers_are_refused)
{
    static const struct {
        size_t at;
        uint8_t value;
        int rc;
    } bad[] = {
        {4, 'x', CZ_FORMAT},
        {HEADER + 1, 19, CZ_FORMAT},               /* shorter than its fields */
        {HEADER + 3, 2, CZ_UNSUPPORTED},           /* version */
        {HEADER + 9, 0, CZ_FORMAT},                /* no width */
        {HEADER + 11, 0, CZ_FORMAT},               /* no height */
        {HEADER + 12, 1 << 6, CZ_FORMAT},          /* chroma */
        {HEADER + 12, 2 << 6 | 3 << 2, CZ_FORMAT}, /* interlace */
        {HEADER + 17, 3, CZ_FORMAT},               /* alpha */
        {HEADER + 19, 2, CZ_FORMAT},               /* a matrix, but no room for it */
    };
    prores_header h;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(read_changed(bad[i].at, bad[i].value, &h), bad[i].rc, "case %zu", i);
    cr_assert_eq(read_changed(3, 20, &h), CZ_FORMAT, "a frame shorter than its header");
}

Test(prores, truncated_header_is_refused)
{
    uint8_t f[FRAME];
    prores_header h;
    put_frame(f);
    for (size_t len = 0; len <= PICTURE; len++) {
        guard g = guard_copy(f, len);
        cr_assert_eq(prores_header_read(&h, g.at, len, NULL), len < PICTURE ? CZ_FORMAT : CZ_OK);
        guard_free(&g);
    }
}

Test(prores, shapes)
{
    static const struct {
        prores_layout layout;
        unsigned planes, depth;
        size_t row; /* bytes of a line of all planes: 39 pixels from the second on */
    } want[] = {
        {PRORES_NATIVE, 3, 10, 158}, {PRORES_YUV422P10, 3, 10, 158}, {PRORES_GRAY, 1, 8, 39},
        {PRORES_GRAY16, 1, 16, 78},  {PRORES_RGB24, 1, 8, 117},      {PRORES_BGR24, 1, 8, 117},
        {PRORES_RGB48, 1, 16, 234},  {PRORES_RGBA, 1, 8, 156},       {PRORES_GRAY10, 1, 10, 78},
        {PRORES_BGR48, 1, 16, 234},  {PRORES_RGBA64, 1, 16, 312},
    };
    prores_header h;
    prores_shape s;
    cr_assert_eq(read_changed(4, 'i', &h), CZ_OK);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const prores_options opt = {.layout = want[i].layout, .region = {1, 2, 39, 21}};
        cr_assert_eq(prores_shape_of(&s, &h, &opt, NULL), CZ_OK);
        cr_assert(s.planes == want[i].planes && s.depth == want[i].depth, "layout %zu", i);
        cr_assert_eq(s.bytes, 21 * want[i].row, "layout %zu: %zu bytes", i, s.bytes);
    }
    cr_assert_eq(prores_shape_of(&s, &h, &(prores_options){.scale = 8}, NULL), CZ_OK);
    cr_assert(s.width == 5 && s.height == 4 && s.plane[1].width == 3);
    cr_assert_eq(s.matrix, PRORES_BT601, "unknown, and fewer than 720 lines");
}

Test(prores, invalid_options_are_refused)
{
    static const struct {
        prores_options opt;
        int rc;
    } bad[] = {
        {{.scale = 3}, CZ_USAGE},
        {{.layout = PRORES_LAYOUTS}, CZ_USAGE},
        {{.fields = PRORES_BOB_BOTTOM + 1}, CZ_USAGE},
        {{.region = {0, 0, WIDTH + 1, 1}}, CZ_USAGE},
        {{.region = {WIDTH, 0, 1, 1}}, CZ_USAGE},
        {{.region = {1, 1, 0, 1}}, CZ_USAGE},
        {{.region = {1, 1, UINT32_MAX, 1}}, CZ_USAGE},
        {{.scale = 2, .region = {0, 0, WIDTH, 1}}, CZ_USAGE},
        {{.layout = PRORES_YUV444P12}, CZ_UNSUPPORTED},
        {{.layout = PRORES_YUVA444P12}, CZ_UNSUPPORTED},
        {{.layout = PRORES_YUVA444P10}, CZ_UNSUPPORTED},
        {{.fields = PRORES_TOP, .scale = 2}, CZ_UNSUPPORTED},
        {{.conversion = PRORES_CONVERSION + 1}, CZ_NEWER},
    };
    prores_header h;
    prores_shape s;
    cr_assert_eq(read_changed(4, 'i', &h), CZ_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(prores_shape_of(&s, &h, &bad[i].opt, NULL), bad[i].rc, "case %zu", i);
}

Test(prores, grey_is_grey_in_every_layout_and_scale)
{
    uint8_t f[FRAME];
    put_frame(f);
    for (unsigned scale = 1; scale <= 8; scale *= 2) {
        prores_options opt = {.scale = scale};
        result r;
        cr_assert_eq(decode(f, FRAME, &opt, &r, NULL, NULL), CZ_OK);
        for (unsigned p = 0; p < 3; p++)
            for (unsigned y = 0; y < r.shape.height; y++)
                for (unsigned x = 0; x < r.shape.plane[p].width; x++)
                    cr_assert_eq(sample(&r, p, x, y), 512, "1/%u: plane %u, %u,%u", scale, p, x, y);
        guard_free(&r.memory);
        opt.layout = PRORES_RGB24;
        cr_assert_eq(decode(f, FRAME, &opt, &r, NULL, NULL), CZ_OK);
        for (size_t i = 0; i < r.shape.bytes; i++)
            cr_assert_eq(r.memory.at[i], 130, "1/%u: byte %zu: %u", scale, i, r.memory.at[i]);
        guard_free(&r.memory);
    }
}

/* Damage slice 2, the first of the second row, in each way that there is. */
Test(prores, damaged_slice_is_reported_and_affects_no_other)
{
    static const struct {
        size_t at;
        uint8_t value, fault;
    } damage[] = {
        {DATA + 2 * SLICE, 5 << 3, PRORES_FAULT_SLICE_HEADER},    /* header size */
        {DATA + 2 * SLICE + 3, SLICE, PRORES_FAULT_SLICE_HEADER}, /* size of y */
        {DATA + 2 * SLICE + 6, 0, PRORES_FAULT_DC}, /* the first code, with the next: */
        {DATA + 2 * SLICE + 6 + 2, 0x02,
         PRORES_FAULT_OVERREAD}, /* a run that begins at the end of y */
    };
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        uint8_t f[FRAME], map[SLICES];
        put_frame(f);
        f[damage[i].at] = damage[i].value;
        if (damage[i].fault == PRORES_FAULT_DC)
            memset(f + damage[i].at, 0, PLANE);
        prores_report report = {.map = map, .map_bytes = sizeof map};
        cz_error err = {0};
        result r;
        cr_assert_eq(decode(f, FRAME, &(prores_options){0}, &r, &report, &err), CZ_CORRUPT);
        cr_assert(strstr(err.message, "row 1, slice 0") != NULL, "%s", err.message);
        cr_assert(report.slices == SLICES && report.damaged == 1, "case %zu", i);
        const prores_slice_location *p = &report.first;
        cr_assert(p->picture == 0 && p->row == 1 && p->col == 0 && p->mb_x == 0 && p->mbs == 2);
        cr_assert_eq(p->fault, damage[i].fault, "case %zu: %u", i, p->fault);
        cr_assert(map[0] == 0 && map[1] == 0 && map[2] == damage[i].fault && map[3] == 0);
        guard_free(&r.memory);
        cr_assert_eq(decode(f, FRAME, &(prores_options){.conceal = true}, &r, &report, &err),
                     CZ_OK);
        cr_assert_eq(report.damaged, 1);
        cr_assert_eq(sample(&r, 0, 0, 20), 512);
        guard_free(&r.memory);
    }
}

Test(prores, truncated_frame_is_concealed)
{
    uint8_t f[FRAME];
    put_frame(f);
    for (size_t len = PICTURE; len < FRAME; len++) {
        prores_report report = {0};
        result r;
        cr_assert_eq(decode(f, len, &(prores_options){.conceal = true}, &r, &report, NULL), CZ_OK);
        const size_t whole = len < DATA ? 0 : (len - DATA) / SLICE;
        cr_assert_eq(report.damaged, SLICES - whole, "%zu bytes", len);
        cr_assert_eq(sample(&r, 2, WIDTH / 2 - 1, HEIGHT - 1), 512);
        guard_free(&r.memory);
        guard g = guard_copy(f, len);
        cr_assert_eq(prores_check(g.at, len, &report, NULL), CZ_CORRUPT);
        cr_assert_eq(report.damaged, SLICES - whole);
        guard_free(&g);
    }
}

Test(prores, check_reports_exactly_the_damage)
{
    uint8_t f[FRAME], map[SLICES];
    prores_report report = {.map = map, .map_bytes = SLICES};
    put_frame(f);
    cr_assert_eq(prores_count_slices(f, FRAME), SLICES);
    cr_assert_eq(prores_check(f, FRAME, &report, NULL), CZ_OK);
    cr_assert(report.slices == SLICES && report.damaged == 0);
    wr16be(f + TABLE + 2, 5);
    cr_assert_eq(prores_check(f, FRAME, &report, NULL), CZ_CORRUPT);
    cr_assert(report.first.col == 1 && report.first.fault == PRORES_FAULT_SLICE_HEADER && map[1]);
    report.map_bytes = SLICES - 1;
    cr_assert_eq(prores_check(f, FRAME, &report, NULL), CZ_USAGE);
}

Test(prores, invalid_images_are_refused_unchanged)
{
    uint8_t f[FRAME], small[4] = {1, 2, 3, 4};
    prores_decoder *dec = NULL;
    const prores_options opt = {.layout = PRORES_GRAY16};
    put_frame(f);
    cr_assert_eq(prores_decoder_new(&dec, 1, NULL), CZ_OK);
    prores_image image = {{{NULL, 0}}};
    cr_assert_eq(prores_decode(dec, f, FRAME, &opt, &image, NULL, NULL, NULL), CZ_USAGE);
    image.plane[0].data = small;
    image.plane[0].stride = 2 * WIDTH - 2;
    cr_assert_eq(prores_decode(dec, f, FRAME, &opt, &image, NULL, NULL, NULL), CZ_USAGE);
    image.plane[0].stride = 2 * WIDTH + 1;
    cr_assert_eq(prores_decode(dec, f, FRAME, &opt, &image, NULL, NULL, NULL), CZ_USAGE);
    const prores_executor two = {.workers = 2};
    cr_assert_eq(prores_decode(dec, f, FRAME, &opt, &image, &two, NULL, NULL), CZ_USAGE);
    cr_assert(small[0] == 1 && small[3] == 4);
    prores_decoder_free(&dec);
    prores_decoder_free(&dec);
    prores_decoder_free(NULL);
}

Test(prores, decode_requires_an_open_frame)
{
    uint8_t f[FRAME], one[WIDTH * HEIGHT], two[WIDTH * HEIGHT];
    prores_decoder *dec = NULL;
    prores_shape shape;
    const prores_options opt = {.layout = PRORES_GRAY};
    const prores_image to_one = {{{one, WIDTH}}}, to_two = {{{two, WIDTH}}};
    put_frame(f);
    cr_assert_eq(prores_decoder_new(&dec, 1, NULL), CZ_OK);
    cr_assert_eq(prores_decode_opened(dec, &to_one, NULL, NULL, NULL), CZ_USAGE);
    cr_assert_eq(prores_open(dec, f, FRAME, &opt, &shape, NULL), CZ_OK);
    cr_assert_not_null(prores_opened_header(dec));
    cr_assert_eq(prores_opened_header(dec)->width, WIDTH);
    cr_assert(shape.width == WIDTH && shape.height == HEIGHT && shape.bytes == sizeof one);
    cr_assert_eq(prores_decode_opened(dec, &to_one, NULL, NULL, NULL), CZ_OK);
    cr_assert_eq(prores_decode(dec, f, FRAME, &opt, &to_two, NULL, NULL, NULL), CZ_OK);
    cr_assert_arr_eq(one, two, sizeof one);
    cr_assert_eq(prores_open(dec, f, 20, &opt, &shape, NULL), CZ_FORMAT);
    cr_assert_eq(prores_decode_opened(dec, &to_one, NULL, NULL, NULL), CZ_USAGE, "not opened");
    cr_assert_null(prores_opened_header(dec));
    prores_decoder_free(&dec);
}

Test(prores, numbers_of_workers_and_threads_are_bounded)
{
    prores_decoder *dec = NULL;
    prores_thread_pool *pool = NULL;
    cr_assert_eq(prores_decoder_new(&dec, 0, NULL), CZ_USAGE);
    cr_assert_eq(prores_decoder_new(&dec, PRORES_WORKERS_MAX + 1, NULL), CZ_USAGE);
    cr_assert_eq(prores_thread_pool_new(&pool, 0, NULL), CZ_USAGE);
    cr_assert_eq(prores_thread_pool_new(&pool, PRORES_WORKERS_MAX + 1, NULL), CZ_USAGE);
    cr_assert(!dec && !pool);
    prores_thread_pool_free(&pool);
    prores_thread_pool_free(NULL);
}

static void count_task(void *arg, size_t i, unsigned worker)
{
    cr_assert_lt(worker, 3);
    __atomic_fetch_add(&((unsigned *)arg)[i], 1, __ATOMIC_RELAXED);
}

Test(prores, pool_runs_every_task_once)
{
    prores_thread_pool *pool = NULL;
    cr_assert_eq(prores_thread_pool_new(&pool, 3, NULL), CZ_OK);
    const prores_executor p = prores_thread_pool_executor(pool);
    cr_assert_eq(p.workers, 3);
    for (size_t n = 0; n < 200; n++) {
        unsigned done[200] = {0};
        p.run(p.pool, n, count_task, done);
        for (size_t i = 0; i < 200; i++)
            cr_assert_eq(done[i], i < n ? 1 : 0);
    }
    prores_thread_pool_free(&pool);
}

Test(prores, without_memory)
{
    uint8_t f[FRAME], gray[WIDTH * HEIGHT];
    put_frame(f);
    const prores_options opt = {.layout = PRORES_GRAY};
    const prores_image image = {{{gray, WIDTH}}};
    for (size_t n = 1;; n++) {
        prores_decoder *dec = NULL;
        alloc_fail_at(n);
        int rc = prores_decoder_new(&dec, 2, NULL);
        if (rc == CZ_OK)
            rc = prores_decode(dec, f, FRAME, &opt, &image, NULL, NULL, NULL);
        const bool failed = alloc_fail_end();
        prores_decoder_free(&dec);
        cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK, "allocation %zu", n);
        if (!failed)
            break;
    }
}
