#include <criterion/criterion.h>
#include <string.h>

#include "mov/tags.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"
#include "tests/unit/support/mov_bytes.h"

static void put_string(buf *b, const char *type, const char *text, size_t len)
{
    const size_t at = atom_begin(b, type);
    put16(b, (uint16_t)len);
    put16(b, 0x55c4);
    buf_add(b, text, len);
    atom_end(b, at);
}

static void put_value(buf *b, uint32_t item, uint32_t type, const char *text)
{
    const size_t at = b->len;
    put32(b, 0);
    put32(b, item);
    const size_t data = atom_begin(b, "data");
    put32(b, type);
    put32(b, 0);
    put_text(b, text);
    atom_end(b, data);
    atom_end(b, at);
}

static void put_key(buf *b, const char *key)
{
    const size_t at = atom_begin(b, "mdta");
    put_text(b, key);
    atom_end(b, at);
}

/* A body of meta as QuickTime has it, or as ISO files do. */
static void put_meta(buf *b, bool iso)
{
    if (iso)
        put32(b, 0);
    put_atom(b, "hdlr", (const uint32_t[]){0, 0, FOURCC('m', 'd', 't', 'a'), 0, 0, 0}, 6);
    const size_t keys = atom_begin(b, "keys");
    put32(b, 0);
    put32(b, 2);
    put_key(b, "com.apple.quicktime.make");
    put_key(b, "com.apple.quicktime.model");
    atom_end(b, keys);
    const size_t ilst = atom_begin(b, "ilst");
    put_value(b, 2, 1, "Ki Pro");
    put_value(b, 1, 1, "AJA");
    put_value(b, 1, 21, "no text");
    put_value(b, 9, 1, "nameless");
    put_value(b, FOURCC(0xa9, 't', 'o', 'o'), 1, "tool");
    atom_end(b, ilst);
}

typedef struct notes {
    mov_tag *at;
    size_t n;
} notes;

static notes read_both(const buf *udta, const buf *meta)
{
    guard u = guard_copy(udta->at, udta->len), m = guard_copy(meta->at, meta->len);
    notes out = {0};
    cr_assert_eq(
        tags_read(&out.at, &out.n, (bytes){u.at, u.len, false}, (bytes){m.at, m.len, false}, NULL),
        CZ_OK);
    guard_free(&u);
    guard_free(&m);
    return out;
}

static void expect(const notes *all, size_t i, const char *key, const char *text)
{
    cr_assert_lt(i, all->n);
    cr_assert_str_eq(all->at[i].key, key);
    cr_assert_str_eq(all->at[i].text, text);
}

Test(tags, strings)
{
    buf udta = {0}, none = {0};
    put_string(&udta, "\xa9nam", "ASHES", 5);
    put_atom(&udta, "WLOC", (const uint32_t[]){7}, 1);
    put_string(&udta, "\xa9swr", "caf\xc3\xa9\0after the end", 15);
    put_string(&udta,
               "\xa9"
               "cpy",
               "\xa9 1999 \xf0\x9f\x90\x9f", 11);
    put_string(&udta,
               "\xa9"
               "day",
               "", 0);
    put32(&udta, 0);
    put_string(&udta,
               "\xa9"
               "xyz",
               "behind the end", 14);
    notes all = read_both(&udta, &none);
    cr_assert_eq(all.n, 3);
    expect(&all, 0, "\xc2\xa9nam", "ASHES");
    expect(&all, 1, "\xc2\xa9swr", "caf\xc3\xa9");
    expect(&all, 2,
           "\xc2\xa9"
           "cpy",
           "\xef\xbf\xbd 1999 \xf0\x9f\x90\x9f");
    tags_free(all.at, all.n);
    buf_free(&udta);
}

/* RFC 3629: overlong forms, surrogates, what is beyond U+10FFFF, and sequences that end early. */
Test(tags, invalid_utf8)
{
    static const char *const bad[] = {"\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\x80",
                                      "\xe2\x82",
                                      "\xf0\x9f\x90",
                                      "\xff"};
    static const char *const good[] = {
        "\x7f",         "\xc2\x80",     "\xdf\xbf",         "\xe0\xa0\x80",
        "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    buf udta = {0}, none = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        put_string(&udta,
                   "\xa9"
                   "bad",
                   bad[i], strlen(bad[i]));
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        put_string(&udta,
                   "\xa9"
                   "utf",
                   good[i], strlen(good[i]));
    notes all = read_both(&udta, &none);
    cr_assert_eq(all.n, 19);
    for (size_t i = 0; i < 11; i++) {
        cr_assert_eq(strlen(all.at[i].text), 3 * strlen(bad[i]), "%zu", i);
        for (const char *p = all.at[i].text; *p; p += 3)
            cr_assert_eq(memcmp(p, "\xef\xbf\xbd", 3), 0, "%zu", i);
    }
    for (size_t i = 0; i < 8; i++)
        cr_assert_str_eq(all.at[11 + i].text, good[i]);
    tags_free(all.at, all.n);
    buf_free(&udta);
}

