/* Movie headers of our own: ftyp and moov for ProRes frames that lie one behind the other.
 *
 * All sizes are known before the first byte is written, so a movie is made in one pass: header, frames,
 * and whatever else. Used for shards and for cut-outs. The bytes depend on the arguments alone. Pure. */
#ifndef CZ_MOV_WRITE_H
#define CZ_MOV_WRITE_H

#include "base/buf.h"
#include "mov/mov.h"

typedef struct mov_write_params {
    fourcc codec;
    mov_video video;
    uint32_t timescale; /* of the durations */
    uint64_t created;   /* seconds since 1904; 0: not told */
    const char *name;   /* udta ©nam, UTF-8; or NULL */
} mov_write_params;

/* Add the movie's header to out: ftyp, moov, and the 8- or 16-byte head of an mdat that holds the n
 * samples of size[] bytes each, shown for ticks[] each, in order. The samples follow directly in the
 * file that begins at out's first new byte. The header's length depends on n, the number of runs of
 * equal ticks, the name, what video tells (fields, colour, aspect), whether the samples come to 4 GiB and
 * whether times need 64 bits, nothing else. Errors: NOMEM, FORMAT (n == 0, a sample of no bytes, no
 * timescale, sums too large). */
int mov_write_header(buf *out, const mov_write_params *w, const uint32_t *size,
                     const uint32_t *ticks, size_t n, cz_error *err);

/* The same as AVI (RIFF, one video stream, fourcc as it is), for tools that want it: head before the
 * samples, each sample preceded by avi_chunk_header() and padded to even length, tail (idx1) behind
 * them. rate_num/rate_den frames a second. Errors: NOMEM, FORMAT (n == 0, a sample of no bytes, no rate),
 * UNSUPPORTED (more than 2 GiB, with a hint at .mov). */
int avi_write_header(buf *out, const mov_write_params *w, uint32_t rate_num, uint32_t rate_den,
                     const uint32_t *size, size_t n, cz_error *err);
void avi_chunk_header(uint8_t out[8], uint32_t size);
int avi_write_index(buf *out, const uint32_t *size, size_t n, cz_error *err);

#endif
