/* camzarr: stores ProRes QuickTime files in Zarr and reads single frames from them.
 *
 *     cz_store *store = NULL;
 *     cz_clip *clip = NULL;
 *     cz_error err;
 *     cz_request want[2] = {{.frame = 0}, {.frame = 7500}};
 *     if (cz_open(&store, "/data/camhd", NULL, &err) < 0 ||
 *         cz_clip_open(&clip, store, "CAMHDA301-20180712T001500", &err) < 0 ||
 *         cz_frames_raw(clip, want, 2, NULL, NULL, &err) < 0)
 *         fprintf(stderr, "%s\n", err.message);
 *     ... want[1].data is a ProRes frame of want[1].size bytes, as the camera recorded it ...
 *     cz_request_free(want, 2);
 *     cz_clip_close(&clip);
 *     cz_close(&store);
 *
 * Conventions, which hold for every function here:
 * - It returns CZ_OK (0) or a negative CZ_ code. Results go to the first parameter and are written
 *   on success only.
 * - The last parameter is a cz_error that says what went wrong; it may be NULL. It is filled on
 *   failure only.
 * - Frames count from 0. Sizes are bytes. Times are int64 nanoseconds since 1970-01-01T00:00:00
 *   UTC, without leap seconds; where the start of a clip is unknown, its times count from 0.
 * - Strings are UTF-8. What a `const` pointer in a result points to belongs to the library and
 *   lives as long as the object it came from.
 * - Structs that the caller fills or provides are zero-initialised as a whole:
 *       cz_view view = {0};
 *   Later versions may turn `reserved` members into options whose default is 0, so a program that
 *   was compiled with an older header runs with a newer library. A reserved member other than 0 is
 *   an option that this version of the library does not have: UNSUPPORTED. Structs that only the
 *   library makes (cz_facts, cz_finding, cz_progress) grow at their end.
 * - Closing and freeing take the address of the pointer, set it to NULL and accept NULL.
 * - Nothing is printed, no signal handler is installed, no global state is kept. Threads of the
 *   library's own block all signals. A call that uses the network blocks SIGPIPE in its thread
 *   until it returns, and discards a SIGPIPE that its own writes have raised; one that was pending
 *   before the call stays pending.
 * - "Errors:" lists the codes with a meaning particular to the function. "I/O errors" means IO,
 *   NOMEM, DENIED, UNREACHABLE, CORRUPT (an object with a wrong checksum or length), FORMAT (an
 *   object that cannot be parsed) and ABSENT (an object that is missing).
 *
 * The layout of a store is specified in docs/format.md. */
#ifndef CAMZARR_H
#define CAMZARR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CZ_API __attribute__((visibility("default")))
#else
#define CZ_API
#endif

/* The version of this header; cz_version() returns that of the library at run time. */
#define CZ_VERSION_MAJOR 0
#define CZ_VERSION_MINOR 1
#define CZ_VERSION_PATCH 0
#define CZ_VERSION "0.1.0"

/* ---- Errors --------------------------------------------------------------------------------- */

/* Return codes. Their numbers never change. */
enum {
    CZ_OK = 0,
    CZ_USAGE = -1,        /* invalid argument */
    CZ_NOMEM = -2,        /* out of memory, or a memory limit would be exceeded */
    CZ_IO = -3,           /* the operating system failed to read or write */
    CZ_FULL = -4,         /* no space left at the destination */
    CZ_ABSENT = -5,       /* the requested object does not exist */
    CZ_EXISTS = -6,       /* the object to be created exists already */
    CZ_DENIED = -7,       /* not permitted */
    CZ_UNREACHABLE = -8,  /* no response, or a temporary refusal: a retry may help */
    CZ_CORRUPT = -9,      /* bytes are damaged: a checksum or a length is wrong */
    CZ_FORMAT = -10,      /* malformed: not a MOV, not a store, inconsistent tables */
    CZ_UNSUPPORTED = -11, /* valid, but not supported: another codec, cmov, moof */
    CZ_NEWER = -12,       /* a store of a newer major format version */
    CZ_CHANGED = -13,     /* the source or the clip changed while it was read */
    CZ_CANCELLED = -14,   /* the caller asked to stop */
};

/* Description of a failure, for display. Never contains a credential. */
typedef struct cz_error {
    int code;          /* the code that was returned */
    char message[768]; /* one line: "WHAT: WHY" or "WHAT: WHY (WHERE)": object, byte range, frame */
    char hint[256];    /* what to do next, or "" */
} cz_error;

/* Name of a code, as in the command's JSON: "corrupt". Never NULL. */
CZ_API const char *cz_code_name(int code);
/* The library's version: "0.1.0". */
CZ_API const char *cz_version(void);

/* ---- Stores and clips ----------------------------------------------------------------------- */

/* Threads can share both, and they can be used after fork(). A clip
 * keeps its store alive, so that they can be closed in any order. */
typedef struct cz_store cz_store;
typedef struct cz_clip cz_clip;

/* Limits of network use; without effect on local stores and files. All zero: the defaults. */
typedef struct cz_network {
    unsigned connections; /* simultaneous, to each server; 0: 16 */
    uint64_t rate_limit;  /* bytes per second, averaged over some seconds; 0: no limit */
    /* Follow redirects from a public address to a loopback, private or link-local one; the
     * environment variable CAMZARR_ALLOW_PRIVATE_REDIRECTS=YES does the same. */
    bool allow_private_redirects;
    uint64_t reserved[4];
} cz_network;

typedef struct cz_options {
    bool no_check; /* do not verify the CRC-32C of frames */
    bool recover;  /* cz_movie_open(): if there is no moov atom, search the whole file for frames */
    cz_network network;
    uint64_t reserved[8];
} cz_options;

/* Open the store at url: a path, file:// and a path, s3://, gs:// or az:// with bucket and prefix,
 * or http:// or https:// and a folder, whose clips are read by name and cannot be listed. opts may
 * be NULL (all defaults). One small object is read. Errors: ABSENT (no store at this address),
 * FORMAT (not a store), NEWER, UNSUPPORTED (another kind of address), and I/O errors. */
CZ_API int cz_open(cz_store **out, const char *url, const cz_options *opts, cz_error *err);
CZ_API void cz_close(cz_store **store);

