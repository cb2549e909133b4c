/* prores/: eight bytes of options, then a frame. exercise.h has the checks; the
 * mutator knows where the fields of a frame are. Seeds are made by tests/prores/prores_seeds.c. */
#include <stdlib.h>

#include "tests/prores/exercise.h"
#include "tests/prores/mutator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t room, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t room);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < CHOICE_BYTES)
        return -1;
    static prores_decoder *dec; /* for all inputs: it costs more to make than a frame to decode */
    if (!dec && prores_decoder_new(&dec, 1, NULL) < 0)
        abort();
    (void)exercise(dec, data, data + CHOICE_BYTES, len - CHOICE_BYTES);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t room, unsigned seed)
{
    rng r = {seed};
    if (len < CHOICE_BYTES || rng_one_in(&r, 8))
        return LLVMFuzzerMutate(data, len, room);
    if (rng_one_in(&r, 4))
        data[rng_below(&r, CHOICE_BYTES)] ^= (uint8_t)(1u << seed % 8);
    return CHOICE_BYTES + mutate(data + CHOICE_BYTES, len - CHOICE_BYTES, room - CHOICE_BYTES, &r);
}
