/* ProRes (SMPTE RDD 36): bytes in, pixels out.
 *
 * Decodes all six profiles (apco, apcs, apcn, apch, ap4h, ap4x), 4:2:2 and 4:4:4, progressive and
 * interlaced, with alpha, of any size. What it gives at full scale equals FFmpeg's yuv422p10le,
 * yuv444p12le and yuva444p12le sample by sample.
 *
 * No input or output, no globals, no dependency beyond libc (and pthreads, for prores_thread_pool).
 * Memory is allocated by the functions called _new, and by prores_begin when a frame is wider than
 * all before it; nowhere else.
 *
 *     prores_decoder *dec = NULL;
 *     prores_options opt = {.layout = PRORES_RGB24};
 *     prores_header head;
 *     prores_shape shape;
 *     rc = prores_decoder_new(&dec, 1, &err);
 *     rc = prores_header_read(&head, frame, len, &err);
 *     rc = prores_shape_of(&shape, &head, &opt, &err);
 *     prores_image image = {{{pixels, shape.plane[0].row_bytes}}};   // shape.bytes in all
 *     rc = prores_decode(dec, frame, len, &opt, &image, NULL, NULL, &err);
 *     prores_decoder_free(&dec);
 *
 * Words: a frame is one picture (progressive) or two (fields, in the order in which they were
 * taken). A picture is cut into rows of slices; a row is 16 lines of its picture, a slice up to
 * 8 macroblocks of a row. */
#ifndef CZ_PRORES_PRORES_H
#define CZ_PRORES_PRORES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prores/frame_header.h"

/* Bits per sample in FFmpeg's layouts of that chroma format: 10 (4:2:2) or 12 (4:4:4). */
int prores_depth(const prores_header *head);

/* The least bytes of a frame with this header, whose sizes anybody can claim: 8 a slice, two in the
 * picture's table and six of its header (RDD 36, 5.2.2 and 5.3.1), with slices as wide as they can
 * be. Of a frame with fewer bytes some slices are damaged. */
size_t prores_least_bytes(const prores_header *head);

/* Slices of all pictures together: the bytes that prores_report.map needs. 0 only if the picture
 * header can't be read. `frame` holds len bytes. */
size_t prores_count_slices(const uint8_t *frame, size_t len);

/* ---- Where something is wrong --------------------------------------------------------------- */

typedef enum prores_fault {
    PRORES_FAULT_NONE = 0,
    PRORES_FAULT_PICTURE_HEADER =
        1, /* the picture header can't be right: all slices of it are lost */
    PRORES_FAULT_SLICE_BOUNDS = 2, /* the slice lies (partly) behind the end of the frame */
    PRORES_FAULT_SLICE_HEADER = 3, /* the sizes in its header don't fit into it */
    PRORES_FAULT_DC = 4,           /* no DC codeword */
    PRORES_FAULT_AC = 5,           /* no AC codeword, or a coefficient behind the last */
    PRORES_FAULT_OVERREAD = 6,     /* the codes run past the end of their plane */
} prores_fault;

typedef struct prores_slice_location {
    uint8_t picture; /* 0 or 1, in the order of the frame's bytes */
    uint8_t fault;   /* prores_fault */
    uint16_t row;    /* slice row in the picture */
    uint16_t col;    /* slice in the row */
    uint16_t mb_x;   /* its first macroblock: 16 * mb_x is its left pixel */
    uint16_t mbs;    /* its macroblocks */
} prores_slice_location;

/* What was damaged. Filled whether decoding succeeds or not, the same on any number of threads. */
typedef struct prores_report {
    size_t slices;  /* slices that were decoded or tried (a region takes only those it touches) */
    size_t damaged; /* of those */
    prores_slice_location
        first;    /* the first of the damaged, in the order of the frame; all 0 if none */
    uint8_t *map; /* in: NULL, or prores_count_slices() bytes: receives the fault of each slice, in
                           the order of the frame (0 for those not looked at) */
    size_t map_bytes; /* in: size of map */
} prores_report;

/* Walk a frame's pictures, slice table and slice headers without decoding: sizes add up, nothing
 * lies outside. `report` as in prores_decode, may be NULL. Takes some microseconds. Any thread.
 * Errors: those of prores_header_read; CZ_CORRUPT: cut short, or the first fault found. */
int prores_check(const uint8_t *frame, size_t len, prores_report *report, cz_error *err);

/* ---- What to decode to ---------------------------------------------------------------------- */

