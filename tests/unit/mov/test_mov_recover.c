/* mov_recover() on frames among bytes of all kinds. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "mov/mov.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"
#include "tests/unit/support/mov_bytes.h"

enum { MANY = 64 };

/* A file, and where the frames are that must be found. */
typedef struct expected {
    buf file;
    uint64_t offset[MANY];
    uint32_t size[MANY];
    size_t n;
} expected;

static void add(expected *e, const frame_spec *f)
{
    e->offset[e->n] = e->file.len;
    e->size[e->n++] = put_frame(&e->file, f);
}

static void add_usual(expected *e, int n)
{
    frame_spec f = usual_frame();
    for (int i = 0; i < n; i++) {
        f.payload = (uint16_t)(40 + 4 * (e->n % 5)); /* no two neighbours of one size */
        add(e, &f);
    }
}

/* It is damaged beyond recovery: not expected any more. */
static void lose(expected *e, size_t i)
{
    e->n--;
    for (; i < e->n; i++) {
        e->offset[i] = e->offset[i + 1];
        e->size[i] = e->size[i + 1];
    }
}

static int recover(mov_movie **out, const buf *b, cz_error *err)
{
    guard g = guard_copy(b->at, b->len);
    memory m = {.at = g.at, .len = g.len};
    const mov_input in = memory_input(&m);
    const int rc = mov_recover(out, &in, err);
    guard_free(&g);
    cr_assert_eq(*out == NULL, rc < 0);
    return rc;
}

/* Exactly the expected frames; ends e, unless the movie is wanted. */
static void expect_frames(expected *e, mov_movie **wanted)
{
    mov_movie *m;
    cz_error err = {0};
    cr_assert_eq(recover(&m, &e->file, &err), CZ_OK, "%s", err.message);
    cr_assert_eq(m->n_frames, e->n, "%d instead of %zu", (int)m->n_frames, e->n);
    for (size_t i = 0; i < e->n; i++) {
        cr_assert_eq(m->offset[i], e->offset[i], "%zu: %d", i, (int)m->offset[i]);
        cr_assert_eq(m->size[i], e->size[i], "%zu", i);
    }
    cr_assert(m->recovered);
    cr_assert_not(m->has_moov);
    if (wanted)
        *wanted = m;
    else
        mov_close(&m);
    buf_free(&e->file);
}

static void put_noise(buf *b, size_t n)
{
    uint32_t x = 1;
    for (size_t i = 0; i < n; i++) {
        x = x * 1664525 + 1013904223;
        put8(b, (uint8_t)(x >> 24));
    }
}

Test(recover, adjacent_frames)
{
    expected e = {0};
    mov_movie *m;
    put_atom(&e.file, "ftyp", (const uint32_t[]){FOURCC('q', 't', ' ', ' '), 0}, 2);
    put_atom(&e.file, "mdat", NULL, 0);
    add_usual(&e, 20);
    expect_frames(&e, &m);
    cr_assert_eq(m->brand, FOURCC('q', 't', ' ', ' '));
    cr_assert_eq(m->skipped, 0);
    cr_assert_eq(m->n_warnings, 0);
    cr_assert_eq(m->created, 0);
    cr_assert_eq(m->n_tracks, 1);
    cr_assert_eq(m->track[0].kind, FOURCC('v', 'i', 'd', 'e'));
    cr_assert_eq(m->track[0].video.width, 64);
    cr_assert_eq(m->track[0].video.height, 48);
    cr_assert_eq(m->track[0].video.depth, 24);
    cr_assert_eq(m->track[0].video.fields, 1);
    cr_assert_eq(m->track[0].n_samples, 20);
    cr_assert(m->rate_assumed);
    cr_assert_eq(m->times.timescale, 30000);
    cr_assert_eq(mov_ticks(&m->times, 20), 20020);
    mov_close(&m);
}