/* Network use of a store since it was opened, or of a conversion. */
typedef struct cz_statistics {
    uint64_t requests;            /* sent, including retries and hedges */
    uint64_t retries;             /* after a failed attempt */
    uint64_t hedges;              /* duplicates of slow requests */
    uint64_t bytes_in, bytes_out; /* of bodies, without headers */
    /* Percentiles of the time from the start of a request to its last byte, in nanoseconds,
     * accurate to within 20 %. */
    uint64_t median, percentile_90, percentile_99, longest;
    uint64_t reserved[8];
} cz_statistics;

/* All 0 for a local folder. Thread-safe. A child of fork() counts its own requests. */
CZ_API void cz_store_statistics(cz_statistics *out, const cz_store *store);

/* Names of the complete clips, *n of them, in ascending order of bytes. The names are listed; of a
 * clip that the catalog of the store has not, one request finds out whether it is complete, many at
 * a time. Where the store cannot be listed, the names are those of its catalog. Free with
 * cz_names_free(). Errors: UNSUPPORTED (neither a listing nor a catalog), and I/O errors. */
CZ_API int cz_clips(char ***out, size_t *n, cz_store *store, cz_error *err);
CZ_API void cz_names_free(char ***names, size_t n);

/* Properties of a clip. Strings are never NULL; "": unknown. */
typedef struct cz_facts {
    const char *name;
    uint64_t frames;
    uint32_t width, height;      /* pixels of a whole picture */
    const char *codec;           /* "apcn": apco, apcs, apcn, apch, ap4h, ap4x */
    uint32_t rate_num, rate_den; /* nominal frames a second: 30000/1001; see cz_time() */
    int64_t start, end;          /* time of the first frame; end of the last one */
    const char *start_from;      /* "header", "name", "name_end", "none" (docs/format.md, Time) */
    const char *chroma;          /* "4:2:2" or "4:4:4" */
    uint32_t alpha_bits;         /* 0, 8 or 16 */
    uint32_t matrix;       /* matrix_coefficients of the frames (RDD 36): 1 BT.709, 6 BT.601 */
    const char *interlace; /* "progressive", "top_field_first", "bottom_field_first" */
    uint32_t frames_per_shard;
    uint64_t damaged_frames; /* frames with one of CZ_FLAGS_DAMAGE */
    bool recovered;          /* converted without a moov atom */
    const char *source_name; /* the MOV's file name */
    uint64_t source_bytes;   /* its size */
    const char *source_md5;  /* lower-case hex of all its bytes; "" outside of a store */
} cz_facts;

/* Properties of a clip from its commit marker (clips/NAME/zarr.json) alone, without opening it.
 * Free with cz_facts_free(). Errors: ABSENT (no such clip), CORRUPT (the commit marker is damaged),
 * FORMAT, NEWER, and I/O errors. */
CZ_API int cz_facts_read(cz_facts **out, cz_store *store, const char *name, cz_error *err);
CZ_API void cz_facts_free(cz_facts **facts);

/* Called for a complete clip. facts is valid during the call; NULL: the commit marker could not be
 * read, for the reason `failed`, which is NULL otherwise. A result other than CZ_OK ends the
 * listing and is returned. */
typedef int (*cz_list_each)(void *user, const char *name, const cz_facts *facts,
                            const cz_error *failed);
/* Facts of all complete clips, in ascending order of the names' bytes. The names are listed; of
 * clips that the catalog has not, or that have changed since it was written, the commit markers are
 * read, one request each, many at a time. each() is called in the calling thread. Errors: as
 * cz_clips(). */
CZ_API int cz_list(cz_store *store, cz_list_each each, void *user, cz_error *err);

/* Open a clip: four objects in two round trips (commit marker; then sizes, offsets and checksums of
 * the frames at once). The caller owns *out. Errors: as cz_facts_read(). */
CZ_API int cz_clip_open(cz_clip **out, cz_store *store, const char *name, cz_error *err);
/* Open a MOV without a store: a path, or an http or https URL. Its sample tables are read once. All
 * functions for clips work, with these differences:
 * - there are no checksums and no shards: the columns CZ_CRC32C, CZ_SHARD and CZ_SHARD_OFFSET are
 *   ABSENT, frames are not verified, and all frames count as one shard;
 * - CZ_FLAGS and damaged_frames are derived from the tables and the length of the file
 *   (CZ_FLAG_TRUNCATED, CZ_FLAG_MISSING, CZ_FLAG_RECOVERED); no frame is read;
 * - source_md5 is "", and the name is the file's without its extension;
 * - cz_restore() is UNSUPPORTED.
 * The file must not change while the clip is open. Errors: ABSENT (no such file; or, unless
 * opts->recover is set, no moov atom with frames), FORMAT, UNSUPPORTED (another codec, a compressed
 * or fragmented movie), CHANGED, and I/O errors. */
CZ_API int cz_movie_open(cz_clip **out, const char *source, const cz_options *opts, cz_error *err);

CZ_API void cz_clip_close(cz_clip **clip);
CZ_API const cz_facts *cz_clip_facts(const cz_clip *clip);

/* ---- The frame index ------------------------------------------------------------------------ */

/* Columns of the index table, one value a frame. */
typedef enum cz_column {
    CZ_TIME,          /* int64_t: time at which it is displayed, ns */
    CZ_SOURCE_OFFSET, /* uint64_t: its offset in the MOV */
    CZ_SIZE,          /* uint32_t: its bytes; 0: missing from the source */
    CZ_SHARD,         /* uint32_t: number of its shard */
    CZ_SHARD_OFFSET,  /* uint64_t: its offset in that shard */
    CZ_CRC32C,        /* uint32_t: CRC-32C of its bytes */
    CZ_FLAGS,         /* uint8_t: CZ_FLAG_ bits; 0: nothing unusual */
} cz_column;

