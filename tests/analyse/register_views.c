/* register_views WIDTH HEIGHT FILE: registers pairs of a file of pictures at 1/8 scale: 8-bit luma,
 * one after the other, of frames of WIDTH x HEIGHT pixels. Reads pairs of numbers from standard
 * input, and prints shift_x, shift_y, zoom and score of each, and last the mean milliseconds. For
 * tests/e2e/test_find_views.py. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analyse/registration.h"

enum { VIEWS_MAX = 4096 };

static size_t read_views(view_picture *views, const char *path, uint32_t width, uint32_t height)
{
    FILE *f = fopen(path, "rb");
    const size_t columns = width / 8, size = columns * (height / 8);
    uint8_t *luma = malloc(size);
    size_t n = 0;
    while (f && luma && n < VIEWS_MAX && fread(luma, 1, size, f) == size &&
           view_picture_make(&views[n], luma, columns, width, height, NULL) == CZ_OK)
        n++;
    if (f)
        (void)fclose(f);
    free(luma);
    return n;
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    view_picture *views = calloc(VIEWS_MAX, sizeof *views);
    registration_memory memory = {0};
    if (argc != 4 || !views)
        return 2;
    const size_t n = read_views(views, argv[3], (uint32_t)strtoul(argv[1], NULL, 10),
                                (uint32_t)strtoul(argv[2], NULL, 10));
    size_t i, k, pairs = 0;
    const double start = now();
    int rc = 0;
    while (rc == 0 && scanf("%zu %zu", &i, &k) == 2 && i < n && k < n) {
        registration r;
        rc = views_register(&r, &views[i], &views[k], &memory, NULL) < 0;
        (void)printf("%.4f %.4f %.6f %.4f\n", r.shift_x, r.shift_y, r.zoom, r.score);
        pairs++;
    }
    (void)printf("%.3f\n", pairs ? (now() - start) / (double)pairs : 0);
    for (i = 0; i < n; i++)
        view_picture_free(&views[i]);
    registration_memory_free(&memory);
    free(views);
    return rc;
}
