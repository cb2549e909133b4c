/* usage: prores_mutate COUNT [FIRST [LAST_FILE]]
 *
 * Decode COUNT damaged frames, of seeds from FIRST on, as exercise.h has it. LAST_FILE holds the
 * input at hand, as the fuzz target takes it: what is left there after a crash reproduces it. */
#include "tests/prores/exercise.h"
#include "tests/prores/mutator.h"
#include "tests/prores/random_frame.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/support/guard.h"

enum { BASES = 400, INPUT_MAX = 1 << 18, ROOM = 2048 };

/* Memory that outlives the program where there is a file for it. */
static uint8_t *open_last(const char *path)
{
    int fd = -1;
    if (path) {
        fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
        if (fd < 0 || ftruncate(fd, INPUT_MAX) != 0)
            return NULL;
    }
    const int flags = path ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    uint8_t *at = mmap(NULL, INPUT_MAX, PROT_READ | PROT_WRITE, flags, fd, 0);
    return at == MAP_FAILED ? NULL : at;
}

static bool make_bases(buf *bases)
{
    for (uint64_t i = 0; i < BASES; i++)
        if (random_frame(&bases[i], NULL, i, RANDOM_TINY) < 0 ||
            bases[i].len > INPUT_MAX - CHOICE_BYTES - ROOM)
            return false;
    return true;
}

/* Make the input of that seed at `at`; returns its length. */
static size_t make_input(uint8_t *at, const buf *bases, uint64_t seed)
{
    rng r = {seed};
    const buf *base = &bases[rng_below(&r, BASES)];
    for (int i = 0; i < CHOICE_BYTES; i++)
        at[i] = (uint8_t)rng_next(&r);
    memcpy(at + CHOICE_BYTES, base->at, base->len);
    return CHOICE_BYTES + mutate(at + CHOICE_BYTES, base->len, base->len + ROOM, &r);
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 4) {
        (void)fprintf(stderr, "usage: prores_mutate COUNT [FIRST [LAST_FILE]]\n");
        return EXIT_FAILURE;
    }
    const uint64_t count = strtoull(argv[1], NULL, 10);
    const uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    static buf bases[BASES];
    uint8_t *last = open_last(argc > 3 ? argv[3] : NULL);
    prores_decoder *dec = NULL;
    if (!last || !make_bases(bases) || prores_decoder_new(&dec, 1, NULL) < 0) {
        (void)fprintf(stderr, "prores_mutate: no memory, or no file\n");
        return EXIT_FAILURE;
    }
    uint64_t whole = 0, damaged = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        const size_t len = make_input(last, bases, seed);
        guard frame = guard_copy(last + CHOICE_BYTES, len - CHOICE_BYTES);
        const int rc = exercise(dec, last, frame.at, frame.len);
        whole += rc == CZ_OK;
        damaged += rc == CZ_CORRUPT;
        guard_free(&frame);
    }
    prores_decoder_free(&dec);
    for (size_t i = 0; i < BASES; i++)
        buf_free(&bases[i]);
    (void)munmap(last, INPUT_MAX);
    if (printf("%llu frames: %llu decoded, %llu damaged, %llu refused\n", (unsigned long long)count,
               (unsigned long long)whole, (unsigned long long)damaged,
               (unsigned long long)(count - whole - damaged)) < 0)
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
