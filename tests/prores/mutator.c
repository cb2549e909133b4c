#include "tests/prores/mutator.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <string.h>

enum { TAG = 8, HEADER_LEAST = 20, PICTURE_HEADER = 8, SLICE_HEADER = 8, LIKELY_MAX = 400 };

/* Where a picture's parts are, as far as they lie within the data. */
typedef struct place {
    size_t picture, table, slices, data;
} place;

typedef struct target {
    uint8_t *data;
    size_t len;
    rng *r;
} target;

/* ---- Values that find mistakes ---- */

static uint32_t odd_number(rng *r, uint32_t now, unsigned width)
{
    const uint32_t top = width == 4 ? UINT32_MAX : (1u << (8 * width)) - 1;
    switch (rng_below(r, 8)) {
    case 0:
        return 0;
    case 1:
        return top;
    case 2:
        return now + 1;
    case 3:
        return now - 1;
    case 4:
        return now ^ 1u << rng_below(r, 8 * width);
    case 5:
        return rng_below(r, LIKELY_MAX);
    case 6:
        return top - rng_below(r, LIKELY_MAX);
    default:
        return rng_next(r);
    }
}

/* Replace the big-endian number of so many bytes. */
static void change(const target *t, size_t at, unsigned width)
{
    if (at > t->len || t->len - at < width)
        return;
    uint8_t *p = t->data + at;
    if (width == 1)
        p[0] = (uint8_t)odd_number(t->r, p[0], 1);
    else if (width == 2)
        wr16be(p, (uint16_t)odd_number(t->r, rd16be(p), 2));
    else
        wr32be(p, odd_number(t->r, rd32be(p), 4));
}

/* ---- Where things are ---- */

static size_t columns(size_t mb_width, unsigned log2_mbs)
{
    size_t n = 0;
    for (size_t mbs = (size_t)1 << log2_mbs; mb_width; mbs /= 2) {
        n += mb_width / mbs;
        mb_width %= mbs;
    }
    return n;
}

/* The first picture or, where there is one and `second`, the second. */
static bool find_picture(const target *t, bool second, place *out)
{
    if (t->len < TAG + HEADER_LEAST)
        return false;
    const uint8_t *h = t->data + TAG;
    const unsigned interlace = h[12] >> 2 & 3, lines = interlace ? 32 : 16;
    size_t at = TAG + (size_t)rd16be(h);
    for (bool first = true;; first = false) {
        if (at > t->len || t->len - at < PICTURE_HEADER)
            return false;
        if (!first || !second || !interlace)
            break;
        at += rd32be(t->data + at + 1);
    }
    const uint8_t *p = t->data + at;
    const size_t rows = (rd16be(h + 10) + lines - 1) / lines;
    out->picture = at;
    out->table = at + (p[0] >> 3);
    out->slices = rows * columns((rd16be(h + 8) + 15u) / 16, p[7] >> 4 & 3);
    out->data = out->table + 2 * out->slices;
    return out->slices > 0 && out->data < t->len;
}

/* Where a random slice begins. */
static size_t find_slice(const target *t, const place *p)
{
    size_t at = p->data;
    for (uint32_t n = rng_below(t->r, (uint32_t)p->slices); n > 0 && at < t->len; n--)
        at += rd16be(t->data + p->table + 2 * (size_t)(n - 1));
    return at < t->len ? at : p->data;
}

/* ---- Kinds of damage ---- */

static void change_header(const target *t)
{
    static const struct {
        uint8_t at, bytes;
    } fields[] = {{0, 4},  {8, 2},  {10, 2}, {16, 2}, {18, 2}, {20, 1}, {20, 1},
                  {21, 1}, {24, 1}, {25, 1}, {25, 1}, {27, 1}, {28, 1}};
    const uint32_t i = rng_below(t->r, sizeof fields / sizeof *fields);
    change(t, fields[i].at, fields[i].bytes);
}

/* Sizes that aren't far off: the picture stays one that is decoded. */
static void change_size(const target *t)
{
    if (t->len < TAG + HEADER_LEAST)
        return;
    uint8_t *side = t->data + TAG + 8 + 2 * (size_t)rng_below(t->r, 2);
    wr16be(side, (uint16_t)rng_between(t->r, 1, LIKELY_MAX));
}

static void change_picture(const target *t, const place *p)
{
    static const struct {
        uint8_t at, bytes;
    } fields[] = {{0, 1}, {1, 4}, {5, 2}, {7, 1}};
    const uint32_t i = rng_below(t->r, sizeof fields / sizeof *fields);
    change(t, p->picture + fields[i].at, fields[i].bytes);
}

static void change_table(const target *t, const place *p)
{
    change(t, p->table + 2 * (size_t)rng_below(t->r, (uint32_t)p->slices), 2);
}

static void change_slice(const target *t, const place *p)
{
    static const struct {
        uint8_t at, bytes;
    } fields[] = {{0, 1}, {1, 1}, {2, 2}, {4, 2}, {6, 2}};
    const uint32_t i = rng_below(t->r, sizeof fields / sizeof *fields);
    change(t, find_slice(t, p) + fields[i].at, fields[i].bytes);
}

/* Bytes from `at` on: bits flipped, or a run of zeros, ones or noise. */
static void change_bytes(const target *t, size_t at)
{
    if (at >= t->len)
        return;
    const size_t left = t->len - at;
    const uint32_t room = left < LIKELY_MAX ? (uint32_t)left : LIKELY_MAX;
    uint8_t *p = t->data + at + rng_below(t->r, room);
    size_t n = 1 + rng_below(t->r, 1u << rng_below(t->r, 7));
    if (n > (size_t)(t->data + t->len - p))
        n = (size_t)(t->data + t->len - p);
    switch (rng_below(t->r, 4)) {
    case 0:
        memset(p, 0, n);
        break;
    case 1:
        memset(p, 0xFF, n);
        break;
    case 2:
        for (size_t i = 0; i < n; i++)
            p[i] = (uint8_t)rng_next(t->r);
        break;
    default:
        *p = (uint8_t)(*p ^ 1u << rng_below(t->r, 8));
    }
}

static void change_length(target *t, size_t room)
{
    const uint32_t step = 1 + rng_below(t->r, 1u << rng_below(t->r, 10));
    if (rng_one_in(t->r, 3) && room - t->len >= step) {
        for (uint32_t i = 0; i < step; i++)
            t->data[t->len++] = (uint8_t)rng_next(t->r);
    } else {
        t->len -= step < t->len ? step : t->len;
    }
}

static void change_one(target *t, size_t room)
{
    place p;
    const uint32_t what = rng_below(t->r, 16);
    const bool known = find_picture(t, rng_one_in(t->r, 2), &p);
    if (what == 0)
        change_header(t);
    else if (what == 1)
        change_length(t, room);
    else if (what == 2)
        change_size(t);
    else if (!known)
        change_bytes(t, 0);
    else if (what == 3)
        change_picture(t, &p);
    else if (what < 6)
        change_table(t, &p);
    else if (what < 9)
        change_slice(t, &p);
    else
        change_bytes(t, find_slice(t, &p) + SLICE_HEADER);
}

size_t mutate(uint8_t *data, size_t len, size_t room, rng *r)
{
    target t = {data, len, r};
    for (uint32_t n = 1 + rng_below(r, 4); n > 0; n--)
        change_one(&t, room);
    return t.len;
}
