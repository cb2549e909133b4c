/* Small movies in memory, atom by atom: for tests of mov/, which must not use mov/'s own writer.
 *
 * A movie is laid out by hand: atom_begin(), put_...(), atom_end(). put_trak() has the usual track
 * in one piece, its tables given as they are to stand in the file, right or wrong. */
#ifndef CZ_TESTS_UNIT_SUPPORT_MOV_BYTES_H
#define CZ_TESTS_UNIT_SUPPORT_MOV_BYTES_H

#include "base/buf.h"
#include "mov/mov.h"

void put8(buf *b, uint8_t v);
void put16(buf *b, uint16_t v);
void put32(buf *b, uint32_t v);
void put64(buf *b, uint64_t v);
void put_text(buf *b, const char *text); /* without its NUL */
void put_zeros(buf *b, size_t n);

size_t atom_begin(buf *b, const char *type); /* four letters */
void atom_end(buf *b, size_t begun);
/* An atom of these 32-bit words. */
void put_atom(buf *b, const char *type, const uint32_t *word, size_t n);

typedef struct trak {
    const char *kind, *codec; /* "vide", "apcn"; kind NULL: no hdlr, codec NULL: no stsd */
    const char *second_codec; /* one more sample description */
    const buf *extensions;    /* behind the sample description's fields */
    const char *url;          /* dref: the file of this URL; NULL: the movie's own */
    uint64_t created, duration;
    const uint32_t *size;      /* table of stsz; NULL: none */
    const uint32_t (*stsc)[3]; /* first chunk, samples, description */
    const uint64_t *chunk;
    const uint32_t (*stts)[2]; /* count, delta */
    const int64_t (*edit)[2];  /* duration, media time */
    uint32_t uniform, n_sizes; /* what stsz says before its table */
    uint32_t n_stsc, n_chunks, n_stts, n_edits;
    uint32_t timescale;
    uint32_t id;
    uint16_t width, height;
    uint8_t version; /* of tkhd and mdhd */
    bool disabled;
    bool wide;       /* co64 */
    bool wide_edits; /* version 1 of elst */
} trak;

/* A video track of 3 frames in 2 chunks, at 1000 (100 and 200 bytes) and 2000 (300 bytes), in a
 * file of 4000. */
trak usual_trak(void);
void put_trak(buf *b, const trak *t);
void put_mvhd(buf *b, uint8_t version, uint64_t created, uint32_t timescale, uint64_t duration);
/* ftyp, free up to 4000, moov of these tracks. */
void put_movie(buf *b, const trak *t, size_t n);

/* A buffer as a file. */
typedef struct memory {
    const uint8_t *at;
    size_t len;
    uint64_t fail_at; /* a read that touches this byte fails with CZ_UNREACHABLE; 0: none does */
    size_t reads;
} memory;
mov_input memory_input(memory *m);
memory memory_of(const buf *b);

/* A frame whose sizes add up: header, picture(s), slices. The payload is `fill`. */
typedef struct frame_spec {
    uint16_t width, height;
    uint8_t chroma, interlace, rate, alpha;
    uint8_t matrix[8]; /* the first row of the luma matrix; [0] == 0: no matrices */
    uint16_t payload;  /* bytes in a slice behind its header */
    uint8_t fill;
    uint32_t stuffing; /* zero bytes at the end */
} frame_spec;
frame_spec usual_frame(void); /* 64 x 48, 4:2:2, progressive */
/* Returns its size. */
uint32_t put_frame(buf *b, const frame_spec *f);

#endif
