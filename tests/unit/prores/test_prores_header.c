#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "mov/mov.h"
#include "tests/unit/support/guard.h"
#include "tests/unit/support/mov_bytes.h"

/* The head of the usual frame, to be changed. */
static guard usual_head(void)
{
    buf b = {0};
    frame_spec f = usual_frame();
    f.interlace = 2;
    f.rate = 0x14;
    f.alpha = 1;
    put_frame(&b, &f);
    guard g = guard_copy(b.at, PRORES_FIXED_HEADER_SIZE);
    buf_free(&b);
    return g;
}

Test(frame, header)
{
    guard g = usual_head();
    prores_header h;
    cr_assert_eq(prores_header_parse(&h, g.at, g.len), PRORES_HEADER_OK);
    cr_assert_eq(h.frame_size, rd32be(g.at));
    cr_assert_eq(h.header_size, 20);
    cr_assert_eq(h.version, 0);
    cr_assert_arr_eq(h.encoder, "test", 4);
    cr_assert_eq(h.width, 64);
    cr_assert_eq(h.height, 48);
    cr_assert_eq(h.chroma, 2);
    cr_assert_eq(h.interlace, 2);
    cr_assert_eq(h.aspect, 1);
    cr_assert_eq(h.rate, 4);
    cr_assert_eq(h.primaries, 1);
    cr_assert_eq(h.transfer, 1);
    cr_assert_eq(h.matrix, 1);
    cr_assert_eq(h.alpha, 1);
    guard_free(&g);
}

Test(frame, invalid_headers)
{
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {
        {9, 19},    /* header size */
        {8, 0xff},  /* header size beyond the frame */
        {10, 1},    /* version */
        {11, 2},    /* version */
        {20, 0x48}, /* chroma 1 */
        {20, 0x08}, /* chroma 0 */
        {20, 0x8c}, /* interlace 3 */
        {25, 3},    /* alpha */
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        guard g = usual_head();
        prores_header h;
        g.at[changes[i].at] = changes[i].value;
        cr_assert_eq(prores_header_parse(&h, g.at, g.len), PRORES_HEADER_INVALID, "%zu", i);
        guard_free(&g);
    }
    for (size_t field = 16; field <= 18; field += 2) { /* width, height */
        guard g = usual_head();
        prores_header h;
        wr16be(g.at + field, 0);
        cr_assert_eq(prores_header_parse(&h, g.at, g.len), PRORES_HEADER_INVALID);
        guard_free(&g);
    }
    guard g = usual_head();
    prores_header h;
    wr32be(g.at, 8 + 20 + 7); /* no room for a picture */
    cr_assert_eq(prores_header_parse(&h, g.at, g.len), PRORES_HEADER_INVALID);
    wr32be(g.at, 8 + 20 + 8);
    cr_assert_eq(prores_header_parse(&h, g.at, g.len), PRORES_HEADER_OK);
    guard_free(&g);
}

Test(frame, too_few_bytes)
{
    guard whole = usual_head();
    for (size_t n = 0; n < PRORES_FIXED_HEADER_SIZE; n++) {
        guard g = guard_copy(whole.at, n);
        prores_header h;
        cr_assert_eq(prores_header_parse(&h, g.at, n),
                     n < 8 ? PRORES_HEADER_NO_MAGIC : PRORES_HEADER_INVALID);
        cr_assert_eq(h.frame_size, n < 4 ? 0 : rd32be(whole.at));
        guard_free(&g);
    }
    guard_free(&whole);
}

Test(frame, without_magic)
{
    guard g = usual_head();
    prores_header h;
    g.at[7] = 'F';
    cr_assert_eq(prores_header_parse(&h, g.at, g.len), PRORES_HEADER_NO_MAGIC);
    cr_assert_eq(h.frame_size, rd32be(g.at));
    cr_assert_eq(h.width, 0);
    guard_free(&g);
}

Test(frame, rates)
{
    static const uint32_t rates[][2] = {{24000, 1001}, {24, 1},        {25, 1},       {30000, 1001},
                                        {30, 1},       {50, 1},        {60000, 1001}, {60, 1},
                                        {100, 1},      {120000, 1001}, {120, 1}};
    uint32_t num = 7, den = 7;
    cr_assert_not(prores_frame_rate(0, &num, &den));
    cr_assert_not(prores_frame_rate(12, &num, &den));
    cr_assert_not(prores_frame_rate(255, &num, &den));
    cr_assert_eq(num, 7);
    for (uint8_t i = 0; i < 11; i++) {
        cr_assert(prores_frame_rate(i + 1, &num, &den));
        cr_assert_eq(num, rates[i][0]);
        cr_assert_eq(den, rates[i][1]);
    }
}
