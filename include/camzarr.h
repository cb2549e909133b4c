/* camzarr: the frames of ProRes QuickTime files, kept in a Zarr store and served from it.
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
 * - Structs that the caller fills or provides are zero-initialised as a whole: `cz_view view =
 * {0};`. Their `reserved` members become new options one day, and 0 stays the default of each, so a
 * program that was compiled with an older header runs with a newer library. A reserved member that
 * isn't 0 is an option that this library doesn't know: UNSUPPORTED. Structs that only the library
 * makes (cz_facts, cz_finding, cz_progress) grow at their end.
 * - Closing and freeing take the address of the pointer, set it to NULL and accept NULL.
 * - Nothing is printed, no signal handler is installed, no global state is kept. Threads of the
 *   library's own block all signals. A call that uses the network blocks SIGPIPE in its thread
 * until it returns, and takes away one that its own writing has raised; one that was pending before
 * stays.
 *
 * The store's layout is the document docs/format.md. */
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

/* The version of this header; cz_version() tells that of the library that runs. */
#define CZ_VERSION_MAJOR 0
#define CZ_VERSION_MINOR 1
#define CZ_VERSION_PATCH 0
#define CZ_VERSION "0.1.0"

/* ---- Errors --------------------------------------------------------------------------------- */

/* What a function returns. The numbers are pinned. Absent, damaged and unreachable are different.
 */
enum {
    CZ_OK = 0,
    CZ_USAGE = -1,        /* an invalid argument: a programming or a typing error */
    CZ_NOMEM = -2,        /* out of memory, or a limit on memory would be passed */
    CZ_IO = -3,           /* the operating system failed to read or write */
    CZ_FULL = -4,         /* no space left where we write */
    CZ_ABSENT = -5,       /* what was asked for does not exist */
    CZ_EXISTS = -6,       /* what was to be made exists already */
    CZ_DENIED = -7,       /* not permitted */
    CZ_UNREACHABLE = -8,  /* no response, or not now: a retry may help */
    CZ_CORRUPT = -9,      /* bytes are damaged: a checksum or a length is wrong */
    CZ_FORMAT = -10,      /* not what it should be: not a MOV, not a store, hostile tables */
    CZ_UNSUPPORTED = -11, /* sound, but of a kind that isn't read: another codec, cmov, moof */
    CZ_NEWER = -12,       /* a store of a newer major version than this library knows */
    CZ_CHANGED = -13,     /* the source changed while it was read, or since it was begun with */
    CZ_CANCELLED = -14,   /* the caller asked to stop */
};

/* What went wrong, in words for people. Never holds a credential. */
typedef struct cz_error {
    int code;          /* the code that was returned */
    char message[768]; /* one line: "WHAT: WHY" or "WHAT: WHY (WHERE)": object, byte range, frame */
    char hint[256];    /* what to do next, or "" */
} cz_error;

/* A word for a code, as the command's JSON has it: "corrupt". Never NULL. */
CZ_API const char *cz_code_name(int code);
/* The library's version: "0.1.0". */
CZ_API const char *cz_version(void);

/* ---- Stores and clips ----------------------------------------------------------------------- */

/* Both are immutable once open: share them between threads freely, and use them after fork. A clip
 * keeps its store alive, so that they can be closed in any order. */
typedef struct cz_store cz_store;
typedef struct cz_clip cz_clip;

/* How a server is treated; of no effect where no network is used. All zero: the defaults. */
typedef struct cz_network {
    unsigned connections; /* at once, to each server: 16 */
    uint64_t rate_limit;  /* bytes a second, over some seconds: no limit */
    /* Follow redirects from a public address to a loopback, private or link-local one; so does
     * CAMZARR_ALLOW_PRIVATE_REDIRECTS=YES in the environment. */
    bool allow_private_redirects;
    uint64_t reserved[4];
} cz_network;

typedef struct cz_options {
    bool no_check; /* don't compare each frame with its CRC-32C */
    bool recover;  /* cz_movie_open(): without a moov atom, search all of the MOV for its frames */
    cz_network network;
    uint64_t reserved[8];
} cz_options;

/* Open the store at url: a path, file:// and a path, s3://, gs:// or az:// with bucket and prefix,
 * or http:// or https:// and a folder, whose clips can't be listed but are read by name. opts may
 * be NULL (all defaults). One small object is read. Errors: ABSENT (nothing there), FORMAT (not a
 * store), NEWER, UNSUPPORTED (another kind of address), IO, DENIED, NOMEM. */
