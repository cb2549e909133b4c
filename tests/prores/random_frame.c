#include "tests/prores/random_frame.h"
#include "tests/prores/codes.h"
#include "tests/prores/rng.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_SUM_MAX = 32767, /* see RANDOM_LEGAL */
    WILD_AC_MAX = 32760,   /* longer codes can't be read */
    WILD_DC_MAX = 16000,
    LAST_CODES = 12, /* of three bits or more: those that may lie in the last 31 */
    LAST_MAX = 500,  /* a level whose code leaves room in 32 bits for the zeros of any run */
};

typedef struct maker {
    rng r;
    random_kind kind;
    const prores_header *head;
} maker;

/* ---- Coefficients ---- */

/* How the blocks of a plane are filled. */
typedef enum style {
    STYLE_EMPTY,  /* nothing at all: the fewest bits */
    STYLE_FLAT,   /* DC alone, slowly changing */
    STYLE_SPARSE, /* a coefficient here and there: long runs */
    STYLE_DENSE,  /* many small ones: short codes */
    STYLE_SMOOTH, /* smaller and fewer towards high frequencies, as pictures are */
    STYLE_HUGE,   /* few and as large as may be: escape codes */
    STYLE_FULL,   /* every coefficient of every block */
    STYLES
} style;

typedef struct block_maker {
    maker *m;
    const uint8_t *matrix;
    int32_t scale;
    int32_t left; /* of the block's sum */
} block_maker;

/* Put a coefficient of about that size, or none where that would be too much. */
static void put(block_maker *b, int32_t *coef, unsigned at, int32_t size)
{
    const int32_t unit = b->matrix[at] * b->scale;
    if (b->m->kind != RANDOM_WILD) {
        const int32_t most = b->left / unit;
        size = size < most ? size : most;
        b->left -= size * unit;
    }
    coef[at] = rng_one_in(&b->m->r, 2) ? -size : size;
}

static int32_t largest(const block_maker *b)
{
    return b->m->kind == RANDOM_WILD ? WILD_AC_MAX : BLOCK_SUM_MAX / (2 * b->scale);
}

static void put_dc(block_maker *b, int32_t *coef, style how, int32_t before)
{
    rng *r = &b->m->r;
    const int32_t unit = b->matrix[0] * b->scale;
    const int32_t most = b->m->kind == RANDOM_WILD ? WILD_DC_MAX : 16384 / unit;
    int32_t dc = rng_between(r, -most, most);
    if (how == STYLE_FLAT || how == STYLE_SMOOTH)
        dc = before + rng_between(r, -4, 4);
    dc = dc < -most ? -most : dc > most ? most : dc;
    coef[0] = dc;
    b->left -= abs(dc) * unit;
}

/* One of 1 .. most. Two random numbers in one list of arguments would come in the compiler's order.
 */
static void put_anywhere(block_maker *b, int32_t *coef, int32_t most)
{
    const unsigned at = 1 + rng_below(&b->m->r, 63);
    put(b, coef, at, rng_between(&b->m->r, 1, most > 1 ? most : 1));
}

static void fill_block(block_maker *b, int32_t *coef, style how)
{
    rng *r = &b->m->r;
    switch (how) {
    case STYLE_SPARSE:
        if (rng_one_in(r, 3))
            put_anywhere(b, coef, 3);
        break;
    case STYLE_DENSE:
        for (unsigned at = 1; at < 64; at++)
            if (rng_one_in(r, 2))
                put(b, coef, at, 1 + (int32_t)(rng_below(r, 9) / 4));
        break;
    case STYLE_SMOOTH:
        for (unsigned at = 1; at < 64; at++)
            if (rng_below(r, 16) > at / 8 + at % 8)
                put(b, coef, at, (int32_t)rng_below(r, 60 / (1 + at / 8 + at % 8)));
        break;
    case STYLE_HUGE:
        for (unsigned n = 1 + rng_below(r, 3); n > 0; n--)
            put_anywhere(b, coef, largest(b));
        break;
    case STYLE_FULL:
        for (unsigned at = 1; at < 64; at++)
            put(b, coef, at, 1 + (int32_t)rng_below(r, 2));
        break;
    default:
        break;
    }
}

/* See the header: what FFmpeg can't read. */
static void tame_end(const maker *m, slice_spec *s, unsigned plane)
{
    const unsigned blocks = s->blocks[plane];
    unsigned seen = 0;
    for (unsigned at = 64 * blocks; at-- > blocks && seen < LAST_CODES;) {
        int32_t *c = &s->coef[plane][at % blocks][scan_place(m->head->interlace, at / blocks)];
        seen += *c != 0;
        *c = *c < -LAST_MAX ? -LAST_MAX : *c > LAST_MAX ? LAST_MAX : *c;
    }
}

static void fill_plane(maker *m, slice_spec *s, unsigned plane)
{
    const style how = (style)rng_below(&m->r, STYLES);
    int32_t before = 0;
    for (unsigned i = 0; how != STYLE_EMPTY && i < s->blocks[plane]; i++) {
        block_maker b = {
            .m = m,
            .matrix = plane ? m->head->chroma_matrix : m->head->luma_matrix,
            .scale = (int32_t)(s->q > 128 ? 4 * (s->q - 96) : s->q),
            .left = BLOCK_SUM_MAX,
        };
        put_dc(&b, s->coef[plane][i], how, before);
        before = s->coef[plane][i][0];
        fill_block(&b, s->coef[plane][i], how);
    }
    tame_end(m, s, plane);
}

