/* QuickTime movies: where the frames of a ProRes track lie and when each is shown.
 *
 * A movie is read through a callback, so it may lie anywhere. Only the atoms' headers and the moov
 * atom are read; frames aren't touched, unless there is no moov and they are searched for.
 * Every count, offset and size in the file is taken for hostile: what doesn't fit the file is an
 * error, and memory is bounded by the size of the moov atom that is really there.
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

/* Where bytes come from. read_at gives exactly len bytes at offset or an error: a source that turns
 * out shorter than `size` is CZ_CHANGED. name is for messages: no path or address with secrets. */
typedef struct mov_input {
    int (*read_at)(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err);
    void *ctx;
    uint64_t size; /* bytes in all */
    const char *name;
} mov_input;

typedef uint32_t fourcc; /* four characters, the first in the highest byte */
#define FOURCC(a, b, c, d) ((fourcc)(a) << 24 | (fourcc)(b) << 16 | (fourcc)(c) << 8 | (fourcc)(d))
/* "apcn" and a NUL; bytes that aren't printable become '.'. */
void fourcc_text(char out[5], fourcc f);
/* apco, apcs, apcn, apch, ap4h, ap4x. */
bool fourcc_is_prores(fourcc f);

/* A run of frames of one duration (QTFF, Time-to-sample atoms). */
typedef struct mov_run {
    uint64_t first; /* number of its first frame */
    uint64_t ticks; /* media time of that frame */
    uint32_t delta; /* ticks a frame */
} mov_run;

/* When each frame of the track is shown, exactly: ticks / timescale seconds. */
typedef struct mov_times {
    uint32_t timescale; /* ticks a second, never 0 */
    mov_run *run;       /* ascending, run[0].first == 0 */
    size_t n_runs;
    uint64_t n_frames;
    uint64_t ticks; /* media time at the end of the last frame */
    int64_t shift;  /* ticks added by the edit list: leading empty edit less media_time */
    int64_t begin;  /* ticks at which the first edit begins; what lies before isn't shown */
} mov_times;

/* Ticks of frame i (i == n_frames: the end) from the start of the movie, the edit list applied; may be
 * negative for frames before the first edit. i <= n_frames. */
int64_t mov_ticks(const mov_times *t, uint64_t i);
/* The same in nanoseconds, rounded half up from the exact rational, each frame by itself, so that no
 * error adds up. */
int64_t mov_time_ns(const mov_times *t, uint64_t i);
/* Nominal rate as a fraction in lowest terms, from the longest run: 30000/1001. 0/1 if unknown. */
void mov_frame_rate(const mov_times *t, uint32_t *num, uint32_t *den);

/* What the sample description and its extensions say of the pictures; 0 where they say nothing. */
typedef struct mov_video {
    uint16_t width, height;
    uint16_t depth;                       /* 24, or 32 with alpha */
    uint16_t primaries, transfer, matrix; /* colr of type nclc (QTFF, Color Parameter Atoms) */
    uint8_t fields, field_order;          /* fiel: 1 or 2; 0, 1, 6, 9, 14 */
    uint32_t aspect_h, aspect_v;          /* pasp */
} mov_video;

/* Sound, as it is interleaved with the frames. */
typedef struct mov_audio {
    uint16_t channels;
    uint16_t bits;            /* of a sample */
    uint32_t rate;            /* samples a second */
    uint32_t bytes_per_frame; /* one sample of every channel; 0: not of constant size */
    bool little_endian;
    bool is_float;
} mov_audio;

typedef struct mov_chunk {
    uint64_t offset;
    uint64_t size;
} mov_chunk;

