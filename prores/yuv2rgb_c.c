/* yuv2rgb_ops in C. */
#include "prores/yuv2rgb_body.h"

const yuv2rgb_ops prores_yuv2rgb_c = {chroma_upsample, chroma_copy, gray8, gray10, gray16, rgb24,
                                      bgr24,           rgba,        rgb48, bgr48,  rgba64, mean};