CZ_API int cz_open(cz_store **out, const char *url, const cz_options *opts, cz_error *err);
CZ_API void cz_close(cz_store **store);

/* What the network was used for: by a store since it was opened, or by a conversion. */
typedef struct cz_statistics {
    uint64_t requests; /* that were sent, retries and hedges among them */
    uint64_t retries;  /* because one failed */
    uint64_t hedges;   /* because one was slow: the same range, asked for a second time */
    uint64_t bytes_in, bytes_out; /* of bodies */
    /* Nanoseconds from the start of a request to its last byte: half of them took no longer than
     * the median, and so on; accurate to within 20 %. */
    uint64_t median, percentile_90, percentile_99, longest;
    uint64_t reserved[8];
} cz_statistics;

/* All 0 of a folder. Thread-safe. In a child of fork(): what the child used it for. */
CZ_API void cz_store_statistics(cz_statistics *out, const cz_store *store);

/* Names of the clips that are whole, in ascending order of bytes; *n of them. Free with
 * cz_names_free(). */
CZ_API int cz_clips(char ***out, size_t *n, cz_store *store, cz_error *err);
CZ_API void cz_names_free(char ***names, size_t n);

/* What a clip is. Strings are never NULL; "" where nothing is known. */
typedef struct cz_facts {
    const char *name;
    uint64_t frames;
    uint32_t width, height;      /* pixels of a whole picture */
    const char *codec;           /* "apcn": apco, apcs, apcn, apch, ap4h, ap4x */
    uint32_t rate_num, rate_den; /* nominal frames a second: 30000/1001. For times ask cz_time() */
    int64_t start, end;          /* of the first frame; when the last one is over */
    const char *start_from;      /* "header", "name", "name_end", "none" (docs/format.md, Time) */
    const char *chroma;          /* "4:2:2" or "4:4:4" */
    uint32_t alpha_bits;         /* 0, 8 or 16 */
    uint32_t matrix;             /* of Y'CbCr, the frames' own code (RDD 36): 1 BT.709, 6 BT.601 */
    const char *interlace;       /* "progressive", "top_field_first", "bottom_field_first" */
    uint32_t frames_per_shard;
    uint64_t damaged_frames; /* frames with one of CZ_FLAGS_DAMAGE */
    bool recovered;          /* found without a moov atom */
    const char *source_name; /* the MOV's file name */
    uint64_t source_bytes;   /* its size */
    const char *source_md5;  /* lower-case hex of all its bytes; "" outside of a store */
} cz_facts;

/* Facts of a clip from one object, without opening it. Free with cz_facts_free().
 * Errors: ABSENT, CORRUPT (the commit marker is damaged), FORMAT, NEWER, and what reading says. */
CZ_API int cz_facts_read(cz_facts **out, cz_store *store, const char *name, cz_error *err);
CZ_API void cz_facts_free(cz_facts **facts);

/* Open a clip: four objects in two round trips (commit marker; then sizes, offsets and checksums of
 * the frames at once). The caller owns *out. Errors: as cz_facts_read(). */
CZ_API int cz_clip_open(cz_clip **out, cz_store *store, const char *name, cz_error *err);
/* Open a MOV as it is, without a store: a path, or an http or https URL. Its own tables are read,
 * once. All functions for clips work, but there is no record of how its frames were when they were
 * recorded:
 * - there is no CRC-32C to hold them against, and no shard: the columns CZ_CRC32C, CZ_SHARD and
 *   CZ_SHARD_OFFSET are ABSENT, and all frames count as one shard;
 * - CZ_FLAGS and damaged_frames know what the tables and the file's length tell (CZ_FLAG_TRUNCATED,
 *   CZ_FLAG_MISSING, CZ_FLAG_RECOVERED): no frame is looked at;
 * - source_md5 is "", and the name is the file's without its ending;
 * - cz_restore() is UNSUPPORTED.
 * The file must stay as it is while the clip is open. Errors: ABSENT (no file; or no moov atom, or
 * one that lists no frame, and no opts->recover), FORMAT, UNSUPPORTED (another codec, a compressed
 * or fragmented movie), CHANGED, NOMEM, and what reading says. */
CZ_API int cz_movie_open(cz_clip **out, const char *source, const cz_options *opts, cz_error *err);

