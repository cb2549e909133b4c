/* Fixed-width integers in both byte orders, and a bounds-checked read cursor.
 *
 * rd*() and wr*() don't check bounds. The cursor is for untrusted input: a read past the end
 * returns 0 and sets `bad`, as do all later reads, so one check at the end suffices. */
#ifndef CZ_BASE_BYTES_H
#define CZ_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint16_t rd16be(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t rd32be(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint64_t rd64be(const uint8_t *p)
{
    return (uint64_t)rd32be(p) << 32 | rd32be(p + 4);
}
static inline uint32_t rd32le(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}
static inline uint64_t rd64le(const uint8_t *p)
{
    return (uint64_t)rd32le(p + 4) << 32 | rd32le(p);
}
static inline void wr16be(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static inline void wr32be(uint8_t *p, uint32_t v)
{
    wr16be(p, (uint16_t)(v >> 16));
    wr16be(p + 2, (uint16_t)v);
}
static inline void wr64be(uint8_t *p, uint64_t v)
{
    wr32be(p, (uint32_t)(v >> 32));
    wr32be(p + 4, (uint32_t)v);
}
static inline void wr32le(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}
static inline void wr64le(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

typedef struct bytes {
    const uint8_t *at;
    size_t left;
    bool bad; /* a read went past the end */
} bytes;

/* The next n bytes as a cursor of their own; an empty, bad one if there are fewer. */
static inline bytes bytes_take(bytes *c, size_t n)
{
    if (c->bad || n > c->left) {
        c->bad = true;
        return (bytes){c->at, 0, true};
    }
    const bytes part = {c->at, n, false};
    c->at += n;
    c->left -= n;
    return part;
}
static inline void bytes_skip(bytes *c, size_t n)
{
    (void)bytes_take(c, n);
}
static inline uint8_t bytes_u8(bytes *c)
{
    const bytes b = bytes_take(c, 1);
    return b.bad ? 0 : b.at[0];
}
static inline uint16_t bytes_u16be(bytes *c)
{
    const bytes b = bytes_take(c, 2);
    return b.bad ? 0 : rd16be(b.at);
}
static inline uint32_t bytes_u32be(bytes *c)
{
    const bytes b = bytes_take(c, 4);
    return b.bad ? 0 : rd32be(b.at);
}
static inline uint64_t bytes_u64be(bytes *c)
{
    const bytes b = bytes_take(c, 8);
    return b.bad ? 0 : rd64be(b.at);
}

#endif
