/* The public functions of the decoder: set up a frame, decode its rows, report damage. */
#include "prores/decoder.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* RDD 36, figures 4 and 5: frequency in raster order for each position in scan order */
static const uint8_t scans[2][64] = {
    {0,  1,  8,  9,  2,  3,  10, 11, 16, 17, 24, 25, 18, 19, 26, 27, 4,  5,  12, 20, 13, 6,
     7,  14, 21, 28, 29, 22, 15, 23, 30, 31, 32, 33, 40, 48, 41, 34, 35, 42, 49, 56, 57, 50,
     43, 36, 37, 44, 51, 58, 59, 52, 45, 38, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63},
    {0,  8,  1,  9,  16, 24, 17, 25, 2,  10, 3,  11, 18, 26, 19, 27, 32, 40, 33, 34, 41, 48,
     56, 49, 42, 35, 43, 50, 57, 58, 51, 59, 4,  12, 5,  6,  13, 20, 28, 21, 14, 7,  15, 22,
     29, 36, 44, 37, 30, 23, 31, 38, 45, 52, 60, 53, 46, 39, 47, 54, 61, 62, 55, 63},
};

static void scan_tables(prores_decoder *dec)
{
    for (int s = 0; s < 2; s++)
        for (unsigned at = 0; at < 64; at++) {
            const unsigned f = scans[s][at];
            uint8_t *const extent = dec->extent[s][at + 1];
            dec->scan_pos[s][f] = (uint8_t)at;
            memcpy(extent, dec->extent[s][at], 8);
            if (extent[f / 8] < f % 8 + 1)
                extent[f / 8] = (uint8_t)(f % 8 + 1);
        }
}

int prores_decoder_new(prores_decoder **out, unsigned workers, cz_error *err)
{
    *out = NULL;
    if (workers == 0 || workers > PRORES_WORKERS_MAX)
        return cz_fail(err, CZ_USAGE, "ProRes decoder: %u workers", workers);
    prores_decoder *dec = calloc(1, sizeof *dec + workers * sizeof(worker_state));
    if (!dec)
        return cz_fail_memory(err, "ProRes decoder: %u workers", workers);
    dec->workers = workers;
    for (unsigned i = 0; prores_cpu_ops(i); i++)
        dec->cpu = prores_cpu_ops(i);
    prores_entropy_tables(&dec->tables);
    scan_tables(dec);
    *out = dec;
    return CZ_OK;
}

void prores_decoder_free(prores_decoder **dec)
{
    if (!dec || !*dec)
        return;
    for (unsigned i = 0; i < (*dec)->workers; i++)
        free((*dec)->worker[i].memory);
    free(*dec);
    *dec = NULL;
}

unsigned prores_decoder_workers(const prores_decoder *dec)
{
    return dec->workers;
}

/* Samples of a worker's strips: two of four planes, and two lines of chroma. */
static size_t strip_samples(size_t width)
{
    enum { LINES = 8 * 16 + 2 };
    return LINES * (width + 2 * (size_t)STRIP_PAD);
}

size_t prores_decoder_bytes(const prores_decoder *dec)
{
    const size_t strips = dec->strip_width ? strip_samples(dec->strip_width) : 0;
    return sizeof *dec + dec->workers * (sizeof(worker_state) + strips * sizeof(uint16_t));
}

const char *prores_decoder_cpu(const prores_decoder *dec)
{
    return dec->cpu->name;
}

/* ---- Setting up a frame ---- */

static bool worker_memory(worker_state *w, size_t width)
{
    const size_t across = width + 2 * (size_t)STRIP_PAD, plane = 16 * across;
    uint16_t *at = calloc(strip_samples(width), sizeof *at);
    if (!at)
        return false;
    free(w->memory);
    w->memory = at;
    for (int s = 0; s < 2; s++) {
        w->strips[s].stride = (ptrdiff_t)across;
        for (int p = 0; p < 4; p++, at += plane)
            w->strips[s].plane[p] = at + STRIP_PAD;
    }
    w->u = (int16_t *)at;
    w->v = (int16_t *)at + across;
    return true;
}

static int grow_strips(prores_decoder *dec, cz_error *err)
{
    const size_t width = ((size_t)dec->frame.head.width + 15) / 16 * 16;
    if (width <= dec->strip_width)
        return CZ_OK;
    for (unsigned i = 0; i < dec->workers; i++)
        if (!worker_memory(&dec->worker[i], width))
            return cz_fail_memory(err, "ProRes decoder: %zu pixels across", width);
    dec->strip_width = width;
    return CZ_OK;
}