/* 16-bit samples are in the machine's byte order where the name has no "le": all machines that we
 * run on are little endian. Limited ("video") range unless said otherwise. Gray and RGB agree with FFmpeg's swscale
 * (accurate_rnd+full_chroma_int+bitexact) within 1 of 255 for 8 bit, 4 of 65280 for GRAY16 and 96 for
 * RGB48 (8 from 4:4:4), but for the left edge of 4:2:2, see lines.h. */
typedef enum prores_layout {
    PRORES_NATIVE,    /* planes y, cb, cr and, if the frame has it, alpha; uint16; 10 bit for 4:2:2,
                         12 bit for 4:4:4: FFmpeg's yuv422p10le, yuva422p10le, yuv444p12le, ... */
    PRORES_YUV422P10, /* planes y, cb, cr of a 4:2:2 frame, 10 bit in uint16; alpha is left out */
    PRORES_YUV444P10, /* planes y, cb, cr of a 4:4:4 frame, 10 bit in uint16 */
    PRORES_YUV444P12, /* the same, 12 bit in uint16 */
    PRORES_GRAY,      /* luma, full range 0..255, uint8: FFmpeg's gray */
    PRORES_GRAY16,    /* luma, full range 0..65280 (255 * 256), uint16: FFmpeg's gray16le */
    PRORES_RGB24,     /* R, G, B, full range, uint8 */
    PRORES_BGR24,     /* B, G, R */
    PRORES_RGB48,     /* R, G, B, full range 0..65280, uint16: FFmpeg's rgb48le */
    PRORES_RGBA,      /* R, G, B, A, uint8, alpha not premultiplied; 255 where there is none */
    PRORES_LAYOUTS    /* their number */
} prores_layout;

/* What becomes of the two fields of an interlaced frame. A progressive frame has none: any choice
 * but PRORES_WEAVE takes the lines of that parity of it, at full scale only. */
typedef enum prores_fields {
    PRORES_WEAVE,      /* both, line by line, as recorded. Scaled down: their mean, at the right
                          height: line y of the result lies where it would in a progressive frame */
    PRORES_TOP,        /* the top field (lines 0, 2, 4, ...), at half the height */
    PRORES_BOTTOM,     /* the bottom field (lines 1, 3, 5, ...), at half the height */
    PRORES_BOB_TOP,    /* the top field at full height: lines that it lacks are the rounded mean of
                          those above and below (at the edge of the result a copy); scaled down,
                          its lines are shifted to where they belong, by weights 1 - 1/2s and 1/2s. Of a
                          region, the first and last line are made of what lies within it */
    PRORES_BOB_BOTTOM, /* the bottom field in the same way */
} prores_fields;

/* Field (PRORES_TOP or PRORES_BOTTOM) that was taken first; the other follows half a frame later.
 * PRORES_WEAVE for a progressive frame. */
prores_fields prores_first_field(const prores_header *head);

typedef enum prores_matrix {
    PRORES_MATRIX_AUTO, /* as the header says; unknown: BT.709 from 720 lines on, BT.601 below */
    PRORES_BT601,
    PRORES_BT709,
    PRORES_BT2020,
} prores_matrix;

typedef enum prores_range {
    PRORES_RANGE_AUTO, /* limited: ProRes has no other */
    PRORES_LIMITED,
    PRORES_FULL, /* the samples use all codes: for files that were made wrongly */
} prores_range;

/* Version of the conversion to gray and RGB: the same number gives the same values for ever. Any
 * change of a value is a new number, and the old one stays available or is refused. */
#define PRORES_CONVERSION 1

/* A rectangle in pixels of the result: after scale and fields. */
typedef struct prores_region {
    uint32_t x, y, width, height; /* all 0: everything */
} prores_region;

/* All zero is a good choice: native planes, full scale, weave, everything, damage is an error. */
typedef struct prores_options {
    prores_layout layout;
    prores_fields fields;
    unsigned scale;       /* 1 (or 0), 2, 4 or 8: result is 1/scale as wide and high, rounded up */
    prores_region region; /* only slices that it touches are decoded */
    prores_matrix matrix; /* for RGB */
    prores_range range;   /* for gray and RGB */
    unsigned conversion;  /* 0: PRORES_CONVERSION */
    bool conceal;         /* damaged slices are filled with mid grey (every sample 2^(bits-1), alpha
                             opaque) and reported; the rest is decoded; the call succeeds */
} prores_options;

