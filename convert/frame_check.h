/* Checks a frame; the result is its flags in the index. Pure and thread-safe. */
#ifndef CZ_CONVERT_FRAME_CHECK_H
#define CZ_CONVERT_FRAME_CHECK_H

#include "convert/plan.h"

/* CZ_FLAG_ bits of frame i, whose plan_frame_size(p, i) bytes are at data. */
uint8_t frame_check(const plan *p, uint64_t i, const uint8_t *data);

#endif
