/* bench-decode: the decoder against libavcodec in one process, on the same frames.
 *
 *     bench-decode [--pairs N] [--most FRAMES] FILE.icpf|FOLDER|FILE.mov...
 *
 * First all frames are decoded by both and compared, sample by sample. Then for each line of the
 * table the two sides run in turn, A B A B, over all frames; the medians, their ratio and the
 * spread of the pairs' ratios are printed. One thread is pinned to the processor it starts on. */
#include "bench/decode/ffmpeg.h"
#include "bench/decode/frames.h"
#include "prores/decoder.h"

#include <libavutil/avutil.h>
#include <libavutil/log.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

enum { PAIRS_MAX = 101, MEMORY_FACTOR = 8, RUN_FRAMES = 12 };

typedef struct bench {
    clip clip;
    prores_header head;
    prores_decoder *dec;
    prores_thread_pool *threads[3]; /* [n]: a pool of n */
    peer peers[3];                  /* [n]: n threads; [0]: one thread, and scaling to 1/8 */
    uint8_t *memory;
    size_t pairs, most;
} bench;

/* One side of a line of the table. */
typedef struct side {
    const char *what;
    prores_options opt;
    int threads;
    int peer;    /* 1: libavcodec on `threads`, with scale 8 also libswscale */
    int no_idct; /* without the transform: the entropy stage alone */
} side;

/* One thread is timed by its own processor time, so that the machine's other work doesn't count;
 * several by the wall clock. */
