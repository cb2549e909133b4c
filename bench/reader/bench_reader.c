/* bench-reader: raw frames through the library, compared with pread() of the same bytes.
 *
 *     bench-reader [--pairs N] [--frames N] STORE CLIP
 *
 * STORE is a path. Both sides read the same frames, chosen at random, into the same memory, from
 * warm files; the peer has the shards open and knows where each frame lies. They run in turn, A
 * B A B; printed are medians, the median of the pairs' ratios (the peer's time divided by the
 * library's: above 1 the library is faster), and its spread. Threads are pinned. One thread is
 * timed by its own processor time, so that the machine's other work doesn't count; two by the
 * wall clock. */
#include <camzarr.h>

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { PAIRS_MAX = 101, THREADS_MAX = 2, BATCH_MAX = 64 };

typedef struct bench {
    cz_clip *clip;
    uint64_t n_frames;
    const uint32_t *size;
    const uint64_t *offset;
    int *fd; /* of each shard */
    size_t n_shards;
    size_t largest; /* bytes of a frame */
    size_t pairs, frames;
} bench;

/* A line of the table. */
typedef struct line {
    const char *what;
    size_t threads, batch;
    bool allocate; /* the library allocates the memory of each frame */
    bool in_order; /* frames that follow one another, not random ones */
} line;

/* One thread's part of a run. */
typedef struct part {
    const bench *b;
    const line *l;
    uint8_t *room; /* l->batch times b->largest */
    uint64_t *frame;
    size_t n;
    size_t processor;
    bool ours;
    double seconds; /* of the processor */
} part;

static void fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench-reader: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void *need(void *memory)
{
    if (!memory)
        fail("memory", "not enough");
    return memory;
}

