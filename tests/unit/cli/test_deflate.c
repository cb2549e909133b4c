/* cli/picture/deflate.c: any data comes back, whatever the level, and no byte beyond the buffers is
 * touched. */
#include <criterion/criterion.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#include "cli/picture/deflate.h"
#include "tests/unit/support/guard.h"

static const char *const names[] = {"default", "none", "fast", "best"};

static void same_again(deflater *d, const guard *data)
{
    guard to = guard_new(deflate_bound(d, data->len)), back = guard_new(data->len);
    struct libdeflate_decompressor *inflate = libdeflate_alloc_decompressor();
    cr_assert_not_null(inflate);
    const size_t len = deflate_zlib(d, to.at, to.len, data->at, data->len);
    cr_assert(len > 0 && len <= to.len, "%zu bytes", data->len);
    cr_assert_eq(libdeflate_zlib_decompress(inflate, to.at, len, back.at, back.len, NULL),
                 LIBDEFLATE_SUCCESS, "%zu bytes", data->len);
    cr_assert_eq(memcmp(back.at, data->at, data->len), 0, "%zu bytes", data->len);
    libdeflate_free_decompressor(inflate);
    guard_free(&to);
    guard_free(&back);
}

/* Noise, which does not compress; steps; and zeros. */
static void fill(guard *data, unsigned kind)
{
    uint32_t state = 1 + kind;
    for (size_t i = 0; i < data->len; i++) {
        state = state * 1664525 + 1013904223;
        data->at[i] = (uint8_t)(kind == 0 ? state >> 24 : kind == 1 ? i / 7 : 0);
    }
}

Test(deflate, comes_back)
{
    static const size_t sizes[] = {1, 2, 17, 4096, 65535, 65536, 1000000};
    for (size_t l = 0; l < sizeof names / sizeof *names; l++) {
        deflate_level level;
        deflater *d = NULL;
        cr_assert(deflate_level_find(&level, names[l]));
        cr_assert_eq(deflater_new(&d, level, NULL), CZ_OK);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (unsigned kind = 0; kind < 3; kind++) {
                guard data = guard_new(sizes[i]);
                fill(&data, kind);
                same_again(d, &data);
                guard_free(&data);
            }
        deflater_free(&d);
        cr_assert_null(d);
    }
}

/* What was compressed before has no influence: files are the same on any number of threads. */
Test(deflate, has_no_memory)
{
    deflater *fresh = NULL, *used = NULL;
    guard data = guard_new(300000), other = guard_new(90000);
    fill(&data, 1);
    fill(&other, 0);
    cr_assert_eq(deflater_new(&fresh, DEFLATE_DEFAULT, NULL), CZ_OK);
    cr_assert_eq(deflater_new(&used, DEFLATE_DEFAULT, NULL), CZ_OK);
    guard a = guard_new(deflate_bound(fresh, data.len)), b = guard_new(a.len);
    (void)deflate_zlib(used, b.at, b.len, other.at, other.len);
    const size_t n = deflate_zlib(fresh, a.at, a.len, data.at, data.len);
    cr_assert_eq(deflate_zlib(used, b.at, b.len, data.at, data.len), n);
    cr_assert_eq(memcmp(a.at, b.at, n), 0);
    deflater_free(&fresh);
    deflater_free(&used);
    guard_free(&data);
    guard_free(&other);
    guard_free(&a);
    guard_free(&b);
}

Test(deflate, fails_without_room)
{
    deflater *d = NULL;
    guard data = guard_new(5000), to = guard_new(1000);
    fill(&data, 0);
    for (unsigned level = DEFLATE_DEFAULT; level <= DEFLATE_BEST; level++) {
        cr_assert_eq(deflater_new(&d, (deflate_level)level, NULL), CZ_OK);
        cr_assert_eq(deflate_zlib(d, to.at, to.len, data.at, data.len), 0);
        deflater_free(&d);
    }
    guard_free(&data);
    guard_free(&to);
}

Test(deflate, unknown_level)
{
    deflate_level level;
    cr_assert_not(deflate_level_find(&level, "9"));
    cr_assert_not(deflate_level_find(&level, ""));
}
