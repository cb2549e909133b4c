/* mov/write_mov.c and mov/write_avi.c: headers read back by mov_open(), and the fields that players
 * use. */
#include "mov/write.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "mov/atom.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/mov_bytes.h"

enum { HEAD_64 = 16 };

static mov_write_params usual_writer(void)
{
    return (mov_write_params){
        .codec = FOURCC('a', 'p', 'c', 'h'),
        .video = {.width = 720,
                  .height = 486,
                  .depth = 24,
                  .primaries = 6,
                  .transfer = 1,
                  .matrix = 6,
                  .fields = 2,
                  .field_order = 6,
                  .aspect_h = 10,
                  .aspect_v = 11},
        .timescale = 30000,
        .created = 3614199300,
        .name = "caf\xc3\xa9",
    };
}

static const uint32_t sizes[] = {1000, 2001, 3000, 7};
static const uint32_t ticks[] = {1001, 1001, 2002, 1001};

/* The movie that this header begins; its samples are zeros. */
static mov_movie *open_written(const buf *header, uint64_t samples)
{
    buf b = {0};
    buf_add(&b, header->at, header->len);
    put_zeros(&b, (size_t)samples);
    memory file = memory_of(&b);
    const mov_input in = memory_input(&file);
    mov_movie *m;
    cz_error err;
    cr_assert_eq(mov_open(&m, &in, &err), CZ_OK, "%s", err.message);
    buf_free(&b);
    return m;
}

static void expect_video(const mov_video *a, const mov_video *b)
{
    cr_assert_eq(a->width, b->width);
    cr_assert_eq(a->height, b->height);
    cr_assert_eq(a->depth, b->depth);
    cr_assert_eq(a->primaries, b->primaries);
    cr_assert_eq(a->transfer, b->transfer);
    cr_assert_eq(a->matrix, b->matrix);
    cr_assert_eq(a->fields, b->fields);
    cr_assert_eq(a->field_order, b->field_order);
    cr_assert_eq(a->aspect_h, b->aspect_h);
    cr_assert_eq(a->aspect_v, b->aspect_v);
}

Test(write, read_back)
{
    buf b = {0};
    const mov_write_params w = usual_writer();
    cr_assert_eq(mov_write_header(&b, &w, sizes, ticks, 4, NULL), CZ_OK);
    mov_movie *m = open_written(&b, 6008);
    cr_assert_eq(m->brand, FOURCC('q', 't', ' ', ' '));
    cr_assert_eq(m->created, w.created);
    cr_assert_eq(m->timescale, 30000);
    cr_assert_eq(m->duration, 5005);
    cr_assert_eq(m->n_tracks, 1);
    cr_assert_eq(m->track[0].id, 1);
    cr_assert(m->track[0].enabled);
    cr_assert_eq(m->track[0].codec, w.codec);
    cr_assert_eq(m->track[0].timescale, 30000);
    cr_assert_eq(m->track[0].duration, 5005);
    cr_assert_eq(m->track[0].created, w.created);
    expect_video(&m->track[0].video, &w.video);
    cr_assert_eq(m->n_frames, 4);
    uint64_t at = b.len, time = 0;
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(m->offset[i], at);
        cr_assert_eq(m->size[i], sizes[i]);
        cr_assert_eq(mov_ticks(&m->times, i), (int64_t)time);
        at += sizes[i];
        time += ticks[i];
    }
    cr_assert_eq(at, m->bytes);
    cr_assert_eq(m->times.n_runs, 3);
    cr_assert_eq(m->n_tags, 1);
    cr_assert_str_eq(m->tag[0].text, w.name);
    cr_assert_eq(m->n_warnings, 0);
    mov_close(&m);
    buf_free(&b);
}

Test(write, position_in_the_buffer_does_not_matter)
{
    buf a = {0}, b = {0};
    const mov_write_params w = usual_writer();
    put_text(&b, "something before");
    cr_assert_eq(mov_write_header(&a, &w, sizes, ticks, 4, NULL), CZ_OK);
    cr_assert_eq(mov_write_header(&b, &w, sizes, ticks, 4, NULL), CZ_OK);
    cr_assert_eq(b.len, a.len + 16);
    cr_assert_eq(memcmp(b.at + 16, a.at, a.len), 0);
    buf_free(&a);
    buf_free(&b);
}