typedef struct mov_track {
    uint32_t id;
    fourcc kind;  /* handler: vide, soun, tmcd, ... */
    fourcc codec; /* of the samples of its first chunk; 0 if it can't be told */
    bool enabled;
    uint32_t timescale;
    uint64_t duration; /* in timescale */
    uint64_t n_samples;
    uint64_t created; /* mdhd creation_time, seconds since 1904-01-01 UTC; 0: not told */
    mov_video video;  /* kind == vide */
    mov_audio audio;  /* kind == soun */
    /* kind == soun or tmcd: where its bytes lie, in the track's order, cut to the file's end. None
     * for other tracks and for broken ones. */
    mov_chunk *chunk;
    size_t n_chunks;
    char timecode[16]; /* kind == tmcd: "01:02:03;04" of the first frame, or "" */
} mov_track;

/* A string of the movie's user data (udta or meta): "©nam" and its kin, or "com.apple.quicktime.author"
 * and its kin. Both are UTF-8. */
typedef struct mov_tag {
    char key[64];
    char *text;
} mov_tag;

typedef struct mov_movie {
    uint64_t bytes; /* of the file */
    fourcc brand;   /* of ftyp; 0 without one */
    bool has_moov;
    bool recovered;                  /* frames come from a scan, not from tables */
    uint64_t moov_offset, moov_size; /* the atom, header included; size 0 without one */
    uint64_t created;   /* mvhd's, else the video track's; seconds since 1904; 0: not told */
    uint32_t timescale; /* mvhd */
    uint64_t duration;  /* mvhd, in timescale */
    mov_track *track;
    size_t n_tracks;
    mov_tag *tag;
    size_t n_tags;
    size_t video;      /* track[video] is the ProRes track whose frames follow */
    uint64_t n_frames; /* >= 1 */
    uint64_t *offset;  /* of each frame in the file */
    uint32_t *size;    /* of each frame, as the table says; the file may end before */
    mov_times times;
    bool rate_assumed; /* recovered, and the frames' headers name no rate: 30000/1001 */
    uint64_t skipped;  /* recovered: bytes between frames that are no frame's */
    char **warning;    /* what a careful reader wants to know: a short stts, several edits, ... */
    size_t n_warnings;
} mov_movie;

/* Read the movie's tables. The frames' track is the first enabled ProRes track, else the first ProRes
 * track. Its tables may point beyond the end of the file (a file cut short): the caller sees it from
 * offset, size and bytes; everything else that is out of bounds is an error. Other tracks with broken
 * tables are told of in a warning and have no chunks.
 *
 * Without a moov atom, with one that the end of the file cuts or one that lists no frame: CZ_ABSENT,
 * and mov_recover() is what may help. Other errors: FORMAT (tables contradict each other or the file;
 * names the atom), UNSUPPORTED (compressed, fragmented, referenced, encrypted movie, no ProRes track:
 * names what was found; frames that are empty, overlap or don't ascend), NOMEM (limits, too: a moov of
 * 1 GiB, 67 million frames), and what read_at says. An empty file is CZ_FORMAT. */
int mov_open(mov_movie **out, const mov_input *in, cz_error *err);

/* Find the frames by their own headers in one pass over the file, front to back, with no moov asked.
 *
 * A frame counts when its header can be (RDD 36, 5.1), agrees with the first frame's size and chroma,
 * its pictures and slices add up to its own size, and it ends within the file; where it isn't next to
 * another frame, its slices' headers must be sound too. So `icpf` in dead bytes, in sound or inside a
 * frame is not taken. A frame whose pictures don't add up is taken where one is due and another
 * follows; one whose mark or size is damaged is lost, but not its neighbours. The codec is told from
 * the quantisation matrix. Errors: FORMAT (no frame), NOMEM, read_at's. */
int mov_recover(mov_movie **out, const mov_input *in, cz_error *err);

void mov_close(mov_movie **movie); /* NULL-safe, tolerates half-built ones */

/* Bytes of frame i that the file really has: 0 for one that lies beyond its end. */
uint32_t mov_frame_available(const mov_movie *m, uint64_t i);

/* The header that a movie's frames are held against: the first sound one that agrees with the track,
 * else the first sound one; *found is false where there is none. Reads the headers of the first frames,
 * usually of one. Errors: read_at's. */
int mov_reference_header(prores_header *out, bool *found, const mov_movie *m, const mov_input *in,
                         cz_error *err);
#endif
