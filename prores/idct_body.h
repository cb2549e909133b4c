/* The inverse transform in terms of a few vector operations (see idct.h).
 *
 * The including file defines, for vectors of LANES int16: vec, wide (the same number of int32), and
 * v_load v_set v_zero v_add v_sub v_mul(low half) v_half(x >> 1) v_clip(x, lo, hi) v_or
 * v_if_zero(test, a, b): a where test is 0, else b w_madd(a, b, wa, wb): a * wa + b * wb
 * w_high(a): a << 16 w_add w_sub w_set w_pack(w, shift): (w >> shift) saturated to int16
 * v_put(rows[8], n, dst, step, lanes): see there All sums wrap. */

/* cos(k pi / 16) * sqrt(2) * 2^14 and 2^15, as in FFmpeg, where W4 of the latter is one less. */
static const int basis10[8] = {0, 22725, 21407, 19265, 16384, 12873, 8867, 4520};
static const int basis12[8] = {0, 45451, 42813, 38531, 32767, 25746, 17734, 9041};

/* a * wa + b * wb for weights of up to 17 bits: the instruction takes 16. */
static inline wide madd(vec a, vec b, int wa, int wb)
{
    wide sum = w_madd(a, b, (int16_t)wa, (int16_t)wb);
    if (wa > INT16_MAX)
        sum = w_add(sum, w_high(a));
    if (wa < INT16_MIN)
        sum = w_sub(sum, w_high(a));
    if (wb > INT16_MAX)
        sum = w_add(sum, w_high(b));
    if (wb < INT16_MIN)
        sum = w_sub(sum, w_high(b));
    return sum;
}

/* 4-point transform of x[0], x[2], x[4], x[6], the even half of the 8-point one. x[4] and x[6] are
 * 0 unless `more`. */
static inline __attribute__((always_inline)) void even_half(wide a[4], const vec x[8],
                                                            const int w[8], int bias, int more)
{
    a[0] = madd(x[0], x[2], w[4], w[2]);
    a[1] = madd(x[0], x[2], w[4], w[6]);
    a[2] = madd(x[0], x[2], w[4], -w[6]);
    a[3] = madd(x[0], x[2], w[4], -w[2]);
    if (bias)
        for (int i = 0; i < 4; i++)
            a[i] = w_add(a[i], w_set(bias));
    if (!more)
        return;
    a[0] = w_add(a[0], madd(x[4], x[6], w[4], w[6]));
    a[1] = w_add(a[1], madd(x[4], x[6], -w[4], -w[2]));
    a[2] = w_add(a[2], madd(x[4], x[6], -w[4], w[2]));
    a[3] = w_add(a[3], madd(x[4], x[6], w[4], -w[6]));
}

static inline __attribute__((always_inline)) void odd_half(wide b[4], const vec x[8],
                                                           const int w[8], int more)
{
    b[0] = madd(x[1], x[3], w[1], w[3]);
    b[1] = madd(x[1], x[3], w[3], -w[7]);
    b[2] = madd(x[1], x[3], w[5], -w[1]);
    b[3] = madd(x[1], x[3], w[7], -w[5]);
    if (!more)
        return;
    b[0] = w_add(b[0], madd(x[5], x[7], w[5], w[7]));
    b[1] = w_add(b[1], madd(x[5], x[7], -w[1], -w[5]));
    b[2] = w_add(b[2], madd(x[5], x[7], w[7], w[3]));
    b[3] = w_add(b[3], madd(x[5], x[7], w[3], -w[1]));
}

static inline __attribute__((always_inline)) void
transform8(vec y[8], const vec x[8], const int w[8], int bias, int shift, int more)
{
    wide a[4], b[4];
    even_half(a, x, w, bias, more);
    odd_half(b, x, w, more);
    for (int i = 0; i < 4; i++) {
        y[i] = w_pack(w_add(a[i], b[i]), shift);
        y[7 - i] = w_pack(w_sub(a[i], b[i]), shift);
    }
}

/* n-point transform, n = 4, 2 or 1, of x[0..n-1]. */
static inline __attribute__((always_inline)) void
transform_small(vec *y, const vec *x, unsigned n, const int w[8], int bias, int shift)
{
    const vec zero = v_zero();
    if (n == 4) {
        const vec even[8] = {x[0], zero, x[1], zero, x[2], zero, x[3], zero};
        wide a[4];
        even_half(a, even, w, bias, 1);
        for (int i = 0; i < 4; i++)
            y[i] = w_pack(a[i], shift);
        return;
    }
    const vec second = n == 2 ? x[1] : zero;
    y[0] = w_pack(w_add(madd(x[0], second, w[4], w[4]), w_set(bias)), shift);
    if (n == 2)
        y[1] = w_pack(w_add(madd(x[0], second, w[4], -w[4]), w_set(bias)), shift);
}

static inline __attribute__((always_inline)) vec dequantize(const idct_job *job, unsigned group,
                                                            unsigned f)
{
    const vec c = v_load(job->coef + (size_t)job->scan_pos[f] * job->blocks + group);
    return v_mul(c, v_set(job->weight[f]));
}

/* A row in which only the first frequency is nonzero. FFmpeg's 10-bit code wraps here, its 12-bit
 * code doesn't. */
static inline __attribute__((always_inline)) vec flat_row(vec dc, unsigned bits)
{
    return bits == 10 ? v_half(v_add(dc, v_set(1))) : v_sub(dc, v_half(dc));
}