/* Length depends on what the manual says it does, and not on sizes. */
Test(write, length)
{
    static const uint32_t other_sizes[] = {1, 1000000, 77, 5}, other_ticks[] = {5, 5, 6, 5};
    static const uint32_t even[] = {9, 9, 9, 9};
    const mov_write_params w = usual_writer();
    buf a = {0}, b = {0}, c = {0};
    cr_assert_eq(mov_write_header(&a, &w, sizes, ticks, 4, NULL), CZ_OK);
    cr_assert_eq(mov_write_header(&b, &w, other_sizes, other_ticks, 4, NULL), CZ_OK);
    cr_assert_eq(mov_write_header(&c, &w, sizes, even, 4, NULL), CZ_OK);
    cr_assert_eq(a.len, b.len);
    cr_assert_eq(a.len, c.len + 16); /* two runs less */
    buf_free(&a);
    buf_free(&b);
    buf_free(&c);
}

Test(write, unknown_values_are_omitted)
{
    buf b = {0};
    const mov_write_params w = {
        .codec = FOURCC('a', 'p', 'c', 'n'), .video = {.width = 16, .height = 16}, .timescale = 25};
    cr_assert_eq(mov_write_header(&b, &w, sizes, ticks, 1, NULL), CZ_OK);
    static const char *const absent[] = {"fiel", "colr", "pasp", "udta"};
    for (size_t i = 0; i < 4; i++)
        cr_assert_null(memmem(b.at, b.len, absent[i], 4), "%s", absent[i]);
    mov_movie *m = open_written(&b, 1000);
    cr_assert_eq(m->created, 0);
    cr_assert_eq(m->track[0].video.depth, 24);
    cr_assert_eq(m->track[0].video.fields, 0);
    cr_assert_eq(m->n_tags, 0);
    mov_close(&m);
    buf_free(&b);
}

/* Width on the screen, 16.16, stands 8 bytes before the end of tkhd. */
static uint32_t shown_width(const mov_write_params *w)
{
    buf b = {0};
    cr_assert_eq(mov_write_header(&b, w, sizes, ticks, 1, NULL), CZ_OK);
    const uint8_t *tkhd = memmem(b.at, b.len, "tkhd", 4);
    const uint32_t width = rd32be(tkhd - 4 + rd32be(tkhd - 4) - 8);
    cr_assert_eq(rd32be(tkhd - 4 + rd32be(tkhd - 4) - 4), (uint32_t)w->video.height << 16);
    buf_free(&b);
    return width;
}

Test(write, pixels_that_are_not_square)
{
    mov_write_params w = usual_writer();
    cr_assert_eq(shown_width(&w), (uint32_t)((UINT64_C(720) << 16) * 10 / 11));
    w.video.aspect_h = w.video.aspect_v = 1;
    cr_assert_eq(shown_width(&w), 720 << 16);
    w.video.aspect_h = UINT32_MAX; /* beyond what the field holds: as if it weren't told */
    cr_assert_eq(shown_width(&w), 720 << 16);
    w.video.aspect_v = 0;
    cr_assert_eq(shown_width(&w), 720 << 16);
}

Test(write, names_of_the_codecs)
{
    static const char *const codecs[][2] = {
        {"apco", "Apple ProRes 422 (Proxy)"}, {"apcs", "Apple ProRes 422 (LT)"},
        {"apcn", "Apple ProRes 422"},         {"apch", "Apple ProRes 422 (HQ)"},
        {"ap4h", "Apple ProRes 4444"},        {"ap4x", "Apple ProRes 4444 (XQ)"},
    };
    for (size_t i = 0; i < 6; i++) {
        buf b = {0};
        mov_write_params w = usual_writer();
        w.codec = rd32be((const uint8_t *)codecs[i][0]);
        cr_assert_eq(mov_write_header(&b, &w, sizes, ticks, 1, NULL), CZ_OK);
        const uint8_t *entry = memmem(b.at, b.len, codecs[i][0], 4);
        cr_assert_not_null(entry);
        const uint8_t *name = entry + 46;
        cr_assert_eq(name[0], strlen(codecs[i][1]));
        cr_assert_eq(memcmp(name + 1, codecs[i][1], name[0]), 0);
        buf_free(&b);
    }
}

