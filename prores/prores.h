/* The ProRes decoder (SMPTE RDD 36).
 *
 * Decodes all six profiles (apco, apcs, apcn, apch, ap4h, ap4x), 4:2:2 and 4:4:4, progressive and
 * interlaced, with alpha, in any size. At full scale the output is identical to FFmpeg's
 * yuv422p10le, yuv444p12le and yuva444p12le.
 *
 * No I/O, no global state, no dependencies beyond libc (and pthreads for prores_thread_pool).
 * Memory is allocated only by the functions named _new, and while decoding if a frame is wider
 * than all previous ones.
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
 * Terms: a frame has one picture (progressive) or two (fields, in temporal order). A picture is
 * divided into rows of slices; a row has 16 lines of its picture, a slice up to 8 macroblocks of a
 * row. */
#ifndef CZ_PRORES_PRORES_H
#define CZ_PRORES_PRORES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prores/frame_header.h"

/* Bits per sample in FFmpeg's layouts of that chroma format: 10 (4:2:2) or 12 (4:4:4). */
int prores_depth(const prores_header *head);

/* The least number of bytes that a frame with this header can have: 8 for each slice, two in the
 * picture's slice table and six of the slice header (RDD 36, 5.2.2 and 5.3.1), with the widest
 * slices. A frame with fewer bytes has damaged slices, or claims a size that it does not have. */
size_t prores_least_bytes(const prores_header *head);

/* Number of slices of all pictures: the size of prores_report.map. 0 if the frame header is
 * invalid. `frame` has len bytes. */
size_t prores_count_slices(const uint8_t *frame, size_t len);

/* ---- Damage --------------------------------------------------------------------------------- */

typedef enum prores_fault {
    PRORES_FAULT_NONE = 0,
    PRORES_FAULT_PICTURE_HEADER = 1, /* invalid picture header: all its slices are lost */
    PRORES_FAULT_SLICE_BOUNDS = 2,   /* the slice exceeds the end of the frame */
    PRORES_FAULT_SLICE_HEADER = 3,   /* the plane sizes in its header exceed the slice */
    PRORES_FAULT_DC = 4,             /* invalid DC codeword */
    PRORES_FAULT_AC = 5,       /* invalid AC codeword, or a coefficient index above the last */
    PRORES_FAULT_OVERREAD = 6, /* the codewords continue past the end of the plane */
} prores_fault;

typedef struct prores_slice_location {
    uint8_t picture; /* 0 or 1, in bitstream order */
    uint8_t fault;   /* prores_fault */
    uint16_t row;    /* row of slices in the picture */
    uint16_t col;    /* slice in the row */
    uint16_t mb_x;   /* first macroblock; 16 * mb_x is the leftmost pixel */
    uint16_t mbs;    /* number of macroblocks */
} prores_slice_location;

/* Damage report, filled whether decoding succeeds or not. Independent of the number of threads. */
typedef struct prores_report {
    size_t slices;  /* slices that were processed (of a region only those that it intersects) */
    size_t damaged; /* damaged ones among them */
    prores_slice_location first; /* the first damaged one in bitstream order; all 0 if none */
    uint8_t *map; /* in: NULL, or prores_count_slices() bytes that receive the fault of each slice
                     in bitstream order (0 for slices not processed) */
    size_t map_bytes; /* in: size of map */
} prores_report;

/* Validate picture headers, slice tables and slice headers of a frame without decoding it, which
 * takes some microseconds. `report` as in prores_decode(), may be NULL. Any thread. Errors: those
 * of prores_header_read(); CZ_CORRUPT (truncated, or the first fault found). */
int prores_check(const uint8_t *frame, size_t len, prores_report *report, cz_error *err);

/* ---- Output format -------------------------------------------------------------------------- */

/* 16-bit samples are in native byte order. Limited ("video") range unless noted. Gray and RGB agree
 * with FFmpeg's swscale (accurate_rnd+full_chroma_int+bitexact) within 1 of 255 for 8 bit, 4 of
 * 65280 for GRAY16 and 96 for RGB48 (8 from 4:4:4), except at the left edge of 4:2:2: see
 * yuv2rgb.h. */
