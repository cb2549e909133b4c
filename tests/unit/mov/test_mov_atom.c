#include "mov/atom.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/support/guard.h"
#include "tests/unit/support/mov_bytes.h"

static const fourcc FREE = FOURCC('f', 'r', 'e', 'e');

/* The bytes of a text whose pieces are given with their lengths, on guarded pages. */
static guard guarded(const char *text, size_t n)
{
    return guard_copy(text, n);
}

static bytes all_of(const guard *g)
{
    return (bytes){g->at, g->len, false};
}

Test(fourcc, text)
{
    char t[5];
    fourcc_text(t, FOURCC('a', 'p', 'c', 'n'));
    cr_assert_str_eq(t, "apcn");
    fourcc_text(t, FOURCC(0xa9, 'n', '\0', '\n'));
    cr_assert_str_eq(t, ".n..");
    fourcc_text(t, FOURCC(' ', '~', 0x7f, '"'));
    cr_assert_str_eq(t, " ~.\"");
}

Test(fourcc, prores)
{
    static const char *const yes[] = {"apco", "apcs", "apcn", "apch", "ap4h", "ap4x"};
    static const char *const no[] = {"avc1", "aprn", "apcx", "APCN", "apc\0", "\0\0\0\0"};
    for (size_t i = 0; i < 6; i++) {
        cr_assert(fourcc_is_prores(rd32be((const uint8_t *)yes[i])), "%s", yes[i]);
        cr_assert_not(fourcc_is_prores(rd32be((const uint8_t *)no[i])), "%s", no[i]);
    }
}

Test(atom, consecutive)
{
    guard g = guarded("\0\0\0\x0a"
                      "free"
                      "ab"
                      "\0\0\0\x01"
                      "wide"
                      "\0\0\0\0\0\0\0\x11"
                      "c"
                      "\0\0\0\x08"
                      "skip",
                      35);
    bytes in = all_of(&g);
    atom a;
    cr_assert_eq(atom_next(&a, &in), 1);
    cr_assert_eq(a.type, FREE);
    cr_assert_eq(a.body.left, 2);
    cr_assert_eq(memcmp(a.body.at, "ab", 2), 0);
    cr_assert_eq(atom_next(&a, &in), 1);
    cr_assert_eq(a.type, FOURCC('w', 'i', 'd', 'e'));
    cr_assert_eq(a.body.left, 1);
    cr_assert_eq(a.body.at[0], 'c');
    cr_assert_eq(atom_next(&a, &in), 1);
    cr_assert_eq(a.type, FOURCC('s', 'k', 'i', 'p'));
    cr_assert_eq(a.body.left, 0);
    cr_assert_eq(atom_next(&a, &in), 0);

    bytes body;
    cr_assert(atom_find(&body, all_of(&g), FOURCC('w', 'i', 'd', 'e')));
    cr_assert_eq(body.left, 1);
    cr_assert_not(atom_find(&body, all_of(&g), FOURCC('m', 'o', 'o', 'v')));
    guard_free(&g);
}

Test(atom, ends_of_lists)
{
    static const struct {
        const char *text;
        size_t n;
        int more;
    } lists[] = {
        {"", 0, 0},
        {"\0\0\0", 3, 0},
        {"\0\0\0\0", 4, 0},
        {"\0\0\0\x08"
         "fre",
         7, 0},
        {"\0\0\0\0"
         "free",
         8, 0},
        {"\0\0\0\x07"
         "free",
         8, -1},
        {"\0\0\0\x09"
         "free",
         8, -1},
        {"\xff\xff\xff\xff"
         "free",
         8, -1},
        {"\0\0\0\x01"
         "free",
         8, -1},
        {"\0\0\0\x01"
         "free"
         "\0\0\0\0\0\0\0",
         15, -1},
        {"\0\0\0\x01"
         "free"
         "\0\0\0\0\0\0\0\x0f",
         16, -1},
        {"\0\0\0\x01"
         "free"
         "\0\0\0\0\0\0\0\x11",
         16, -1},
        {"\0\0\0\x01"
         "free"
         "\xff\xff\xff\xff\xff\xff\xff\xff",
         16, -1},
        {"\0\0\0\x01"
         "free"
         "\0\0\0\0\0\0\0\x10",
         16, 1},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        guard g = guarded(lists[i].text, lists[i].n);
        bytes in = all_of(&g), body;
        atom a;
        cr_assert_eq(atom_next(&a, &in), lists[i].more, "%zu", i);
        cr_assert_eq(atom_find(&body, all_of(&g), FREE), lists[i].more == 1, "%zu", i);
        guard_free(&g);
    }
}

