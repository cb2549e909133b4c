#include <criterion/criterion.h>
#include <stdlib.h>

#include "mov/frame_times.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"
#include "tests/unit/support/mov_bytes.h"

/* A track's tables in guarded memory. */
typedef struct tables {
    guard stts, elst;
    moov_track t;
} tables;

static tables make(uint32_t timescale, const uint32_t (*stts)[2], uint32_t n)
{
    buf b = {0};
    put32(&b, 0);
    put32(&b, n);
    for (uint32_t i = 0; i < n; i++) {
        put32(&b, stts[i][0]);
        put32(&b, stts[i][1]);
    }
    tables x = {.stts = guard_copy(b.at, b.len)};
    buf_free(&b);
    x.t.info.timescale = timescale;
    x.t.stts = (bytes){x.stts.at, x.stts.len, false};
    return x;
}

static void add_edits(tables *x, uint8_t version, const int64_t (*edit)[2], uint32_t n)
{
    buf b = {0};
    put32(&b, (uint32_t)version << 24);
    put32(&b, n);
    for (uint32_t i = 0; i < n; i++) {
        for (int k = 0; k < 2; k++) {
            if (version == 1)
                put64(&b, (uint64_t)edit[i][k]);
            else
                put32(&b, (uint32_t)edit[i][k]);
        }
        put32(&b, 0x10000);
    }
    x->elst = guard_copy(b.at, b.len);
    x->t.elst = (bytes){x->elst.at, x->elst.len, false};
    buf_free(&b);
}

static void drop(tables *x)
{
    guard_free(&x->stts);
    guard_free(&x->elst);
}

static int read_times(mov_times *out, frame_times_repairs *r, tables *x, uint32_t movie_timescale,
                      uint64_t n)
{
    cz_error err;
    const int rc = frame_times_read(out, r, &x->t, movie_timescale, n, &err);
    cr_assert(rc == CZ_OK || err.code == rc);
    drop(x);
    return rc;
}

Test(times, one_run)
{
    static const uint32_t stts[][2] = {{90, 1001}};
    tables x = make(30000, stts, 1);
    mov_times t;
    frame_times_repairs r;
    cr_assert_eq(read_times(&t, &r, &x, 600, 90), CZ_OK);
    cr_assert_eq(t.n_runs, 1);
    cr_assert_eq(t.ticks, 90090);
    cr_assert_eq(t.shift, 0);
    cr_assert_eq(r.missing + r.surplus + r.edits, 0);
    cr_assert_eq(mov_ticks(&t, 0), 0);
    cr_assert_eq(mov_ticks(&t, 89), 89089);
    cr_assert_eq(mov_ticks(&t, 90), 90090);
    cr_assert_eq(mov_time_ns(&t, 1), 33366667); /* 33366666.67 */
    cr_assert_eq(mov_time_ns(&t, 2), 66733333); /* 66733333.33 */
    cr_assert_eq(mov_time_ns(&t, 3), 100100000);
    cr_assert_eq(mov_time_ns(&t, 90), 3003000000);
    free(t.run);
}

Test(times, runs_of_one_duration_are_one)
{
    static const uint32_t stts[][2] = {{2, 10}, {0, 99}, {3, 10}, {1, 0}, {2, 7}, {1, 10}};
    static const int64_t ticks[] = {0, 10, 20, 30, 40, 50, 50, 57, 64, 74};
    tables x = make(100, stts, 6);
    mov_times t;
    frame_times_repairs r;
    cr_assert_eq(read_times(&t, &r, &x, 600, 9), CZ_OK);
    cr_assert_eq(t.n_runs, 4);
    for (uint64_t i = 0; i <= 9; i++)
        cr_assert_eq(mov_ticks(&t, i), ticks[i], "%d", (int)i);
    free(t.run);
}

Test(times, too_few_and_too_many)
{
    static const uint32_t stts[][2] = {{2, 10}, {2, 20}};
    tables x = make(100, stts, 2);
    mov_times t;
    frame_times_repairs r;
    cr_assert_eq(read_times(&t, &r, &x, 600, 7), CZ_OK);
    cr_assert_eq(r.missing, 3);
    cr_assert_eq(mov_ticks(&t, 6), 100);
    cr_assert_eq(mov_ticks(&t, 7), 120);
    free(t.run);
    x = make(100, stts, 2);
    cr_assert_eq(read_times(&t, &r, &x, 600, 1), CZ_OK);
    cr_assert_eq(r.surplus, 3);
    cr_assert_eq(r.missing, 0);
    cr_assert_eq(t.n_runs, 1);
    cr_assert_eq(t.ticks, 10);
    free(t.run);
}

