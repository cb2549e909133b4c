/* The inverse transform in portable C: an independent reference for the SIMD versions. Compilers
 * vectorize the loops over lanes. */
#include "prores/idct.h"

#include <string.h>

enum { LANES = 8 };

/* cos(k pi / 16) * sqrt(2) * 2^14 and 2^15, as in FFmpeg, where W4 of the latter is one less. */
static const int32_t basis10[8] = {0, 22725, 21407, 19265, 16384, 12873, 8867, 4520};
static const int32_t basis12[8] = {0, 45451, 42813, 38531, 32767, 25746, 17734, 9041};

typedef int16_t vec[LANES];

/* All sums wrap. */
static inline int32_t sum4(int32_t a, int32_t wa, int32_t b, int32_t wb, int32_t c, int32_t wc,
                           int32_t d, int32_t wd)
{
    return (int32_t)((uint32_t)(a * wa) + (uint32_t)(b * wb) + (uint32_t)(c * wc) +
                     (uint32_t)(d * wd));
}

static inline int16_t narrow(uint32_t sum, int shift)
{
    const int32_t x = (int32_t)sum >> shift;
    return (int16_t)(x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x);
}

static inline __attribute__((always_inline)) void
transform8(vec *restrict y, vec *restrict x, const int32_t *w, int32_t bias, int shift)
{
    const int32_t w1 = w[1], w2 = w[2], w3 = w[3], w4 = w[4], w5 = w[5], w6 = w[6], w7 = w[7];
    const uint32_t round = (uint32_t)bias;
    for (int i = 0; i < LANES; i++) {
        const int16_t x0 = x[0][i], x1 = x[1][i], x2 = x[2][i], x3 = x[3][i];
        const int16_t x4 = x[4][i], x5 = x[5][i], x6 = x[6][i], x7 = x[7][i];
        const uint32_t a0 = (uint32_t)sum4(x0, w4, x2, w2, x4, w4, x6, w6) + round;
        const uint32_t a1 = (uint32_t)sum4(x0, w4, x2, w6, x4, -w4, x6, -w2) + round;
        const uint32_t a2 = (uint32_t)sum4(x0, w4, x2, -w6, x4, -w4, x6, w2) + round;
        const uint32_t a3 = (uint32_t)sum4(x0, w4, x2, -w2, x4, w4, x6, -w6) + round;
        const uint32_t b0 = (uint32_t)sum4(x1, w1, x3, w3, x5, w5, x7, w7);
        const uint32_t b1 = (uint32_t)sum4(x1, w3, x3, -w7, x5, -w1, x7, -w5);
        const uint32_t b2 = (uint32_t)sum4(x1, w5, x3, -w1, x5, w7, x7, w3);
        const uint32_t b3 = (uint32_t)sum4(x1, w7, x3, -w5, x5, w3, x7, -w1);
        y[0][i] = narrow(a0 + b0, shift);
        y[1][i] = narrow(a1 + b1, shift);
        y[2][i] = narrow(a2 + b2, shift);
        y[3][i] = narrow(a3 + b3, shift);
        y[4][i] = narrow(a3 - b3, shift);
        y[5][i] = narrow(a2 - b2, shift);
        y[6][i] = narrow(a1 - b1, shift);
        y[7][i] = narrow(a0 - b0, shift);
    }
}

/* n-point transform of the same basis, n = 4, 2 or 1 */
static void transform_small(vec *restrict y, vec *restrict x, unsigned n, const int32_t *w,
                            int32_t bias, int shift)
{
    const uint32_t round = (uint32_t)bias;
    for (int i = 0; i < LANES; i++) {
        const int32_t x0 = x[0][i], x1 = n > 1 ? x[1][i] : 0;
        const int32_t x2 = n > 2 ? x[2][i] : 0, x3 = n > 2 ? x[3][i] : 0;
        if (n == 4) {
            y[0][i] = narrow((uint32_t)sum4(x0, w[4], x1, w[2], x2, w[4], x3, w[6]) + round, shift);
            y[1][i] =
                narrow((uint32_t)sum4(x0, w[4], x1, w[6], x2, -w[4], x3, -w[2]) + round, shift);
            y[2][i] =
                narrow((uint32_t)sum4(x0, w[4], x1, -w[6], x2, -w[4], x3, w[2]) + round, shift);
            y[3][i] =
                narrow((uint32_t)sum4(x0, w[4], x1, -w[2], x2, w[4], x3, -w[6]) + round, shift);
        } else {
            y[0][i] = narrow((uint32_t)sum4(x0, w[4], x1, w[4], 0, 0, 0, 0) + round, shift);
            if (n == 2)
                y[1][i] = narrow((uint32_t)sum4(x0, w[4], x1, -w[4], 0, 0, 0, 0) + round, shift);
        }
    }
}

