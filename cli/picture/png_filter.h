/* The filters of PNG (ISO/IEC 15948, 9.2) and the choice among them. Pure. */
#ifndef CZ_CLI_PICTURE_PNG_FILTER_H
#define CZ_CLI_PICTURE_PNG_FILTER_H

#include <stddef.h>
#include <stdint.h>

typedef enum png_filter {
    FILTER_NONE,
    FILTER_SUB,
    FILTER_UP,
    FILTER_AVERAGE,
    FILTER_PAETH,
    FILTERS
} png_filter;

/* Filter a row of n bytes to n bytes at `to`. above: the row above, n bytes (zeros above the first
 * row). bpp: bytes of a pixel. */
void png_filter_row(uint8_t *restrict to, png_filter filter, const uint8_t *restrict row,
                    const uint8_t *restrict above, size_t n, size_t bpp);

/* Counts of bytes after each filter. */
typedef struct png_filter_choice {
    uint32_t count[FILTERS][256];
} png_filter_choice;

/* Count the bytes of a row, filtered to n bytes at `scratch`. */
void png_filter_measure(png_filter_choice *c, uint8_t *restrict scratch,
                        const uint8_t *restrict row, const uint8_t *restrict above, size_t n,
                        size_t bpp);
/* The filter after which the bytes have the least entropy. */
png_filter png_filter_best(const png_filter_choice *c);

#endif