enum {
    CZ_FLAG_SIZE = 1,       /* its size field differs from the size in the movie's tables */
    CZ_FLAG_MAGIC = 2,      /* it does not begin with a size and `icpf` */
    CZ_FLAG_HEADER = 4,     /* its header is invalid, or contradicts the clip's size or chroma */
    CZ_FLAG_TRUNCATED = 8,  /* the source ends within it */
    CZ_FLAG_MISSING = 16,   /* the source has none of its bytes */
    CZ_FLAG_RECOVERED = 32, /* found by its header, not by a table: not damage by itself */
    CZ_FLAG_VARIES = 64,    /* field order, aspect, rate, colour or alpha differ from the clip's:
                               not damage by itself */
};
/* The bits that count as damage. */
#define CZ_FLAGS_DAMAGE                                                                            \
    (CZ_FLAG_SIZE | CZ_FLAG_MAGIC | CZ_FLAG_HEADER | CZ_FLAG_TRUNCATED | CZ_FLAG_MISSING)

/* The column's values, cz_clip_facts(clip)->frames of them, read on first use and kept until
 * the clip is closed. Thread-safe. Errors: USAGE (no such column), ABSENT (see cz_movie_open()),
 * CORRUPT, CHANGED (the clip was removed or replaced), and I/O errors. */
CZ_API int cz_column_read(const void **out, cz_clip *clip, cz_column column, cz_error *err);

/* Time at which a frame is displayed. Errors: ABSENT (no such frame), and as cz_column_read(). */
CZ_API int cz_time(int64_t *out, cz_clip *clip, uint64_t frame, cz_error *err);
/* The frame on display at a time: the last one that begins at or before it. Errors: ABSENT (before
 * the first frame, or after the end of the last one), and as cz_column_read(). */
CZ_API int cz_frame_at(uint64_t *out, cz_clip *clip, int64_t time, cz_error *err);

/* ---- Frames --------------------------------------------------------------------------------- */

/* A request for one frame. Zero-initialise it and set `frame`; with data == NULL the library
 * allocates. */
typedef struct cz_request {
    uint64_t frame;
    uint8_t *data;  /* destination: `room` bytes of the caller's, or NULL: set to memory of
                      the library's */
    size_t room;    /* bytes at data, if the caller provides it */
    size_t size;    /* result: bytes of the frame, also when room was too small (USAGE) */
    int rc;         /* result: CZ_OK, or the error of this frame */
    size_t damaged; /* result of cz_pictures(): slices that could not be decoded */
    bool owned;     /* result: data was allocated; cz_request_free() frees it */
    uint64_t reserved[2];
} cz_request;

/* Read n frames, each exactly as recorded, in any order and with repetitions. Adjacent frames are
 * read by one request. done(user, request), if not NULL, is called when a frame is complete or has
 * failed: in any order, from any thread, one call at a time, all of them before the function
 * returns. Returns CZ_OK if all frames were read, else the code of the first failure in the order
 * of req (err names the frame); the other frames are still delivered. Thread-safe. Errors of
 * a frame: ABSENT (no such frame, missing from the source, or its shard is missing), CORRUPT (wrong
 * CRC-32C, or the shard ends before it), USAGE (room too small), and I/O errors. Returns CHANGED if
 * frames are absent or damaged because the clip was removed or replaced. */
CZ_API int cz_frames_raw(cz_clip *clip, cz_request *req, size_t n,
                         void (*done)(void *user, cz_request *req), void *user, cz_error *err);
/* Free what cz_frames_raw() and cz_pictures() allocated in n requests. NULL-safe, repeatable. */
CZ_API void cz_request_free(cz_request *req, size_t n);

/* Container formats of cz_movie_write(). */
typedef enum cz_container {
    CZ_MOV, /* QuickTime */
    CZ_AVI, /* AVI 1.0: one constant rate, 2 GiB at most */
} cz_container;

/* Write n frames of a clip as a movie of their own, by stream copy: the frames as recorded, in
 * ascending order. Each frame lasts until the time of the next one in `frame`; the last one lasts
 * its own duration where it follows its neighbour, else as long as the one before it. So a movie of
 * every 30th frame is as long as the clip. write(user, data, n) receives the file from front to
 * back, on the calling thread; a result other than CZ_OK ends the call and is returned. Memory is
 * bounded. Errors: USAGE (frames that do not ascend, or none), ABSENT (no such frame, or one
 * missing from the source), UNSUPPORTED (AVI: more than 2 GiB, or frames of different durations),
 * and those of cz_frames_raw(). Source: QuickTime File Format Specification (2012-08-14); AVI RIFF
 * File Reference. */
CZ_API int cz_movie_write(cz_clip *clip, cz_container container, const uint64_t *frame, size_t n,
                          int (*write)(void *user, const void *data, size_t n), void *user,
                          cz_error *err);
/* Write one frame that the caller has, `len` bytes, as a movie. Its header gives the picture size
 * and the frame rate (30000/1001 where the header has none). Errors: FORMAT (not a ProRes frame),
 * UNSUPPORTED (AVI: more than 2 GiB), NOMEM, and what write() returns. */
CZ_API int cz_movie_write_frame(cz_container container, const void *frame, size_t len,
                                int (*write)(void *user, const void *data, size_t n), void *user,
                                cz_error *err);

/* ---- Pictures ------------------------------------------------------------------------------- */

/* Sample layouts of decoded frames. Samples of more than 8 bits are uint16 in the machine's byte
 * order. The arithmetic is specified in docs/pixels.md. */
typedef enum cz_layout {
    CZ_NATIVE, /* planes y, cb, cr and, where recorded, alpha; 10 bit (4:2:2) or 12 bit (4:4:4) */
    CZ_YUV422P10,  /* planes y, cb, cr of a 4:2:2 frame, 10 bit */
    CZ_YUV444P10,  /* planes y, cb, cr of a 4:4:4 frame, 10 bit */
    CZ_YUV444P12,  /* planes y, cb, cr of a 4:4:4 frame, 12 bit */
    CZ_GRAY,       /* luma, full range, uint8 */
    CZ_GRAY16,     /* luma, full range, uint16 */
    CZ_RGB24,      /* R, G, B, uint8 */
    CZ_BGR24,      /* B, G, R, uint8 */
    CZ_RGB48,      /* R, G, B, uint16 */
    CZ_RGBA,       /* R, G, B, A, uint8; A is 255 without recorded alpha */
    CZ_YUVA444P12, /* planes y, cb, cr, alpha of a 4:4:4 frame, 12 bit; alpha is 4095 where none is
                      recorded */
    CZ_YUVA444P10, /* the same, 10 bit, up to 1023 */
    CZ_GRAY10,     /* luma, full range, 10 bit in uint16: white is about 1020 */
    CZ_RGBA64,     /* R, G, B, A, uint16; A is 65535 without recorded alpha */
    CZ_BGR48,      /* B, G, R, uint16 */
} cz_layout;