/* A row in which only the first frequency is nonzero. FFmpeg's 10-bit code wraps here, its 12-bit
 * code doesn't. */
static inline int16_t flat(int16_t dc, unsigned bits)
{
    return (int16_t)(bits == 10 ? (int16_t)(dc + 1) >> 1 : (dc + 1) >> 1);
}

static void flat_row(vec *y, const int16_t *dc, unsigned bits, unsigned cols)
{
    for (unsigned u = 0; u < cols; u++)
        for (int i = 0; i < LANES; i++)
            y[u][i] = flat(dc[i], bits);
}

static void row12(vec *y, vec *x, unsigned cols)
{
    vec any = {0};
    if (cols == 8)
        transform8(y, x, basis12, 1 << 15, 16);
    else
        transform_small(y, x, cols, basis12, 1 << 15, 16);
    for (unsigned u = 1; u < cols; u++)
        for (int i = 0; i < LANES; i++)
            any[i] = (int16_t)(any[i] | x[u][i]);
    /* W4 is 2^15 - 1, so the transform of a flat row would differ. */
    for (unsigned u = 0; u < cols; u++)
        for (int i = 0; i < LANES; i++)
            if (!any[i])
                y[u][i] = flat(x[0][i], 12);
}

static void row10(vec *y, vec *x, unsigned cols)
{
    for (int i = 0; i < LANES; i++)
        x[0][i] = (int16_t)(x[0][i] + 1); /* rounding: 2^14 / W4 */
    if (cols == 8)
        transform8(y, x, basis10, 0, 15);
    else
        transform_small(y, x, cols, basis10, 0, 15);
}

static void decode_row(vec *y, const idct_job *job, unsigned group, unsigned v)
{
    const unsigned n = job->extent[v] < job->cols ? job->extent[v] : job->cols;
    vec x[8];
    memset(x, 0, sizeof x);
    for (unsigned u = 0; u < n; u++) {
        const int16_t *c = job->coef + (size_t)job->scan_pos[8 * v + u] * job->blocks + group;
        for (int i = 0; i < LANES; i++)
            x[u][i] = (int16_t)(c[i] * job->weight[8 * v + u]);
    }
    if (n <= 1)
        flat_row(y, x[0], job->bits, job->cols);
    else if (job->bits == 10)
        row10(y, x, job->cols);
    else
        row12(y, x, job->cols);
}

static void column10(vec *y, vec *x, unsigned rows)
{
    /* Half the range is added as 2^13; rounding is 2^17 / W4. */
    for (int i = 0; i < LANES; i++)
        x[0][i] = (int16_t)(x[0][i] + 8192 + 8);
    if (rows == 8)
        transform8(y, x, basis10, 0, 18);
    else
        transform_small(y, x, rows, basis10, 0, 18);
}

static void column12(vec *y, vec *x, unsigned rows)
{
    for (int i = 0; i < LANES; i++)
        x[0][i] = (int16_t)(x[0][i] + 8192);
    if (rows == 8)
        transform8(y, x, basis12, 2 * 32767, 17);
    else
        transform_small(y, x, rows, basis12, 2 * 32767, 17);
}

static uint16_t *block_at(const idct_job *job, unsigned b)
{
    const ptrdiff_t h = (ptrdiff_t)job->cols, v = (ptrdiff_t)job->rows * job->stride;
    if (job->luma)
        return job->dst + (ptrdiff_t)(b >> 2 << 1) * h + (ptrdiff_t)(b & 1) * h +
               (ptrdiff_t)(b >> 1 & 1) * v;
    return job->dst + (ptrdiff_t)(b >> 1) * h + (ptrdiff_t)(b & 1) * v;
}

static void store_column(const idct_job *job, unsigned group, unsigned u, vec *y)
{
    const int16_t low = 4, high = job->bits == 10 ? 1019 : 4091; /* as in FFmpeg, at 12 bit too */
    for (unsigned i = 0; i < LANES && group + i < job->blocks; i++) {
        uint16_t *at = block_at(job, group + i) + u;
        for (unsigned v = 0; v < job->rows; v++, at += job->stride)
            *at = (uint16_t)(y[v][i] < low ? low : y[v][i] > high ? high : y[v][i]);
    }
}

void prores_idct_c(const idct_job *job)
{
    for (unsigned group = 0; group < job->blocks; group += LANES) {
        vec t[8][8], x[8] = {{0}}, y[8];
        for (unsigned v = 0; v < job->rows; v++)
            decode_row(t[v], job, group, v);
        for (unsigned u = 0; u < job->cols; u++) {
            for (unsigned v = 0; v < job->rows; v++)
                memcpy(x[v], t[v][u], sizeof x[v]);
            job->bits == 10 ? column10(y, x, job->rows) : column12(y, x, job->rows);
            store_column(job, group, u, y);
        }
    }
}
