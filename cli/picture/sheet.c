#include "cli/picture/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum {
    COLUMNS_MIN = 8,
    GAP = 4, /* pixels around pictures */
    SIDE_MAX = 65000,
    BACKGROUND = 24,
    UNKNOWN = 70,
    CROSS = 130,
    INK = 220,
    GLYPH_WIDTH = 5,
    GLYPH_HEIGHT = 7,
    WIDE_TILE = 200, /* pixels from which on labels have twice the size */
};

/* Rows of five bits, from the top. */
static const char glyphs[] = "0123456789:.+#";
static const uint8_t glyph_rows[sizeof glyphs - 1][GLYPH_HEIGHT] = {
    {14, 17, 19, 21, 25, 17, 14}, {4, 12, 4, 4, 4, 4, 14},      {14, 17, 1, 2, 4, 8, 31},
    {31, 2, 4, 2, 1, 17, 14},     {2, 6, 10, 18, 31, 2, 2},     {31, 16, 30, 1, 1, 17, 14},
    {6, 8, 16, 30, 17, 17, 14},   {31, 1, 2, 4, 8, 8, 8},       {14, 17, 17, 14, 17, 17, 14},
    {14, 17, 17, 15, 1, 2, 12},   {0, 12, 12, 0, 12, 12, 0},    {0, 0, 0, 0, 0, 12, 12},
    {0, 4, 4, 31, 4, 4, 0},       {10, 10, 31, 10, 31, 10, 10},
};

/* The least number of columns that gives a sheet no taller than a square of pictures. */
static uint32_t columns_for(size_t n)
{
    size_t columns = n < COLUMNS_MIN ? n : COLUMNS_MIN;
    while (columns * columns < n)
        columns++;
    return (uint32_t)columns;
}

int sheet_new(sheet *out, size_t n, uint32_t tile_width, uint32_t tile_height, cz_error *err)
{
    *out = (sheet){0};
    if (n == 0)
        return cz_fail(err, CZ_UNSUPPORTED, "a sheet of no pictures: the clip has no frames");
    *out = (sheet){.columns = columns_for(n), .tile_width = tile_width, .tile_height = tile_height};
    out->rows = (uint32_t)((n + out->columns - 1) / out->columns);
    out->label_height = (tile_width < WIDE_TILE ? 1 : 2) * GLYPH_HEIGHT + GAP;
    const uint64_t across = out->columns * ((uint64_t)tile_width + GAP) + GAP;
    const uint64_t down = out->rows * ((uint64_t)tile_height + out->label_height + GAP) + GAP;
    if (across > SIDE_MAX || down > SIDE_MAX)
        return cz_fail(err, CZ_UNSUPPORTED, "a sheet of %zu pictures of %u x %u: too large", n,
                       tile_width, tile_height);
    out->width = (uint32_t)across;
    out->height = (uint32_t)down;
    const size_t bytes = (size_t)out->width * out->height * 3;
    out->pixels = malloc(bytes);
    if (!out->pixels)
        return cz_fail_memory(err, "a sheet of %zu pictures", n);
    memset(out->pixels, BACKGROUND, bytes);
    return CZ_OK;
}

void sheet_free(sheet *s)
{
    free(s->pixels);
    *s = (sheet){0};
}

/* The pixel (x, y) of tile i, of which the label is part. */
static uint8_t *pixel(sheet *s, size_t i, uint32_t x, uint32_t y)
{
    const size_t left = (i % s->columns) * (s->tile_width + GAP) + GAP + x;
    const size_t top = (i / s->columns) * (s->tile_height + s->label_height + GAP) + GAP + y;
    return s->pixels + (top * s->width + left) * 3;
}

static void place_unknown(sheet *s, size_t i)
{
    for (uint32_t y = 0; y < s->tile_height; y++) {
        const uint32_t x = (uint32_t)((uint64_t)y * s->tile_width / s->tile_height);
        memset(pixel(s, i, 0, y), UNKNOWN, (size_t)s->tile_width * 3);
        memset(pixel(s, i, x, y), CROSS, 3);
        memset(pixel(s, i, s->tile_width - 1 - x, y), CROSS, 3);
    }
}

void sheet_place(sheet *s, size_t i, const uint8_t *rgb)
{
    const size_t row = (size_t)s->tile_width * 3;
    if (!rgb) {
        place_unknown(s, i);
        return;
    }
    for (uint32_t y = 0; y < s->tile_height; y++)
        memcpy(pixel(s, i, 0, y), rgb + y * row, row);
}

static void draw_glyph(sheet *s, size_t i, uint32_t x, const uint8_t rows[GLYPH_HEIGHT],
                       uint32_t size)
{
    for (uint32_t v = 0; v < GLYPH_HEIGHT * size; v++)
        for (uint32_t u = 0; u < GLYPH_WIDTH * size; u++)
            if (rows[v / size] >> (GLYPH_WIDTH - 1 - u / size) & 1)
                memset(pixel(s, i, x + u, s->tile_height + GAP + v), INK, 3);
}

void sheet_label(sheet *s, size_t i, const char *label)
{
    const uint32_t size = s->tile_width < WIDE_TILE ? 1 : 2;
    uint32_t x = 0;
    for (; *label && x + GLYPH_WIDTH * size <= s->tile_width; label++) {
        const char *found = strchr(glyphs, *label);
        if (found)
            draw_glyph(s, i, x, glyph_rows[found - glyphs], size);
        x += (GLYPH_WIDTH + 1) * size;
    }
}
