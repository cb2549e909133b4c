/* base/crc32c.c and base/digest.c against published values, and all variants against each other. */
#include "base/digest.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"

/* RFC 3720, appendix B.4. */
Test(crc32c, published_values)
{
    uint8_t zeros[32] = {0}, ones[32], up[32], down[32];
    memset(ones, 0xff, sizeof ones);
    for (uint8_t i = 0; i < 32; i++) {
        up[i] = i;
        down[i] = (uint8_t)(31 - i);
    }
    crc32c_fn *way[CRC32C_IMPLEMENTATIONS_MAX + 1];
    const size_t ways = crc32c_implementations(way);
    way[ways] = crc32c;
    for (size_t i = 0; i <= ways; i++) {
        crc32c_fn *crc = way[i];
        cr_assert_eq(crc(0, zeros, 32), 0x8a9136aa);
        cr_assert_eq(crc(0, ones, 32), 0x62a8ab43);
        cr_assert_eq(crc(0, up, 32), 0x46dd794e);
        cr_assert_eq(crc(0, down, 32), 0x113fdb5c);
        cr_assert_eq(crc(0, "123456789", 9), 0xe3069283);
        cr_assert_eq(crc(0, NULL, 0), 0);
        cr_assert_eq(crc(7, NULL, 0), 7);
    }
}

static guard noise(size_t n)
{
    guard g = guard_new(n);
    uint32_t v = 1;
    for (size_t i = 0; i < n; i++) {
        v = v * 1664525 + 1013904223;
        g.at[i] = (uint8_t)(v >> 24);
    }
    return g;
}

/* Every length around the steps of the faster ones (8 bytes, 256, three runs of 4 096), at every
 * alignment, up to the end of a guarded buffer. */
Test(crc32c, all_variants_agree)
{
    crc32c_fn *way[CRC32C_IMPLEMENTATIONS_MAX];
    const size_t ways = crc32c_implementations(way);
    guard g = noise(3 * 3 * 4096 + 100);
    const size_t step = 3 * (size_t)4096;
    for (size_t i = 1; i < ways; i++) {
        for (size_t len = 0; len <= g.len; len += len < 1100 ? 1 : 61) {
            const uint8_t *at = g.at + g.len - len;
            cr_assert_eq(way[i](0, at, len), way[0](0, at, len), "way %zu, %zu bytes", i, len);
        }
        for (size_t edge = step; edge < g.len; edge += step)
            for (size_t len = edge - 9; len <= edge + 9; len++)
                for (size_t from = 0; from < 8; from++)
                    cr_assert_eq(way[i](0x12345678, g.at + from, len),
                                 way[0](0x12345678, g.at + from, len));
    }
    guard_free(&g);
}

Test(crc32c, parts_give_the_crc_of_the_whole)
{
    crc32c_fn *way[CRC32C_IMPLEMENTATIONS_MAX];
    const size_t ways = crc32c_implementations(way);
    guard g = noise(50000);
    const uint32_t whole = crc32c(0, g.at, g.len);
    for (size_t cut = 0; cut <= g.len; cut += 997)
        for (size_t i = 0; i < ways; i++)
            cr_assert_eq(way[i](way[i](0, g.at, cut), g.at + cut, g.len - cut), whole);
    guard_free(&g);
}

Test(crc32c, every_flipped_bit_changes_the_crc)
{
    guard g = noise(3 * 4096 + 21);
    const uint32_t was = crc32c(0, g.at, g.len);
    for (size_t bit = 0; bit < 8 * g.len; bit += 31) {
        g.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        cr_assert_neq(crc32c(0, g.at, g.len), was);
        g.at[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    guard_free(&g);
}

static const char md5_of_nothing[] = "d41d8cd98f00b204e9800998ecf8427e"; /* RFC 1321, A.5 */
static const char md5_of_abc[] = "900150983cd24fb0d6963f7d28e17f72";
static const char sha256_of_nothing[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char sha256_of_abc[] = /* FIPS 180-4, examples */
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void expect(digest_kind kind, const char *nothing, const char *abc)
{
    digest *d = NULL;
    char hex[SHA256_HEX + 1];
    cr_assert_eq(digest_new(&d, kind, NULL), CZ_OK);
    cr_assert_eq(digest_final_hex(d, hex, NULL), CZ_OK);
    cr_assert_str_eq(hex, nothing);
    digest_update(d, "a", 1);
    digest_update(d, NULL, 0);
    digest_update(d, "bc", 2);
    cr_assert_eq(digest_final_hex(d, hex, NULL), CZ_OK);
    cr_assert_str_eq(hex, abc, "the end of one digest begins the next");
    cr_assert_eq(digest_final_hex(d, hex, NULL), CZ_OK);
    cr_assert_str_eq(hex, nothing);
    digest_free(&d);
    cr_assert_null(d);
}

Test(digest, published_values)
{
    expect(DIGEST_MD5, md5_of_nothing, md5_of_abc);
    expect(DIGEST_SHA256, sha256_of_nothing, sha256_of_abc);
    char hex[SHA256_HEX + 1];
    cr_assert_eq(sha256_hex(hex, "abc", 3, NULL), CZ_OK);
    cr_assert_str_eq(hex, sha256_of_abc);
}

Test(digest, free_accepts_null)
{
    digest *d = NULL;
    digest_free(&d);
    digest_free(NULL);
}

Test(digest, without_memory)
{
    cz_error err = {0};
    for (size_t n = 1;; n++) {
        digest *d = NULL;
        alloc_fail_at(n);
        const int rc = digest_new(&d, DIGEST_SHA256, &err);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            digest_free(&d);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM);
        cr_assert_eq(err.code, CZ_NOMEM);
        cr_assert_null(d);
    }
    char hex[SHA256_HEX + 1];
    alloc_fail_at(1);
    const int rc = sha256_hex(hex, "abc", 3, &err);
    const bool failed = alloc_fail_end();
    cr_assert(failed);
    cr_assert_eq(rc, CZ_NOMEM);
}