/* Samples of 4 GiB and more need an mdat of 64 bits; the limit to the byte. */
Test(write, four_gib)
{
    const mov_write_params w = usual_writer();
    static const uint32_t below[] = {UINT32_MAX - 8 - 100, 100},
                          above[] = {UINT32_MAX - 7 - 100, 100};
    buf a = {0}, b = {0};
    cr_assert_eq(mov_write_header(&a, &w, below, ticks, 2, NULL), CZ_OK);
    cr_assert_eq(mov_write_header(&b, &w, above, ticks, 2, NULL), CZ_OK);
    cr_assert_eq(b.len, a.len + 8);
    cr_assert_eq(rd32be(a.at + a.len - 8), UINT32_MAX);
    cr_assert_eq(memcmp(a.at + a.len - 4, "mdat", 4), 0);
    const uint8_t *mdat = b.at + b.len - HEAD_64;
    cr_assert_eq(rd32be(mdat), 1);
    cr_assert_eq(memcmp(mdat + 4, "mdat", 4), 0);
    cr_assert_eq(rd64be(mdat + 8), UINT64_C(0xffffffff) - 7 + HEAD_64);
    buf_free(&a);
    buf_free(&b);
}

Test(write, times_of_64_bits)
{
    static const uint32_t long_ticks[] = {UINT32_MAX, 5};
    mov_write_params w = usual_writer();
    buf b = {0};
    cr_assert_eq(mov_write_header(&b, &w, sizes, long_ticks, 2, NULL), CZ_OK);
    mov_movie *m = open_written(&b, 3001);
    cr_assert_eq(m->duration, UINT64_C(0xffffffff) + 5);
    cr_assert_eq(m->track[0].duration, UINT64_C(0xffffffff) + 5);
    cr_assert_eq(m->created, w.created);
    mov_close(&m);
    b.len = 0;
    w.created = UINT64_C(1) << 33;
    cr_assert_eq(mov_write_header(&b, &w, sizes, ticks, 2, NULL), CZ_OK);
    m = open_written(&b, 3001);
    cr_assert_eq(m->created, w.created);
    cr_assert_eq(m->track[0].created, w.created);
    cr_assert_eq(m->n_frames, 2);
    mov_close(&m);
    buf_free(&b);
}

Test(write, unsupported_movies)
{
    static const uint32_t empty[] = {10, 0};
    mov_write_params w = usual_writer();
    buf b = {0};
    cz_error err;
    cr_assert_eq(mov_write_header(&b, &w, sizes, ticks, 0, &err), CZ_FORMAT);
    cr_assert_eq(mov_write_header(&b, &w, empty, ticks, 2, &err), CZ_FORMAT);
    cr_assert(strstr(err.message, "frame 1"));
    cr_assert_eq(mov_write_header(&b, &w, sizes, ticks, ((size_t)1 << 28) + 1, &err), CZ_FORMAT);
    w.timescale = 0;
    cr_assert_eq(mov_write_header(&b, &w, sizes, ticks, 2, &err), CZ_FORMAT);
    w = usual_writer();
    char *name = malloc(65537);
    memset(name, 'x', 65536);
    name[65536] = '\0';
    w.name = name;
    cr_assert_eq(mov_write_header(&b, &w, sizes, ticks, 2, &err), CZ_FORMAT);
    cr_assert_eq(b.len, 0);
    name[65535] = '\0';
    cr_assert_eq(mov_write_header(&b, &w, sizes, ticks, 2, &err), CZ_OK);
    mov_movie *m = open_written(&b, 3001);
    cr_assert_str_eq(m->tag[0].text, name);
    mov_close(&m);
    buf_free(&b);
    free(name);
}

Test(write, without_memory)
{
    const mov_write_params w = usual_writer();
    for (size_t n = 1;; n++) {
        buf b = {0};
        alloc_fail_at(n);
        const int rc = mov_write_header(&b, &w, sizes, ticks, 4, NULL);
        const bool failed = alloc_fail_end();
        buf_free(&b);
        cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK);
        if (!failed)
            break;
    }
}

/* ---- AVI ---- */

static uint32_t word(const buf *b, size_t at)
{
    cr_assert_leq(at + 4, b->len);
    return rd32le(b->at + at);
}

static void expect_letters(const buf *b, size_t at, const char *four)
{
    cr_assert_leq(at + 4, b->len);
    cr_assert_eq(memcmp(b->at + at, four, 4), 0, "%zu: %.4s", at, (const char *)b->at + at);
}

