/* Bytes that may be anything, decoded in several ways that must agree.
 *
 * What is held: nothing is read or written outside of its buffer (guard pages, and whatever
 * sanitizer the build has); a call that gives a picture gives all of it, whatever was in that
 * memory before; a damaged slice spoils the same samples on every kind of code, in any order of
 * rows, whatever the decoder did before; the report adds up. */
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