Test(times, invalid_tables)
{
    static const uint32_t stts[][2] = {{2, 10}};
    static const uint32_t none[][2] = {{0, 10}};
    static const uint32_t endless[][2] = {{2, 0xffffffff}};
    mov_times t;
    frame_times_repairs r;
    tables x = make(0, stts, 1);
    cr_assert_eq(read_times(&t, &r, &x, 600, 2), CZ_FORMAT);
    x = make(30, none, 1);
    cr_assert_eq(read_times(&t, &r, &x, 600, 2), CZ_FORMAT);
    x = make(30, none, 0);
    cr_assert_eq(read_times(&t, &r, &x, 600, 2), CZ_FORMAT);
    x = make(1, endless, 1); /* 272 years */
    cr_assert_eq(read_times(&t, &r, &x, 600, 2), CZ_FORMAT);
    x = make(30, stts, 1);
    x.t.stts = (bytes){0};
    cr_assert_eq(read_times(&t, &r, &x, 600, 2), CZ_FORMAT);
    x = make(30, stts, 1);
    wr32be(x.stts.at + 4, 2); /* more entries than there are */
    cr_assert_eq(read_times(&t, &r, &x, 600, 2), CZ_FORMAT);
    x = make(30, stts, 1);
    x.t.stts.left = 7;
    cr_assert_eq(read_times(&t, &r, &x, 600, 2), CZ_FORMAT);
}

static int64_t shift_of(uint8_t version, const int64_t (*edit)[2], uint32_t n, uint32_t edits)
{
    static const uint32_t stts[][2] = {{9, 1001}};
    tables x = make(30000, stts, 1);
    add_edits(&x, version, edit, n);
    mov_times t;
    frame_times_repairs r;
    cr_assert_eq(read_times(&t, &r, &x, 600, 9), CZ_OK);
    cr_assert_eq(r.edits, edits);
    cr_assert_eq(mov_ticks(&t, 2), 2002 + t.shift);
    free(t.run);
    return t.shift;
}

Test(times, edits)
{
    static const int64_t whole[][2] = {{180, 0}};
    static const int64_t late[][2] = {{60, -1}, {180, 0}};
    static const int64_t later[][2] = {{60, -1}, {30, -1}, {180, 2002}};
    static const int64_t early[][2] = {{180, 1001}};
    static const int64_t two[][2] = {{90, 500}, {10, -1}, {90, 4000}};
    static const int64_t hollow[][2] = {{60, -1}};
    for (uint8_t version = 0; version < 2; version++) {
        cr_assert_eq(shift_of(version, NULL, 0, 0), 0);
        cr_assert_eq(shift_of(version, whole, 1, 1), 0);
        cr_assert_eq(shift_of(version, late, 2, 1), 3000);
        cr_assert_eq(shift_of(version, later, 3, 1), 4500 - 2002);
        cr_assert_eq(shift_of(version, early, 1, 1), -1001);
        cr_assert_eq(shift_of(version, two, 3, 2), -500);
        cr_assert_eq(shift_of(version, hollow, 1, 0), 3000);
    }
}

/* 7 and 8 of 16 to a second, at 30 to a second: 13.125 and 15; 1 of 60 at 30: a half, away from
 * zero. */
