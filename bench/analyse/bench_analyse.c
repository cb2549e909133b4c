/* bench-analyse [--rounds N] FILE: milliseconds per frame of each step of the analysis, for a file
 * of ProRes frames, one after the other.
 *
 * Each round analyses all frames; the medians of the rounds are printed, with their range. Times
 * are those of this thread's processor, so that other work of the machine does not count. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyse/frame_analysis.h"
#include "base/bytes.h"

enum { ROUNDS_MAX = 101, STEPS = 5 };

static const char *const names[STEPS + 1] = {"DC picture", "statistics", "pyramid",
                                             "motion",     "overview",   "all"};

typedef struct bench {
    uint8_t *data;
    size_t len;
    prores_decoder *dec;
    frame_view views[2];
    uint8_t *rgb;
    double ms[STEPS + 1][ROUNDS_MAX];
    unsigned rounds;
    size_t frames;
    uint64_t sum; /* of results, so that none is left out by the compiler */
} bench;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* Add the time since *last to a step. */
static void lap(double step[STEPS + 1], unsigned i, double *last)
{
    const double t = now();
    step[i] += t - *last;
    *last = t;
}

static int analyse(bench *b, size_t i, const uint8_t *frame, size_t size, double step[STEPS + 1])
{
    frame_view *v = &b->views[i % 2];
    frame_statistics s;
    double last = now();
    if (dc_picture_decode(&v->picture, b->dec, frame, size, NULL) < 0)
        return -1;
    lap(step, 0, &last);
    frame_statistics_of(&s, &v->picture, (uint32_t)size);
    if (i > 0)
        frame_statistics_difference(&s, &b->views[(i + 1) % 2].picture, &v->picture);
    lap(step, 1, &last);
    if (motion_pyramid_build(&v->pyramid, &v->picture, NULL) < 0)
        return -1;
    lap(step, 2, &last);
    camera_motion motion = {0};
    if (i > 0)
        motion = camera_motion_between(&b->views[(i + 1) % 2].pyramid, &v->pyramid);
    lap(step, 3, &last);
    if (!b->rgb && !(b->rgb = malloc((size_t)v->picture.columns * v->picture.rows * 3)))
        return -1;
    dc_picture_rgb24(&v->picture, b->dec, b->rgb);
    lap(step, 4, &last);
    b->sum += s.luma_p50 + b->rgb[0] + (uint64_t)motion.known;
    return 0;
}

static int run_round(bench *b, unsigned round)
{
    double step[STEPS + 1] = {0};
    b->frames = 0;
    for (size_t at = 0; b->len - at >= 8; b->frames++) {
        const size_t size = rd32be(b->data + at);
        if (size < 8 || size > b->len - at || analyse(b, b->frames, b->data + at, size, step) < 0)
            return -1;
        at += size;
    }
    for (unsigned i = 0; i < STEPS; i++)
        step[STEPS] += step[i];
    for (unsigned i = 0; i <= STEPS; i++)
        b->ms[i][round] = step[i] / (double)b->frames;
    return b->frames ? 0 : -1;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int read_file(bench *b, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        return -1;
    const long size = ftell(f);
    rewind(f);
    b->data = size > 0 ? malloc((size_t)size) : NULL;
    b->len = b->data ? fread(b->data, 1, (size_t)size, f) : 0;
    (void)fclose(f);
    return b->len ? 0 : -1;
}

int main(int argc, char **argv)
{
    bench b = {.rounds = 9};
    const char *path = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
            b.rounds = (unsigned)strtoul(argv[++i], NULL, 10);
        else
            path = argv[i];
    }
    if (!path || b.rounds == 0 || b.rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: bench-analyse [--rounds N] FRAMES\n");
        return 2;
    }
    int rc = read_file(&b, path) < 0 || prores_decoder_new(&b.dec, 1, NULL) < 0;
    for (unsigned i = 0; rc == 0 && i <= b.rounds; i++) /* the first one warms up */
        rc = run_round(&b, i ? i - 1 : 0) < 0;
    for (unsigned i = 0; rc == 0 && i <= STEPS; i++) {
        qsort(b.ms[i], b.rounds, sizeof b.ms[i][0], by_value);
        (void)printf("  %-12s %7.3f ms  (%.3f to %.3f)\n", names[i], b.ms[i][b.rounds / 2],
                     b.ms[i][0], b.ms[i][b.rounds - 1]);
    }
    if (rc)
        (void)fprintf(stderr, "bench-analyse: %s: cannot analyse\n", path);
    frame_view_free(&b.views[0]);
    frame_view_free(&b.views[1]);
    prores_decoder_free(&b.dec);
    free(b.rgb);
    free(b.data);
    return rc;
}
