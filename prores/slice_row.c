/* Decoding one row of slices. Its planes are assigned to the lanes of the entropy decoder in order;
 * each is transformed as soon as it is finished, while its coefficients are in the cache. */
#include "prores/alpha.h"
#include "prores/decoder.h"

typedef struct row_state {
    prores_decoder *dec;
    worker_state *w;
    unsigned p, row;
    const strip *strip;
    slice_walk walk;
    slice slice;    /* whose planes are being assigned */
    unsigned col;   /* its column */
    unsigned plane; /* its next plane */
} row_state;

/* Pixels beyond the left and right edges of the region that are needed to interpolate chroma. */
static unsigned chroma_margin(const prores_decoder *dec)
{
    return dec->packed && dec->planes > 1 ? 2 * CHROMA_REACH : 0;
}

static bool touches_region(const prores_decoder *dec, const slice *s)
{
    const uint32_t mb = 16 / dec->scale;
    const uint32_t left = s->mb_x * mb, right = left + s->mbs * mb;
    const prores_region *r = &dec->region;
    return right + chroma_margin(dec) > r->x && left < r->x + r->width + chroma_margin(dec);
}

static unsigned count_blocks(const prores_decoder *dec, const slice *s, unsigned plane)
{
    return s->mbs * (plane && dec->frame.head.chroma == PRORES_422 ? 2 : 4);
}

static void fill_rectangle(uint16_t *dst, ptrdiff_t stride, unsigned width, unsigned lines,
                           unsigned value)
{
    for (unsigned i = 0; i < lines; i++, dst += stride)
        for (unsigned x = 0; x < width; x++)
            dst[x] = (uint16_t)value;
}

static void fill_plane(const row_state *r, const slice *s, unsigned plane, unsigned value)
{
    const prores_decoder *dec = r->dec;
    const plane_target t = prores_plane_target(dec, r->p, r->row, plane, s, r->strip);
    const unsigned width = plane_width(dec, plane, s->mbs * 16 / dec->scale);
    fill_rectangle(t.dst, t.stride, width, row_lines(dec), value);
    if (!t.direct)
        prores_store_slice(dec, r->p, r->row, plane, s, r->strip);
}

/* Alpha isn't transformed, so it is scaled down by the rounded mean. */
static void decode_alpha_plane(const row_state *r, const slice *s)
{
    const prores_decoder *dec = r->dec;
    const unsigned width = s->mbs * 16, h = dec->scale, v = 8 / dec->block_h;
    if (!dec->frame.head.alpha || s->plane_size[3] == 0) {
        fill_plane(r, s, 3, (1u << dec->bits) - 1);
        return;
    }
    const int shift = __builtin_ctz(h * v); /* both are powers of 2 */
    uint16_t *const a = r->w->alpha;
    prores_decode_alpha(a, (size_t)16 * width, s->plane_data[3], s->plane_size[3],
                        dec->frame.head.alpha == 2 ? 16 : 8, dec->bits);
    const plane_target t = prores_plane_target(dec, r->p, r->row, 3, s, r->strip);
    for (unsigned y = 0; y < row_lines(dec); y++)
        for (unsigned x = 0; x < width / h; x++) {
            unsigned sum = 1u << shift >> 1;
            for (unsigned i = 0; i < h * v; i++)
                sum += a[(y * v + i / h) * width + x * h + i % h];
            t.dst[(ptrdiff_t)y * t.stride + (ptrdiff_t)x] = (uint16_t)(sum >> shift);
        }
    if (!t.direct)
        prores_store_slice(dec, r->p, r->row, 3, s, r->strip);
}

/* Prefetch the next slice, which has about the same size. Not worthwhile if only DC is decoded. */
static void prefetch_slice(const row_state *r)
{
    enum { CACHE_LINE = 64 };
    const picture *pic = r->walk.pic;
    if (r->dec->frequencies == 1)
        return;
    const size_t room = (size_t)(pic->end - pic->data);
    const size_t size =
        (size_t)(r->slice.plane_data[3] + r->slice.plane_size[3] - r->slice.plane_data[0]);
    for (size_t i = r->walk.at; i < room && i < r->walk.at + size; i += CACHE_LINE)
        __builtin_prefetch(pic->data + i);
}

/* Advance to the next undamaged slice that intersects the region. */
static bool next_slice(row_state *r)
{
    prores_decoder *dec = r->dec;
    while (prores_slice_walk_next(&r->walk, &r->slice)) {
        r->col = r->walk.col - 1;
        if (!touches_region(dec, &r->slice))
            continue;
        r->w->slices++;
        r->w->faults[r->col] = r->slice.fault;
        if (r->slice.fault != PRORES_FAULT_NONE)
            continue; /* r->plane stays at its end, so that none of its planes is decoded */
        prefetch_slice(r);
        r->plane = 0;
        return true;
    }
    return false;
}

/* The value for slices without chroma, as in FFmpeg: one below the middle at 10 bit. */
static unsigned neutral_chroma(unsigned bits)
{
    return bits == 10 ? 511 : 4 * 511;
}

/* The next plane to decode. Alpha, and chroma that is absent, are written at once. */
static bool next_plane(row_state *r, lane_job *job)
{
    const prores_decoder *dec = r->dec;
    for (;;) {
        if (r->plane == dec->planes && !next_slice(r))
            return false;
        const unsigned plane = r->plane++;
        if ((plane == 1 || plane == 2) && r->slice.plane_size[1] + r->slice.plane_size[2] == 0) {
            fill_plane(r, &r->slice, plane, neutral_chroma(dec->bits));
            continue;
        }
        if (plane < 3) {
            *job = (lane_job){r->slice, r->col, plane, count_blocks(dec, &r->slice, plane)};
            return true;
        }
        decode_alpha_plane(r, &r->slice);
    }
}

