/* Entropy decoding, compiled once for any CPU and once for those with shlx and lzcnt. */
#include "prores/codebooks.h"
#include "prores/entropy.h"
#include "prores/prores.h"

#include <stdbool.h>
#include <string.h>
#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

#define INLINE static inline __attribute__((always_inline))

/* Table lookups per refill of the bit buffer. */
enum { CODES_PER_REFILL = 4 };
_Static_assert(7 + CODES_PER_REFILL * TABLE_BITS < 64, "a refill gives 57 bits");

INLINE uint64_t load64(const uint8_t *p)
{
    uint64_t x;
#if defined(__wasm_simd128__) /* which has no instruction for it but this */
    const v128_t v = wasm_v128_load64_zero(p);
    x = (uint64_t)wasm_i64x2_extract_lane(
        wasm_i8x16_shuffle(v, v, 7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0), 0);
    return x;
#endif
    memcpy(&x, p, sizeof x);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

/* `table` is the offset of the table. */
INLINE uint32_t table_entry(const uint32_t *tables, uint32_t table, uint64_t bits)
{
    return tables[(bits >> (64 - TABLE_BITS)) + table];
}

/* The fields of a lane that the fast loop keeps in registers. */
typedef struct lane_regs {
    const uint8_t *next;
    uint32_t bits_used, table, pos, coef_limit;
    int16_t *coef;
} lane_regs;

INLINE lane_regs load_lane(lane *l)
{
    return (lane_regs){l->next, l->bits_used, l->table, l->pos, l->coef_limit, l->coef};
}

INLINE void save_lane(lane *l, const lane_regs *v)
{
    l->next = v->next;
    l->bits_used = v->bits_used;
    l->table = v->table;
    l->pos = v->pos;
}

/* At least 57 bits from the current position. */
INLINE uint64_t refill(const uint8_t **at, uint32_t *used)
{
    *at += (*used & 63) >> 3;
    *used &= 7;
    return load64(*at) << *used;
}

/* Decode coefficients by table lookups; false if the slow path is needed. The upper bits of an
 * entry are added to bits_used too, of which only the low 6 bits matter. */
INLINE bool decode_coefficients(lane_regs *v, const entropy_tables *tables)
{
    uint64_t bits = refill(&v->next, &v->bits_used);
    for (int i = 0; i < CODES_PER_REFILL; i++) {
        const uint32_t e = table_entry(tables->ac[0], v->table, bits);
        if (__builtin_expect(e == 0, 0))
            return false;
        bits <<= e & 63;
        v->bits_used += e;
        v->table = e & AC_NEXT;
        v->pos += e >> AC_RUN & 127;
        v->coef[v->pos] = (int16_t)((int32_t)e >> AC_LEVEL);
    }
    return __builtin_expect(v->pos < v->coef_limit, 1);
}

INLINE uint32_t bit_position(const lane *l)
{
    return (uint32_t)(l->next - l->bytes) * 8 + (l->bits_used & 63);
}

static bool fail_lane(lane *l, unsigned fault)
{
    l->fault = (uint8_t)(bit_position(l) > l->data_bits ? PRORES_FAULT_OVERREAD : fault);
    return false;
}

/* Decode one coefficient whose codewords aren't in the tables. */
static bool slow_coefficient(lane *l)
{
    const unsigned codebooks = l->table >> TABLE_BITS;
    unsigned run = 0, code = 0;
    uint64_t bits = refill(&l->next, &l->bits_used);
    unsigned length = read_code(run_codebooks[codebooks / LEVEL_CODEBOOKS], bits, &run);
    if (length > 0 && l->coef_limit < l->coef_count && run >= l->coef_limit - l->pos - 1)
        return false; /* this coefficient and all after it aren't needed */
    if (length == 0 || run >= l->coef_count - l->pos - 1)
        return fail_lane(l, PRORES_FAULT_AC);
    l->bits_used += length;
    bits = refill(&l->next, &l->bits_used);
    length = read_code(level_codebooks[codebooks % LEVEL_CODEBOOKS], bits, &code);
    if (length == 0)
        return fail_lane(l, PRORES_FAULT_AC);
    const bool minus = bits << length >> 63;
    const int level = (int)code + 1;
    l->bits_used += length + 1;
    l->pos += run + 1;
    l->coef[l->pos] = (int16_t)(minus ? -level : level);
    l->table = next_ac_table(run, code + 1);
    return true;
}

/* The slow path; false if the lane has ended. After the end of a plane all bits are 0, which isn't
 * in any table, so the fast loop needs no check for the end. */
static bool slow_path(lane *l)
{
    if (l->pos >= l->coef_limit) {
        if (l->coef_limit == l->coef_count)
            l->fault = PRORES_FAULT_AC;
        return false;
    }
    if (bit_position(l) >= l->data_end) {
        if (bit_position(l) > l->data_bits)
            l->fault = PRORES_FAULT_OVERREAD;
        return false;
    }
    return slow_coefficient(l) && l->pos < l->coef_limit;
}

/* Advance a lane; false if it has ended. */
INLINE bool lane_step(lane *l, lane_regs *v, const entropy_tables *tables)
{
    if (__builtin_expect(decode_coefficients(v, tables), 1))
        return true;
    save_lane(l, v);
    const bool more = slow_path(l);
    *v = load_lane(l);
    return more;
}

/* Decode n lanes in turn; n is a constant when inlined. */
INLINE unsigned run_lanes(lane *const *lanes, const unsigned n, const entropy_tables *tables)
{
    lane_regs v[LANES_MAX];
    unsigned which;
    for (unsigned i = 0; i < n; i++)
        v[i] = load_lane(lanes[i]);
    for (;;) {
        if (!lane_step(lanes[which = 0], &v[0], tables))
            break;
        if (n > 1 && !lane_step(lanes[which = 1], &v[1], tables))
            break;
        if (n > 2 && !lane_step(lanes[which = 2], &v[2], tables))
            break;
    }
    for (unsigned i = 0; i < n; i++)
        if (i != which)
            save_lane(lanes[i], &v[i]);
    return which;
}

static unsigned lanes_run(lane *const *lanes, unsigned n, const entropy_tables *tables)
{
    switch (n) {
    case 3:
        return run_lanes(lanes, 3, tables);
    case 2:
        return run_lanes(lanes, 2, tables);
    default:
        return run_lanes(lanes, 1, tables);
    }
}

/* A DC difference: the magnitude is (code + 1) / 2. The sign is that of the previous difference,
 * inverted by odd codes and reset by 0 (RDD 36, 7.1.1.3). */
INLINE int dc_delta(unsigned code, int *sign)
{
    *sign = (*sign ^ -(int)(code & 1)) & -(int)(code != 0);
    return ((int)((code + 1) >> 1) ^ *sign) - *sign;
}

typedef struct dc_state {
    uint64_t bits;
    uint32_t table;
    int dc, sign;
} dc_state;

static bool slow_dc(lane *l, dc_state *d)
{
    unsigned code = 0;
    d->bits = refill(&l->next, &l->bits_used);
    const unsigned length = read_code(dc_codebooks[d->table >> TABLE_BITS], d->bits, &code);
    if (length == 0)
        return false;
    l->bits_used += length;
    d->bits = refill(&l->next, &l->bits_used);
    d->table = next_dc_codebook(code) << TABLE_BITS;
    d->dc = (int16_t)(d->dc + dc_delta(code, &d->sign));
    return true;
}

static bool dc_differences(lane *l, const entropy_tables *tables, dc_state *d, unsigned blocks)
{
    for (unsigned b = 1; b < blocks;) {
        const unsigned end = b + CODES_PER_REFILL < blocks ? b + CODES_PER_REFILL : blocks;
        d->bits = refill(&l->next, &l->bits_used);
        for (; b < end; b++) {
            const uint32_t e = table_entry(tables->dc[0], d->table, d->bits);
            if (__builtin_expect(e != 0, 1)) {
                d->bits <<= e & 63;
                l->bits_used += e;
                d->table = e & DC_NEXT;
                d->dc = (int16_t)(d->dc + dc_delta(e >> DC_CODE, &d->sign));
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
    const unsigned length = read_code(first_dc_codebook, refill(&l->next, &l->bits_used), &code);
    if (length == 0)
        return fail_lane(l, PRORES_FAULT_DC);
    l->bits_used += length;
    dc_state d = {.table = next_dc_codebook(5) << TABLE_BITS,
                  .dc = (int16_t)((int)(code >> 1) ^ -(int)(code & 1))};
    l->coef[0] = (int16_t)d.dc;
    if (!dc_differences(l, tables, &d, blocks))
        return fail_lane(l, PRORES_FAULT_DC);
    l->bits_used &= 63;
    if (bit_position(l) > l->data_bits)
        return fail_lane(l, PRORES_FAULT_OVERREAD);
    return true;
}

/* Position after the last 1 bit. */
static uint32_t bit_after_last_one(const uint8_t *data, size_t size)
{
    while (size > 0 && data[size - 1] == 0)
        size--;
    return size ? (uint32_t)(8 * size) - (uint32_t)__builtin_ctz(data[size - 1]) : 0;
}

static bool lane_begin(lane *l, const entropy_tables *tables, const uint8_t *data, size_t size,
                       unsigned blocks, unsigned frequencies)
{
    /* If only DC is needed, copy no more than it can take. */
    const size_t dc_most = (size_t)blocks * 4;
    const size_t take = frequencies == 1 && size > dc_most ? dc_most : size;
    memcpy(l->bytes, data, take);
    memset(l->bytes + take, 0, 64);
    memset(l->coef, 0, sizeof l->coef[0] * blocks * frequencies);
    l->next = l->bytes;
    l->bits_used = 0;
    l->fault = PRORES_FAULT_NONE;
    l->data_bits = (uint32_t)(8 * size);
    l->pos = blocks - 1;
    l->coef_count = 64 * blocks;
    l->coef_limit = frequencies * blocks;
    if (!dc_coefficients(l, tables, blocks) || frequencies == 1)
        return false;
    l->data_end = bit_after_last_one(data, size);
    l->table = next_ac_table(4, 2);
    return true;
}