CZ_API void cz_clip_close(cz_clip **clip);
CZ_API const cz_facts *cz_clip_facts(const cz_clip *clip);

/* ---- The frame index ------------------------------------------------------------------------ */

/* Columns of the index table, one value a frame. */
typedef enum cz_column {
    CZ_TIME,          /* int64_t: when the frame is shown */
    CZ_SOURCE_OFFSET, /* uint64_t: where it began in the MOV */
    CZ_SIZE,          /* uint32_t: bytes; 0 for a frame that the source didn't have */
    CZ_SHARD,         /* uint32_t: number of the shard that holds it */
    CZ_SHARD_OFFSET,  /* uint64_t: where it begins in that shard */
    CZ_CRC32C,        /* uint32_t: CRC-32C of its bytes */
    CZ_FLAGS,         /* uint8_t: CZ_FLAG_ bits; 0 is a sound frame */
} cz_column;

enum {
    CZ_FLAG_SIZE = 1,   /* its own size field isn't the size that the movie's tables give */
    CZ_FLAG_MAGIC = 2,  /* it doesn't begin with a size and `icpf` */
    CZ_FLAG_HEADER = 4, /* its header can't be, or contradicts the clip's picture size or chroma */
    CZ_FLAG_TRUNCATED = 8,  /* the source ends inside it */
    CZ_FLAG_MISSING = 16,   /* the source has no byte of it */
    CZ_FLAG_RECOVERED = 32, /* found by its own header, not by a table: no damage by itself */
    CZ_FLAG_VARIES = 64,    /* field order, aspect, rate, colour or alpha differ from the clip's: no
                               damage by itself */
};
/* Bits that make a frame a damaged one. */
#define CZ_FLAGS_DAMAGE                                                                            \
    (CZ_FLAG_SIZE | CZ_FLAG_MAGIC | CZ_FLAG_HEADER | CZ_FLAG_TRUNCATED | CZ_FLAG_MISSING)

/* The column's values, cz_clip_facts(clip)->frames of them, read on first use and kept by the clip.
 * Errors: USAGE (no such column), CORRUPT, and what reading says. */
CZ_API int cz_column_read(const void **out, cz_clip *clip, cz_column column, cz_error *err);

/* When frame i is shown. Errors: ABSENT (no such frame), and as cz_column_read(). */
CZ_API int cz_time(int64_t *out, cz_clip *clip, uint64_t frame, cz_error *err);
/* The frame that is shown at a time: the last one that begins at or before it.
 * Errors: ABSENT (before the first frame, or when the last one is over), and as cz_column_read().
 */
CZ_API int cz_frame_at(uint64_t *out, cz_clip *clip, int64_t time, cz_error *err);

/* ---- Frames --------------------------------------------------------------------------------- */

/* One frame that is wanted. Zero-initialise, set frame; with data == NULL the library allocates. */
typedef struct cz_request {
    uint64_t frame;
    uint8_t *data;  /* where the bytes go: the caller's `room` bytes, or NULL before and the
                      library's after */
    size_t room;    /* bytes at data, if it is the caller's */
    size_t size;    /* after: bytes of the frame, also when room was too small (USAGE) */
    int rc;         /* after: CZ_OK, or why this frame could not be had */
    size_t damaged; /* after cz_pictures(): slices that could not be decoded */
    bool owned;     /* after: data was allocated here; cz_request_free() frees it */
    uint64_t reserved[2];
} cz_request;

/* Fetch n frames, each exactly as recorded, in any order and with repetitions. Neighbours are
 * fetched together. done(user, request), if not NULL, is called as each one arrives or fails, in
 * any order, from any thread, never twice at a time; all are over when the call returns. Returns
 * CZ_OK if all came, else the code of the first failure in the order of req (err says which frame);
 * the others are delivered all the same. Thread-safe. Errors of a frame: ABSENT (no such frame, the
 * source didn't have it, or its shard is gone), CORRUPT (its CRC-32C is wrong, or the shard ends
 * before it), USAGE (room too small), NOMEM, and what reading says. The call
 * returns CHANGED when a frame is absent or damaged because the clip was removed or replaced. */
CZ_API int cz_frames_raw(cz_clip *clip, cz_request *req, size_t n,
                         void (*done)(void *user, cz_request *req), void *user, cz_error *err);
