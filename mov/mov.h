/* QuickTime movies: offset, size and display time of each frame of a ProRes track.
 *
 * A movie is read through a callback, so it can be stored anywhere. Only atom headers and the moov
 * atom are read, but no frames, except by mov_recover(). Every count, offset and size in the file
 * is untrusted: values that contradict the file are errors, and memory is bounded by the actual
 * size of the moov atom.
 *
 * Source: Apple, QuickTime File Format Specification (2012-08-14), cited as QTFF with the section;
 * SMPTE RDD 36:2015 for ProRes.
 *
 * Thread-safety: a mov_movie doesn't change once it is open and may be shared freely. */
#ifndef CZ_MOV_MOV_H
#define CZ_MOV_MOV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "prores/frame_header.h"

/* The input of the parser. read_at reads exactly len bytes at offset or fails; a source that turns
 * out to be shorter than `size` is CZ_CHANGED. name is for messages, so it must not contain
 * secrets. */
typedef struct mov_input {
    int (*read_at)(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err);
    void *ctx;
    uint64_t size; /* total bytes */
    const char *name;
} mov_input;

typedef uint32_t fourcc; /* four-character code, the first character in the highest byte */
#define FOURCC(a, b, c, d) ((fourcc)(a) << 24 | (fourcc)(b) << 16 | (fourcc)(c) << 8 | (fourcc)(d))
/* "apcn" and a NUL; unprintable bytes become '.'. */
void fourcc_text(char out[5], fourcc f);
/* apco, apcs, apcn, apch, ap4h, ap4x. */
bool fourcc_is_prores(fourcc f);

/* A run of frames with the same duration (QTFF, Time-to-Sample Atoms). */
typedef struct mov_run {
    uint64_t first; /* number of its first frame */
    uint64_t ticks; /* media time of that frame */
    uint32_t delta; /* ticks per frame */
} mov_run;

/* The exact display time of each frame: ticks / timescale seconds. */
typedef struct mov_times {
    uint32_t timescale; /* ticks per second, never 0 */
    mov_run *run;       /* ascending, run[0].first == 0 */
    size_t n_runs;
    uint64_t n_frames;
    uint64_t ticks; /* media time at the end of the last frame */
    int64_t shift;  /* ticks added by the edit list: leading empty edits minus media_time */
    int64_t begin;  /* ticks at which the first edit begins; earlier frames aren't shown */
} mov_times;

/* Display time of frame i in ticks from the start of the movie, with the edit list applied;
 * negative for frames before the first edit. i == n_frames is the end of the last frame. */
int64_t mov_ticks(const mov_times *t, uint64_t i);
/* The same in nanoseconds, rounded half up from the exact rational, so errors don't accumulate. */
int64_t mov_time_ns(const mov_times *t, uint64_t i);
/* Nominal frame rate in lowest terms, such as 30000/1001, from the longest run. 0/1 if unknown. */
void mov_frame_rate(const mov_times *t, uint32_t *num, uint32_t *den);

/* Picture properties from the sample description and its extensions; 0 where unspecified. */
typedef struct mov_video {
    uint16_t width, height;
    uint16_t depth;                       /* 24, or 32 with alpha */
    uint16_t primaries, transfer, matrix; /* colr of type nclc (QTFF, Color Parameter Atoms) */
    uint8_t fields, field_order;          /* fiel: 1 or 2; 0, 1, 6, 9, 14 */
    uint32_t aspect_h, aspect_v;          /* pasp */
} mov_video;

/* Properties of a sound track. */
typedef struct mov_audio {
    uint16_t channels;
    uint16_t bits;            /* per sample */
    uint32_t rate;            /* samples per second */
    uint32_t bytes_per_frame; /* one sample of each channel; 0: not constant */
    bool little_endian;
    bool is_float;
    bool is_unsigned; /* silence is the middle of the range, not 0 */
} mov_audio;

typedef struct mov_chunk {
    uint64_t offset;
    uint64_t size;
} mov_chunk;