/* ---- Alpha ---- */

static void fill_alpha(maker *m, slice_spec *s)
{
    rng *r = &m->r;
    const int top = m->head->alpha == 2 ? 65535 : 255, how = (int)rng_below(r, 4);
    const uint32_t change = how == 3 ? 1 : 1 + rng_below(r, 64); /* one in so many */
    const int step = top / (1 << rng_below(r, 8));
    int value = rng_one_in(r, 2) ? top : (int)rng_below(r, (uint32_t)top + 1);
    for (unsigned i = 0; i < 256 * s->mbs; i++) {
        if (how > 0 && rng_one_in(r, change))
            value += rng_between(r, -step, step);
        value = value < 0 ? 0 : value > top ? top : value;
        s->alpha[i] = (uint16_t)value;
    }
    if (rng_one_in(r, 3))
        s->alpha_run_max = 1 + rng_below(r, 20);
}

/* ---- A slice ---- */

static void fill_slice(void *user, slice_spec *s)
{
    maker *m = user;
    rng *r = &m->r;
    s->q = 1 + rng_below(r, rng_one_in(r, 3) ? 224 : 12);
    for (unsigned plane = 0; plane < 3; plane++) {
        fill_plane(m, s, plane);
        if (rng_one_in(r, 8))
            s->pad[plane] = rng_below(r, 4); /* FFmpeg 5.1 reads codes where 32 zero bits follow */
    }
    if (m->head->alpha)
        fill_alpha(m, s);
    s->explicit_cr = rng_one_in(r, 3);
    if (rng_one_in(r, 6))
        s->header_more = rng_below(r, s->explicit_cr || m->head->alpha ? 24 : 2);
    if (s->explicit_cr && !m->head->alpha && rng_one_in(r, 2))
        s->tail = rng_below(r, 20);
}

/* ---- The frame ---- */

static void choose_size(maker *m, prores_header *h)
{
    static const struct {
        int width, height;
    } most[] = {{48, 48}, {48, 48}, {200, 80}, {700, 40}, {40, 400}};
    rng *r = &m->r;
    const unsigned i = m->kind == RANDOM_TINY ? 0 : rng_below(r, sizeof most / sizeof *most);
    h->width = (uint16_t)rng_between(r, 1, most[i].width);
    h->height = (uint16_t)rng_between(r, 1, most[i].height);
}

static void choose_matrix(maker *m, uint8_t *matrix)
{
    const int low = m->kind == RANDOM_WILD ? 1 : 2, high = m->kind == RANDOM_WILD ? 255 : 63;
    for (int i = 0; i < 64; i++)
        matrix[i] = (uint8_t)rng_between(&m->r, low, high);
}

static void choose_matrices(maker *m, prores_header *h)
{
    h->own_luma_matrix = rng_one_in(&m->r, 2);
    h->own_chroma_matrix = rng_one_in(&m->r, 2);
    memset(h->luma_matrix, 4, 64);
    if (h->own_luma_matrix)
        choose_matrix(m, h->luma_matrix);
    memcpy(h->chroma_matrix, h->luma_matrix, 64);
    if (h->own_chroma_matrix)
        choose_matrix(m, h->chroma_matrix);
}

static void choose_header(maker *m, prores_header *h)
{
    static const uint8_t matrices[] = {0, 1, 2, 6, 9};
    rng *r = &m->r;
    choose_size(m, h);
    choose_matrices(m, h);
    memcpy(h->encoder, "test", 4);
    h->version = (uint16_t)rng_below(r, 2);
    h->chroma = rng_one_in(r, 2) ? PRORES_422 : PRORES_444;
    h->interlace = (uint8_t)rng_below(r, 3);
    h->aspect = (uint8_t)rng_below(r, 4);
    h->rate = (uint8_t)rng_below(r, 12);
    h->primaries = h->transfer = h->matrix = matrices[rng_below(r, sizeof matrices)];
    h->alpha = (uint8_t)(rng_one_in(r, 2) ? 0 : rng_below(r, 3));
    if (rng_one_in(r, 8))
        h->header_size = (uint16_t)(148 + rng_below(r, 40));
}

int random_frame(buf *out, frame_spec *ret_spec, uint64_t seed, random_kind kind)
{
    frame_spec spec = {.log2_mbs = 0};
    maker m = {{3 * seed + (uint64_t)kind}, kind, &spec.head};
    choose_header(&m, &spec.head);
    spec.log2_mbs = rng_below(&m.r, 4);
    if (rng_one_in(&m.r, 8))
        spec.picture_more = rng_below(&m.r, 24);
    if (rng_one_in(&m.r, 8))
        spec.picture_tail = rng_below(&m.r, 100);
    if (rng_one_in(&m.r, 4))
        spec.stuffing = rng_below(&m.r, 1000);
    if (ret_spec)
        *ret_spec = spec;
    return prores_write(out, &spec, fill_slice, &m);
}