static void plan_planes(prores_decoder *dec)
{
    const prores_layout layout = dec->opt.layout;
    const prores_header *head = &dec->frame.head;
    const bool gray = layout == PRORES_GRAY || layout == PRORES_GRAY16 || layout == PRORES_GRAY10;
    const bool planar_alpha = layout == PRORES_YUVA444P10 || layout == PRORES_YUVA444P12;
    const bool with_alpha =
        planar_alpha || (head->alpha && (layout == PRORES_NATIVE || layout == PRORES_RGBA ||
                                         layout == PRORES_RGBA64));
    const bool ten_bits = layout == PRORES_YUV444P10 || layout == PRORES_YUVA444P10;
    dec->packed = prores_packed_bytes(layout) > 0;
    dec->planes = gray ? 1 : with_alpha ? 4 : 3;
    dec->bits = ten_bits ? 10u : (unsigned)prores_depth(head);
    if (dec->packed)
        prores_yuv2rgb_coefs(&dec->color, dec->shape.matrix, dec->opt.range, dec->bits);
}

static void plan_scale(prores_decoder *dec)
{
    const prores_fields fields = dec->opt.fields;
    const bool interlaced = dec->frame.head.interlace != PRORES_PROGRESSIVE;
    const bool alone = fields == PRORES_TOP || fields == PRORES_BOTTOM;
    dec->scale = dec->opt.scale ? dec->opt.scale : 1;
    const bool half_lines = interlaced && !alone && dec->scale > 1;
    dec->average_fields = half_lines && fields == PRORES_WEAVE;
    dec->block_w = 8 / dec->scale;
    dec->block_h = half_lines ? 2 * dec->block_w : dec->block_w;
    dec->frequencies = dec->block_w * dec->block_h; /* both scans start with that rectangle */
    dec->full_width = (dec->frame.head.width + dec->scale - 1) / dec->scale;
}

/* Lines of the result per row of slices, both fields together. */
static unsigned lines_of_row(const prores_decoder *dec)
{
    const prores_fields fields = dec->opt.fields;
    const bool interlaced = dec->frame.head.interlace != PRORES_PROGRESSIVE;
    const bool alone = fields == PRORES_TOP || fields == PRORES_BOTTOM;
    if (interlaced)
        return (alone ? 16 : 32) / dec->scale;
    return (alone ? 8 : 16) / dec->scale;
}

static void plan_rows(prores_decoder *dec)
{
    const unsigned lines = lines_of_row(dec);
    const prores_region *r = &dec->region;
    dec->first_row = r->y / lines;
    dec->rows = (r->y + r->height - 1) / lines - dec->first_row + 1;
}

/* Is picture p part of the result? */
static bool is_wanted(const prores_decoder *dec, unsigned p)
{
    const prores_fields fields = dec->opt.fields;
    if (fields == PRORES_WEAVE || dec->frame.head.interlace == PRORES_PROGRESSIVE)
        return true;
    const bool bottom = fields == PRORES_BOTTOM || fields == PRORES_BOB_BOTTOM;
    return dec->frame.picture[p].bottom == bottom;
}

static int reset_map(prores_decoder *dec, const prores_report *report, cz_error *err)
{
    dec->map = report ? report->map : NULL;
    if (!dec->map)
        return CZ_OK;
    size_t slices = 0;
    for (unsigned p = 0; p < dec->frame.pictures; p++)
        slices += (size_t)dec->frame.picture[p].rows * dec->frame.picture[p].cols;
    if (report->map_bytes < slices)
        return cz_fail(err, CZ_USAGE, "ProRes: a map of %zu bytes for %zu slices",
                       report->map_bytes, slices);
    memset(dec->map, 0, slices);
    return CZ_OK;
}

static int check_image(const prores_decoder *dec, cz_error *err)
{
    for (unsigned p = 0; p < dec->shape.planes; p++) {
        const struct prores_plane *to = &dec->image.plane[p];
        const size_t row = dec->shape.plane[p].row_bytes;
        const size_t step = (size_t)(to->stride < 0 ? -to->stride : to->stride);
        if (!to->data || (step < row && dec->shape.height > 1))
            return cz_fail(err, CZ_USAGE,
                           "ProRes: plane %u: no memory, or a stride of %td bytes "
                           "for rows of %zu",
                           p, to->stride, row);
        if (dec->shape.depth > 8 && (((uintptr_t)to->data | step) & 1))
            return cz_fail(err, CZ_USAGE, "ProRes: plane %u: an odd address for 16 bits", p);
    }
    return CZ_OK;
}