/* Planes of a result. */
typedef struct prores_shape {
    uint32_t width, height; /* in pixels */
    unsigned planes;        /* 1, 3 or 4 */
    struct prores_plane_shape {
        uint32_t width, height; /* in samples, or in pixels where they are packed */
        uint32_t pixel_bytes;   /* 1, 2 (a sample), 3, 4 or 6 (a packed pixel) */
        size_t row_bytes;       /* width * pixel_bytes: the least stride */
    } plane[4];
    size_t bytes;         /* of all planes without gaps */
    unsigned depth;       /* bits used per sample: 8, 10, 12, 16 */
    prores_matrix matrix; /* the one that will be used: never AUTO */
} prores_shape;

/* What options make of a frame. Pure; any thread.
 * Errors: CZ_USAGE (an option that can't be, a region outside), CZ_NEWER (a conversion that we don't
 * know yet), CZ_UNSUPPORTED (YUV422P10 of a 4:4:4 frame and the other way round; fields of a
 * progressive frame scaled down). */
int prores_shape_of(prores_shape *out, const prores_header *head, const prores_options *opt,
                    cz_error *err);

/* Where the result goes: memory of the caller, one entry a plane. Rows are `stride` bytes apart
 * (at least row_bytes; any alignment, but 32 bytes are fastest; 16-bit layouts need it even).
 * Exactly row_bytes of each row are written; nothing else is touched. */
typedef struct prores_image {
    struct prores_plane {
        void *data;
        ptrdiff_t stride;
    } plane[4];
} prores_image;

/* ---- Decoding ------------------------------------------------------------------------------- */

/* Tables and scratch memory. Decodes one frame at a time; several decoders share nothing. */
typedef struct prores_decoder prores_decoder;

/* `workers` (1..PRORES_WORKERS_MAX): how many threads will run rows of one frame at the same time;
 * each costs some 200 KB for HD. The caller frees it. Errors: CZ_USAGE, CZ_NOMEM. */
#define PRORES_WORKERS_MAX 256
int prores_decoder_new(prores_decoder **out, unsigned workers, cz_error *err);

/* NULL and *dec == NULL are fine; sets *dec to NULL. */
void prores_decoder_free(prores_decoder **dec);

/* Which code runs on this processor: "c", "avx2" or "neon". (AVX-512 was tried: it doesn't pay.) */
const char *prores_decoder_cpu(const prores_decoder *dec);

/* Something that runs task(arg, i, worker) once for each i < n, in any order and on any threads,
 * and returns when all are done. `worker` < workers differs between tasks that run at the same
 * time. */
typedef struct prores_executor {
    void (*run)(void *pool, size_t n, void (*task)(void *arg, size_t i, unsigned worker),
                void *arg);
    void *pool;
    unsigned workers;
} prores_executor;

/* Decode one frame. `parallel` NULL: on this thread alone; else its workers must be no more than
 * the decoder's. `report` may be NULL. The frame's bytes may be followed by others (zero stuffing).
 * Errors: those of prores_header_read and prores_shape_of; CZ_NOMEM; CZ_CORRUPT: a damaged slice
 * (the message names the first; report.first has it as numbers). On CZ_CORRUPT from a damaged slice
 * the image is whole all the same, as with `conceal`; on any other error it is untouched. */
int prores_decode(prores_decoder *dec, const uint8_t *frame, size_t len, const prores_options *opt,
                  const prores_image *image, const prores_executor *parallel, prores_report *report,
                  cz_error *err);

/* The same in three steps, for a caller that spreads the rows itself:
 *   prores_begin  checks everything and tells how many rows there are to do;
 *   prores_rows   does rows [first, first + count): any order, each row once, from any thread, with
 *                 a `worker` number that no other thread uses at that time;
 *   prores_end    after all rows: last work on the image (bob), the report and the verdict.
 * Frame, image and report.map must stay where they are in between. Errors as in prores_decode. A
 * frame that was begun may be abandoned by simply beginning another. */
int prores_begin(prores_decoder *dec, const uint8_t *frame, size_t len, const prores_options *opt,
                 const prores_image *image, const prores_report *report, size_t *ret_rows,
                 cz_error *err);
void prores_rows(prores_decoder *dec, unsigned worker, size_t first, size_t count);
int prores_end(prores_decoder *dec, prores_report *report, cz_error *err);

/* A pool of n - 1 threads (the caller's is the nth), asleep between frames. One run at a time.
 * Where there are no threads (WebAssembly) it works on the caller's alone.
 * Errors: CZ_USAGE (n outside 1..PRORES_WORKERS_MAX), CZ_NOMEM, CZ_IO (no thread to be had). */
typedef struct prores_thread_pool prores_thread_pool;
int prores_thread_pool_new(prores_thread_pool **out, unsigned n, cz_error *err);
void prores_thread_pool_free(prores_thread_pool **pool);
prores_executor prores_thread_pool_executor(prores_thread_pool *pool);

#endif
