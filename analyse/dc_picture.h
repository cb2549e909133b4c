/* The DC picture of a frame: the decoder's picture at scale 1/8, on which all analysis is based.
 *
 * Of a progressive frame a sample is the DC coefficient of a block: the mean of 8 x 8 pixels. Of an
 * interlaced frame it is the mean, over both fields, of half a field block, computed from the two
 * lowest vertical frequencies; so the picture has the same shape. docs/pixels.md, section 14, has
 * the arithmetic. Samples have 10 bits, 4:4:4 too.
 *
 * Blocks that extend beyond the edge of the frame contain what the encoder put there, so only whole
 * blocks take part in statistics.
 *
 * A dc_picture is used by one thread at a time; different ones are independent. */
#ifndef CZ_ANALYSE_DC_PICTURE_H
#define CZ_ANALYSE_DC_PICTURE_H

#include "prores/prores.h"

typedef struct dc_picture {
    uint32_t width, height;  /* of the frame, in pixels */
    uint32_t columns, rows;  /* of luma: width / 8 and height / 8, rounded up */
    uint32_t chroma_columns; /* of cb and cr, which have as many rows */
    uint32_t whole_columns;  /* of these, from the left, lie wholly within the frame */
    uint32_t whole_rows;     /* from the top; interlaced: in both fields */
    uint32_t whole_chroma_columns;
    uint16_t *luma, *cb, *cr; /* contiguous rows; NULL before the first frame */
    size_t capacity;          /* samples that `luma`, which holds all planes, has memory for */
} dc_picture;

/* Decode a frame, of which `len` bytes exist, into `out`: zero-initialized, or used before. Blocks
 * of damaged slices are mid-gray.
 *
 * Errors: those of prores_decode(). After CZ_CORRUPT the picture is complete; after other errors
 * it is undefined, but may be used again and freed. */
int dc_picture_decode(dc_picture *out, prores_decoder *dec, const uint8_t *frame, size_t len,
                      cz_error *err);

/* Convert the picture to R, G, B: rows * columns * 3 bytes, contiguous. `dec` is the decoder that
 * decoded the picture, and has decoded nothing since. */
void dc_picture_rgb24(const dc_picture *picture, prores_decoder *dec, uint8_t *rgb);

/* Free the samples; `picture` is as before its first use. */
void dc_picture_free(dc_picture *picture);

#endif