Test(recover, dead_bytes_between_chunks)
{
    expected e = {0};
    mov_movie *m;
    put_noise(&e.file, 40);
    for (int i = 0; i < 5; i++) {
        add_usual(&e, 6);
        put_noise(&e.file, 160);
    }
    expect_frames(&e, &m);
    cr_assert_eq(m->skipped, 640);
    cr_assert_eq(m->n_warnings, 2);
    cr_assert(strstr(m->warning[0], "640 bytes in 4 places"), "%s", m->warning[0]);
    cr_assert(strstr(m->warning[1], "160 bytes after the last frame"), "%s", m->warning[1]);
    mov_close(&m);
}

/* The windows of the search begin anywhere in what it looks for. */
Test(recover, magic_across_read_buffers)
{
    for (size_t lead = 65500; lead < 65550; lead++) {
        expected e = {0};
        put_zeros(&e.file, lead);
        add_usual(&e, 2);
        put_zeros(&e.file, 65536 - 4);
        add_usual(&e, 1);
        put_zeros(&e.file, 7);
        expect_frames(&e, NULL);
    }
}

Test(recover, interlaced_with_alpha_at_25)
{
    for (uint8_t order = 1; order <= 2; order++) {
        expected e = {0};
        mov_movie *m;
        frame_spec f = usual_frame();
        f.interlace = order;
        f.chroma = 3;
        f.alpha = 2;
        f.rate = 0x33;
        for (int i = 0; i < 4; i++)
            add(&e, &f);
        expect_frames(&e, &m);
        cr_assert_eq(m->track[0].codec, FOURCC('a', 'p', '4', 'h'));
        cr_assert_eq(m->track[0].video.depth, 32);
        cr_assert_eq(m->track[0].video.fields, 2);
        cr_assert_eq(m->track[0].video.field_order, order == 1 ? 1 : 6);
        cr_assert_not(m->rate_assumed);
        cr_assert_eq(m->times.timescale, 25);
        cr_assert_eq(mov_time_ns(&m->times, 4), 160000000);
        mov_close(&m);
    }
}