/* Fields of an interlaced frame. */
typedef enum cz_fields {
    CZ_WEAVE,      /* both, line by line, as recorded */
    CZ_TOP,        /* the top field (lines 0, 2, 4, ...), half as high */
    CZ_BOTTOM,     /* the bottom field, half as high */
    CZ_BOB_TOP,    /* the top field at full height, the lines between interpolated */
    CZ_BOB_BOTTOM, /* the bottom field at full height, the lines between interpolated */
} cz_fields;

/* How frames are decoded. All zero: native planes, full size, the whole picture; damage is an
 * error. */
typedef struct cz_view {
    cz_layout layout;
    cz_fields fields;
    uint32_t scale; /* 1 (or 0), 2, 4, 8: the result is 1/scale as wide and high, rounded up */
    uint32_t x, y, width, height; /* region of the result, in its pixels; all 0: all of it */
    bool conceal;     /* fill damaged slices with grey and count them, without an error */
    unsigned threads; /* decoding threads; 0: one per processor */
    uint64_t reserved[8];
} cz_view;

/* Memory layout of a decoded picture: consecutive planes, rows without padding. */
typedef struct cz_shape {
    uint32_t width, height; /* pixels */
    uint32_t depth;         /* significant bits of a sample: 8, 10, 12, 16 */
    uint32_t planes;
    struct {
        uint32_t width, height; /* samples; pixels where they are packed, as in CZ_RGB24 */
        uint32_t pixel_bytes;
        size_t offset; /* of its first row, in bytes */
    } plane[4];
    size_t bytes; /* of all planes */
    uint64_t reserved[4];
} cz_shape;

/* Layout of the pictures of a clip in a view (may be NULL). No I/O; any thread. Errors: USAGE
 * (invalid view, or a region outside of the picture), UNSUPPORTED (a layout that the clip's chroma
 * cannot give). */
CZ_API int cz_shape_of(cz_shape *out, const cz_clip *clip, const cz_view *view, cz_error *err);

/* Read and decode n frames, cz_shape_of() bytes each; frames are decoded while the next ones are
 * read. Otherwise as cz_frames_raw(). Beyond the pictures it uses some 64 MiB, or two frames if
 * they are larger; up to 64 MiB of decoders and buffers stay with the store, or the MOV, for later
 * calls, until it is closed. Requests whose data is the caller's, or of an earlier call, are
 * decoded to it directly: a loop that reuses them touches no new memory. Further errors of a frame:
 * CORRUPT (slices that cannot be decoded; data and damaged are set nevertheless), FORMAT (not a
 * ProRes frame, or of another size than the clip's). */
CZ_API int cz_pictures(cz_clip *clip, const cz_view *view, cz_request *req, size_t n,
                       void (*done)(void *user, cz_request *req), void *user, cz_error *err);

/* Time at which a field is displayed: cz_time(), and half a frame later for the second field of an
 * interlaced frame. Errors: as cz_time(). */
CZ_API int cz_field_time(int64_t *out, cz_clip *clip, cz_fields fields, uint64_t frame,
                         cz_error *err);

/* Names of the enumerators above, as the store, the command and its JSON use them. Values are
 * consecutive from 0; NULL: no such value. Any thread; the strings are static. */
CZ_API const char *cz_column_name(cz_column column); /* cz_column: "source_offset" */
CZ_API const char *
cz_column_description(cz_column column);  /* "byte at which the frame began in the source" */
CZ_API const char *cz_flag_name(int bit); /* CZ_FLAG_ bits, by number from 0: "size_mismatch" */
CZ_API const char *
cz_layout_name(cz_layout layout); /* cz_layout, as FFmpeg names them: "gray16le" */
CZ_API const char *cz_fields_name(cz_fields fields); /* cz_fields: "bob-top" */
/* Channels of a pixel in a packed layout (1, 3, 4); 0 for planes. */
CZ_API unsigned cz_layout_channels(cz_layout layout);
/* Bytes of a sample: 1 or 2; 0: no such layout. */
CZ_API unsigned cz_layout_sample_bytes(cz_layout layout);

/* Conversion matrix from Y'CbCr to R'G'B'. */
typedef enum cz_matrix {
    CZ_MATRIX_FRAME, /* as in the frame's header; unspecified: BT.709 from 720 lines on,
                        BT.601 below */
    CZ_BT601,
    CZ_BT709,
    CZ_BT2020,
} cz_matrix;

/* A decoder for frames that the caller has, as a Zarr codec does. It keeps tables and scratch
 * memory (some 1.1 MB for HD). One thread may use it at a time; decoders share nothing. Free it
 * with cz_decoder_free(). Errors: NOMEM. */
typedef struct cz_decoder cz_decoder;
CZ_API int cz_decoder_new(cz_decoder **out, cz_error *err);
CZ_API void cz_decoder_free(cz_decoder **decoder);

/* Decode the frame of len bytes into `room` bytes at pixels (even addresses for samples of 16
 * bits), on the calling thread. *out is the resulting layout, from the frame's header and the view
 * (may be NULL; its `threads` is ignored). pixels NULL: only *out is set. Errors: USAGE (invalid
 * view or matrix, room too small), UNSUPPORTED (a layout that the frame's chroma cannot give),
 * FORMAT (not a ProRes frame), CORRUPT (slices that cannot be decoded; the other slices are
 * decoded), NOMEM. */
CZ_API int cz_decode(cz_shape *out, cz_decoder *decoder, const void *frame, size_t len,
                     const cz_view *view, cz_matrix matrix, void *pixels, size_t room,
                     cz_error *err);

/* ---- Sound ---------------------------------------------------------------------------------- */

/* How a sample is represented in memory, in the machine's byte order, with the value recorded. */
typedef enum cz_sample_format {
    CZ_U8,  /* uint8_t; silence is 128 */
    CZ_S8,  /* int8_t */
    CZ_S16, /* int16_t */
    CZ_S24, /* int32_t, from -2^23 to 2^23 - 1 */
    CZ_S32, /* int32_t */
    CZ_F32, /* float */
    CZ_F64, /* double */
} cz_sample_format;