typedef enum prores_layout {
    PRORES_NATIVE, /* planes y, cb, cr and, if present, alpha; uint16; 10 bit for 4:2:2, 12 bit for
                      4:4:4: FFmpeg's yuv422p10le, yuva422p10le, yuv444p12le, ... */
    PRORES_YUV422P10,  /* planes y, cb, cr of a 4:2:2 frame, 10 bit in uint16; without alpha */
    PRORES_YUV444P10,  /* planes y, cb, cr of a 4:4:4 frame, 10 bit in uint16 */
    PRORES_YUV444P12,  /* the same, 12 bit in uint16 */
    PRORES_GRAY,       /* luma, full range 0..255, uint8: FFmpeg's gray */
    PRORES_GRAY16,     /* luma, full range 0..65280 (255 * 256), uint16: FFmpeg's gray16le */
    PRORES_RGB24,      /* R, G, B, full range, uint8 */
    PRORES_BGR24,      /* B, G, R */
    PRORES_RGB48,      /* R, G, B, full range 0..65280, uint16: FFmpeg's rgb48le */
    PRORES_RGBA,       /* R, G, B, A, uint8, alpha not premultiplied; 255 if there is none */
    PRORES_YUVA444P12, /* planes y, cb, cr, alpha of a 4:4:4 frame, 12 bit; opaque (4095) if it has
                          no alpha: FFmpeg's yuva444p12le */
    PRORES_YUVA444P10, /* the same, 10 bit: FFmpeg's yuva444p10le */
    PRORES_GRAY10,     /* luma, full range 0..1020 (255 * 4), uint16: FFmpeg's gray10le */
    PRORES_RGBA64,     /* R, G, B, A as RGB48, uint16; A is alpha << (16 - bits), 65535 if there is
                          none: FFmpeg's rgba64le */
    PRORES_BGR48,      /* B, G, R */
    PRORES_LAYOUTS     /* number of layouts */
} prores_layout;

/* Deinterlacing of an interlaced frame. For a progressive frame, all but PRORES_WEAVE use the lines
 * of that parity, at full scale only. */
typedef enum prores_fields {
    PRORES_WEAVE, /* both fields interleaved, as recorded. Scaled down: the mean of both, vertically
                     aligned with a progressive frame */
    PRORES_TOP,   /* the top field (lines 0, 2, 4, ...), at half the height */
    PRORES_BOTTOM,     /* the bottom field (lines 1, 3, 5, ...), at half the height */
    PRORES_BOB_TOP,    /* the top field at full height: missing lines are the rounded mean of those
                          above and below (a copy at the edges); scaled down, lines are shifted into
                          place with the weights 1 - 1/2s and 1/2s. A region is interpolated
                          from lines within it only */
    PRORES_BOB_BOTTOM, /* the same for the bottom field */
} prores_fields;

/* The temporally first field (PRORES_TOP or PRORES_BOTTOM); the other is half a frame later.
 * PRORES_WEAVE for a progressive frame. */
prores_fields prores_first_field(const prores_header *head);

typedef enum prores_matrix {
    PRORES_MATRIX_AUTO, /* from the header; if unknown BT.709 from 720 lines, otherwise BT.601 */
    PRORES_BT601,
    PRORES_BT709,
    PRORES_BT2020,
} prores_matrix;

typedef enum prores_range {
    PRORES_RANGE_AUTO, /* limited, as in ProRes by specification */
    PRORES_LIMITED,
    PRORES_FULL, /* full range, for nonconforming files */
} prores_range;

/* Version of the conversion to gray and RGB. A version always gives the same values; a change needs
 * a new version, and old ones remain available or are refused. */
#define PRORES_CONVERSION 1

/* A rectangle in pixels of the result, after scaling and deinterlacing. */
typedef struct prores_region {
    uint32_t x, y, width, height; /* all 0: the whole image */
} prores_region;

/* Zero-initialized options are valid: native planes, full scale, both fields, the whole image, and
 * damage is an error. */
typedef struct prores_options {
    prores_layout layout;
    prores_fields fields;
    unsigned scale;       /* 1 (or 0), 2, 4 or 8: width and height are divided by it, rounded up */
    prores_region region; /* only slices that intersect it are decoded */
    prores_matrix matrix; /* for RGB */
    prores_range range;   /* for gray and RGB */
    unsigned conversion;  /* 0: PRORES_CONVERSION */
    bool conceal; /* damaged slices are filled with mid-gray (samples 2^(bits-1), alpha opaque) and
                     reported, and the call succeeds */
} prores_options;

/* Dimensions and planes of the result. */
typedef struct prores_shape {
    uint32_t width, height; /* in pixels */
    unsigned planes;        /* 1, 3 or 4 */
    struct prores_plane_shape {
        uint32_t width, height; /* in samples, or in pixels if packed */
        uint32_t pixel_bytes;   /* 1 or 2 per sample, 3, 4, 6 or 8 per packed pixel */
        size_t row_bytes;       /* width * pixel_bytes: the minimum stride */
    } plane[4];
    size_t bytes;         /* of all planes without padding */
    unsigned depth;       /* bits used per sample: 8, 10, 12, 16 */
    prores_matrix matrix; /* the one in effect: never AUTO */
} prores_shape;