static double now(int threads)
{
    struct timespec t;
    (void)clock_gettime(threads > 1 ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void no_transform(const idct_job *job)
{
    (void)job;
}

static int image_of(bench *b, const prores_options *opt, prores_image *out)
{
    prores_shape shape;
    const int rc = prores_shape_of(&shape, &b->head, opt, NULL);
    uint8_t *at = b->memory;
    for (unsigned p = 0; rc == CZ_OK && p < shape.planes; p++) {
        out->plane[p].data = at;
        out->plane[p].stride = (ptrdiff_t)shape.plane[p].row_bytes;
        at += (shape.plane[p].row_bytes * shape.plane[p].height + 63) / 64 * 64;
    }
    return rc;
}

static int run_ours(bench *b, const side *s)
{
    prores_image image = {0};
    const prores_executor pool =
        s->threads > 1 ? prores_thread_pool_executor(b->threads[s->threads]) : (prores_executor){0};
    const cpu_ops *const whole = b->dec->cpu;
    cpu_ops part = *whole;
    part.idct = no_transform;
    int rc = image_of(b, &s->opt, &image);
    b->dec->cpu = s->no_idct ? &part : whole;
    for (size_t i = 0; i < b->clip.count && rc == CZ_OK; i++)
        rc = prores_decode(b->dec, b->clip.frame[i], b->clip.size[i], &s->opt, &image,
                           s->threads > 1 ? &pool : NULL, NULL, NULL);
    b->dec->cpu = whole;
    return rc;
}

static int run_peer(bench *b, const side *s)
{
    peer *p = &b->peers[s->opt.scale == 8 ? 0 : s->threads];
    int rc = 0;
    for (size_t i = 0; i < b->clip.count && rc == 0; i++)
        rc = peer_decode(p, b->clip.frame[i], b->clip.size[i]);
    return rc;
}

/* How often a clip is decoded in one turn. A single frame on two threads would measure how soon the
 * system wakes the second one after the other side's turn. */
static size_t rounds(const bench *b)
{
    return (RUN_FRAMES + b->clip.count - 1) / b->clip.count;
}

/* Seconds per frame; -1 on failure. */
static double run(bench *b, const side *s)
{
    const double start = now(s->threads);
    for (size_t i = 0; i < rounds(b); i++)
        if ((s->peer ? run_peer(b, s) : run_ours(b, s)) != 0)
            return -1;
    return (now(s->threads) - start) / (double)(b->clip.count * rounds(b));
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
    qsort(v, n, sizeof *v, by_value);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* The peer's time divided by the decoder's; -1 on failure. */
static double compare(bench *b, const side *ours, const side *other, double ret_ms[2])
{
    double a[PAIRS_MAX], c[PAIRS_MAX], ratio[PAIRS_MAX];
    if (run(b, ours) < 0 || run(b, other) < 0) /* warm up */
        return -1;
    for (size_t i = 0; i < b->pairs; i++) {
        a[i] = run(b, ours);
        c[i] = run(b, other);
        ratio[i] = c[i] / a[i];
    }
    const double m = median(ratio, b->pairs);
    ret_ms[0] = 1e3 * median(a, b->pairs);
    ret_ms[1] = 1e3 * median(c, b->pairs);
    (void)printf("  %-34s %8.3f ms  %-24s %8.3f ms  %6.2f x  (%.2f to %.2f)\n", ours->what,
                 ret_ms[0], other->what, ret_ms[1], m, ratio[0], ratio[b->pairs - 1]);
    return m;
}

static int same(const bench *b, const AVFrame *f, const prores_shape *shape)
{
    const uint8_t *at = b->memory;
    for (unsigned p = 0; p < shape->planes; p++) {
        const size_t row = shape->plane[p].row_bytes;
        for (unsigned y = 0; y < shape->plane[p].height; y++)
            if (memcmp(at + y * row, f->data[p] + (ptrdiff_t)y * f->linesize[p], row) != 0)
                return 0;
        at += (row * shape->plane[p].height + 63) / 64 * 64;
    }
    return 1;
}

/* Nothing is timed unless both decoders agree on every frame. */
static int verify(bench *b)
{
    const prores_options opt = {0};
    prores_shape shape;
    prores_image image = {0};
    if (prores_shape_of(&shape, &b->head, &opt, NULL) < 0 || image_of(b, &opt, &image) < 0)
        return -1;
    for (size_t i = 0; i < b->clip.count; i++) {
        cz_error err = {0};
        if (prores_decode(b->dec, b->clip.frame[i], b->clip.size[i], &opt, &image, NULL, NULL,
                          &err) < 0) {
            (void)fprintf(stderr, "bench-decode: frame %zu: %s\n", i, err.message);
            return -1;
        }
        if (peer_decode(&b->peers[1], b->clip.frame[i], b->clip.size[i]) < 0 ||
            !same(b, b->peers[1].frame, &shape)) {
            (void)fprintf(stderr, "bench-decode: frame %zu differs from libavcodec's\n", i);
            return -1;
        }
    }
    return 0;
}

static void cycles(bench *b, const side *s)
{
#if defined(__x86_64__)
    double best = 0;
    for (int i = 0; i < 5; i++) {
        const unsigned long long start = __rdtsc();
        (void)run(b, s);
        const double c = (double)(__rdtsc() - start) / (double)(b->clip.bytes * rounds(b));
        best = best == 0 || c < best ? c : best;
    }
    (void)printf("  %-34s %8.2f cycles of the time stamp counter per byte of input\n", s->what,
                 best);
#else
    (void)b;
    (void)s;
#endif
}

static int table(bench *b)
{
    const side full = {.what = "full decode, 1 thread", .threads = 1};
    const side full2 = {.what = "full decode, 2 threads", .threads = 2};
    const side entropy = {.what = "entropy alone", .threads = 1, .no_idct = 1};
    const side eighth = {.what = "1/8", .opt.scale = 8, .threads = 1};
    const side quarter = {.what = "1/4", .opt.scale = 4, .threads = 1};
    const side half = {.what = "1/2", .opt.scale = 2, .threads = 1};
    const side rgb = {.what = "rgb24", .opt.layout = PRORES_RGB24, .threads = 1};
    const side gray = {.what = "gray16", .opt.layout = PRORES_GRAY16, .threads = 1};
    const side ff = {.what = "FFmpeg, 1 thread", .threads = 1, .peer = 1};
    const side ff2 = {.what = "FFmpeg, 2 threads", .threads = 2, .peer = 1};
    const side ff8 = {.what = "FFmpeg + area 1/8", .opt.scale = 8, .threads = 1, .peer = 1};
    const struct {
        const side *ours, *other;
    } lines[] = {{&full, &ff},      {&full2, &ff2}, {&eighth, &ff8}, {&half, &full},
                 {&quarter, &full}, {&rgb, &full},  {&gray, &full},  {&entropy, &full}};
    double ms[2];
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (compare(b, lines[i].ours, lines[i].other, ms) < 0)
            return -1;
    (void)printf("  of a full decode: entropy %.0f %%, transform and output %.0f %%\n",
                 100 * ms[0] / ms[1], 100 - 100 * ms[0] / ms[1]);
    cycles(b, &full);
    cycles(b, &entropy);
    cycles(b, &eighth);
    return 0;
}

static void pin(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)sched_getcpu(), &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

static void machine(const bench *b)
{
    char line[256] = "", *model = "unknown processor";
    struct utsname u = {0};
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
            model = strchr(line, ':') + 2;
            model[strcspn(model, "\n")] = 0;
            break;
        }
    if (f)
        (void)fclose(f);
    (void)uname(&u);
    (void)printf("bench-decode: ours (%s) against FFmpeg %s, libavcodec %s; %s, %s %s\n",
                 prores_decoder_cpu(b->dec), av_version_info(), AV_STRINGIFY(LIBAVCODEC_VERSION),
                 model, u.sysname, u.release);
}

static int open_all(bench *b)
{
    const prores_header *h = &b->head;
    const int is_444 = h->chroma == PRORES_444;
    const size_t samples = (size_t)(h->width + 16) * (h->height + 16u);
    b->memory = calloc(samples, MEMORY_FACTOR);
    if (!b->memory || prores_decoder_new(&b->dec, 2, NULL) < 0 ||
        prores_thread_pool_new(&b->threads[2], 2, NULL) < 0)
        return -1;
    for (int n = 1; n <= 2; n++)
        if (peer_open(&b->peers[n], is_444, n, h->width, h->height, 0) < 0)
            return -1;
    return peer_open(&b->peers[0], is_444, 1, h->width, h->height, 8);
}

static int read_arguments(bench *b, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--pairs") == 0 && i + 1 < argc)
            b->pairs = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--most") == 0 && i + 1 < argc)
            b->most = strtoul(argv[++i], NULL, 10);
        else if (clip_add(&b->clip, argv[i], b->most) < 0)
            return -1;
    }
    return b->clip.count > 0 && b->pairs > 0 && b->pairs <= PAIRS_MAX ? 0 : -1;
}

int main(int argc, char **argv)
{
    bench b = {.pairs = 7, .most = 30};
    av_log_set_level(AV_LOG_ERROR);
    cz_error err = {0};
    if (read_arguments(&b, argc, argv) < 0) {
        (void)fprintf(stderr, "usage: bench-decode [--pairs N] [--most FRAMES] FRAMES...\n");
        return 2;
    }
    if (prores_header_read(&b.head, b.clip.frame[0], b.clip.size[0], &err) < 0 ||
        open_all(&b) < 0) {
        (void)fprintf(stderr, "bench-decode: %s\n", err.code ? err.message : "can't set up");
        return 1;
    }
    pin();
    machine(&b);
    (void)printf(" %s%s: %zu frames of %ux%u, %.0f KB each\n", argv[argc - 1],
                 argc > 2 ? " and the others" : "", b.clip.count, b.head.width, b.head.height,
                 (double)b.clip.bytes / 1e3 / (double)b.clip.count);
    const int failed = verify(&b) < 0 || table(&b) < 0;
    for (int n = 0; n < 3; n++) {
        peer_close(&b.peers[n]);
        prores_thread_pool_free(&b.threads[n]);
    }
    prores_decoder_free(&b.dec);
    free(b.memory);
    clip_free(&b.clip);
    return failed;
}