/* Properties of a sound track. */
typedef struct cz_audio_facts {
    uint32_t track;    /* its number in the MOV, as `camzarr info` shows it */
    const char *codec; /* as in the MOV: "in24", "sowt", "lpcm" */
    cz_sample_format format;
    uint32_t sample_bytes; /* of a sample in memory: 1, 2, 4, 8 */
    uint32_t channels;     /* at least 1 */
    uint32_t rate;         /* samples of a channel per second, at least 1 */
    uint64_t samples;      /* of each channel; without those that a truncated MOV lacks */
    int64_t start;         /* time of the first sample, on the same scale as cz_time() */
} cz_audio_facts;

/* A sound track of a clip, for reading. The clip must stay open as long as it. Immutable: threads
 * can share it. */
typedef struct cz_audio cz_audio;

/* Open sound track `number`, from 0, in the order of the MOV. The tables of the MOV are read once;
 * its sound is uncompressed: PCM of 8, 16, 24 or 32 bits, floating point of 32 or 64 bits, big- or
 * little-endian. *out is freed with cz_clip_audio_close(). Errors: ABSENT (the clip has no more
 * sound tracks, or was recovered without a moov atom, which has them), UNSUPPORTED (compressed
 * sound, padded samples, several sample descriptions, samples in another file), FORMAT (tables that
 * contradict the file), and those of cz_source_read(). */
CZ_API int cz_clip_audio_open(cz_audio **out, cz_clip *clip, size_t number, cz_error *err);
CZ_API void cz_clip_audio_close(cz_audio **audio);
CZ_API const cz_audio_facts *cz_clip_audio_facts(const cz_audio *audio);

/* Read n samples of each channel from sample `first` on: n * channels values at `to`, the channels
 * of a sample side by side: n * channels * sample_bytes bytes. The bytes that they come from are
 * verified as by cz_source_read(). A read of some seconds is cheaper than many of single samples:
 * the store keeps them in chunks of 4 MiB. Memory is bounded. Thread-safe. Errors: ABSENT (beyond
 * the last sample), and those of cz_source_read(). */
CZ_API int cz_clip_audio_read(void *to, const cz_audio *audio, uint64_t first, size_t n,
                              cz_error *err);

/* ---- What pictures show ------------------------------------------------------------------------
 *
 * A clip that was converted with an overview, or analysed later (cz_analyse()), has statistics of
 * all its frames, small pictures of some (the overview) and scenes: the stretches in which the
 * camera does not move. docs/analysis.md defines each value. All functions below are thread-safe;
 * of a clip without these they are ABSENT, and of a MOV by itself UNSUPPORTED. "I/O errors" include
 * CHANGED: the clip was removed, replaced or analysed anew since it was opened. */

/* Cells of the signature of a view. */
#define CZ_SIGNATURE_ROWS 9
#define CZ_SIGNATURE_COLUMNS 16

/* A scene. Its last frame belongs to it; cz_time() tells when each is displayed. */
typedef struct cz_scene {
    uint64_t first, last;
    uint64_t representative; /* a frame that shows what the scene shows: in the middle, undamaged */
    /* Luma of 9 x 16 cells of that frame, row by row, less their mean and in units of their
     * standard deviation: (value - 128) / 48. Scenes of one view have similar signatures, also at
     * other brightness and contrast. All 128: nothing to see. */
    uint8_t signature[CZ_SIGNATURE_ROWS * CZ_SIGNATURE_COLUMNS];
    uint64_t reserved[4];
} cz_scene;

/* Read the scenes of a clip, in ascending order: four small objects at once. *n may be 0, and *out
 * is NULL then. The caller owns *out, and frees it with cz_scenes_free(). Errors: ABSENT,
 * UNSUPPORTED, FORMAT (also scenes that overlap or lie outside of the clip), and I/O errors. */
CZ_API int cz_clip_scenes(cz_scene **out, size_t *n, cz_clip *clip, cz_error *err);
CZ_API void cz_scenes_free(cz_scene **scenes);

/* Statistics, one value a frame. Luma and chroma are on the 10-bit scale, of the means of blocks of
 * 8 x 8 pixels. What is not known is NaN, of integers 0. */
typedef enum cz_statistic {
    CZ_LUMA_MEAN,     /* float */
    CZ_LUMA_STD,      /* float: standard deviation */
    CZ_CB_MEAN,       /* float */
    CZ_CR_MEAN,       /* float */
    CZ_SHARPNESS,     /* float: gradient energy */
    CZ_DIFFERENCE,    /* float: to the frame before */
    CZ_SHIFT_X,       /* float: pixels that the content moved right since the frame before */
    CZ_SHIFT_Y,       /* float: pixels that it moved down */
    CZ_ZOOM,          /* float: factor by which it became larger */
    CZ_FRAME_BYTES,   /* uint32_t: bytes of the frame */
    CZ_LUMA_MIN,      /* uint16_t */
    CZ_LUMA_MAX,      /* uint16_t */
    CZ_LUMA_P05,      /* uint16_t: 5th percentile */
    CZ_LUMA_P50,      /* uint16_t: median */
    CZ_LUMA_P95,      /* uint16_t: 95th percentile */
    CZ_PICTURE_FLAGS, /* uint8_t: CZ_PICTURE_ bits */
} cz_statistic;

enum {
    CZ_PICTURE_BLACK = 1,     /* luma_p95 is at most 80 */
    CZ_PICTURE_FROZEN = 2,    /* no luma block differs from the frame before */
    CZ_PICTURE_DAMAGED = 4,   /* not decodable: nothing is known */
    CZ_PICTURE_NO_MOTION = 8, /* shift and zoom are not known: first frame, cut, nothing to see */
};

/* Name of a statistic, as its array below statistics/: "luma_mean". Values are consecutive from 0;
 * NULL: no such value. Any thread. */
CZ_API const char *cz_statistic_name(cz_statistic statistic);
/* What it is: "mean luma". NULL: no such value. */
CZ_API const char *cz_statistic_description(cz_statistic statistic);
/* Its values, cz_clip_facts(clip)->frames of them, read on first use and kept until the clip is
 * closed. Errors: USAGE (no such statistic), ABSENT, UNSUPPORTED, and I/O errors. */
