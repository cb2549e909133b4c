#include "mov/tags.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mov/atom.h"

typedef struct tag_list {
    mov_tag *at;
    size_t n;
} tag_list;

/* Length of the UTF-8 sequence at p; 0 if it is invalid (RFC 3629, section 4). */
static size_t utf8_length(const uint8_t *p, size_t left)
{
    const uint8_t c = p[0];
    if (c < 0x80)
        return 1;
    const size_t n = c >= 0xc2 && c <= 0xdf   ? 2
                     : c >= 0xe0 && c <= 0xef ? 3
                     : c >= 0xf0 && c <= 0xf4 ? 4
                                              : 0;
    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    const bool too_low = (c == 0xe0 && p[1] < 0xa0) || (c == 0xf0 && p[1] < 0x90);
    const bool surrogate = c == 0xed && p[1] > 0x9f;
    const bool too_high = c == 0xf4 && p[1] > 0x8f;
    return too_low || surrogate || too_high ? 0 : n;
}

/* Copy a text up to the first NUL. Invalid UTF-8, such as legacy encodings, becomes U+FFFD. */
static char *copy_text(bytes in)
{
    buf b = {0};
    for (size_t i = 0; i < in.left && in.at[i];) {
        const size_t n = utf8_length(in.at + i, in.left - i);
        buf_add(&b, n ? (const void *)(in.at + i) : "\xef\xbf\xbd", n ? n : 3);
        i += n ? n : 1;
    }
    if (!buf_text(&b)) {
        buf_free(&b);
        return NULL;
    }
    return (char *)b.at;
}

/* A key as UTF-8: the Mac Roman copyright sign (0xa9) that many keys begin with, and printable
 * ASCII. */
static void copy_key(char *to, size_t room, bytes in)
{
    size_t at = 0;
    for (size_t i = 0; i < in.left && at + 3 < room; i++) {
        const uint8_t c = in.at[i];
        if (c == 0xa9) {
            to[at++] = '\xc2';
            to[at++] = '\xa9';
        } else {
            to[at] = '.';
            if (c >= ' ' && c <= '~')
                to[at] = (char)c;
            at++;
        }
    }
    to[at] = '\0';
}

static int add_tag(tag_list *all, bytes key, bytes text, cz_error *err)
{
    if (all->n == TAGS_MAX || text.bad || text.left == 0 || text.left > TAG_BYTES_MAX)
        return CZ_OK;
    mov_tag *more = realloc(all->at, (all->n + 1) * sizeof *more);
    if (!more)
        return cz_fail_memory(err, "tags");
    all->at = more;
    mov_tag *tag = &all->at[all->n];
    copy_key(tag->key, sizeof tag->key, key);
    tag->text = copy_text(text);
    if (!tag->text)
        return cz_fail_memory(err, "tags");
    all->n++;
    return CZ_OK;
}

/* Key number i (from 1) of a keys atom; empty if there is none. */
static bytes find_key(bytes keys, uint32_t i)
{
    atom a;
    bytes_skip(&keys, 8);
    /* An entry has the form of an atom whose type is the namespace. */
    for (uint32_t k = 1; k <= TAGS_MAX && atom_next(&a, &keys) == 1; k++)
        if (k == i)
            return a.body;
    return (bytes){0};
}

/* ilst: the type of an item is the number of its key, or a key itself; the value is in a data atom.
 */
static int read_meta(tag_list *all, bytes meta, cz_error *err)
{
    enum { UTF8 = 1 };
    atom a;
    bytes ilst, keys = {0};
    /* In QuickTime, meta contains atoms directly; in ISO files, version and flags come first. */
    if (meta.left >= 12 && rd32be(meta.at + 8) == FOURCC('h', 'd', 'l', 'r'))
        bytes_skip(&meta, 4);
    (void)atom_find(&keys, meta, FOURCC('k', 'e', 'y', 's'));
    if (!atom_find(&ilst, meta, FOURCC('i', 'l', 's', 't')))
        return CZ_OK;
    for (int i = 0; i < TAGS_MAX && atom_next(&a, &ilst) == 1; i++) {
        uint8_t own[4];
        bytes data, key = find_key(keys, a.type);
        wr32be(own, a.type);
        if (!key.at)
            key = (bytes){own, sizeof own, false};
        if (!atom_find(&data, a.body, FOURCC('d', 'a', 't', 'a')) || bytes_u32be(&data) != UTF8)
            continue;
        bytes_skip(&data, 4); /* locale */
        const int rc = add_tag(all, key, data, err);
        if (rc < 0)
            return rc;
    }
    return CZ_OK;
}

/* The type of text atoms begins with a copyright sign; of several languages the first is used. */
static int read_udta(tag_list *all, bytes udta, cz_error *err)
{
    atom a;
    for (int i = 0; i < TAGS_MAX && atom_next(&a, &udta) == 1; i++) {
        int rc = CZ_OK;
        if (a.type == FOURCC('m', 'e', 't', 'a')) {
            rc = read_meta(all, a.body, err);
        } else if (a.type >> 24 == 0xa9) {
            uint8_t name[4];
            wr32be(name, a.type);
            const size_t len = bytes_u16be(&a.body);
            bytes_skip(&a.body, 2); /* language */
            rc = add_tag(all, (bytes){name, sizeof name, false}, bytes_take(&a.body, len), err);
        }
        if (rc < 0)
            return rc;
    }
    return CZ_OK;
}

int tags_read(mov_tag **out, size_t *n, bytes udta, bytes meta, cz_error *err)
{
    tag_list all = {0};
    int rc = read_udta(&all, udta, err);
    if (rc == CZ_OK)
        rc = read_meta(&all, meta, err);
    if (rc < 0) {
        tags_free(all.at, all.n);
        return rc;
    }
    *out = all.at;
    *n = all.n;
    return CZ_OK;
}

void tags_free(mov_tag *tag, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(tag[i].text);
    free(tag);
}