Test(recover, codec_by_matrix)
{
    static const struct {
        uint8_t row[8], chroma;
        const char *codec;
    } cases[] = {
        {{4, 7, 9, 11, 13, 14, 15, 63}, 2, "apco"},
        {{4, 5, 6, 7, 9, 11, 13, 15}, 2, "apcs"},
        {{4, 4, 5, 5, 6, 7, 7, 9}, 2, "apcn"},
        {{4, 4, 4, 4, 4, 4, 4, 4}, 2, "apch"},
        {{0}, 2, "apch"},
        {{0}, 3, "ap4h"},
        {{4, 4, 4, 4, 4, 4, 4, 4}, 3, "ap4h"},
        {{2, 2, 2, 2, 2, 2, 2, 2}, 3, "ap4x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expected e = {0};
        mov_movie *m;
        char codec[5];
        frame_spec f = usual_frame();
        memcpy(f.matrix, cases[i].row, sizeof f.matrix);
        f.chroma = cases[i].chroma;
        add(&e, &f);
        expect_frames(&e, &m);
        fourcc_text(codec, m->track[0].codec);
        cr_assert_str_eq(codec, cases[i].codec, "%zu: %s", i, codec);
        mov_close(&m);
    }
}

/* ---- what is no frame ---- */

Test(recover, no_frames)
{
    buf b = {0};
    mov_movie *m;
    cz_error err;
    cr_assert_eq(recover(&m, &b, &err), CZ_FORMAT);
    put_noise(&b, 200000);
    cr_assert_eq(recover(&m, &b, &err), CZ_FORMAT);
    cr_assert(strstr(err.message, "test.mov: no ProRes frame"), "%s", err.message);
    for (size_t i = 0; i + 8 < b.len; i += 50)
        memcpy(b.at + i, "icpf", 4);
    cr_assert_eq(recover(&m, &b, &err), CZ_FORMAT);
    memcpy(b.at + b.len - 4, "icpf", 4);
    cr_assert_eq(recover(&m, &b, NULL), CZ_FORMAT);
    buf_free(&b);
}

/* The beginning of a true frame, of any length, in dead bytes before the first frame and between
 * others. */
Test(recover, false_frame_starts_in_dead_bytes)
{
    const frame_spec f = usual_frame();
    buf frame = {0};
    put_frame(&frame, &f);
    for (size_t n = 8; n < frame.len - 50; n += 13) { /* short of the last slice */
        expected e = {0};
        for (int i = 0; i < 3; i++) {
            buf_add(&e.file, frame.at, n);
            put_zeros(&e.file, 60);
            add_usual(&e, 3);
        }
        expect_frames(&e, NULL);
    }
    buf_free(&frame);
}

/* Headers that lead right to the next frame, at a place where a frame is due: they might be damaged
 * frames but for their size. */
Test(recover, decoys_that_lead_to_a_frame)
{
    frame_spec f = usual_frame();
    f.payload = 400;
    for (size_t dead = 36; dead < 1200; dead += 31) {
        expected e = {0};
        for (int i = 0; i < 3; i++)
            add(&e, &f);
        const size_t at = e.file.len;
        put_frame(&e.file, &f);
        e.file.len = at + 36; /* header and picture header are left */
        put_noise(&e.file, dead - 36);
        wr32be(e.file.at + at, (uint32_t)dead);
        for (int i = 0; i < 3; i++)
            add(&e, &f);
        expect_frames(&e, NULL);
    }
}

Test(recover, frames_inside_frames)
{
    frame_spec large = usual_frame(), twin = usual_frame();
    large.payload = 2000;
    buf small = {0};
    put_frame(&small, &twin);
    expected e = {0};
    for (int i = 0; i < 6; i++) {
        add(&e, &large);
        memcpy(e.file.at + e.offset[i] + 500, small.at, small.len);
    }
    expect_frames(&e, NULL);
    buf_free(&small);
}

Test(recover, other_size_or_chroma_is_skipped)
{
    frame_spec other[] = {usual_frame(), usual_frame(), usual_frame()};
    other[0].width = 80;
    other[1].height = 32;
    other[2].chroma = 3;
    expected e = {0};
    for (int i = 0; i < 3; i++) {
        add_usual(&e, 2);
        put_frame(&e.file, &other[i]);
    }
    add_usual(&e, 1);
    expect_frames(&e, NULL);
}

/* ---- damage ---- */

Test(recover, frame_truncated_by_the_end)
{
    const frame_spec f = usual_frame();
    for (size_t there = 1; there < 100; there += 9) {
        expected e = {0};
        add_usual(&e, 4);
        const size_t at = e.file.len;
        put_frame(&e.file, &f);
        e.file.len = at + there;
        expect_frames(&e, NULL);
    }
}

static void damage_word(expected *e, size_t i, size_t at, uint32_t by)
{
    uint8_t *p = e->file.at + e->offset[i] + at;
    wr32be(p, rd32be(p) + by);
}

/* A size that is wrong, or a mark or header that is gone, costs one frame and no other. */
Test(recover, one_frame_lost)
{
    static const struct {
        size_t at;
        uint32_t by;
    } damage[] = {{0, 1},
                  {0, 2},
                  {0, 3},
                  {0, 20},
                  {0, 64},
                  {0, (uint32_t)-1},
                  {0, (uint32_t)-64},
                  {0, 1 << 20},
                  {0, 1u << 31},
                  {4, 1},
                  {8, 5},
                  {16, 16},
                  {16, 1 << 20}};
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        for (size_t which = 0; which < 7; which += 3) {
            expected e = {0};
            add_usual(&e, 8);
            damage_word(&e, which, damage[i].at, damage[i].by);
            lose(&e, which);
            expect_frames(&e, NULL);
        }
    }
}

/* Damage to what is inside leaves the frame where it is: it is kept, for the caller to flag. */
Test(recover, damaged_frames_are_kept)
{
    static const size_t places[] = {9, 28, 29, 35, 36, 50, 61, 100};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        expected e = {0};
        add_usual(&e, 3);
        put_zeros(&e.file, 160);
        add_usual(&e, 3);
        put_zeros(&e.file, 160);
        add_usual(&e, 2);
        e.file.at[e.offset[1] + places[i]] ^= 0xff;
        e.file.at[e.offset[5] + places[i]] ^= 0xff; /* the last of its chunk */
        expect_frames(&e, NULL);
    }
}

