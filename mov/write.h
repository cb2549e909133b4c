/* Writing movie headers for contiguous ProRes frames: QuickTime and AVI.
 *
 * All sizes are known in advance, so a movie can be written in one pass. Used for shards and for
 * exported frames. Pure: the bytes depend only on the arguments. */
#ifndef CZ_MOV_WRITE_H
#define CZ_MOV_WRITE_H

#include "base/buf.h"
#include "mov/mov.h"

typedef struct mov_write_params {
    fourcc codec;
    mov_video video;
    uint32_t timescale; /* ticks per second, of the durations */
    uint64_t created;   /* seconds since 1904; 0: unknown */
    const char *name;   /* udta ©nam, UTF-8; or NULL */
} mov_write_params;

/* Append ftyp, moov, and the 8- or 16-byte header of an mdat that contains n samples of size[]
 * bytes and ticks[] duration. The file starts at the first appended byte, and the samples follow
 * directly. The length of the header depends only on n, the number of runs of equal ticks, the
 * name, which of fields, color and aspect are set, whether the samples exceed 4 GiB, and whether
 * times need 64 bits. Errors: NOMEM, FORMAT (n == 0, an empty sample, no timescale, sums too
 * large). */
int mov_write_header(buf *out, const mov_write_params *w, const uint32_t *size,
                     const uint32_t *ticks, size_t n, cz_error *err);

/* The same for AVI (RIFF, one video stream with the same fourcc): the header, then each sample,
 * preceded by avi_chunk_header() and padded to even length, then the index (idx1). Errors: NOMEM,
 * FORMAT (n == 0, an empty sample, no rate), UNSUPPORTED (more than 2 GiB; the hint suggests .mov).
 */
int avi_write_header(buf *out, const mov_write_params *w, uint32_t rate_num, uint32_t rate_den,
                     const uint32_t *size, size_t n, cz_error *err);
void avi_chunk_header(uint8_t out[8], uint32_t size);
int avi_write_index(buf *out, const uint32_t *size, size_t n, cz_error *err);

#endif
