/* A contact sheet: small pictures in rows, each with a label below it. One thread at a time. */
#ifndef CZ_CLI_PICTURE_SHEET_H
#define CZ_CLI_PICTURE_SHEET_H

#include "base/error.h"

typedef struct sheet {
    uint32_t columns, rows;           /* of pictures */
    uint32_t tile_width, tile_height; /* of a picture */
    uint32_t label_height;
    uint32_t width, height; /* of the sheet, in pixels */
    uint8_t *pixels;        /* R, G, B, contiguous rows */
} sheet;

/* A dark sheet with room for n pictures (n >= 1), eight or more in a row. Free it. Errors:
 * UNSUPPORTED (larger than 65 000 pixels across or down, the limit of JPEG), NOMEM. */
int sheet_new(sheet *out, size_t n, uint32_t tile_width, uint32_t tile_height, cz_error *err);
void sheet_free(sheet *s);

/* Place picture i: R, G, B, contiguous rows; NULL: it is not known, and a gray field with a cross
 * takes its place. */
void sheet_place(sheet *s, size_t i, const uint8_t *rgb);
/* Write below picture i; of the label only digits and ":.+#" are drawn, up to the tile's width. */
void sheet_label(sheet *s, size_t i, const char *label);

#endif
