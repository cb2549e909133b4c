/* The oracle: FFmpeg's libavcodec and libswscale, in this process. Linked by tests alone.
 *
 * These functions end the program where FFmpeg itself has no memory or no codec; its result for a
 * frame is returned. */
#ifndef CZ_TESTS_PRORES_PEER_H
#define CZ_TESTS_PRORES_PEER_H

#include <libavutil/frame.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* Decode a ProRes frame to 10 bit or, where `twelve`, to 12: FFmpeg goes by the profile that the
 * container names, not by the frame. The caller frees it with av_frame_free(); NULL where FFmpeg
 * refuses it. */
AVFrame *peer_decode(const uint8_t *frame, size_t len, int width, int height, bool twelve);

/* The same picture in another pixel format, by swscale with accurate_rnd, full_chroma_int and
 * bitexact; `colorspace` is one of SWS_CS_*. Gray and RGB use all values, Y'CbCr a limited range.
 */
AVFrame *peer_convert(const AVFrame *in, enum AVPixelFormat format, int colorspace);

/* An encoder's settings, the name of one of FFmpeg's three ProRes encoders first. */
typedef struct peer_encoder {
    const char *name;
    const char *options; /* "profile=hq:mbs_per_slice=4" */
    enum AVPixelFormat format;
    int interlace; /* 0, or 1 top field first, or 2 bottom */
    int quality;   /* as -qscale, or 0 */
} peer_encoder;

/* Encode a picture and append the bytes of its frame; false where the encoder won't have it. */
bool peer_encode(buf *out, const peer_encoder *how, const AVFrame *picture);

/* An empty picture. */
AVFrame *peer_picture(enum AVPixelFormat format, int width, int height);

#endif