/* The container of a movie that is written. */
typedef enum cz_container {
    CZ_MOV, /* QuickTime */
    CZ_AVI, /* AVI 1.0: one constant rate, 2 GiB at most */
} cz_container;

/* Write n frames of a clip as a movie of their own, by stream copy: the frames as recorded, in
 * ascending order. Each is shown until the next one in `frame` is due; the last one for its own
 * duration where it follows its neighbour, else for as long as the one before it. So a movie of
 * every 30th frame takes as long as the clip. write(user, data, n) is given the file front to back,
 * on the calling thread; what it returns other than CZ_OK ends the call and is returned. Memory is
 * bounded. Errors: USAGE (frames that do not ascend, or none), ABSENT (no such frame, or one that
 * the source does not have), UNSUPPORTED (AVI: more than 2 GiB, or frames of different durations),
 * and as of cz_frames_raw(). Source: QuickTime File Format Specification (2012-08-14); AVI RIFF
 * File Reference. */
CZ_API int cz_movie_write(cz_clip *clip, cz_container container, const uint64_t *frame, size_t n,
                          int (*write)(void *user, const void *data, size_t n), void *user,
                          cz_error *err);
/* The same of one frame that the caller has: `len` bytes, as recorded. Its own header gives its
 * size and its rate (30000/1001 where it names none). Errors: FORMAT (not a ProRes frame),
 * UNSUPPORTED (AVI: 2 GiB), NOMEM, and what write() returns. */
CZ_API int cz_movie_write_frame(cz_container container, const void *frame, size_t len,
                                int (*write)(void *user, const void *data, size_t n), void *user,
                                cz_error *err);

/* Free what cz_frames_raw() allocated in n requests. NULL-safe, repeatable. */
CZ_API void cz_request_free(cz_request *req, size_t n);

/* ---- Pictures ------------------------------------------------------------------------------- */

/* What a frame is decoded to. Samples of more than 8 bits are uint16 in the machine's byte order.
 */
typedef enum cz_layout {
    CZ_NATIVE, /* planes y, cb, cr and, where recorded, alpha; 10 bit (4:2:2) or 12 bit (4:4:4) */
    CZ_YUV422P10, /* planes y, cb, cr of a 4:2:2 frame, 10 bit */
    CZ_YUV444P10, /* planes y, cb, cr of a 4:4:4 frame, 10 bit */
    CZ_YUV444P12, /* the same, 12 bit */
    CZ_GRAY,      /* luma, full range, uint8 */
    CZ_GRAY16,    /* luma, full range, uint16 */
    CZ_RGB24,     /* R, G, B, uint8 */
    CZ_BGR24,     /* B, G, R, uint8 */
    CZ_RGB48,     /* R, G, B, uint16 */
    CZ_RGBA,      /* R, G, B, A, uint8; A is 255 where none was recorded */
} cz_layout;

/* Which of an interlaced frame's two fields. */
typedef enum cz_fields {
    CZ_WEAVE,      /* both, line by line, as recorded */
    CZ_TOP,        /* the top field (lines 0, 2, 4, ...), half as high */
    CZ_BOTTOM,     /* the bottom field, half as high */
    CZ_BOB_TOP,    /* the top field at full height, the lines between interpolated */
    CZ_BOB_BOTTOM, /* the bottom field in the same way */
} cz_fields;

/* How pictures are wanted. All zero: native planes, full size, everything, damage is an error. */
typedef struct cz_view {
    cz_layout layout;
    cz_fields fields;
    uint32_t scale; /* 1 (or 0), 2, 4, 8: the result is 1/scale as wide and high, rounded up */
    uint32_t x, y, width, height; /* a part of the result, in its pixels; all 0: everything */
    bool conceal;     /* damaged slices are grey and counted, and the frame is no error */
    unsigned threads; /* that decode; 0: as many as the machine has processors */
    uint64_t reserved[8];
} cz_view;

/* What one picture of a clip becomes: planes one behind the other, rows without gaps. */
typedef struct cz_shape {
    uint32_t width, height; /* pixels */
    uint32_t depth;         /* bits used of a sample: 8, 10, 12, 16 */
    uint32_t planes;
    struct {
        uint32_t width, height; /* samples; pixels where they are packed, as in CZ_RGB24 */
        uint32_t pixel_bytes;
        size_t offset; /* of its first row */
    } plane[4];
    size_t bytes; /* in all */
    uint64_t reserved[4];
} cz_shape;

