/* bench-python-peer: the C library on frames that measure.py names, timed.
 *
 *     bench-python-peer STORE CLIP
 *
 * A line on standard input is "raw N..." (frames as recorded, one call each, into the same
 * memory), "one N..." (RGB on one thread, one call each) or "many THREADS N..." (RGB, one call
 * for all). For each line its seconds are written. For one call each that is the median times
 * the number of calls, so that other work of the machine does not count; measure.py does the
 * same. */
#include <camzarr.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FRAMES_MAX = 4096 };

typedef struct bench {
    cz_clip *clip;
    uint64_t frame[FRAMES_MAX];
    size_t n;
    uint8_t *room; /* of one frame or of all pictures */
    size_t room_len;
} bench;

static void fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench-python-peer: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void need_room(bench *b, size_t len)
{
    if (len <= b->room_len)
        return;
    free(b->room);
    b->room = malloc(len);
    if (!b->room)
        fail("memory", "not enough");
    memset(b->room, 1, len); /* mapped before anything is timed */
    b->room_len = len;
}

static size_t largest(const bench *b)
{
    const void *at = NULL;
    cz_error err;
    size_t most = 0;
    if (cz_column_read(&at, b->clip, CZ_SIZE, &err) < 0)
        fail("sizes", err.message);
    for (uint64_t i = 0; i < cz_clip_facts(b->clip)->frames; i++)
        if (((const uint32_t *)at)[i] > most)
            most = ((const uint32_t *)at)[i];
    return most;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double n_medians(double *seconds, size_t n)
{
    qsort(seconds, n, sizeof *seconds, by_value);
    return seconds[n / 2] * (double)n;
}

static double raw(bench *b)
{
    cz_error err;
    static double seconds[FRAMES_MAX];
    need_room(b, largest(b));
    for (size_t i = 0; i < b->n; i++) {
        const double begin = now();
        cz_request r = {.frame = b->frame[i], .data = b->room, .room = b->room_len};
        if (cz_frames_raw(b->clip, &r, 1, NULL, NULL, &err) < 0)
            fail("raw", err.message);
        seconds[i] = now() - begin;
    }
    return n_medians(seconds, b->n);
}

/* RGB of all frames, `batch` of them per call. */
static double pictures(bench *b, unsigned threads, size_t batch)
{
    static cz_request r[FRAMES_MAX];
    static double seconds[FRAMES_MAX];
    size_t calls = 0;
    const cz_view view = {.layout = CZ_RGB24, .threads = threads};
    cz_shape shape;
    cz_error err;
    if (cz_shape_of(&shape, b->clip, &view, &err) < 0)
        fail("shape", err.message);
    need_room(b, batch * shape.bytes);
    for (size_t at = 0; at < b->n; at += batch) {
        const double begin = now();
        for (size_t i = 0; i < batch; i++)
            r[i] = (cz_request){
                .frame = b->frame[at + i], .data = b->room + i * shape.bytes, .room = shape.bytes};
        if (cz_pictures(b->clip, &view, r, batch, NULL, NULL, &err) < 0)
            fail("pictures", err.message);
        seconds[calls++] = now() - begin;
    }
    return n_medians(seconds, calls);
}

static void read_frames(bench *b, char *text)
{
    b->n = 0;
    for (char *word = strtok(text, " \n"); word && b->n < FRAMES_MAX; word = strtok(NULL, " \n"))
        b->frame[b->n++] = strtoull(word, NULL, 10);
    if (b->n == 0)
        fail("frames", "none");
}

static double obey(bench *b, char *line)
{
    char *rest = NULL;
    if (strncmp(line, "raw ", 4) == 0) {
        read_frames(b, line + 4);
        return raw(b);
    }
    if (strncmp(line, "one ", 4) == 0) {
        read_frames(b, line + 4);
        return pictures(b, 1, 1);
    }
    if (strncmp(line, "many ", 5) != 0)
        fail(line, "what is that?");
    const unsigned threads = (unsigned)strtoul(line + 5, &rest, 10);
    read_frames(b, rest);
    return pictures(b, threads, b->n);
}

int main(int argc, char **argv)
{
    static bench b;
    static char line[16 * FRAMES_MAX];
    cz_store *store = NULL;
    cz_error err;
    if (argc != 3)
        fail("usage", "STORE CLIP");
    if (cz_open(&store, argv[1], NULL, &err) < 0 || cz_clip_open(&b.clip, store, argv[2], &err) < 0)
        fail(argv[1], err.message);
    while (fgets(line, sizeof line, stdin)) {
        (void)printf("%.9f\n", obey(&b, line));
        (void)fflush(stdout);
    }
    free(b.room);
    cz_clip_close(&b.clip);
    cz_close(&store);
    return EXIT_SUCCESS;
}