static double now(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- The two sides -------------------------------------------------------------------------- */

static void read_ours(const part *p, const uint64_t *frame, size_t n)
{
    cz_request r[BATCH_MAX] = {{0}};
    cz_error err;
    for (size_t i = 0; i < n; i++) {
        r[i].frame = frame[i];
        if (!p->l->allocate) {
            r[i].data = p->room + i * p->b->largest;
            r[i].room = p->b->largest;
        }
    }
    if (cz_frames_raw(p->b->clip, r, n, NULL, NULL, &err) < 0)
        fail("cz_frames_raw", err.message);
    cz_request_free(r, n);
}

static void read_theirs(const part *p, const uint64_t *frame, size_t n)
{
    const bench *b = p->b;
    const uint32_t per_shard = cz_clip_facts(b->clip)->frames_per_shard;
    for (size_t i = 0; i < n; i++) {
        const uint64_t f = frame[i];
        const ssize_t got =
            pread(b->fd[f / per_shard], p->room + i * b->largest, b->size[f], (off_t)b->offset[f]);
        if (got != (ssize_t)b->size[f])
            fail("pread", "too few bytes");
    }
}

static void *run_part(void *arg)
{
    part *p = arg;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(p->processor, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
    const double begin = now(CLOCK_THREAD_CPUTIME_ID);
    for (size_t i = 0; i < p->n; i += p->l->batch) {
        const size_t n = p->n - i < p->l->batch ? p->n - i : p->l->batch;
        if (p->ours)
            read_ours(p, p->frame + i, n);
        else
            read_theirs(p, p->frame + i, n);
    }
    p->seconds = now(CLOCK_THREAD_CPUTIME_ID) - begin;
    return NULL;
}

/* Seconds that all parts took. */
static double run(part *parts, size_t n, bool ours)
{
    pthread_t t[THREADS_MAX];
    const double begin = now(CLOCK_MONOTONIC);
    for (size_t i = 0; i < n; i++) {
        parts[i].ours = ours;
        if (pthread_create(&t[i], NULL, run_part, &parts[i]) != 0)
            fail("pthread_create", "failed");
    }
    for (size_t i = 0; i < n; i++)
        (void)pthread_join(t[i], NULL);
    return n == 1 ? parts[0].seconds : now(CLOCK_MONOTONIC) - begin;
}

/* ---- A line --------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
    qsort(v, n, sizeof *v, by_value);
    return v[n / 2];
}

/* Read the shards into the page cache, which may have evicted them. */
static void warm(const bench *b)
{
    static uint8_t some[1 << 20];
    for (size_t k = 0; k < b->n_shards; k++)
        for (off_t at = 0; b->fd[k] >= 0 && pread(b->fd[k], some, sizeof some, at) > 0;)
            at += (off_t)sizeof some;
}

static size_t prepare(part *parts, const bench *b, const line *l)
{
    uint64_t noise = 88172645463325252U, bytes = 0;
    for (size_t t = 0; t < l->threads; t++) {
        part *p = &parts[t];
        *p = (part){.b = b, .l = l, .n = b->frames / l->threads, .processor = t};
        p->room = need(malloc(l->batch * b->largest));
        memset(p->room, 1, l->batch * b->largest);
        p->frame = need(calloc(p->n, sizeof *p->frame));
        for (size_t i = 0; i < p->n;) {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            p->frame[i] = (l->in_order && i ? p->frame[i - 1] + 1 : noise) % b->n_frames;
            bytes += b->size[p->frame[i]];
            i += b->size[p->frame[i]] > 0 || l->in_order;
        }
    }
    return bytes;
}

static void measure(const bench *b, const line *l)
{
    part parts[THREADS_MAX];
    double ours[PAIRS_MAX], theirs[PAIRS_MAX], ratio[PAIRS_MAX];
    const double gb = 1e-9 * (double)prepare(parts, b, l);
    for (size_t i = 0; i <= b->pairs; i++) {
        const size_t at = i ? i - 1 : 0; /* the first pair warms up and is overwritten */
        warm(b);
        ours[at] = run(parts, l->threads, true);
        theirs[at] = run(parts, l->threads, false);
        ratio[at] = theirs[at] / ours[at];
    }
    const double mid = median(ratio, b->pairs), each = 1e6 / (double)b->frames;
    const double a = median(ours, b->pairs), c = median(theirs, b->pairs);
    (void)printf("%-34s %8.1f %8.1f %7.2f %7.2f %6.2f (%.2f-%.2f)\n", l->what, a * each, c * each,
                 gb / a, gb / c, mid, ratio[0], ratio[b->pairs - 1]);
    (void)fflush(stdout);
    for (size_t t = 0; t < l->threads; t++) {
        free(parts[t].room);
        free(parts[t].frame);
    }
}

/* ---- All ------------------------------------------------------------------------------------ */

static void print_machine(const bench *b)
{
    char text[256], processor[128] = "unknown processor";
    struct utsname u;
    FILE *f = fopen("/proc/cpuinfo", "re");
    while (f && fgets(text, sizeof text, f))
        if (sscanf(text, "model name : %127[^\n]", processor) == 1)
            break;
    if (f)
        (void)fclose(f);
    (void)uname(&u);
    const cz_facts *facts = cz_clip_facts(b->clip);
    (void)printf("%s, Linux %s; camzarr %s; %s: %" PRIu64 " frames, %.2f GB\n", processor,
                 u.release, cz_version(), facts->name, facts->frames,
                 1e-9 * (double)facts->source_bytes);
}

static void open_all(bench *b, const char *path, const char *name)
{
    cz_store *store = NULL;
    cz_error err;
    const void *size = NULL, *offset = NULL;
    if (cz_open(&store, path, NULL, &err) < 0 || cz_clip_open(&b->clip, store, name, &err) < 0 ||
        cz_column_read(&size, b->clip, CZ_SIZE, &err) < 0 ||
        cz_column_read(&offset, b->clip, CZ_SHARD_OFFSET, &err) < 0)
        fail(path, err.message);
    cz_close(&store);
    const cz_facts *f = cz_clip_facts(b->clip);
    b->n_frames = f->frames;
    b->size = size;
    b->offset = offset;
    b->n_shards = (size_t)((f->frames + f->frames_per_shard - 1) / f->frames_per_shard);
    b->fd = need(calloc(b->n_shards, sizeof *b->fd));
    for (size_t k = 0; k < b->n_shards; k++) {
        char shard[4096];
        (void)snprintf(shard, sizeof shard, "%s/clips/%s/video/video/c/%zu/0/0/0", path, name, k);
        b->fd[k] = open(shard, O_RDONLY | O_CLOEXEC);
    }
    for (uint64_t i = 0; i < f->frames; i++)
        if (b->size[i] > b->largest)
            b->largest = b->size[i];
}

static size_t number(const char *text, size_t most)
{
    char *end = NULL;
    const unsigned long long v = text ? strtoull(text, &end, 10) : 0;
    if (v == 0 || v > most || *end)
        fail("a number that can't be", text ? text : "");
    return (size_t)v;
}

int main(int argc, char **argv)
{
    static const line lines[] = {
        {"one frame", 1, 1, false, false},
        {"one frame, memory allocated", 1, 1, true, false},
        {"random frames, 2 threads", 2, 1, false, false},
        {"the same in batches of 8", 2, 8, false, false},
        {"the same in batches of 64", 2, 64, false, false},
        {"frames in order, batches of 64", 2, 64, false, true},
    };
    bench b = {.pairs = 7, .frames = 10000};
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (strcmp(argv[i], "--pairs") == 0)
            b.pairs = number(argv[i + 1], PAIRS_MAX);
        else if (strcmp(argv[i], "--frames") == 0)
            b.frames = number(argv[i + 1], 10000000);
        else
            fail(argv[i], "no such option");
    }
    if (argc - i != 2)
        fail("usage", "bench-reader [--pairs N] [--frames N] STORE CLIP");
    open_all(&b, argv[i], argv[i + 1]);
    print_machine(&b);
    (void)printf("%zu frames a run, %zu pairs\n%-34s %8s %8s %7s %7s   pread's time by ours\n",
                 b.frames, b.pairs, "", "ours us", "pread", "GB/s", "pread");
    for (size_t k = 0; k < sizeof lines / sizeof *lines; k++)
        measure(&b, &lines[k]);
    cz_clip_close(&b.clip);
    free(b.fd); /* the files are closed at exit */
    return 0;
}