/* Transform one row to cols samples. more: frequencies from 4 on may be nonzero. */
static inline __attribute__((always_inline)) void one_row(vec *y, vec *x, unsigned cols,
                                                          unsigned bits, int more)
{
    const int *const w = bits == 10 ? basis10 : basis12;
    const int bias = bits == 10 ? 0 : 1 << 15;
    const int shift = bits == 10 ? 15 : 16;
    const vec flat = flat_row(x[0], bits);
    vec any = v_zero();
    for (unsigned u = 1; u < cols; u++)
        if (u < 4 || more)
            any = v_or(any, x[u]);
    if (bits == 10)
        x[0] = v_add(x[0], v_set(1)); /* rounding: 2^14 / W4 */
    if (cols == 8)
        transform8(y, x, w, bias, shift, more);
    else
        transform_small(y, x, cols, w, bias, shift);
    /* At 12 bit W4 is 2^15 - 1, so the transform of a flat row would differ. */
    for (unsigned u = 0; bits == 12 && u < cols; u++)
        y[u] = v_if_zero(any, flat, y[u]);
}

/* Transform all rows; returns how many rows, from the first, may be nonzero. */
static inline __attribute__((always_inline)) unsigned all_rows(vec (*t)[8], const idct_job *job,
                                                               unsigned group, unsigned bits,
                                                               unsigned rows, unsigned cols)
{
    unsigned nonzero_rows = 1;
    for (unsigned v = 0; v < rows; v++) {
        const unsigned n = job->extent[v] < cols ? job->extent[v] : cols;
        vec x[8];
        if (n <= 1) {
            const vec y = n ? flat_row(dequantize(job, group, 8 * v), bits) : v_zero();
            for (unsigned u = 0; u < cols; u++)
                t[v][u] = y;
            nonzero_rows = n ? v + 1 : nonzero_rows;
            continue;
        }
        nonzero_rows = v + 1;
        for (unsigned u = 0; u < cols; u++)
            x[u] = u < n ? dequantize(job, group, 8 * v + u) : v_zero();
        one_row(t[v], x, cols, bits, n > 4);
    }
    return nonzero_rows;
}

/* Transform one column to clipped samples. */
static inline __attribute__((always_inline)) void one_column(vec *y, vec *x, unsigned rows,
                                                             unsigned bits, int more)
{
    /* Half the range is added as 2^13 before the transform; rounding is 2^17 / W4 or 2^16 / W4. */
    x[0] = v_add(x[0], v_set(bits == 10 ? 8192 + 8 : 8192));
    const int *const w = bits == 10 ? basis10 : basis12;
    const int bias = bits == 10 ? 0 : 2 * 32767;
    const int shift = bits == 10 ? 18 : 17;
    if (rows == 8)
        transform8(y, x, w, bias, shift, more);
    else
        transform_small(y, x, rows, w, bias, shift);
    const int16_t low = 4; /* as in FFmpeg, at 12 bit too */
    const int16_t high = bits == 10 ? 1019 : 4091;
    for (unsigned i = 0; i < rows; i++)
        y[i] = v_clip(y[i], low, high);
}

/* The first sample of block b. */
static inline uint16_t *block_at(const idct_job *job, unsigned b, unsigned rows, unsigned cols)
{
    const ptrdiff_t h = (ptrdiff_t)cols, v = (ptrdiff_t)rows * job->stride;
    const ptrdiff_t i = (ptrdiff_t)b;
    if (job->luma)
        return job->dst + (i >> 2 << 1) * h + (i & 1) * h + (i >> 1 & 1) * v;
    return job->dst + (i >> 1) * h + (i & 1) * v;
}

/* Transform LANES blocks from `group` on; only existing ones are stored. */
static inline __attribute__((always_inline)) void
transform_group(const idct_job *job, unsigned group, unsigned bits, unsigned rows, unsigned cols)
{
    vec t[8][8], out[8][8]; /* [row][column] */
    const unsigned nonzero_rows = all_rows(t, job, group, bits, rows, cols);
    for (unsigned u = 0; u < cols; u++) {
        vec x[8], y[8];
        for (unsigned v = 0; v < rows; v++)
            x[v] = t[v][u];
        one_column(y, x, rows, bits, nonzero_rows > 4);
        for (unsigned v = 0; v < rows; v++)
            out[v][u] = y[v];
    }
    const unsigned left = job->blocks - group;
    uint16_t *at[LANES];
    const unsigned lanes = left < LANES ? left : LANES;
    for (unsigned b = 0; b < lanes; b++)
        at[b] = block_at(job, group + b, rows, cols);
    for (unsigned v = 0; v < rows; v++) {
        if (cols == 8)
            v_put8(out[v], at, (ptrdiff_t)v * job->stride, lanes);
        else
            v_put(out[v], cols, at, (ptrdiff_t)v * job->stride, lanes);
    }
}

/* Specialized code for the sizes of progressive frames only. */
static inline __attribute__((always_inline)) void transform_any(const idct_job *job, unsigned group,
                                                                unsigned bits)
{
    if (job->rows == 8 && job->cols == 8)
        transform_group(job, group, bits, 8, 8);
    else if (job->rows == 4 && job->cols == 4)
        transform_group(job, group, bits, 4, 4);
    else if (job->rows == 2 && job->cols == 2)
        transform_group(job, group, bits, 2, 2);
    else if (job->rows == 1)
        transform_group(job, group, bits, 1, 1);
    else
        transform_group(job, group, bits, job->rows, job->cols);
}

static void transform(const idct_job *job)
{
    for (unsigned group = 0; group < job->blocks; group += LANES) {
        if (job->bits == 10)
            transform_any(job, group, 10);
        else
            transform_any(job, group, 12);
    }
}