typedef struct mov_track {
    uint32_t id;
    fourcc kind;  /* handler: vide, soun, tmcd, ... */
    fourcc codec; /* of the samples of its first chunk; 0 if unknown */
    bool enabled;
    uint32_t timescale;
    uint64_t duration; /* in timescale */
    uint64_t n_samples;
    uint64_t created; /* mdhd creation_time, seconds since 1904-01-01 UTC; 0: unknown */
    mov_video video;  /* kind == vide */
    mov_audio audio;  /* kind == soun */
    /* kind == soun or tmcd: its chunks in track order, truncated at the end of the file. None for
     * other tracks, and for tracks with invalid tables. */
    mov_chunk *chunk;
    size_t n_chunks;
    /* kind == soun: */
    int64_t shift;          /* ticks of timescale that the edit list adds to the time of samples */
    const char *unreadable; /* why its chunks are not the sound; NULL: they are. Static */
    char timecode[16];      /* kind == tmcd: "01:02:03;04" of the first frame, or "" */
} mov_track;

/* A text of the user data or metadata (udta, meta), with a key such as "©nam" or
 * "com.apple.quicktime.author". Both are UTF-8. */
typedef struct mov_tag {
    char key[64];
    char *text;
} mov_tag;

typedef struct mov_movie {
    uint64_t bytes; /* of the file */
    fourcc brand;   /* from ftyp; 0 without one */
    bool has_moov;
    bool recovered;                  /* the frames were found by mov_recover(), not by tables */
    uint64_t moov_offset, moov_size; /* the atom, header included; size 0 without one */
    uint64_t created;   /* mvhd's, else the video track's; seconds since 1904; 0: unknown */
    uint32_t timescale; /* mvhd */
    uint64_t duration;  /* mvhd, in timescale */
    mov_track *track;
    size_t n_tracks;
    mov_tag *tag;
    size_t n_tags;
    size_t video;      /* track[video] is the ProRes track whose frames follow */
    uint64_t n_frames; /* >= 1 */
    uint64_t *offset;  /* of each frame in the file */
    uint32_t *size;    /* of each frame, according to the table; the file may end earlier */
    mov_times times;
    bool rate_assumed; /* recovered without a rate in the frame headers: 30000/1001 */
    uint64_t skipped;  /* recovered: bytes between frames that belong to no frame */
    char **warning;    /* unusual but tolerated: a short stts, several edits, ... */
    size_t n_warnings;
} mov_movie;

/* Read the tables of the movie. The first enabled ProRes track is used, else the first ProRes
 * track. Its tables may point beyond the end of the file if that is truncated, which the caller can
 * see from offset, size and bytes; everything else that is out of bounds is an error. For other
 * tracks with invalid tables there is a warning, and they have no chunks.
 *
 * Errors: ABSENT (moov is missing, truncated or lists no frames: try mov_recover()), FORMAT (empty
 * file; tables that contradict each other or the file; the message names the atom), UNSUPPORTED
 * (compressed, fragmented, reference or encrypted movie; no ProRes track; frames that are empty,
 * overlap or aren't in ascending order), NOMEM (also the limits of 1 GiB for moov and 67 million
 * frames), and those of read_at. */
int mov_open(mov_movie **out, const mov_input *in, cz_error *err);

/* Find the frames by their own headers, in one pass over the file, without moov.
 *
 * A frame is accepted if its header is valid (RDD 36, 5.1) and has the dimensions and chroma format
 * of the first frame, its pictures and slices add up to its size, and it ends within the file;
 * unless another frame follows, its slice headers must be valid too. So "icpf" in unused bytes, in
 * sound or inside a frame is rejected. A frame whose pictures don't add up is accepted where a
 * frame is expected and another one follows; one with a damaged magic or size is lost, but not its
 * neighbors. The codec is derived from the quantization matrix. Errors: FORMAT (no frame), NOMEM,
 * and those of read_at. */
int mov_recover(mov_movie **out, const mov_input *in, cz_error *err);

void mov_close(mov_movie **movie); /* NULL-safe */

/* Bytes of frame i that the file contains: fewer than size[i] if it is truncated; 0 beyond its end.
 */
uint32_t mov_frame_available(const mov_movie *m, uint64_t i);

/* The header that the others are compared with: the first valid one that agrees with the track,
 * else the first valid one; *found is false if there is none. Usually reads the header of one frame
 * only. Errors: those of read_at. */
int mov_reference_header(prores_header *out, bool *found, const mov_movie *m, const mov_input *in,
                         cz_error *err);
#endif
