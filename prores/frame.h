/* Parsing the structure of a frame: pictures, rows of slices, slices (RDD 36, 5.2 and 5.3).
 * Internal.
 *
 * Pure; never reads outside [data, data + len). Slices are located by the slice table alone, so a
 * damaged slice doesn't affect the next. */
#ifndef CZ_PRORES_FRAME_H
#define CZ_PRORES_FRAME_H

#include "prores/prores.h"

enum { SLICE_ROWS_MAX = 4096 }; /* 65535 lines, 16 per row; also for both fields together */

typedef struct picture {
    uint8_t fault;     /* if PRORES_FAULT_PICTURE_HEADER, only mb_width, rows and cols are valid */
    uint8_t log2_mbs;  /* macroblocks per slice, as a power of two, 0..3 */
    bool bottom;       /* the bottom field of a frame */
    unsigned mb_width; /* macroblocks across */
    unsigned rows, cols;  /* slices down and across */
    const uint8_t *sizes; /* the slice table: 16 bits per slice */
    const uint8_t *data;  /* the first slice */
    const uint8_t *end;   /* end of the picture */
} picture;

typedef struct frame {
    prores_header head;
    unsigned pictures;
    picture picture[2];
    size_t
        row_at[SLICE_ROWS_MAX]; /* offset in data of each row's first slice, picture by picture */
} frame;

/* A slice and the location of its planes. */
typedef struct slice {
    uint8_t fault; /* prores_fault; the other fields, except mb_x and mbs, are valid only for
                      PRORES_FAULT_NONE */
    unsigned mb_x, mbs;
    unsigned qscale;              /* 1..512 */
    const uint8_t *plane_data[4]; /* y, cb, cr, alpha */
    size_t plane_size[4];
} slice;

/* Parse the headers of frame and pictures. An invalid picture isn't an error but sets its fault. */
int prores_frame_parse(frame *out, const uint8_t *data, size_t len, cz_error *err);

/* Iterator over a row of slices. */
typedef struct slice_walk {
    const picture *pic;
    unsigned row, col, mb_x;
    size_t at; /* offset of the next slice in pic->data */
} slice_walk;

slice_walk prores_slice_walk_begin(const frame *f, unsigned picture, unsigned row);
bool prores_slice_walk_next(slice_walk *walk, slice *out);

#endif