CZ_API int cz_statistic_read(const void **out, cz_clip *clip, cz_statistic statistic,
                             cz_error *err);

/* The overview: pictures of CZ_RGB24 at 1/8 scale. Picture k shows frame k * step_num / step_den,
 * rounded down. */
typedef struct cz_overview {
    uint64_t pictures;
    uint32_t width, height;      /* of each: an eighth of the clip's, rounded up */
    uint32_t step_num, step_den; /* frames from one picture to the next, at least 1 */
    uint32_t rate_num, rate_den; /* pictures a second, as requested; rate_num UINT32_MAX: all */
    uint32_t version;            /* of the definitions, with which the clip was analysed */
    uint64_t chunk_pictures;     /* pictures that one object has; the last one may have fewer */
    uint64_t reserved[4];
} cz_overview;

/* No I/O. Errors: ABSENT, UNSUPPORTED. */
CZ_API int cz_clip_overview(cz_overview *out, const cz_clip *clip, cz_error *err);
/* Read n pictures of the overview, in any order and with repetitions: width * height * 3 bytes
 * each, in contiguous rows, black for a frame that cannot be decoded. `frame` of a request is the
 * number of the picture, from 0; where its data is NULL, the library allocates, and
 * cz_request_free() frees. Each object that has one of them is read once, four at a time; memory: 4
 * MiB and those objects. Returns CZ_OK, or the code of a failure that err describes; the other
 * pictures are still delivered. Errors: ABSENT
 * (also: no such picture), UNSUPPORTED, USAGE (room too small), and I/O errors. */
CZ_API int cz_overview_pictures(cz_clip *clip, cz_request *req, size_t n, cz_error *err);

/* ---- Restoring the source -------------------------------------------------------------------- */

/* Restore the MOV, byte for byte. write(user, data, n) receives it from front to back; a result
 * other than CZ_OK ends the call and is returned. Frames and the other bytes are verified before
 * they are written, and the MD5 of all of them at the end. Errors: CORRUPT (what was written is not
 * the source), CHANGED, what write() returns, and I/O errors. */
CZ_API int cz_restore(cz_clip *clip, int (*write)(void *user, const void *data, size_t n),
                      void *user, cz_error *err);

/* Read len bytes of the MOV at `offset`. Bytes of frames are verified by the frames' checksums,
 * other bytes by the digests of their chunks in chunks.jsonl. Meant for headers and other small
 * ranges: each call reads whole frames, and the other bytes in chunks of 4 MiB, of which the clip
 * caches the last one. Thread-safe. Errors: ABSENT (beyond the end of the MOV), CORRUPT, FORMAT,
 * CHANGED, and I/O errors. */
CZ_API int cz_source_read(void *to, cz_clip *clip, uint64_t offset, size_t len, cz_error *err);

/* One difference that cz_verify() found. */
typedef struct cz_finding {
    int code; /* ABSENT (a missing object), EXISTS (an unexpected object), CORRUPT, FORMAT, or an
                 I/O error */
    const char *key;  /* of the object, relative to the store's root */
    int64_t frame;    /* the affected frame, or -1 */
    const char *what; /* description */
} cz_finding;

typedef struct cz_verify_job {
    const char *source; /* path or http(s) URL of a MOV to compare with, byte for byte; or NULL */
    bool decode;        /* also decode every frame */
    void (*found)(void *user, const cz_finding *finding);
    /* Called periodically; a result other than 0 stops with CANCELLED. May be NULL. */
    int (*progress)(void *user, uint64_t bytes_done, uint64_t bytes_total);
    void *user;
    uint64_t reserved[8];
} cz_verify_job;

/* Verify a clip completely: the size and SHA-256 of every object, the CRC-32C of every frame, the
 * shards' indexes against the index table, missing and unexpected objects. *differences is the
 * number of calls of found(). CZ_OK means that the verification is complete, whatever it found.
 * Errors: ABSENT (no such clip), CHANGED, CANCELLED, and I/O errors. */
CZ_API int cz_verify(uint64_t *differences, cz_store *store, const char *name,
                     const cz_verify_job *job, cz_error *err);

/* ---- Converting ----------------------------------------------------------------------------- */

typedef struct cz_progress {
    uint64_t bytes_done, bytes_total; /* of the source */
    uint64_t frames_done, frames_total;
    bool waiting; /* for another process that is converting or removing the clip */
} cz_progress;

typedef struct cz_convert_job {
    const char *source;        /* path of the MOV, or its http(s) URL */
    const char *store;         /* address of the store; created if it does not exist */
    const char *name;          /* of the clip; NULL: the source's base name without its extension */
    uint32_t zarr_format;      /* 3, or 2: the store's version of Zarr */
    uint32_t frames_per_shard; /* 1..1024; reduced so that a shard has at most 48 MiB. Ignored in
                                  version 2 */
    uint64_t memory;           /* limit of all buffers, in bytes */
    unsigned threads;          /* that verify, digest and write shards; 0: one per processor. The
                                * digest of the source has one more */
    bool overwrite;            /* replace a clip of another source or with other options */
    bool recover;              /* ignore the moov atom and search for frames */
    bool sha256;               /* SHA-256 of the source as well as MD5 */
    bool dry_run;              /* read the tables, write nothing: status "planned" or "present" */
    cz_network network;
    /* Called periodically from the calling thread; a result other than 0 stops with CANCELLED. May
     * be NULL. */
    int (*progress)(void *user, const cz_progress *progress);
    void *user;
    /* The owner's attributes of the clip and, in a section, of the store: JSON text, see
     * cz_attributes_write(). They do not belong to what identifies a conversion: a clip that exists
     * already is given them, and a warning of the report says so. NULL: an existing clip keeps its
     * own, also when it is repaired or replaced. */
    const char *attributes;
    /* Pictures of the overview (1/8 scale) per second: overview_num / overview_den, such as 1/1;
     * overview_num UINT32_MAX: of every frame. The clip then has statistics of all frames, the
     * overview and the scenes (format 1.1; docs/analysis.md). 0/0: none of these, format 1.0. A
     * clip that exists already is not converted again for another value: overwrite does that. */
    uint32_t overview_num, overview_den;
    /* The source's MD5, 32 hexadecimal digits, in place of the one in the .md5 file beside it;
     * "none": the source is compared with no MD5. NULL: with the .md5 file, if there is one. */
    const char *md5;
    uint64_t reserved[13];
} cz_convert_job;
/* Defaults: Zarr version 3, 64 frames a shard, 256 MiB, threads 0, no overview. */
CZ_API void cz_convert_defaults(cz_convert_job *job);

