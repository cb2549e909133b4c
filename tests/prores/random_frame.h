/* Random frames from the writer: every choice that the format leaves, by a seed.
 *
 * But for two in which FFmpeg 5.1 is at fault (its bit reader holds 32 bits at a time):
 * - a plane ends with at most 31 zero bits: with more of them it reads on and finds damage;
 * - the last codes of a plane are short. Before each run FFmpeg asks whether what is left of the
 * plane (when that is less than 32 bits) is all zero, but asks the bits that a long level code has
 * left in its reader. So it can miss the last coefficients behind a large one. That our decoder
 * gets those right is tested without FFmpeg (prores_options.c). */
#ifndef CZ_TESTS_PRORES_RANDOM_FRAME_H
#define CZ_TESTS_PRORES_RANDOM_FRAME_H

#include "tests/prores/write.h"

typedef enum random_kind {
    /* What a decoder must get right: the sum over a block of |coefficient * weight * scale| is at
     * most 32767. No step of a transform in 16 bits overflows then, neither in FFmpeg's C nor in
     * its SIMD code, so all of them agree. Blocks of real pictures are well within: F / 8 of an 8 x
     * 8 block of samples is at most 16384 for DC, and for a sharp edge not much more in all. */
    RANDOM_LEGAL,
    /* Coefficients and weights of any size that the codes can carry. What becomes of those is
     * defined by nothing but an implementation: FFmpeg's SIMD code saturates where its C code
     * wraps. */
    RANDOM_WILD,
    /* Legal, and some hundred bytes long: for fuzzing. */
    RANDOM_TINY,
} random_kind;

/* Append the frame of that seed; the same bytes on every machine. `ret_spec` may be NULL.
 * Errors: those of prores_write. */
int random_frame(buf *out, frame_spec *ret_spec, uint64_t seed, random_kind kind);

#endif
