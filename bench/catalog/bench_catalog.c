/* usage: bench-catalog CATALOG.jsonl    milliseconds of processor time to parse it, and then its
 * scenes: medians of
 * nine */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "catalog/catalog_text.h"

enum { TIMES = 9 };

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *of)
{
    qsort(of, TIMES, sizeof *of, ascending);
    return of[TIMES / 2];
}

static void read_file(buf *out, const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t block[1 << 16];
    for (size_t n; f && (n = fread(block, 1, sizeof block, f)) > 0;)
        buf_add(out, block, n);
    if (f)
        (void)fclose(f);
}

int main(int argc, char **argv)
{
    double open[TIMES], scenes[TIMES];
    buf file = {0};
    cz_error err = {0};
    if (argc != 2)
        return 2;
    read_file(&file, argv[1]);
    for (int i = 0; i < TIMES; i++) {
        buf text = {0};
        catalog_text *c = NULL;
        catalog_scene *scene = NULL;
        buf_add(&text, file.at, file.len);
        const double begin = now();
        if (catalog_text_parse(&c, &text, argv[1], &err) < 0)
            break;
        const double opened = now();
        if (catalog_text_scenes(&scene, c, &err) < 0)
            break;
        open[i] = opened - begin;
        scenes[i] = now() - opened;
        if (i == TIMES - 1)
            printf("%zu clips, %llu scenes, %zu bytes: open %.1f ms, scenes %.1f ms\n", c->n_clips,
                   (unsigned long long)c->n_scenes, file.len, median(open), median(scenes));
        free(scene);
        catalog_text_free(&c);
    }
    buf_free(&file);
    if (err.code)
        (void)fprintf(stderr, "bench-catalog: %s\n", err.message);
    return err.code ? 1 : 0;
}
