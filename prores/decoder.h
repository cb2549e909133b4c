/* A decoder and what it plans for a frame. Internal.
 *
 *   decode.c  the public functions: plan, run rows, verdict
 *   row.c     one row of slices: entropy decoding, transform, damage
 *   output.c  where samples go: into the image at once, or by way of a strip
 *
 * A strip is one row of slices as samples, 16 lines or fewer, the frame's width: what packed layouts
 * are made from, and whatever the edge of the image cuts. */
#ifndef CZ_PRORES_DECODER_H
#define CZ_PRORES_DECODER_H

#include "prores/dispatch.h"
#include "prores/entropy.h"
#include "prores/frame.h"
#include "prores/idct.h"
#include "prores/internal.h"
#include "prores/yuv2rgb.h"

enum {
    STRIP_PAD = 32, /* samples left and right of a line of a strip */
    SLICE_COLS_MAX = SLICE_ROWS_MAX,
};

typedef struct strip {
    uint16_t *plane[4]; /* sample 0 of line 0 */
    ptrdiff_t stride;   /* in samples */
} strip;

/* A plane of a slice that a lane works on. */
typedef struct lane_job {
    slice slice;
    unsigned col, plane, blocks;
} lane_job;

/* What one thread needs for itself. */
typedef struct worker_state {
    lane lanes[LANES_MAX];
    lane_job jobs[LANES_MAX];
    uint8_t faults[SLICE_COLS_MAX]; /* of the row at hand */
    uint16_t alpha[16 * 128];
    void *memory; /* of the strips and chroma lines */
    strip strips[2];
    int16_t *u, *v; /* chroma of a line, one a pixel */
    size_t slices, damaged;
    prores_slice_location first;
} worker_state;

struct prores_decoder {
    const cpu_ops *cpu;
    unsigned workers;
    size_t strip_width; /* that the workers have memory for */
    entropy_tables tables;
    uint8_t scan_pos[2][64];  /* [interlaced][frequency in raster order]: position in scan order */
    uint8_t extent[2][65][8]; /* [interlaced][frequencies][row]: see idct_job.extent */

    /* the frame at hand */
    frame frame;
    prores_options opt;
    prores_image image;
    prores_shape shape;
    prores_region region;
    uint8_t *map; /* of the caller's report, or NULL */
    yuv2rgb_coefs color;
    unsigned scale;
    unsigned bits;             /* of samples */
    unsigned planes;           /* that are decoded: 1, 3 or 4 */
    unsigned block_w, block_h; /* samples that a block gives */
    unsigned frequencies;      /* that this takes */
    bool packed;               /* gray or RGB: by way of lines */
    bool average_fields;       /* scaled fields: the image is their mean */
    size_t first_row, rows;    /* of the region */
    uint32_t full_width;       /* of the result without a region */

    worker_state worker[]; /* workers of them */
};

/* Decode row `row` of picture p for worker w; where samples can't go into the image directly, they
 * go through strip s. */
void prores_decode_row(prores_decoder *dec, worker_state *w, unsigned p, unsigned row,
                       const strip *s);

/* ---- output.c ---- */

/* A rectangle of a plane, from the left sample on, where one row of slices is to be put. */
typedef struct plane_target {
    uint16_t *dst;
    ptrdiff_t stride; /* in samples */
    bool direct;      /* it is the image itself: nothing more to do */
} plane_target;

/* Line of the image, counted from the region's top, that line i of a row belongs to; -1: none. */
ptrdiff_t prores_image_line(const prores_decoder *dec, unsigned p, unsigned row, unsigned i);

/* Where the samples of a plane of a slice go. */
plane_target prores_plane_target(const prores_decoder *dec, unsigned p, unsigned row,
                                 unsigned plane, const slice *sl, const strip *s);

/* Bring a plane of a slice from the strip into the image; nothing for packed layouts and for both
 * fields, which prores_store_row does. */
void prores_store_slice(const prores_decoder *dec, unsigned p, unsigned row, unsigned plane,
                        const slice *sl, const strip *s);

/* The row as a whole: means of fields, packed layouts. */
void prores_store_row(prores_decoder *dec, worker_state *w, unsigned p, unsigned row);

/* The lines that bob lacks. */
void prores_fill_bob_lines(const prores_decoder *dec);

/* Samples of chroma planes across for that many pixels. */
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