Test(atom, version_and_flags)
{
    guard g = guarded("\x01\x02\x03\x04", 4);
    bytes in = all_of(&g);
    uint32_t flags;
    cr_assert_eq(atom_version(&in, &flags), 1);
    cr_assert_eq(flags, 0x020304);
    cr_assert_eq(in.left, 0);
    cr_assert_eq(atom_version(&in, &flags), 0);
    cr_assert_eq(flags, 0);
    cr_assert(in.bad);
    guard_free(&g);
}

static file_atom file_atom_of(const char *text, size_t n, uint64_t at)
{
    memory m = {.at = (const uint8_t *)text, .len = n};
    const mov_input in = memory_input(&m);
    file_atom a;
    cr_assert_eq(file_atom_read(&a, &in, at, NULL), CZ_OK);
    return a;
}

Test(atom, in_a_file)
{
    file_atom a = file_atom_of("\0\0\0\x0c"
                               "ftyp"
                               "qt  ",
                               12, 0);
    cr_assert_eq(a.type, FOURCC('f', 't', 'y', 'p'));
    cr_assert_eq(a.size, 12);
    cr_assert_eq(a.head, 8);
    cr_assert_eq(a.brand, FOURCC('q', 't', ' ', ' '));
    cr_assert_not(a.cut);

    a = file_atom_of("xx"
                     "\0\0\0\x01"
                     "mdat"
                     "\0\0\0\x20\0\0\0\x10",
                     18, 2);
    cr_assert_eq(a.offset, 2);
    cr_assert_eq(a.size, 0x2000000010);
    cr_assert_eq(a.head, 16);
    cr_assert(a.cut);

    a = file_atom_of("\0\0\0\0"
                     "mdat"
                     "abc",
                     11, 0); /* up to the end */
    cr_assert_eq(a.size, 11);
    cr_assert_not(a.cut);
    cr_assert_eq(file_atom_of("\0\0\0\0"
                              "mdat",
                              8, 0)
                     .size,
                 8);
}

Test(atom, invalid_in_a_file)
{
    cr_assert_eq(file_atom_of("abcdefg", 7, 0).size, 0);
    cr_assert_eq(file_atom_of("abcdefg", 7, 7).size, 0);
    cr_assert_eq(file_atom_of("\0\0\0\x07"
                              "free",
                              8, 0)
                     .size,
                 0);
    cr_assert_eq(file_atom_of("\0\0\0\x01"
                              "free"
                              "\0\0\0\0\0\0\0",
                              15, 0)
                     .size,
                 0);
    cr_assert_eq(file_atom_of("\0\0\0\x01"
                              "free"
                              "\0\0\0\0\0\0\0\x0f",
                              16, 0)
                     .size,
                 0);
}

Test(atom, read_errors)
{
    memory m = {.at = (const uint8_t *)"\0\0\0\x0c"
                                       "ftyp"
                                       "qt  ",
                .len = 12,
                .fail_at = 5};
    const mov_input in = memory_input(&m);
    file_atom a;
    cz_error err;
    cr_assert_eq(file_atom_read(&a, &in, 0, &err), CZ_UNREACHABLE);
    cr_assert_eq(err.code, CZ_UNREACHABLE);
}