int prores_open(prores_decoder *dec, const uint8_t *data, size_t len, const prores_options *opt,
                prores_shape *ret_shape, cz_error *err)
{
    dec->opened = false;
    int rc = prores_frame_parse(&dec->frame, data, len, err);
    if (rc == CZ_OK)
        rc = prores_resolve_shape(&dec->shape, &dec->region, &dec->frame.head, opt, err);
    if (rc < 0)
        return rc;
    dec->opt = *opt;
    dec->opened = true;
    *ret_shape = dec->shape;
    return CZ_OK;
}

const prores_header *prores_opened_header(const prores_decoder *dec)
{
    return dec->opened ? &dec->frame.head : NULL;
}

/* Set up the opened frame for decoding. */
static int begin(prores_decoder *dec, const prores_image *image, const prores_report *report,
                 cz_error *err)
{
    int rc;
    dec->image = *image;
    if ((rc = check_image(dec, err)) < 0 || (rc = reset_map(dec, report, err)) < 0 ||
        (rc = grow_strips(dec, err)) < 0)
        return rc;
    plan_planes(dec);
    plan_scale(dec);
    plan_rows(dec);
    for (unsigned i = 0; i < dec->workers; i++) {
        worker_state *w = &dec->worker[i];
        w->slices = w->damaged = 0;
        w->first = (prores_slice_location){0};
    }
    return CZ_OK;
}

/* ---- Decoding ---- */

static void decode_row(prores_decoder *dec, worker_state *w, unsigned row)
{
    for (unsigned p = 0; p < dec->frame.pictures; p++) {
        if (!is_wanted(dec, p))
            continue;
        prores_decode_row(dec, w, p, row, &w->strips[dec->average_fields ? p : 0]);
        if (!dec->average_fields || p == 1)
            prores_store_row(dec, w, p, row);
    }
}

static void decode_rows(prores_decoder *dec, unsigned worker, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        decode_row(dec, &dec->worker[worker], (unsigned)(dec->first_row + i));
}

static bool earlier(const prores_slice_location *a, const prores_slice_location *b)
{
    return a->picture != b->picture ? a->picture < b->picture : a->row < b->row;
}

/* After all rows: interpolate bob lines, and fill the report. */
static int finish(prores_decoder *dec, prores_report *report, cz_error *err)
{
    prores_report sum = {0};
    for (unsigned i = 0; i < dec->workers; i++) {
        const worker_state *w = &dec->worker[i];
        sum.slices += w->slices;
        if (w->damaged && (sum.damaged == 0 || earlier(&w->first, &sum.first)))
            sum.first = w->first;
        sum.damaged += w->damaged;
    }
    prores_fill_bob_lines(dec);
    if (report) {
        report->slices = sum.slices;
        report->damaged = sum.damaged;
        report->first = sum.first;
    }
    if (sum.damaged && !dec->opt.conceal)
        return prores_fail_damaged(&sum, err);
    return CZ_OK;
}

/* ---- A whole frame ---- */

/* Rows are distributed in batches, small enough to balance the load. */
enum { BATCHES_PER_WORKER = 8 };

typedef struct batches {
    prores_decoder *dec;
    size_t rows, count;
} batches;

static void run_batch(void *arg, size_t i, unsigned worker)
{
    const batches *s = arg;
    const size_t from = s->rows * i / s->count, to = s->rows * (i + 1) / s->count;
    decode_rows(s->dec, worker, from, to - from);
}

int prores_decode_opened(prores_decoder *dec, const prores_image *image,
                         const prores_executor *executor, prores_report *report, cz_error *err)
{
    if (!dec->opened)
        return cz_fail(err, CZ_USAGE, "ProRes: no frame is open");
    if (executor && executor->workers > dec->workers)
        return cz_fail(err, CZ_USAGE, "ProRes: %u threads for a decoder of %u workers",
                       executor->workers, dec->workers);
    const int rc = begin(dec, image, report, err);
    if (rc < 0)
        return rc;
    if (executor) {
        const size_t most = (size_t)BATCHES_PER_WORKER * executor->workers;
        batches s = {dec, dec->rows, dec->rows < most ? dec->rows : most};
        executor->run(executor->pool, s.count, run_batch, &s);
    } else {
        decode_rows(dec, 0, 0, dec->rows);
    }
    return finish(dec, report, err);
}

int prores_decode(prores_decoder *dec, const uint8_t *data, size_t len, const prores_options *opt,
                  const prores_image *image, const prores_executor *executor, prores_report *report,
                  cz_error *err)
{
    prores_shape shape;
    const int rc = prores_open(dec, data, len, opt, &shape, err);
    return rc == CZ_OK ? prores_decode_opened(dec, image, executor, report, err) : rc;
}