typedef struct cz_report {
    char *clip; /* its name */
    const char
        *status; /* "converted", "recovered", "present", "planned", "empty", "failed"; static */
    uint64_t frames;
    uint64_t bytes_read, bytes_written; /* read: 0 if the conversion failed; written: objects that
                                           existed already are not counted */
    uint64_t damaged_frames;
    char md5[33]; /* of the source, or "" */
    char **warning;
    size_t n_warnings;
    cz_statistics network; /* source and store together */
    uint64_t reserved[16];
} cz_report;
CZ_API void cz_report_free(cz_report *report);

/* Convert one MOV into one clip, which becomes visible only when it is complete. An interrupted
 * conversion is resumed: correct objects are kept. If the clip exists already, its objects are
 * compared with a listing, missing or resized ones are written again, and the status is "present".
 * Where the store has locks, waits while another process converts or removes the clip, and calls
 * progress() with `waiting` set. The report is filled on failure, too (zero-initialised by the
 * callee; free it either way). Errors: FORMAT (an empty file, no frames, hostile tables),
 * UNSUPPORTED, EXISTS (a clip of that name from another source or with other options: overwrite),
 * CHANGED (the source changed, or another conversion or removal replaced this one), CORRUPT (the
 * .md5 file beside the source, or job->md5, has another digest), FULL, CANCELLED, and I/O errors.
 */
CZ_API int cz_convert(const cz_convert_job *job, cz_report *out, cz_error *err);

typedef struct cz_remove_job {
    bool dry_run; /* check whether the clip can be removed, and remove nothing */
    /* Called for each file in the clip's folder that is kept because its key is not one of the
     * format. May be NULL. */
    void (*kept)(void *user, const char *key);
    void *user;
    uint64_t reserved[8];
} cz_remove_job;

/* Remove a clip, or the remains of an interrupted conversion or removal: the commit marker first,
 * then every object with a key of the format. Other files in the clip's folder are kept, without an
 * error. job may be NULL (all defaults). Errors: ABSENT, FORMAT (the folder is not a clip: nothing
 * is removed), DENIED (also: a symbolic link in the clip's folder; nothing is removed), UNREACHABLE
 * (another process has been converting or removing the clip for 10 s), CHANGED (a conversion began
 * meanwhile, where the store has no locks), and I/O errors. */
CZ_API int cz_remove(cz_store *store, const char *name, const cz_remove_job *job, cz_error *err);

/* ---- Analysis of an existing clip ----------------------------------------------------------- */

typedef struct cz_analyse_job {
    /* Pictures of the overview per second, as in cz_convert_job; 0/0: 1/1. */
    uint32_t overview_num, overview_den;
    unsigned threads; /* that read and analyse frames; 0: one per processor */
    bool dry_run;     /* write nothing: status "planned" or "present" */
    /* Called periodically from the calling thread, with bytes of frames; a result other than 0
     * stops with CANCELLED. May be NULL. */
    int (*progress)(void *user, const cz_progress *progress);
    void *user;
    uint64_t reserved[8];
} cz_analyse_job;

typedef struct cz_analyse_report {
    const char *status; /* "analysed", "present", "planned", "failed"; static */
    uint64_t frames;
    uint64_t pictures;                  /* of the overview */
    uint64_t scenes;                    /* 0 unless "analysed" */
    uint64_t bytes_read, bytes_written; /* read: of frames, 0 unless "analysed" */
    uint64_t reserved[8];
} cz_analyse_report;

/* Make the statistics, the overview and the scenes of a clip from its own frames, as a conversion
 * with the same overview makes them, to the byte. A clip that has them, of the same rate and with
 * this version's definitions, is "present"; others are made anew. Frames are read and verified, and
 * not written.
 *
 * The commit marker is put again when everything that it lists is durable. Of a clip that had an
 * analysis, a marker without it comes first, so that readers find the earlier analysis, then for a
 * while none, then the new one. After a failure the clip is as it was, or has no analysis; where
 * the process was killed, the same call completes it. job may be NULL (all defaults). The report is
 * filled on failure, too. Waits up to 10 s for another process that converts or removes the clip.
 *
 * Errors: ABSENT (no such clip), CORRUPT (a frame differs from its checksum), UNSUPPORTED (frames
 * of more than 2^27 pixels; a store that cannot be written), EXISTS (a conversion or a removal of
 * the clip was interrupted), UNREACHABLE (one is under way), CHANGED (one took the clip over
 * meanwhile, where the store has no locks), CANCELLED, FULL, and I/O errors. */
CZ_API int cz_analyse(cz_analyse_report *out, cz_store *store, const char *name,
                      const cz_analyse_job *job, cz_error *err);

/* ---- The same view again --------------------------------------------------------------------
 *
 * Scenes that show the same view as a given frame, although the camera may have moved and zoomed
 * since, under other light and with floc before it. docs/analysis.md describes the procedure and
 * its limits. */

#define CZ_FIND_SCORE 0.7 /* the least score of a match, by default */

/* A scene that shows the view. */
typedef struct cz_match {
    char *clip;           /* its name */
    uint64_t scene;       /* its number in cz_clip_scenes() */
    uint64_t first, last; /* frames; both belong to it */
    uint64_t frame;       /* the representative one, which was compared */
    int64_t start, end;   /* time of the first frame, end of the last one */
    double score;         /* 0 to 1: correlation of what both show */
    /* What lies at p in the query's picture, in pixels right and down from its center, lies at
     * zoom * p + (shift_x, shift_y) in this one. */
    double shift_x, shift_y, zoom;
    uint64_t reserved[4];
} cz_match;

typedef struct cz_found {
    cz_match *match; /* n of them, best score first; of equal ones by name and scene */
    size_t n;
    uint64_t clips;          /* that were searched */
    uint64_t without_scenes; /* of these: not analysed (cz_analyse()) */
    uint64_t unreadable;     /* of these: damaged, or of a newer version */
    uint64_t scenes;         /* whose signatures were compared */
    uint64_t registered;     /* of these: whose pictures were, too */
    uint64_t reserved[4];
} cz_found;

