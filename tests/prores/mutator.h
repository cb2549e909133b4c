/* Damage to the fields of ProRes frames. */
#ifndef CZ_TESTS_PRORES_MUTATOR_H
#define CZ_TESTS_PRORES_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

#include "tests/prores/rng.h"

/* Change `data` in one place or a few: a field of the frame header, of a picture's, of the slice
 * table, of a slice's, or its codes; or its length. Bytes that are no frame are changed anywhere.
 * There is room for `room` >= len bytes. Returns the new length. */
size_t mutate(uint8_t *data, size_t len, size_t room, rng *r);

#endif
