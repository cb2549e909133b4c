/* Statistics of a frame, computed from its DC picture and the one before by sums of integers, so
 * that they are the same on every machine. docs/analysis.md defines each exactly. */
#ifndef CZ_ANALYSE_FRAME_STATISTICS_H
#define CZ_ANALYSE_FRAME_STATISTICS_H

#include "analyse/dc_picture.h"

/* Version of the definitions in docs/analysis.md. Any change of a value needs a new version. */
#define ANALYSIS_VERSION 1

enum {                      /* frame_statistics.flags */
       FRAME_BLACK = 1,     /* luma_p95 <= BLACK_LUMA_P95 */
       FRAME_FROZEN = 2,    /* all luma blocks equal those of the frame before */
       FRAME_DAMAGED = 4,   /* not decodable, or with damaged DC coefficients: nothing is known */
       FRAME_NO_MOTION = 8, /* shift and zoom are unknown: first frame, cut, or nothing to see */
};

enum { BLACK_LUMA_P95 = 80 }; /* of 1023; black is 64, white 940 */

/* The values of one frame. Floats are NaN where they are unknown, integers 0. */
typedef struct frame_statistics {
    float luma_mean, luma_std;             /* 10-bit scale, over block means */
    float cb_mean, cr_mean;                /* the same; gray is 512 */
    float sharpness;                       /* mean squared luma gradient between blocks */
    float difference;                      /* mean absolute luma difference to the one before */
    float shift_x, shift_y;                /* pixels that the content moved right and down */
    float zoom;                            /* factor by which it became larger */
    uint32_t size;                         /* bytes of the frame */
    uint16_t luma_min, luma_max;           /* 10-bit scale, of block means */
    uint16_t luma_p05, luma_p50, luma_p95; /* least v with that share of blocks <= v */
    uint8_t flags;                         /* FRAME_* */
} frame_statistics;

/* The statistics of a frame for which no picture exists: NaN and 0, FRAME_DAMAGED. */
frame_statistics frame_statistics_unknown(uint32_t size);

/* Set all members that depend on this picture alone. `size`: bytes of the frame. The others are
 * NaN, with FRAME_NO_MOTION. */
void frame_statistics_of(frame_statistics *out, const dc_picture *picture, uint32_t size);

/* Set difference and FRAME_FROZEN from the picture and the one before. Does nothing if their shapes
 * differ. */
void frame_statistics_difference(frame_statistics *out, const dc_picture *before,
                                 const dc_picture *picture);

/* Have the pictures, and their whole blocks, equal dimensions? */
bool dc_picture_same_shape(const dc_picture *a, const dc_picture *b);

#endif