/* The shape of the result for a frame and options. Pure; any thread. Errors: CZ_USAGE (an invalid
 * option, a region outside of the image), CZ_NEWER (an unknown conversion version), CZ_UNSUPPORTED
 * (YUV422P10 of a 4:4:4 frame or vice versa; fields of a progressive frame scaled down). */
int prores_shape_of(prores_shape *out, const prores_header *head, const prores_options *opt,
                    cz_error *err);

/* Output buffers of the caller, one per plane. Rows are `stride` bytes apart: at least row_bytes,
 * even for 16-bit layouts, otherwise any alignment (32 bytes is fastest). Exactly row_bytes are
 * written per row. */
typedef struct prores_image {
    struct prores_plane {
        void *data;
        ptrdiff_t stride;
    } plane[4];
} prores_image;

/* ---- Decoding ------------------------------------------------------------------------------- */

/* Tables and scratch memory. A decoder decodes one frame at a time; decoders share no state. */
typedef struct prores_decoder prores_decoder;

/* `workers` (1..PRORES_WORKERS_MAX) is the maximum number of threads that decode rows of a frame
 * concurrently; each takes some 0.7 MB for HD, and the tables
 * of a decoder 0.4 MB. Errors: CZ_USAGE, CZ_NOMEM. */
#define PRORES_WORKERS_MAX 256
int prores_decoder_new(prores_decoder **out, unsigned workers, cz_error *err);

/* NULL-safe; sets *dec to NULL. */
void prores_decoder_free(prores_decoder **dec);

/* The number of workers, and the memory in use, in bytes. */
unsigned prores_decoder_workers(const prores_decoder *dec);
size_t prores_decoder_bytes(const prores_decoder *dec);

/* The implementation selected for this CPU: "c", "avx2" or "neon". AVX-512 was not faster. */
const char *prores_decoder_cpu(const prores_decoder *dec);

/* A parallel loop: calls task(arg, i, worker) once for each i < n, in any order and on any threads,
 * and returns when all calls have. `worker` < workers differs between concurrent calls. */
typedef struct prores_executor {
    void (*run)(void *pool, size_t n, void (*task)(void *arg, size_t i, unsigned worker),
                void *arg);
    void *pool;
    unsigned workers;
} prores_executor;

/* Decode one frame. `executor` runs the rows in parallel, with no more workers than the decoder
 * has; NULL: the calling thread only. `report` may be NULL. The frame may be followed by other
 * bytes. Errors: those of prores_open(); CZ_CORRUPT (a damaged slice; the message and report.first
 * name the first one). In the case of CZ_CORRUPT the image is complete, as with `conceal`; after
 * other errors it is unchanged. */
int prores_decode(prores_decoder *dec, const uint8_t *frame, size_t len, const prores_options *opt,
                  const prores_image *image, const prores_executor *executor, prores_report *report,
                  cz_error *err);

/* The same in two steps, for callers that need the shape of the result before they can provide the
 * image: prores_open() parses the headers of the frame, which must remain in memory until
 * prores_decode_opened() has decoded it. Errors: those of prores_header_read() and
 * prores_shape_of(). */
int prores_open(prores_decoder *dec, const uint8_t *frame, size_t len, const prores_options *opt,
                prores_shape *ret_shape, cz_error *err);
/* The header of the frame that prores_open() has opened, valid until the next frame is opened; NULL
 * without one. */
const prores_header *prores_opened_header(const prores_decoder *dec);
/* Errors: CZ_USAGE (no frame was opened, an invalid image, report.map or number of workers),
 * CZ_NOMEM, CZ_CORRUPT as above. */
int prores_decode_opened(prores_decoder *dec, const prores_image *image,
                         const prores_executor *executor, prores_report *report, cz_error *err);

/* Convert the planes of the frame that this decoder decoded last to RGB, with the values that
 * PRORES_RGB24 gives for samples of that depth: of a 4:2:2 frame exactly what decoding it again
 * would. The frame was decoded whole (no region, not bob) to PRORES_YUV422P10 or PRORES_YUV444P10,
 * without an error other than CZ_CORRUPT. `rgb` has the shape's height in rows of `stride` bytes.
 */
void prores_planes_to_rgb24(prores_decoder *dec, const prores_image *planes, uint8_t *rgb,
                            ptrdiff_t stride);

/* A pool of n threads, including the caller's, for one parallel loop at a time. Without thread
 * support (WebAssembly) only the calling thread is used. Errors: CZ_USAGE (n outside
 * 1..PRORES_WORKERS_MAX), CZ_NOMEM (memory, or no thread could be started). */
typedef struct prores_thread_pool prores_thread_pool;
int prores_thread_pool_new(prores_thread_pool **out, unsigned n, cz_error *err);
void prores_thread_pool_free(prores_thread_pool **pool);
prores_executor prores_thread_pool_executor(prores_thread_pool *pool);

#endif