/* Pure. view may be NULL. Errors: USAGE (a view that can't be, a part outside of the picture),
 * UNSUPPORTED (planes that the clip's chroma doesn't have). */
CZ_API int cz_shape_of(cz_shape *out, const cz_clip *clip, const cz_view *view, cz_error *err);

/* Fetch and decode n frames, cz_shape_of() bytes each, while the next ones are fetched. As
 * cz_frames_raw() but for what data holds; memory beyond the pictures is bounded. Errors of a frame
 * also: CORRUPT (slices that can't be decoded; data and damaged are set all the same), FORMAT (no
 * ProRes frame, or one of another size than the clip's). */
CZ_API int cz_pictures(cz_clip *clip, const cz_view *view, cz_request *req, size_t n,
                       void (*done)(void *user, cz_request *req), void *user, cz_error *err);

/* When the field that a view shows was taken: cz_time(), and half a frame later for the second
 * field of an interlaced frame. Errors: as cz_time(). */
CZ_API int cz_field_time(int64_t *out, cz_clip *clip, cz_fields fields, uint64_t frame,
                         cz_error *err);

/* Names of the enumerations above, as the store, the command and its JSON have them: for programs
 * that list them or take them from their users, who count from 0 until NULL comes. NULL: no such
 * value. Pure; the strings are static. */
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

/* What turns Y'CbCr into R, G and B. */
typedef enum cz_matrix {
    CZ_MATRIX_FRAME, /* the one that the frame's header names; none: BT.709 from 720 lines on,
                        BT.601 below */
    CZ_BT601,
    CZ_BT709,
    CZ_BT2020,
} cz_matrix;

/* For frames that the caller has, from wherever: a Zarr library hands its codec a chunk, which is a
 * frame. A decoder keeps tables and scratch memory (some 200 KB for HD). One thread at a time uses
 * it; several share nothing. Free it with cz_decoder_free(). Errors: NOMEM. */
typedef struct cz_decoder cz_decoder;
CZ_API int cz_decoder_new(cz_decoder **out, cz_error *err);
CZ_API void cz_decoder_free(cz_decoder **decoder);

/* Decode the frame of len bytes into `room` bytes at pixels (even addresses for samples of 16
 * bits), on the calling thread. What it becomes follows from the frame's own header and the view
 * (may be NULL; its threads aren't looked at), and stands in *out. pixels NULL: only that, and
 * nothing is decoded. Errors: USAGE (a view or a matrix that can't be, too little room),
 * UNSUPPORTED (planes that the frame's chroma doesn't have), FORMAT (no ProRes frame), CORRUPT
 * (slices that can't be decoded; the rest of the picture is there all the same), NOMEM. */
CZ_API int cz_decode(cz_shape *out, cz_decoder *decoder, const void *frame, size_t len,
                     const cz_view *view, cz_matrix matrix, void *pixels, size_t room,
                     cz_error *err);

/* ---- The source again ----------------------------------------------------------------------- */

/* Write the MOV as it was, front to back, through write(user, data, n), which returns CZ_OK or a
 * code to stop with. Every frame and every chunk of the rest is checked before a byte of it is
 * given out; at the end the MD5 is compared. Errors: CORRUPT (what was given out is not all of the
 * source), ABSENT, write's own, and what reading says. */
CZ_API int cz_restore(cz_clip *clip, int (*write)(void *user, const void *data, size_t n),
                      void *user, cz_error *err);

/* Any bytes of the MOV: exactly len of them from `offset` on. Those of frames are held against the
 * frames' checksums, the rest against the digests of its chunks in chunks.jsonl. For headers and
 * the like: each call reads whole frames, and the rest in chunks of 4 MiB, of which the clip keeps
 * the one that was read last. Thread-safe. Errors: ABSENT (the MOV ends before), CORRUPT, FORMAT,
 * NOMEM, and what reading says. */
CZ_API int cz_source_read(void *to, cz_clip *clip, uint64_t offset, size_t len, cz_error *err);

/* One difference that cz_verify() found. */
typedef struct cz_finding {
    int code; /* ABSENT (an object is missing), EXISTS (one too many), CORRUPT, FORMAT, or a failure
                 to read */
    const char *key;  /* the object, from the store's root */
    int64_t frame;    /* the frame it touches, or -1 */
    const char *what; /* in words */
} cz_finding;