Test(times, empty_edits_are_rounded)
{
    static const uint32_t stts[][2] = {{9, 1}};
    static const struct {
        uint32_t movie_timescale;
        int64_t empty, shift;
    } cases[] = {{16, 7, 13}, {16, 8, 15}, {60, 1, 1}, {90, 1, 0}, {90, 2, 1}, {0, 77, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t edit[][2] = {{cases[i].empty, -1}, {9, 0}};
        tables x = make(30, stts, 1);
        add_edits(&x, 1, edit, 2);
        mov_times t;
        frame_times_repairs r;
        cr_assert_eq(read_times(&t, &r, &x, cases[i].movie_timescale, 9), CZ_OK);
        cr_assert_eq(t.shift, cases[i].shift, "%zu", i);
        free(t.run);
    }
}

Test(times, invalid_edits)
{
    static const uint32_t stts[][2] = {{9, 1}};
    static const int64_t edits[][2][2] = {
        {{INT64_MAX, -1}, {9, 0}}, {{-1, -1}, {-1, -1}},     {{9, INT64_MAX}, {9, 0}},
        {{9, -2}, {9, 0}},         {{9, INT64_MIN}, {9, 0}},
    };
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        tables x = make(30, stts, 1);
        add_edits(&x, 1, edits[i], 2);
        mov_times t;
        frame_times_repairs r;
        cr_assert_eq(read_times(&t, &r, &x, 600, 9), CZ_FORMAT, "%zu", i);
    }
    tables x = make(30, stts, 1);
    add_edits(&x, 0, edits[0], 2);
    wr32be(x.elst.at + 4, 3);
    mov_times t;
    frame_times_repairs r;
    cr_assert_eq(read_times(&t, &r, &x, 600, 9), CZ_FORMAT);
}

/* Times before the first edit are negative, and rounded half up like all. */
Test(times, negative_times)
{
    mov_run run = {0, 0, 1};
    mov_times t = {
        .timescale = 2000000000, .run = &run, .n_runs = 1, .n_frames = 9, .ticks = 9, .shift = -3};
    static const int64_t ns[] = {-1, -1, 0, 0, 1, 1, 2, 2, 3}; /* -1.5 -1 -0.5 0 0.5 1 1.5 2 2.5 */
    for (uint64_t i = 0; i < 9; i++)
        cr_assert_eq(mov_time_ns(&t, i), ns[i], "%d", (int)i);
}

Test(times, largest_values)
{
    static const uint32_t stts[][2] = {{2, 0xffffffff}};
    tables x = make(0xffffffff, stts, 1);
    mov_times t;
    frame_times_repairs r;
    cr_assert_eq(read_times(&t, &r, &x, 600, 0x3ffffff), CZ_OK);
    cr_assert_eq(mov_time_ns(&t, 0x3ffffff), INT64_C(0x3ffffff) * 1000000000);
    cr_assert_eq(mov_time_ns(&t, 0x3fffffe), INT64_C(0x3fffffe) * 1000000000);
    free(t.run);
}

Test(times, rate)
{
    static const struct {
        uint32_t timescale, stts[2][2], num, den;
    } cases[] = {
        {30000, {{5, 1001}, {9, 1000}}, 30, 1}, {30000, {{9, 1001}, {5, 1000}}, 30000, 1001},
        {600, {{9, 25}, {5, 1}}, 24, 1},        {2997, {{9, 100}, {5, 1}}, 2997, 100},
        {600, {{9, 0}, {5, 1}}, 0, 1},          {1, {{9, 2}, {5, 1}}, 1, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tables x = make(cases[i].timescale, cases[i].stts, 2);
        mov_times t;
        frame_times_repairs r;
        uint32_t num, den;
        cr_assert_eq(read_times(&t, &r, &x, 600, 14), CZ_OK);
        mov_frame_rate(&t, &num, &den);
        cr_assert_eq(num, cases[i].num, "%zu", i);
        cr_assert_eq(den, cases[i].den, "%zu", i);
        free(t.run);
    }
}

Test(times, constant_duration)
{
    mov_times t;
    cr_assert_eq(frame_times_constant(&t, 25, 1, 50, NULL), CZ_OK);
    cr_assert_eq(mov_time_ns(&t, 50), 2000000000);
    cr_assert_eq(mov_time_ns(&t, 1), 40000000);
    free(t.run);
}

Test(times, without_memory)
{
    static const uint32_t stts[][2] = {{2, 10}};
    tables x = make(30, stts, 1);
    mov_times t;
    frame_times_repairs r;
    alloc_fail_at(1);
    const int rc = frame_times_read(&t, &r, &x.t, 600, 2, NULL);
    cr_assert(alloc_fail_end());
    cr_assert_eq(rc, CZ_NOMEM);
    alloc_fail_at(1);
    const int even = frame_times_constant(&t, 25, 1, 50, NULL);
    cr_assert(alloc_fail_end());
    cr_assert_eq(even, CZ_NOMEM);
    drop(&x);
}
