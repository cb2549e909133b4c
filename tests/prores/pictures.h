/* Pictures to encode that are hard for encoders and converters, generated from a seed. */
#ifndef CZ_TESTS_PRORES_PICTURES_H
#define CZ_TESTS_PRORES_PICTURES_H

#include "tests/prores/peer.h"

/* Ramps, rectangles with sharp edges, noise and black and white, in limited range; every plane of a
 * 10-bit planar format, alpha too. The caller frees it with av_frame_free(). */
AVFrame *random_picture(enum AVPixelFormat format, int width, int height, uint64_t seed);

#endif