/* Every chunk is where the ones before it say, up to the last byte of the file. */
Test(avi, layout)
{
    buf b = {0};
    const mov_write_params w = usual_writer();
    cr_assert_eq(avi_write_header(&b, &w, 30000, 1001, sizes, 4, NULL), CZ_OK);
    const size_t movi = b.len - 4;
    for (size_t i = 0; i < 4; i++) {
        uint8_t head[8];
        avi_chunk_header(head, sizes[i]);
        buf_add(&b, head, sizeof head);
        put_zeros(&b, sizes[i] + sizes[i] % 2);
    }
    const size_t index = b.len;
    cr_assert_eq(avi_write_index(&b, sizes, 4, NULL), CZ_OK);

    expect_letters(&b, 0, "RIFF");
    cr_assert_eq(word(&b, 4), b.len - 8);
    expect_letters(&b, 8, "AVI ");
    expect_letters(&b, 12, "LIST");
    expect_letters(&b, 20, "hdrl");
    expect_letters(&b, 24, "avih");
    cr_assert_eq(word(&b, 32), 33366); /* microseconds a frame */
    cr_assert_eq(word(&b, 48), 4);     /* frames */
    cr_assert_eq(word(&b, 60), 3000);  /* the largest */
    cr_assert_eq(word(&b, 64), 720);
    cr_assert_eq(word(&b, 68), 486);
    const size_t list = 20 + word(&b, 16); /* behind hdrl */
    expect_letters(&b, list, "LIST");
    cr_assert_eq(list + 8, movi);
    expect_letters(&b, movi, "movi");
    cr_assert_eq(movi + word(&b, movi - 4), index);
    const uint8_t *strh = memmem(b.at, b.len, "strh", 4);
    cr_assert_eq(memcmp(strh + 8, "vidsapch", 8), 0);
    cr_assert_eq(rd32le(strh + 28), 1001);
    cr_assert_eq(rd32le(strh + 32), 30000);
    cr_assert_eq(rd32le(strh + 40), 4);
    const uint8_t *strf = memmem(b.at, b.len, "strf", 4);
    cr_assert_eq(rd32le(strf + 4), 40);
    cr_assert_eq(rd32le(strf + 12), 720);
    cr_assert_eq(memcmp(strf + 24, "apch", 4), 0);

    expect_letters(&b, index, "idx1");
    cr_assert_eq(word(&b, index + 4), 64);
    cr_assert_eq(index + 8 + 64, b.len);
    for (size_t i = 0; i < 4; i++) {
        const size_t entry = index + 8 + i * 16;
        expect_letters(&b, entry, "00dc");
        cr_assert_eq(word(&b, entry + 4), 0x10);
        const size_t at = movi + word(&b, entry + 8);
        expect_letters(&b, at, "00dc");
        cr_assert_eq(word(&b, at + 4), sizes[i]);
        cr_assert_eq(word(&b, entry + 12), sizes[i]);
    }
    buf_free(&b);
}

Test(avi, unsupported_movies)
{
    static const uint32_t empty[] = {10, 0}, large[] = {0x40000000, 0x40000000};
    const mov_write_params w = usual_writer();
    buf b = {0};
    cz_error err;
    cr_assert_eq(avi_write_header(&b, &w, 30, 1, sizes, 0, &err), CZ_FORMAT);
    cr_assert_eq(avi_write_header(&b, &w, 0, 1, sizes, 4, &err), CZ_FORMAT);
    cr_assert_eq(avi_write_header(&b, &w, 30, 0, sizes, 4, &err), CZ_FORMAT);
    cr_assert_eq(avi_write_header(&b, &w, 30, 1, empty, 2, &err), CZ_FORMAT);
    cr_assert_eq(avi_write_index(&b, empty, 2, &err), CZ_FORMAT);
    cr_assert_eq(avi_write_header(&b, &w, 30, 1, large, 2, &err), CZ_UNSUPPORTED);
    cr_assert(strstr(err.hint, ".mov"));
    cr_assert_eq(avi_write_index(&b, large, 2, &err), CZ_UNSUPPORTED);
    cr_assert_eq(avi_write_header(&b, &w, 30, 1, large, 2, NULL), CZ_UNSUPPORTED);
    cr_assert_eq(b.len, 0);
}

Test(avi, without_memory)
{
    const mov_write_params w = usual_writer();
    for (size_t n = 1;; n++) {
        buf b = {0};
        alloc_fail_at(n);
        int rc = avi_write_header(&b, &w, 30, 1, sizes, 4, NULL);
        if (rc == CZ_OK)
            rc = avi_write_index(&b, sizes, 4, NULL);
        const bool failed = alloc_fail_end();
        buf_free(&b);
        cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK);
        if (!failed)
            break;
    }
}