Test(tags, keys_and_values)
{
    for (int iso = 0; iso < 2; iso++) {
        buf none = {0}, meta = {0};
        put_meta(&meta, iso);
        notes all = read_both(&none, &meta);
        cr_assert_eq(all.n, 4);
        expect(&all, 0, "com.apple.quicktime.model", "Ki Pro");
        expect(&all, 1, "com.apple.quicktime.make", "AJA");
        expect(&all, 2, "....", "nameless");
        expect(&all, 3, "\xc2\xa9too", "tool");
        tags_free(all.at, all.n);
        buf_free(&meta);
    }
}

Test(tags, meta_inside_udta)
{
    buf udta = {0}, none = {0};
    put_string(&udta, "\xa9nam", "first", 5);
    const size_t at = atom_begin(&udta, "meta");
    put_meta(&udta, true);
    atom_end(&udta, at);
    notes all = read_both(&udta, &none);
    cr_assert_eq(all.n, 5);
    expect(&all, 1, "com.apple.quicktime.model", "Ki Pro");
    tags_free(all.at, all.n);
    buf_free(&udta);
}

Test(tags, long_keys_are_truncated)
{
    buf none = {0}, meta = {0};
    char key[200];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    const size_t keys = atom_begin(&meta, "keys");
    put_zeros(&meta, 8);
    put_key(&meta, key);
    atom_end(&meta, keys);
    const size_t ilst = atom_begin(&meta, "ilst");
    put_value(&meta, 1, 1, "value");
    atom_end(&meta, ilst);
    notes all = read_both(&none, &meta);
    cr_assert_eq(all.n, 1);
    cr_assert_lt(strlen(all.at[0].key), sizeof all.at[0].key);
    cr_assert_eq(strspn(all.at[0].key, "k"), strlen(all.at[0].key));
    tags_free(all.at, all.n);
    buf_free(&meta);
}

Test(tags, number_is_limited)
{
    buf udta = {0}, none = {0};
    for (int i = 0; i < 2 * TAGS_MAX; i++)
        put_string(&udta, "\xa9nam", "x", 1);
    notes all = read_both(&udta, &none);
    cr_assert_eq(all.n, TAGS_MAX);
    tags_free(all.at, all.n);
    buf_free(&udta);
}

/* Cut anywhere, flipped anywhere: what is read is text, and nothing is touched behind the end. */
Test(tags, invalid)
{
    buf udta = {0};
    put_string(&udta, "\xa9nam", "ASHES", 5);
    const size_t at = atom_begin(&udta, "meta");
    put_meta(&udta, false);
    atom_end(&udta, at);
    for (size_t n = 0; n < udta.len; n++) {
        buf cut = {.at = udta.at, .len = n}, none = {0};
        notes all = read_both(&cut, &none);
        tags_free(all.at, all.n);
        all = read_both(&none, &cut);
        tags_free(all.at, all.n);
    }
    for (size_t i = 0; i < udta.len; i++) {
        buf none = {0};
        udta.at[i] ^= 0xff;
        notes all = read_both(&udta, &none);
        cr_assert_leq(all.n, 6);
        tags_free(all.at, all.n);
        udta.at[i] ^= 0xff;
    }
    buf_free(&udta);
}

Test(tags, without_memory)
{
    buf udta = {0}, meta = {0};
    put_string(&udta, "\xa9nam", "ASHES", 5);
    put_meta(&meta, false);
    for (size_t n = 1;; n++) {
        notes all = {0};
        alloc_fail_at(n);
        const int rc = tags_read(&all.at, &all.n, (bytes){udta.at, udta.len, false},
                                 (bytes){meta.at, meta.len, false}, NULL);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            cr_assert_eq(all.n, 5);
            tags_free(all.at, all.n);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM);
        cr_assert_null(all.at);
    }
    buf_free(&udta);
    buf_free(&meta);
}