typedef struct cz_verify_job {
    const char *source; /* a MOV to compare with, byte for byte, or its http(s) address; or NULL */
    bool decode;        /* decode every frame, too */
    void (*found)(void *user, const cz_finding *finding);
    /* Called now and then; non-zero stops with CANCELLED. May be NULL. */
    int (*progress)(void *user, uint64_t bytes_done, uint64_t bytes_total);
    void *user;
    uint64_t reserved[8];
} cz_verify_job;

/* Re-read and check all of a clip: every object's size and SHA-256, every frame's CRC-32C, the
 * shards' own indexes against the table, objects missing or too many. *differences counts what
 * was passed to found(). CZ_OK means that it ran to its end. */
CZ_API int cz_verify(uint64_t *differences, cz_store *store, const char *name,
                     const cz_verify_job *job, cz_error *err);

/* ---- Converting ----------------------------------------------------------------------------- */

typedef struct cz_progress {
    uint64_t bytes_done, bytes_total; /* of the source */
    uint64_t frames_done, frames_total;
} cz_progress;

typedef struct cz_convert_job {
    const char *source;   /* path of the MOV, or its http(s) address */
    const char *store;    /* address of the store; made if it isn't there */
    const char *name;     /* of the clip; NULL: the source's base name without its ending */
    uint32_t zarr_format; /* 3, or 2: the store's version of Zarr */
    uint32_t
        frames_per_shard; /* 1..1024; fewer where a shard would pass 48 MiB. Version 2 has one */
    uint64_t memory;      /* bytes at most for buffers */
    unsigned threads;     /* that check, digest and write shards; 0: one a processor. The digest
                           * of the source has one more */
    bool overwrite;       /* replace a clip that is there with another source or other options */
    bool recover;         /* search for the frames even though there is a moov */
    bool sha256;          /* SHA-256 of the source as well as MD5 */
    bool dry_run;         /* read the tables, write nothing: status "planned" or "present" */
    cz_network network;
    /* Called now and then from the calling thread; non-zero stops with CANCELLED. May be NULL. */
    int (*progress)(void *user, const cz_progress *progress);
    void *user;
    uint64_t reserved[16];
} cz_convert_job;
/* Defaults: Zarr version 3, 64 frames a shard, 256 MiB, threads 0. */
CZ_API void cz_convert_defaults(cz_convert_job *job);

typedef struct cz_report {
    char *clip; /* its name */
    const char
        *status; /* "converted", "recovered", "present", "planned", "empty", "failed"; static */
    uint64_t frames;
    uint64_t bytes_read, bytes_written; /* read: 0 unless to the end; written: what was not
                                         * there already */
    uint64_t damaged_frames;
    char md5[33]; /* of the source, or "" */
    char **warning;
    size_t n_warnings;
    cz_statistics network; /* source and store together */
    uint64_t reserved[16];
} cz_report;
CZ_API void cz_report_free(cz_report *report);

/* Convert one MOV into one clip, and publish it whole or not at all. A conversion that was
 * interrupted is resumed: objects that are there and right are kept. A clip that is there already:
 * status "present", after a comparison with a listing; missing or resized objects are written anew.
 * Where the store has locks, waits while another process converts or removes the clip, and calls
 * progress() meanwhile. The report is filled on failure, too (zero-initialised by the callee; free
 * it either way). Errors: FORMAT (an empty file, no frames, hostile tables), UNSUPPORTED, EXISTS
 * (a clip of that name from another source or with other options: overwrite), CHANGED (of the
 * source, or another process took the clip over), CORRUPT (the .md5 file beside the source
 * disagrees), FULL, DENIED, CANCELLED, IO, NOMEM. */
CZ_API int cz_convert(const cz_convert_job *job, cz_report *out, cz_error *err);

/* Remove a clip, or what an interrupted conversion or removal left of one: its commit marker first,
 * then every object whose key is one of the format's. Other files in the clip's folder stay, and
 * are no error: `camzarr rm` names them. Errors: ABSENT, FORMAT (the folder is not a clip: nothing
 * is removed), DENIED (also: a symbolic link in the clip's folder; nothing is removed), UNREACHABLE
 * (another process has been converting or removing the clip for 10 s), CHANGED (a conversion took
 * the clip over meanwhile, where the store has no locks), and the store's. */
CZ_API int cz_remove(cz_store *store, const char *name, cz_error *err);

#ifdef __cplusplus
}
#endif

#endif
