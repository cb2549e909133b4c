/* bench-find [--rounds N]: how long the search for a view takes, on this thread: 100 000 signatures
 * compared with a query's variants, and the registration of a pair of pictures of 240 x 135.
 *
 * Pictures and signatures are made: smooth noise. Each round searches all; the medians of the
 * rounds are printed, with their range. Times are those of this thread's processor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyse/registration.h"
#include "analyse/view_search.h"

enum {
    SCENES = 100000,
    ROUNDS_MAX = 101,
    COLUMNS = 240,
    ROWS = 135,
    PAIRS = 40, /* of a round */
    STEPS = 4,
};

static const char *const names[STEPS] = {"search of 100 000 scenes", "a picture prepared",
                                         "a pair of other views", "a pair of one view"};

typedef struct bench {
    uint8_t *signatures;
    uint8_t luma[3][COLUMNS * ROWS]; /* the query, the same view, another one */
    view_picture picture[3];
    view_query *cells, *halves;
    registration_memory memory;
    double ms[STEPS][ROUNDS_MAX];
    size_t similar;
    double score; /* of results, so that none is left out by the compiler */
} bench;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static uint32_t hash(uint32_t x, uint32_t y, uint32_t z)
{
    uint32_t h = x * 0x9E3779B1u ^ y * 0x85EBCA77u ^ z * 0xC2B2AE3Du;
    h = (h ^ h >> 15) * 0x2C1B3C6Du;
    h = (h ^ h >> 12) * 0x297A2D39u;
    return h ^ h >> 15;
}

/* Smooth noise whose features have `size` samples: 0..255 */
static double smooth(double x, double y, double size, uint32_t seed)
{
    const uint32_t i = (uint32_t)(x / size), j = (uint32_t)(y / size);
    const double u = x / size - i, v = y / size - j;
    const double top = (hash(i, j, seed) >> 24) * (1 - u) + (hash(i + 1, j, seed) >> 24) * u;
    const double low =
        (hash(i, j + 1, seed) >> 24) * (1 - u) + (hash(i + 1, j + 1, seed) >> 24) * u;
    return top * (1 - v) + low * v;
}

static void paint(uint8_t *luma, double left, double top, double zoom, uint32_t seed)
{
    for (uint32_t y = 0; y < ROWS; y++)
        for (uint32_t x = 0; x < COLUMNS; x++) {
            const double u = 100 + left + (x - 120.0) / zoom, v = 100 + top + (y - 67.0) / zoom;
            luma[y * COLUMNS + x] =
                (uint8_t)(smooth(u, v, 19, seed) * 0.5 + smooth(u, v, 5, seed + 1) * 0.3 +
                          (hash(x, y, seed + (uint32_t)(left * 8)) >> 28));
        }
}

static int prepare(bench *b)
{
    paint(b->luma[0], 0, 0, 1, 1);
    paint(b->luma[1], 13.3, -7.1, 1.08, 1);
    paint(b->luma[2], 0, 0, 1, 77);
    b->signatures = malloc((size_t)SCENES * SIGNATURE_BYTES);
    for (size_t i = 0; b->signatures && i < SCENES; i++)
        for (uint32_t k = 0; k < SIGNATURE_BYTES; k++) {
            const uint32_t column = k % 16, row = k / 16;
            b->signatures[i * SIGNATURE_BYTES + k] =
                (uint8_t)smooth(column + 1, row + 1, 1.7, (uint32_t)i + 100);
        }
    for (unsigned i = 0; i < 3; i++)
        if (view_picture_make(&b->picture[i], b->luma[i], COLUMNS, 8 * COLUMNS, 8 * ROWS, NULL) < 0)
            return -1;
    return b->signatures ? 0 : -1;
}

/* As find does it: all in steps of cells, those that are similar in halves. */
static int search(bench *b)
{
    if (view_query_new(&b->cells, b->luma[0], COLUMNS, ROWS, VIEW_QUERY_CELLS, NULL) < 0 ||
        view_query_new(&b->halves, b->luma[0], COLUMNS, ROWS, VIEW_QUERY_HALVES, NULL) < 0)
        return -1;
    b->similar = 0;
    for (size_t i = 0; i < SCENES; i++) {
        const uint8_t *signature = b->signatures + i * SIGNATURE_BYTES;
        if (view_similarity(b->cells, signature) < SIMILAR_CELLS)
            continue;
        b->similar++;
        b->score += (double)view_similarity(b->halves, signature);
    }
    view_query_free(&b->cells);
    view_query_free(&b->halves);
    return 0;
}

static int register_pairs(bench *b, unsigned with)
{
    for (unsigned i = 0; i < PAIRS; i++) {
        registration r;
        if (views_register(&r, &b->picture[0], &b->picture[with], &b->memory, NULL) < 0)
            return -1;
        b->score += r.score;
    }
    return 0;
}

static int run_round(bench *b, double ms[STEPS])
{
    double last = now();
    if (search(b) < 0)
        return -1;
    ms[0] = now() - last;
    last = now();
    if (view_picture_make(&b->picture[1], b->luma[1], COLUMNS, 8 * COLUMNS, 8 * ROWS, NULL) < 0)
        return -1;
    ms[1] = now() - last;
    for (unsigned i = 0; i < 2; i++) {
        last = now();
        if (register_pairs(b, 2 - i) < 0)
            return -1;
        ms[2 + i] = (now() - last) / PAIRS;
    }
    return 0;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int measure(bench *b, unsigned rounds)
{
    int rc = prepare(b) < 0;
    for (unsigned i = 0; rc == 0 && i <= rounds; i++) { /* the first one warms up */
        double ms[STEPS] = {0};
        rc = run_round(b, ms) < 0;
        for (unsigned k = 0; i > 0 && k < STEPS; k++)
            b->ms[k][i - 1] = ms[k];
    }
    for (unsigned k = 0; rc == 0 && k < STEPS; k++) {
        qsort(b->ms[k], rounds, sizeof b->ms[k][0], by_value);
        (void)printf("  %-24s %8.3f ms  (%.3f to %.3f)\n", names[k], b->ms[k][rounds / 2],
                     b->ms[k][0], b->ms[k][rounds - 1]);
    }
    (void)printf("  %zu of %d scenes compared in steps of half cells\n", b->similar, SCENES);
    return rc;
}

int main(int argc, char **argv)
{
    unsigned rounds = 9;
    if (argc == 3 && strcmp(argv[1], "--rounds") == 0)
        rounds = (unsigned)strtoul(argv[2], NULL, 10);
    bench *b = rounds > 0 && rounds <= ROUNDS_MAX ? calloc(1, sizeof *b) : NULL;
    if (!b)
        return 2;
    const int rc = measure(b, rounds);
    for (unsigned i = 0; i < 3; i++)
        view_picture_free(&b->picture[i]);
    registration_memory_free(&b->memory);
    free(b->signatures);
    free(b);
    return rc;
}
