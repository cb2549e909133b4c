/* prores/: every variant of the inner loops that this processor supports gives the same bits as
 * plain C. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "prores/dispatch.h"
#include "tests/unit/support/guard.h"

static uint64_t state = 1;

static uint32_t below(uint32_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % n);
}

/* ---- Transform ---- */

typedef struct blocks {
    int16_t coef[COEFS_MAX + COEFS_SLACK];
    int16_t weight[64];
    uint8_t scan_pos[64], extent[8];
    uint16_t dst[2][16 * 144];
} blocks;

enum { STRIDE = 144 };

static void shuffle(uint8_t scan_pos[64])
{
    for (unsigned i = 0; i < 64; i++)
        scan_pos[i] = (uint8_t)i;
    for (unsigned i = 63; i > 0; i--) {
        const unsigned j = below(i + 1);
        const uint8_t t = scan_pos[i];
        scan_pos[i] = scan_pos[j];
        scan_pos[j] = t;
    }
}

/* Gentle coefficients or any at all; rows that are empty, flat or full. */
static void fill_blocks(blocks *b, unsigned n, int wild)
{
    memset(b->coef, 0, sizeof b->coef);
    memset(b->dst, 0, sizeof b->dst);
    shuffle(b->scan_pos);
    for (unsigned f = 0; f < 64; f++)
        b->weight[f] = (int16_t)(wild ? below(65536) : 1 + below(200));
    for (unsigned v = 0; v < 8; v++) {
        static const uint8_t extents[] = {0, 1, 2, 4, 5, 8, 8, 8};
        b->extent[v] = extents[below(8)];
        for (unsigned u = 0; u < b->extent[v]; u++)
            for (unsigned i = 0; i < n; i++)
                if (below(3) || u == 0)
                    b->coef[b->scan_pos[8 * v + u] * n + i] =
                        (int16_t)(wild ? below(65536) : below(61) - 30u);
    }
}

static void transform(const cpu_ops *cpu, const blocks *b, uint16_t *dst, unsigned n, unsigned rows,
                      unsigned cols, unsigned bits, int luma)
{
    cpu->idct(&(idct_job){
        .coef = b->coef,
        .blocks = n,
        .extent = b->extent,
        .scan_pos = b->scan_pos,
        .weight = b->weight,
        .bits = bits,
        .rows = rows,
        .cols = cols,
        .dst = dst,
        .stride = STRIDE,
        .luma = luma,
    });
}

Test(prores_simd, transforms_equal_those_of_c)
{
    static const uint8_t size[][2] = {{8, 8}, {8, 4}, {4, 4}, {4, 2}, {2, 2}, {2, 1}, {1, 1}};
    blocks *b = calloc(1, sizeof *b);
    cr_assert_not_null(b);
    for (unsigned i = 1; prores_cpu_ops(i); i++)
        for (unsigned round = 0; round < 4000; round++) {
            const unsigned n = 2u << below(5), bits = round & 1 ? 10 : 12;
            const uint8_t *s = size[below(7)];
            const int luma = n >= 4 && below(2), wild = below(4) == 0;
            fill_blocks(b, n, wild);
            transform(prores_cpu_ops(0), b, b->dst[0], n, s[0], s[1], bits, luma);
            transform(prores_cpu_ops(i), b, b->dst[1], n, s[0], s[1], bits, luma);
            cr_assert_eq(memcmp(b->dst[0], b->dst[1], sizeof b->dst[0]), 0,
                         "%s, round %u: %u blocks of %u x %u, %u bit", prores_cpu_ops(i)->name,
                         round, n, s[0], s[1], bits);
        }
    free(b);
}

/* ---- Entropy decoding ---- */

/* Bits that are likely to be codes: short ones, and now and then a long row of zeros. */
static size_t random_plane(uint8_t *bytes, size_t most)
{
    const size_t n = 1 + below((uint32_t)most);
    const unsigned dense = below(3);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)below(256);
        for (unsigned k = 0; k < dense; k++)
            bytes[i] |= (uint8_t)below(256);
        if (below(40) == 0)
            bytes[i] = 0;
    }
    return n;
}

static void same_lane(const lane *a, const lane *b, const char *name)
{
    cr_assert_eq(a->fault, b->fault, "%s: fault %u, %u", name, a->fault, b->fault);
    cr_assert_eq(a->pos, b->pos, "%s: position %u, %u", name, a->pos, b->pos);
    cr_assert_eq(memcmp(a->coef, b->coef, sizeof a->coef[0] * a->coef_limit), 0, "%s", name);
}

/* One lane by plain C is the truth for any number of lanes together. */
static void same_entropy(const cpu_ops *cpu, const entropy_tables *tables, lane *all)
{
    uint8_t bytes[LANES_MAX][400];
    lane *run[LANES_MAX];
    unsigned n = 0;
    for (unsigned i = 0; i < LANES_MAX; i++) {
        const unsigned count = 2u << below(5), frequencies = 1u << below(7);
        const size_t size = random_plane(bytes[i], sizeof bytes[i]);
        lane *truth = &all[LANES_MAX + i], *only[] = {truth};
        if (prores_cpu_ops(0)->lane_begin(truth, tables, bytes[i], size, count, frequencies))
            prores_cpu_ops(0)->lanes_run(only, 1, tables);
        if (cpu->lane_begin(&all[i], tables, bytes[i], size, count, frequencies))
            run[n++] = &all[i];
    }
    while (n > 0) {
        const unsigned ended = cpu->lanes_run(run, n, tables);
        cr_assert_lt(ended, n);
        run[ended] = run[--n];
    }
    for (unsigned i = 0; i < LANES_MAX; i++)
        same_lane(&all[i], &all[LANES_MAX + i], cpu->name);
}

