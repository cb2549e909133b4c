/* The decoder and its state for a frame. Internal.
 *
 *     decode.c     the functions of prores.h: plan, run the rows, report
 *     slice_row.c  one row of slices: entropy decoding, transform, damage
 *     output.c     destination of the samples: the image itself, or a strip that is copied into it
 *
 * A strip holds the samples of one row of slices: up to 16 lines of the frame's width. It is the
 * source of packed layouts, and of slices that the edge of the image crosses. */
#ifndef CZ_PRORES_DECODER_H
#define CZ_PRORES_DECODER_H

#include "prores/dispatch.h"
#include "prores/entropy.h"
#include "prores/frame.h"
#include "prores/idct.h"
#include "prores/internal.h"
#include "prores/yuv2rgb.h"

enum {
    STRIP_PAD = 32, /* padding left and right of each line of a strip, in samples */
    SLICE_COLS_MAX = SLICE_ROWS_MAX,
};

typedef struct strip {
    uint16_t *plane[4]; /* sample 0 of line 0 */
    ptrdiff_t stride;   /* in samples */
} strip;

/* The plane of a slice that a lane decodes. */
typedef struct lane_job {
    slice slice;
    unsigned col, plane, blocks;
} lane_job;

/* State of one thread. */
typedef struct worker_state {
    lane lanes[LANES_MAX];
    lane_job jobs[LANES_MAX];
    uint8_t faults[SLICE_COLS_MAX]; /* of the current row */
    uint16_t alpha[16 * 128];
    void *memory; /* backs the strips and chroma lines */
    strip strips[2];
    int16_t *u, *v; /* chroma of a line, one sample per pixel */
    size_t slices, damaged;
    prores_slice_location first;
} worker_state;

struct prores_decoder {
    const cpu_ops *cpu;
    unsigned workers;
    size_t strip_width; /* for which the workers have memory */
    entropy_tables tables;
    uint8_t scan_pos[2][64];  /* [interlaced][frequency in raster order]: position in scan order */
    uint8_t extent[2][65][8]; /* [interlaced][frequencies][row]: see idct_job.extent */

    /* the current frame */
    bool opened; /* by prores_open() */
    frame frame;
    prores_options opt;
    prores_image image;
    prores_shape shape;
    prores_region region;
    uint8_t *map; /* from the caller's report, or NULL */
    yuv2rgb_coefs color;
    unsigned scale;
    unsigned bits;             /* of samples */
    unsigned planes;           /* to decode: 1, 3 or 4 */
    unsigned block_w, block_h; /* output samples per block */
    unsigned frequencies;      /* needed for them */
    bool packed;               /* gray or RGB: converted line by line */
    bool average_fields;       /* scaled down: the image is the mean of both fields */
    size_t first_row, rows;    /* of the region */
    uint32_t full_width;       /* of the whole result, ignoring the region */

    worker_state worker[]; /* `workers` elements */
};

/* Decode row `row` of picture p as worker w. Samples that can't be written directly to the image go
 * to strip s. */
void prores_decode_row(prores_decoder *dec, worker_state *w, unsigned p, unsigned row,
                       const strip *s);

/* ---- output.c ---- */

/* Destination of a slice of a plane. */
typedef struct plane_target {
    uint16_t *dst;
    ptrdiff_t stride; /* in samples */
    bool direct;      /* it is in the image, not in a strip */
} plane_target;

/* The image line, from the top of the region, of line i of a row; -1: none. */
ptrdiff_t prores_image_line(const prores_decoder *dec, unsigned p, unsigned row, unsigned i);

/* Destination of a plane of a slice. */
plane_target prores_plane_target(const prores_decoder *dec, unsigned p, unsigned row,
                                 unsigned plane, const slice *sl, const strip *s);

/* Copy a plane of a slice from the strip to the image. Does nothing for packed layouts and averaged
 * fields, which prores_store_row() handles. */
void prores_store_slice(const prores_decoder *dec, unsigned p, unsigned row, unsigned plane,
                        const slice *sl, const strip *s);

/* Store a whole row: averaged fields and packed layouts. */
void prores_store_row(prores_decoder *dec, worker_state *w, unsigned p, unsigned row);

/* Interpolate the missing lines of bob. */
void prores_fill_bob_lines(const prores_decoder *dec);

/* Width of a plane, in samples, for that many pixels. */
static inline unsigned plane_width(const prores_decoder *dec, unsigned plane, unsigned pixels)
{
    const bool half = (plane == 1 || plane == 2) && dec->frame.head.chroma == PRORES_422;
    return half ? (pixels + 1) / 2 : pixels;
}

static inline unsigned row_lines(const prores_decoder *dec)
{
    return 2 * dec->block_h;
}

#endif
