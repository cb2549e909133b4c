/* Entropy decoding, compiled once for any processor and once for those with shlx and lzcnt. */
#include "prores/books.h"
#include "prores/entropy.h"
#include "prores/prores.h"

#include <stdbool.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { GO_ON, RUN_AHEAD, LEVEL_AHEAD, PAST_STOP }; /* lane.ahead */
enum { NEXT_BOOK = 7 << TABLE_BITS };

INLINE uint64_t load64(const uint8_t *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

/* `book` is where its table begins among the others. */
INLINE uint32_t look_up(const uint32_t *tables, uint32_t book, uint64_t bits, unsigned index_bits)
{
    return tables[(bits >> (64 - index_bits)) + book];
}

/* What the fast loop keeps in registers of a lane. */
typedef struct live {
    const uint8_t *at;
    uint32_t used;
    uint32_t run_book, level_book, pos, stop;
    int16_t *coef;
} live;

INLINE live wake(lane *l)
{
    return (live){l->at, l->used, l->run_book, l->level_book, l->pos, l->stop, l->coef};
}

INLINE void rest(lane *l, const live *v)
{
    l->at = v->at;
    l->used = v->used;
    l->run_book = v->run_book;
    l->level_book = v->level_book;
    l->pos = v->pos;
}

/* At least 57 bits from where the lane stands. */
INLINE uint64_t refill(const uint8_t **at, uint32_t *used)
{
    *at += (*used & 63) >> 3;
    *used &= 7;
    return load64(*at) << *used;
}

/* Two coefficients by tables alone: at most 4 * TABLE_BITS bits, so that one refill suffices. The
 * lengths' upper bits go into `used` as they are: only its low 6 bits count. */
INLINE unsigned two_coefficients(live *v, const entropy_tables *tables)
{
    uint64_t bits = refill(&v->at, &v->used);
    for (int i = 0; i < 2; i++) {
        const uint32_t run = look_up(tables->run[0], v->run_book, bits, TABLE_BITS);
        if (__builtin_expect(run == 0, 0))
            return RUN_AHEAD;
        bits <<= run & 63;
        v->used += run;
        v->run_book = run & NEXT_BOOK;
        v->pos += run >> 16;
        const uint32_t level = look_up(tables->level[0], v->level_book, bits, TABLE_BITS);
        if (__builtin_expect(level == 0, 0))
            return LEVEL_AHEAD;
        bits <<= level & 63;
        v->used += level;
        v->level_book = level & NEXT_BOOK;
        v->coef[v->pos] = (int16_t)(level >> 16);
    }
    return __builtin_expect(v->pos >= v->stop, 0) ? PAST_STOP : GO_ON;
}

INLINE uint32_t bit_position(const lane *l)
{
    return (uint32_t)(l->at - l->bytes) * 8 + (l->used & 63);
}

static bool give_up(lane *l, unsigned fault)
{
    l->fault = (uint8_t)(bit_position(l) > l->bits ? PRORES_CUT : fault);
    return false;
}

static bool slow_run(lane *l)
{
    if (bit_position(l) >= l->end) {
        l->fault = bit_position(l) > l->bits ? PRORES_CUT : PRORES_SOUND;
        return false;
    }
    unsigned run = 0;
    const uint64_t bits = refill(&l->at, &l->used);
    const unsigned length = code_read(run_books[l->run_book >> TABLE_BITS], bits, &run);
    if (length == 0 || run >= l->room - l->pos - 1)
        return give_up(l, PRORES_BAD_AC);
    l->used += length;
    l->pos += run + 1;
    l->run_book = run_book_after(run) << TABLE_BITS;
    return true;
}

static bool slow_level(lane *l)
{
    unsigned code = 0;
    const uint64_t bits = refill(&l->at, &l->used);
    const unsigned length = code_read(level_books[l->level_book >> TABLE_BITS], bits, &code);
    if (length == 0)
        return give_up(l, PRORES_BAD_AC);
    const int level = (int)code + 1;
    const bool minus = bits << length >> 63;
    l->used += length + 1;
    l->level_book = level_book_after(code + 1) << TABLE_BITS;
    l->coef[l->pos] = (int16_t)(minus ? -level : level);
    return true;
}

/* Do what the fast loop couldn't. false: the lane has ended. */
static bool step_aside(lane *l)
{
    if (l->ahead == PAST_STOP || l->pos >= l->stop) {
        if (l->pos >= l->room)
            l->fault = PRORES_BAD_AC;
        return false;
    }
    if (l->ahead == RUN_AHEAD && !slow_run(l))
        return false;
    return slow_level(l) && l->pos < l->stop;
}

INLINE unsigned run_lanes(lane *const *lanes, const unsigned n, const entropy_tables *tables)
{
    for (;;) {
        live v0 = wake(lanes[0]), v1 = wake(lanes[n > 1 ? 1 : 0]), v2 = wake(lanes[n > 2 ? 2 : 0]);
        unsigned which, ahead;
        for (;;) {
            which = 0;
            if ((ahead = two_coefficients(&v0, tables)))
                break;
            which = 1;
            if (n > 1 && (ahead = two_coefficients(&v1, tables)))
                break;
            which = 2;
            if (n > 2 && (ahead = two_coefficients(&v2, tables)))
                break;
        }
        rest(lanes[0], &v0);
        if (n > 1)
            rest(lanes[1], &v1);
        if (n > 2)
            rest(lanes[2], &v2);
        lanes[which]->ahead = (uint8_t)ahead;
        if (!step_aside(lanes[which]))
            return which;
    }
}

static unsigned lanes_run(lane *const *lanes, unsigned n, const entropy_tables *tables)
{
    return n == 3   ? run_lanes(lanes, 3, tables)
           : n == 2 ? run_lanes(lanes, 2, tables)
                    : run_lanes(lanes, 1, tables);
}

/* A DC difference: its size is (code + 1) / 2, and it has the sign of the one before, which odd codes
 * flip and 0 makes plus (RDD 36, 7.1.1.3). */
INLINE int dc_step(unsigned code, int *sign)
{
    *sign = (*sign ^ -(int)(code & 1)) & -(int)(code != 0);
    return ((int)((code + 1) >> 1) ^ *sign) - *sign;
}

typedef struct dc_state {
    uint64_t bits;
    uint32_t book; /* where its table begins */
    int dc, sign;
} dc_state;

static bool slow_dc(lane *l, dc_state *d)
{
    unsigned code = 0;
    d->bits = refill(&l->at, &l->used);
    const unsigned length = code_read(dc_books[d->book >> TABLE_BITS], d->bits, &code);
    if (length == 0)
        return false;
    l->used += length;
    d->bits = refill(&l->at, &l->used);
    d->book = dc_book_after(code) << TABLE_BITS;
    d->dc = (int16_t)(d->dc + dc_step(code, &d->sign));
    return true;
}

/* Up to 4 at a time: one refill suffices for so many of those that are in the table. */
static bool dc_differences(lane *l, const entropy_tables *tables, dc_state *d, unsigned blocks)
{
    for (unsigned b = 1; b < blocks;) {
        const unsigned end = b + 4 < blocks ? b + 4 : blocks;
        d->bits = refill(&l->at, &l->used);
        for (; b < end; b++) {
            const uint32_t e = look_up(tables->dc[0], d->book, d->bits, TABLE_BITS);
            if (__builtin_expect(e != 0, 1)) {
                d->bits <<= e & 63;
                l->used += e;
                d->book = e & NEXT_BOOK;
                d->dc = (int16_t)(d->dc + dc_step(e >> 16, &d->sign));
            } else if (!slow_dc(l, d)) {
                return false;
            }
            l->coef[b] = (int16_t)d->dc;
        }
    }
    return true;
}

static bool dc_coefficients(lane *l, const entropy_tables *tables, unsigned blocks)
{
    unsigned code = 0;
    const unsigned length = code_read(first_dc_book, refill(&l->at, &l->used), &code);
    if (length == 0)
        return give_up(l, PRORES_BAD_DC);
    l->used += length;
    dc_state d = {.book = dc_book_after(5) << TABLE_BITS,
                  .dc = (int16_t)((int)(code >> 1) ^ -(int)(code & 1))};
    l->coef[0] = (int16_t)d.dc;
    if (!dc_differences(l, tables, &d, blocks))
        return give_up(l, PRORES_BAD_DC);
    l->used &= 63;
    if (bit_position(l) > l->bits)
        return give_up(l, PRORES_CUT);
    return true;
}

/* Bit after the last 1. */
static uint32_t end_of(const uint8_t *data, size_t size)
{
    while (size > 0 && data[size - 1] == 0)
        size--;
    return size ? (uint32_t)(8 * size) - (uint32_t)__builtin_ctz(data[size - 1]) : 0;
}

static bool lane_begin(lane *l, const entropy_tables *tables, const uint8_t *data, size_t size,
                       unsigned blocks, unsigned frequencies)
{
    /* As much as DC can take, where no more is wanted. */
    const size_t dc_most = (size_t)blocks * 4;
    const size_t take = frequencies == 1 && size > dc_most ? dc_most : size;
    memcpy(l->bytes, data, take);
    memset(l->bytes + take, 0, 64);
    memset(l->coef, 0, sizeof l->coef[0] * blocks * frequencies);
    l->at = l->bytes;
    l->used = 0;
    l->fault = PRORES_SOUND;
    l->bits = (uint32_t)(8 * size);
    l->pos = blocks - 1;
    l->room = 64 * blocks;
    l->stop = frequencies * blocks;
    if (!dc_coefficients(l, tables, blocks) || frequencies == 1)
        return false;
    l->end = end_of(data, size);
    l->run_book = run_book_after(4) << TABLE_BITS;
    l->level_book = level_book_after(2) << TABLE_BITS;
    return true;
}