Test(prores_simd, lanes_are_independent)
{
    entropy_tables *tables = calloc(1, sizeof *tables);
    lane *all = calloc(2 * (size_t)LANES_MAX, sizeof *all);
    cr_assert(tables && all);
    prores_entropy_tables(tables);
    for (unsigned i = 0; prores_cpu_ops(i); i++)
        for (unsigned round = 0; round < 5000; round++)
            same_entropy(prores_cpu_ops(i), tables, all);
    free(tables);
    free(all);
}

/* ---- Lines ---- */

enum { PIXELS_MAX = 150, LINES = 9 /* outputs of a line */ };

typedef struct lines_case {
    uint16_t y[PIXELS_MAX], a[PIXELS_MAX], chroma[2][PIXELS_MAX + 2 * CHROMA_REACH];
    int16_t u[2 * PIXELS_MAX], v[2 * PIXELS_MAX];
    yuv2rgb_coefs color;
    size_t pixels;
} lines_case;

static void fill_case(lines_case *c)
{
    const unsigned bits = below(2) ? 10 : 12;
    const prores_matrix matrix = (prores_matrix)(PRORES_BT601 + below(3));
    prores_yuv2rgb_coefs(&c->color, matrix, below(4) ? PRORES_LIMITED : PRORES_FULL, bits);
    c->pixels = 1 + below(PIXELS_MAX);
    for (size_t i = 0; i < PIXELS_MAX; i++) {
        c->y[i] = (uint16_t)below(1u << bits);
        c->a[i] = (uint16_t)below(1u << bits);
    }
    for (size_t i = 0; i < PIXELS_MAX + 2 * CHROMA_REACH; i++)
        for (int p = 0; p < 2; p++)
            c->chroma[p][i] = (uint16_t)(below(3) ? below(1u << bits) : (1u << bits) - 1);
}

/* Every output, one after the other, each in memory that ends with it. */
static void run_lines(const yuv2rgb_ops *ops, lines_case *c, guard out[LINES])
{
    static const size_t bytes[LINES] = {1, 2, 3, 3, 4, 6, 2, 6, 8};
    const pixel_line in = {c->y, below(2) ? c->a : NULL, c->u, c->v, c->pixels};
    for (int i = 0; i < LINES; i++)
        out[i] = guard_new(bytes[i] * c->pixels);
    ops->chroma_upsample(c->u, c->chroma[0] + CHROMA_REACH, (c->pixels + 1) / 2, c->color.bits);
    ops->chroma_copy(c->v, c->chroma[1], c->pixels, c->color.bits);
    ops->gray8(out[0].at, &in, &c->color);
    ops->gray16((uint16_t *)(void *)out[1].at, &in, &c->color);
    ops->rgb24(out[2].at, &in, &c->color);
    ops->bgr24(out[3].at, &in, &c->color);
    ops->rgba(out[4].at, &in, &c->color);
    ops->rgb48((uint16_t *)(void *)out[5].at, &in, &c->color);
    ops->gray10((uint16_t *)(void *)out[6].at, &in, &c->color);
    ops->bgr48((uint16_t *)(void *)out[7].at, &in, &c->color);
    ops->rgba64((uint16_t *)(void *)out[8].at, &in, &c->color);
}

Test(prores_simd, lines_equal_those_of_c)
{
    lines_case *c = calloc(1, sizeof *c);
    cr_assert_not_null(c);
    for (unsigned i = 1; prores_cpu_ops(i); i++)
        for (unsigned round = 0; round < 500; round++) {
            guard plain[LINES], other[LINES];
            fill_case(c);
            const uint64_t seed = state;
            run_lines(prores_cpu_ops(0)->lines, c, plain);
            state = seed; /* alpha or none: the same for both */
            run_lines(prores_cpu_ops(i)->lines, c, other);
            for (int k = 0; k < LINES; k++) {
                cr_assert_eq(memcmp(plain[k].at, other[k].at, plain[k].len), 0,
                             "%s: output %d of %zu pixels", prores_cpu_ops(i)->name, k, c->pixels);
                guard_free(&plain[k]);
                guard_free(&other[k]);
            }
        }
    free(c);
}

Test(prores_simd, the_mean_of_two_lines_rounds_up)
{
    const uint16_t a[3] = {0, 1, 4095}, b[3] = {1, 1, 4094};
    for (unsigned i = 0; prores_cpu_ops(i); i++) {
        uint16_t out[3];
        prores_cpu_ops(i)->lines->mean(out, a, b, 3);
        cr_assert(out[0] == 1 && out[1] == 1 && out[2] == 4095);
    }
}
