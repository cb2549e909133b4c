/* A writer of ProRes frames (SMPTE RDD 36): quantised coefficients in, bit stream out. Exact, small
 * and slow; for tests and tools.
 *
 * It writes every legal frame, those that no camera and no encoder makes too: slices of 1, 2, 4 or
 * 8 macroblocks with a quantiser each, any matrices, any size from 1 x 1 on, 4:2:2 and 4:4:4, both
 * field orders, alpha of 8 and 16 bit, longer headers, explicit sizes of Cr, stuffing. It does no
 * transform and no rate control: coefficients come from the caller, slice by slice.
 *
 *     static void grey(void *user, slice_spec *s)
 *     {
 *         s->q = 4;                          // all coefficients are 0 as it is
 *     }
 *     const frame_spec spec = {
 *         .head = {.width = 640, .height = 480, .chroma = PRORES_422}, .log2_mbs = 3};
 *     buf frame = {0};
 *     rc = prores_write(&frame, &spec, grey, NULL);
 *     buf_free(&frame);
 *
 * What a decoder makes of coefficient c at place i of a block: F = c * matrix[i] * scale / 8, where
 * scale is q up to 128 and 4 * (q - 96) above; 8 * 256 in F[0] is the step from mid grey to white.
 */
#ifndef CZ_TESTS_PRORES_WRITE_H
#define CZ_TESTS_PRORES_WRITE_H

#include "base/buf.h"
#include "prores/prores.h"

enum {
    SLICE_MBS_MAX = 8,
    SLICE_BLOCKS_MAX = 4 * SLICE_MBS_MAX, /* of a plane */
    SLICE_ALPHA_MAX = 256 * SLICE_MBS_MAX,
};

/* One slice, for the caller to fill in. */
typedef struct slice_spec {
    /* Where it is: set by the writer. */
    unsigned picture;   /* 0 or 1, in the order in which they are written */
    unsigned row, col;  /* slice row, and slice in it */
    unsigned mb_x, mbs; /* first macroblock, and how many: fewer at the right edge */
    unsigned blocks[3]; /* of y, cb, cr */

    /* What is in it: zeros to begin with. */
    unsigned q;                            /* 1..224 */
    int32_t coef[3][SLICE_BLOCKS_MAX][64]; /* [y, cb, cr][block][raster order]; luma blocks of a
                                              macroblock from left to right, then down; chroma down,
                                              then to the right */
    uint16_t alpha[SLICE_ALPHA_MAX]; /* 16 lines of 16 * mbs samples, where head.alpha says so */
    unsigned alpha_run_max;          /* longest run that is coded as one; 0: 2047 */
    bool explicit_cr;                /* the size of Cr in the header, not what is left; always
                                              so where there is alpha */
    unsigned header_more;            /* bytes that the header is longer than need be */
    unsigned pad[3];                 /* zero bytes after the codes of y, cb, cr */
    unsigned tail;                   /* bytes of 0xFF after all; needs explicit_cr, no alpha */
} slice_spec;

typedef void slice_fill(void *user, slice_spec *slice);

typedef struct frame_spec {
    prores_header head; /* as prores_header_read would give it. frame_size is ignored; header_size
                              may be 0 or more than the least; encoder may be 0; a matrix that isn't
                              "own" is ignored */
    unsigned log2_mbs;  /* macroblocks of a slice as a power of two, 0..3 */
    unsigned picture_more; /* bytes that picture headers are longer than need be, 0..23 */
    unsigned picture_tail; /* zero bytes at the end of each picture, part of its size */
    unsigned stuffing;     /* zero bytes at the end of the frame, part of its size */
} frame_spec;

/* Append a frame to `out`, asking `fill` for each slice in the order of the frame.
 * Errors: CZ_USAGE: a field of spec or slice out of its range, a coefficient that takes a code of
 * more than 31 bits (levels and DC differences from about 32 760 on: no decoder reads those), a
 * part of a slice of more than 65 535 bytes; CZ_NOMEM. What was appended by then stays. */
int prores_write(buf *out, const frame_spec *spec, slice_fill *fill, void *user);

#endif
