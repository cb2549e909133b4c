/* usage: prores_seeds FOLDER COUNT
 *
 * Write COUNT tiny frames as inputs of the fuzz target fuzz_prores, each with random options before
 * it: FOLDER/000 and so on. The same numbers give the same files everywhere. */
#include "tests/prores/exercise.h"
#include "tests/prores/random_frame.h"
#include "tests/prores/rng.h"

#include <stdio.h>
#include <stdlib.h>

static bool write_seed(const char *folder, unsigned i)
{
    rng r = {i};
    buf input = {0};
    for (int n = 0; n < CHOICE_BYTES; n++) {
        const uint8_t byte = (uint8_t)rng_next(&r);
        buf_add(&input, &byte, 1);
    }
    char path[4096];
    const int n = snprintf(path, sizeof path, "%s/%03u", folder, i);
    FILE *out = NULL;
    bool good = n > 0 && (size_t)n < sizeof path &&
                random_frame(&input, NULL, i, RANDOM_TINY) == CZ_OK &&
                (out = fopen(path, "wb")) != NULL;
    good = good && fwrite(input.at, 1, input.len, out) == input.len;
    if (out && fclose(out) != 0)
        good = false;
    buf_free(&input);
    return good;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: prores_seeds FOLDER COUNT\n");
        return EXIT_FAILURE;
    }
    const unsigned long count = strtoul(argv[2], NULL, 10);
    for (unsigned i = 0; i < count; i++)
        if (!write_seed(argv[1], i)) {
            (void)fprintf(stderr, "prores_seeds: frame %u couldn't be written\n", i);
            return EXIT_FAILURE;
        }
    return EXIT_SUCCESS;
}
