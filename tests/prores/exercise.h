/* Arbitrary bytes, decoded in several ways that must agree.
 *
 * The checks: no access is outside of its buffer (guard pages, and the sanitizers of the build); a
 * successful call writes the whole picture, independent of the previous content of its memory; a
 * damaged slice affects the same samples in every implementation, for any order of rows and any
 * previous use of the decoder; the report is consistent. */
#ifndef CZ_TESTS_PRORES_EXERCISE_H
#define CZ_TESTS_PRORES_EXERCISE_H

#include "prores/prores.h"

/* How a frame is decoded: the first bytes of a fuzz input. Any bytes are good. */
enum { CHOICE_BYTES = 8 };

/* Ends the program by abort() where something doesn't hold. `dec` has one worker at least. Returns
 * what prores_decode did. */
int exercise(prores_decoder *dec, const uint8_t choice[CHOICE_BYTES], const uint8_t *data,
             size_t len);

#endif
