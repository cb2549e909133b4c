/* The ProRes frame header (RDD 36, 5.1): read in full for decoding, or its fixed part alone to
 * identify a frame. Pure; any thread. */
#ifndef CZ_PRORES_FRAME_HEADER_H
#define CZ_PRORES_FRAME_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { PRORES_422 = 2, PRORES_444 = 3 };                            /* prores_header.chroma */
enum { PRORES_PROGRESSIVE, PRORES_TOP_FIRST, PRORES_BOTTOM_FIRST }; /* prores_header.interlace */

/* Codes are those of the specification. */
typedef struct prores_header {
    uint32_t frame_size;    /* bytes of the whole frame, this field included */
    uint16_t header_size;   /* of the frame header, from its own size field on */
    uint16_t version;       /* 0 or 1 */
    uint8_t encoder[4];     /* "apl0", "fmpg", ... */
    uint16_t width, height; /* of the frame, both fields together; neither is 0 */
    uint8_t chroma;         /* PRORES_422 or PRORES_444 */
    uint8_t interlace;      /* PRORES_PROGRESSIVE, PRORES_TOP_FIRST or PRORES_BOTTOM_FIRST */
    uint8_t aspect;         /* 0 unknown, 1 square pixels, 2 4:3, 3 16:9 */
    uint8_t rate;           /* frame rate code: see prores_frame_rate() */
    uint8_t primaries, transfer, matrix; /* as in ISO/IEC 23091-2; 0 and 2 unknown */
    uint8_t alpha;                       /* 0 none, 1 8 bit, 2 16 bit */
    bool own_luma_matrix;                /* the frame contains a luma quantization matrix ... */
    bool own_chroma_matrix;              /* ... and one for chroma; else chroma uses that of luma */
    /* In raster order, defaults filled in. Only prores_header_read() sets them. */
    uint8_t luma_matrix[64], chroma_matrix[64];
} prores_header;

/* Bytes that prores_header_parse() needs: frame size, "icpf" and the header without matrices. */
enum { PRORES_FIXED_HEADER_SIZE = 28 };

typedef enum prores_header_status {
    PRORES_HEADER_OK,
    PRORES_HEADER_NO_MAGIC, /* no "icpf"; of the fields only frame_size is set, given 4 bytes */
    PRORES_HEADER_INVALID,  /* "icpf", but invalid values, or n < PRORES_FIXED_HEADER_SIZE */
} prores_header_status;

/* Parse the fixed part of the header of the frame at p, of which n bytes are readable. */
prores_header_status prores_header_parse(prores_header *out, const uint8_t *p, size_t n);

/* Read the header with its matrices. Only the header needs to be within `len`: frame_size may be
 * larger. Errors: CZ_FORMAT (not a ProRes frame, invalid values, or a truncated header),
 * CZ_UNSUPPORTED (a version above 1). */
int prores_header_read(prores_header *out, const uint8_t *frame, size_t len, cz_error *err);

/* The frame rate of a code (RDD 36, table 4); false for 0 (unknown) and for reserved codes, with
 * the results unchanged. */
bool prores_frame_rate(uint8_t code, uint32_t *num, uint32_t *den);

#endif