typedef struct cz_find_job {
    const char *const *clips; /* names of the clips to search, n_clips of them; 0: all */
    size_t n_clips;
    double min_score; /* of a match; 0: CZ_FIND_SCORE */
    size_t limit;     /* the best matches alone; 0: all */
    unsigned threads; /* 0: one per processor, and more where the store is remote */
    /* Called periodically from the calling thread, for each of the two steps from 0 on; a result
     * other than 0 stops with CANCELLED. May be NULL. */
    int (*progress)(void *user, uint64_t clips_done, uint64_t clips_total);
    void *user;
    uint64_t reserved[8];
} cz_find_job;

/* Find the scenes of a store that show what a frame of a clip shows. The clip may be one of the
 * store, whose own scenes are found too, of another store, or a MOV. Scenes are selected by their
 * signatures; of those that are similar, the representative frame is read and registered. job may
 * be NULL (all defaults). Clips without scenes, and those that cannot be read, are counted. Free
 * the result with cz_found_free(). Thread-safe. Errors: ABSENT (no such frame, or a clip of the job
 * does not exist), USAGE, UNSUPPORTED (a store that cannot be listed, and no clips are named),
 * CANCELLED, and I/O errors. */
CZ_API int cz_find(cz_found *out, cz_store *store, cz_clip *clip, uint64_t frame,
                   const cz_find_job *job, cz_error *err);
CZ_API void cz_found_free(cz_found *found); /* NULL-safe members, repeatable */

/* Resample a CZ_RGB24 picture of a match, from_width x from_height pixels in contiguous rows, as
 * the query's camera shows it: out has width x height pixels, those of the query's frame. Bilinear;
 * black where the match's picture has nothing. Both are at full scale. Pure. Errors: USAGE (a
 * dimension or the zoom is 0). */
CZ_API int cz_align(uint8_t *out, uint32_t width, uint32_t height, const uint8_t *pixels,
                    uint32_t from_width, uint32_t from_height, const cz_match *match,
                    cz_error *err);

/* ---- The catalog ----------------------------------------------------------------------------
 *
 * One object of a store that has a row for each clip and the scenes of all clips (docs/format.md,
 * The catalog). cz_clips() and cz_list() take from it what has not changed since. */

typedef struct cz_catalog_job {
    bool dry_run; /* write nothing */
    uint64_t reserved[8];
} cz_catalog_job;

typedef struct cz_catalog_report {
    uint64_t clips, scenes; /* that the catalog has */
    uint64_t unreadable;    /* clips whose commit markers cannot be read: listed as such */
    uint64_t incomplete;    /* folders without a commit marker: not listed */
    uint64_t read;          /* clips that were read, since the catalog had no row of them */
    uint64_t gone;          /* rows that were dropped, of clips that were removed or changed */
    uint64_t bytes;         /* of catalog.jsonl */
    bool changed;           /* something was written or, with dry_run, would be */
    uint64_t reserved[8];
} cz_catalog_report;

/* Bring the catalog up to date: the stored catalog and the names of the clips are read, and the
 * commit markers and scenes of those clips alone that it does not have as they are now. The same
 * clips give the same bytes, whichever processes have converted them. Readers meet the old catalog
 * or the new one. Waits up to 10 s for another process that writes it; where the store has no
 * locks, let one process do it at a time. job and out may be NULL. Errors: UNSUPPORTED (a store
 * that cannot be listed or written), UNREACHABLE (also: another process is writing it), FULL, and
 * I/O errors. */
CZ_API int cz_catalog_write(cz_catalog_report *out, cz_store *store, const cz_catalog_job *job,
                            cz_error *err);

/* The catalog of the store as it is now, in the form of catalog.jsonl: *n bytes and a NUL. It is
 * the stored one in one request if nothing has changed, else what cz_catalog_write() would write;
 * where the store cannot be listed, the stored one as it is. Free with cz_catalog_free(). Errors:
 * UNSUPPORTED (neither a catalog nor a listing), and I/O errors. */
CZ_API int cz_catalog_read(char **out, size_t *n, cz_store *store, cz_error *err);
CZ_API void cz_catalog_free(char **text);

/* ---- The owner's attributes -------------------------------------------------------------------
 *
 * Attributes that the owner of a store gives, with names of the ACDD and CF conventions: license,
 * institution, geospatial_lat_min, ... They are kept beside the attributes that camzarr writes. As
 * text they are a JSON object, at most 64 KiB. A name has letters, digits and _, does not begin
 * with a digit and is not one that camzarr or a library writes (docs/format.md lists them); a value
 * is a string, a number, or an array of strings or of numbers. Instead of attributes the object can
 * have the sections "store", attributes of the store itself, and "clips", attributes of every clip.
 */

/* Read those of a clip, or with clip NULL those of the store itself: *out is the text of a JSON
 * object without sections, "{}" if there are none. Free with cz_attributes_free(). Errors: ABSENT
 * (no such clip), and as cz_facts_read(). */
CZ_API int cz_attributes_read(char **out, cz_store *store, const char *clip, cz_error *err);
CZ_API void cz_attributes_free(char **text);

/* Replace all of them; "{}" removes them. Text without sections is for the clip or, with clip NULL,
 * for the store itself. Of a text with sections, a clip takes "clips"; with clip NULL, the store
 * takes "store" and each of its clips, one after the other, "clips"; a section that is missing
 * changes nothing. Frames are not rewritten: the document of each is replaced in one step, so that
 * readers meet the old attributes or the new ones. *changed (may be NULL) is the number of
 * documents that had other attributes; it is set on failure, too. Waits up to 10 s for another
 * process that converts or removes a clip. Thread-safe. Errors: USAGE (not such a text; the message
 * names the attribute), ABSENT (no such clip), EXISTS (a conversion or a removal of the clip was
 * interrupted), UNREACHABLE (one is under way), CHANGED (one took the clip over meanwhile, where
 * the store has no locks), UNSUPPORTED (the store cannot be written), and I/O errors. */
CZ_API int cz_attributes_write(size_t *changed, cz_store *store, const char *clip,
                               const char *attributes, cz_error *err);

#ifdef __cplusplus
}
#endif

#endif