Test(recover, stuffed_frames)
{
    frame_spec f = usual_frame();
    f.stuffing = 500;
    expected e = {0};
    for (int i = 0; i < 5; i++)
        add(&e, &f);
    put_noise(&e.file, 100);
    add(&e, &f);
    expect_frames(&e, NULL);
}

/* Constant sizes, and the gap grows by just a frame when one is lost: the next is found all the
 * same. */
Test(recover, repeated_gap_size)
{
    const frame_spec f = usual_frame();
    expected e = {0};
    for (int i = 0; i < 12; i++) {
        add(&e, &f);
        put_zeros(&e.file, 160);
    }
    e.file.at[e.offset[5] + 4] = 'x';
    e.file.at[e.offset[9] + 4] = 'x';
    lose(&e, 9);
    lose(&e, 5);
    expect_frames(&e, NULL);
}

Test(recover, each_byte_flipped)
{
    expected e = {0};
    put_zeros(&e.file, 24);
    add_usual(&e, 4);
    put_zeros(&e.file, 24);
    for (size_t i = 0; i < e.file.len; i++) {
        mov_movie *m;
        e.file.at[i] ^= 0xff;
        cr_assert_eq(recover(&m, &e.file, NULL), CZ_OK, "%zu", i);
        e.file.at[i] ^= 0xff;
        cr_assert_geq(m->n_frames, 3, "%zu", i);
        cr_assert_leq(m->n_frames, 4, "%zu", i);
        mov_close(&m);
    }
    buf_free(&e.file);
}

/* Frames within frames within frames, each of them worth a look: the search ends nevertheless. */
Test(recover, file_of_false_frames)
{
    const uint32_t n = 20000, step = 48;
    buf b = {0};
    for (uint32_t i = 0; i < n; i++) {
        const size_t at = b.len;
        frame_spec f = usual_frame();
        f.width = f.height = 4096;
        f.payload = 0;
        put32(&b, (n - i) * step);
        put_text(&b, "icpf");
        put16(&b, 20);
        put16(&b, 0);
        put_text(&b, "test");
        put16(&b, f.width);
        put16(&b, f.height);
        put32(&b, 0x80000101);
        put32(&b, 0x01000000);
        put8(&b, 8 << 3);
        put32(&b, (n - i) * step - 28);
        put_zeros(&b, 3);
        while (b.len < at + step)
            put16(&b, 6); /* what would be sizes of slices */
    }
    mov_movie *m = NULL;
    cz_error err;
    const int rc = recover(&m, &b, &err);
    cr_assert(rc == CZ_FORMAT, "%d", rc);
    buf_free(&b);
}

Test(recover, read_errors)
{
    expected e = {0};
    add_usual(&e, 3);
    put_zeros(&e.file, 300000);
    static const uint64_t places[] = {1, 500, 299999};
    for (size_t i = 0; i < 3; i++) {
        memory file = memory_of(&e.file);
        file.fail_at = places[i];
        const mov_input in = memory_input(&file);
        mov_movie *m;
        cz_error err;
        cr_assert_eq(mov_recover(&m, &in, &err), CZ_UNREACHABLE);
        cr_assert_null(m);
    }
    buf_free(&e.file);
}

Test(recover, without_memory)
{
    expected e = {0};
    add_usual(&e, 6);
    put_zeros(&e.file, 20);
    add_usual(&e, 6);
    put_zeros(&e.file, 20);
    memory file = memory_of(&e.file);
    const mov_input in = memory_input(&file);
    for (size_t n = 1;; n++) {
        mov_movie *m;
        alloc_fail_at(n);
        const int rc = mov_recover(&m, &in, NULL);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            cr_assert_gt(n, 8);
            mov_close(&m);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM, "allocation %zu", n);
        cr_assert_null(m);
    }
    buf_free(&e.file);
}