static void transform_plane(const row_state *r, const lane *l, const lane_job *job)
{
    const prores_decoder *dec = r->dec;
    const prores_header *head = &dec->frame.head;
    const uint8_t *matrix = job->plane ? head->chroma_matrix : head->luma_matrix;
    const bool fields = head->interlace != PRORES_PROGRESSIVE;
    const plane_target t =
        prores_plane_target(dec, r->p, r->row, job->plane, &job->slice, r->strip);
    int16_t weight[64];
    const int used = dec->frequencies == 1 ? 1 : 64;
    for (int i = 0; i < used; i++)
        weight[i] = (int16_t)(matrix[i] * job->slice.qscale);
    dec->cpu->idct(&(idct_job){
        .coef = l->coef,
        .blocks = job->blocks,
        .extent = dec->extent[fields][lane_frequencies(l)],
        .scan_pos = dec->scan_pos[fields],
        .weight = weight,
        .bits = dec->bits,
        .rows = dec->block_h,
        .cols = dec->block_w,
        .dst = t.dst,
        .stride = t.stride,
        .luma = job->plane == 0,
    });
    if (!t.direct)
        prores_store_slice(dec, r->p, r->row, job->plane, &job->slice, r->strip);
}

static void finish_plane(const row_state *r, const lane *l, const lane_job *job)
{
    uint8_t *const fault = &r->w->faults[job->col];
    if (*fault == PRORES_FAULT_NONE)
        *fault = l->fault;
    if (l->fault == PRORES_FAULT_NONE)
        transform_plane(r, l, job);
}

/* Prefetch the memory that a plane will be written to, which takes as long as its codes are read.
 * Not worthwhile if only DC is decoded. */
static void prefetch_image(const row_state *r, const lane_job *job)
{
    const prores_decoder *dec = r->dec;
    if (dec->frequencies == 1)
        return;
    const plane_target t =
        prores_plane_target(dec, r->p, r->row, job->plane, &job->slice, r->strip);
    const unsigned width = plane_width(dec, job->plane, job->slice.mbs * 16 / dec->scale);
    if (!t.direct)
        return;
    for (unsigned i = 0; i < row_lines(dec); i++)
        for (unsigned x = 0; x < width; x += 32)
            __builtin_prefetch(t.dst + (ptrdiff_t)i * t.stride + x, 1);
}

/* Assign the next plane to a lane; planes that end immediately are finished here. */
static bool start_lane(row_state *r, lane *l, lane_job *job)
{
    const prores_decoder *dec = r->dec;
    while (next_plane(r, job)) {
        const unsigned plane = job->plane;
        prefetch_image(r, job);
        if (dec->cpu->lane_begin(l, &dec->tables, job->slice.plane_data[plane],
                                 job->slice.plane_size[plane], job->blocks, dec->frequencies))
            return true;
        finish_plane(r, l, job);
    }
    return false;
}

static void decode_planes(row_state *r)
{
    worker_state *w = r->w;
    lane *lanes[LANES_MAX];
    unsigned n = 0;
    while (n < LANES_MAX && start_lane(r, &w->lanes[n], &w->jobs[n])) {
        lanes[n] = &w->lanes[n];
        n++;
    }
    while (n > 0) {
        const unsigned i = r->dec->cpu->lanes_run(lanes, n, &r->dec->tables);
        lane *l = lanes[i];
        lane_job *job = &w->jobs[l - w->lanes];
        finish_plane(r, l, job);
        if (!start_lane(r, l, job))
            lanes[i] = lanes[--n];
    }
}

static void record_damage(const row_state *r, const slice *s, unsigned col, uint8_t fault)
{
    worker_state *w = r->w;
    const prores_slice_location at = {
        (uint8_t)r->p, fault, (uint16_t)r->row, (uint16_t)col, (uint16_t)s->mb_x, (uint16_t)s->mbs};
    const prores_slice_location *f = &w->first;
    if (w->damaged++ == 0 || at.picture < f->picture ||
        (at.picture == f->picture && at.row < f->row))
        w->first = at; /* within a row they are in order */
}

/* Fill damaged slices, and update map and counters. */
static void conceal_damage(const row_state *r)
{
    const prores_decoder *dec = r->dec;
    const frame *f = &dec->frame;
    uint8_t *map = dec->map;
    if (map)
        map += (r->p ? (size_t)f->picture[0].rows * f->picture[0].cols : 0) +
               (size_t)r->row * f->picture[r->p].cols;
    slice s;
    slice_walk walk = prores_slice_walk_begin(f, r->p, r->row);
    for (unsigned col = 0; prores_slice_walk_next(&walk, &s); col++) {
        if (!touches_region(dec, &s))
            continue;
        const uint8_t fault = r->w->faults[col];
        if (map)
            map[col] = fault;
        if (fault == PRORES_FAULT_NONE)
            continue;
        record_damage(r, &s, col, fault);
        for (unsigned plane = 0; plane < dec->planes; plane++)
            fill_plane(r, &s, plane, plane == 3 ? (1u << dec->bits) - 1 : 1u << (dec->bits - 1));
    }
}

void prores_decode_row(prores_decoder *dec, worker_state *w, unsigned p, unsigned row,
                       const strip *s)
{
    row_state r = {.dec = dec, .w = w, .p = p, .row = row, .strip = s};
    r.walk = prores_slice_walk_begin(&dec->frame, p, row);
    r.plane = dec->planes; /* no slice yet */
    decode_planes(&r);
    conceal_damage(&r);
}
