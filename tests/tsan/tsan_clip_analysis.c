/* clip_analysis_part() on several threads: parts of one frame and of many, so that boundaries meet
 * from both sides at the same time. The statistics are those of one part. Exit 0 is a pass. */
#include <math.h>
#include <stddef.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/clip_analysis.h"
#include "base/workers.h"
#include "tests/prores/write.h"

enum { FRAMES = 96, THREADS = 4, PART = 3 };

typedef struct test {
    buf data;
    uint32_t sizes[FRAMES];
    uint64_t offsets[FRAMES + 1];
    unsigned numbers[FRAMES]; /* of the parts */
    unsigned length;          /* of a part */
    clip_analysis *analysis;
    atomic_uint pictures;
} test;

static void fill(void *user, slice_spec *s)
{
    s->q = 4;
    for (unsigned b = 0; b < s->blocks[0]; b++) {
        const unsigned x = (s->mb_x + b / 4 + *(const unsigned *)user) * 2 + (b & 1);
        const unsigned y = s->row * 2 + (b >> 1 & 1);
        s->coef[0][b][0] = 2 * (int32_t)(200 * sin(x * 0.31 + y * 0.005 * x) + 90 * cos(y * 0.43));
    }
}

static int keep_picture(void *user, uint64_t number, const uint8_t *rgb, uint32_t columns,
                        uint32_t rows, cz_error *err)
{
    test *t = user;
    (void)number, (void)columns, (void)rows, (void)err;
    atomic_fetch_add(&t->pictures, rgb != NULL);
    return CZ_OK;
}

static int run_part(void *ctx, unsigned worker, void *item, cz_error *err)
{
    test *t = ctx;
    const unsigned first = *(const unsigned *)item * t->length;
    const unsigned left = FRAMES - first, count = left < t->length ? left : t->length;
    return clip_analysis_part(t->analysis, worker, first, count, t->data.at + t->offsets[first],
                              t->sizes + first, err);
}

static int analyse(test *t, unsigned length, unsigned threads)
{
    const worker_ops ops = {.run = run_part};
    const clip_analysis_options opt = {.frames = FRAMES,
                                       .workers = threads,
                                       .overview_step = {2, 1},
                                       .picture = keep_picture,
                                       .user = t};
    workers *pool = NULL;
    const unsigned n = (FRAMES + length - 1) / length;
    t->length = length;
    atomic_store(&t->pictures, 0);
    if (clip_analysis_new(&t->analysis, &opt, NULL) < 0 ||
        workers_start(&pool, threads, FRAMES, &ops, t, NULL) < 0)
        return -1;
    for (unsigned i = 0; i < n; i++) {
        t->numbers[i] = i ^ 1u;
        if (t->numbers[i] >= n)
            t->numbers[i] = i;
        workers_push(pool, &t->numbers[i]);
    }
    return workers_join(&pool, NULL);
}

static int same(const frame_statistics *a, const frame_statistics *b)
{
    for (unsigned i = 0; i < FRAMES; i++)
        if (memcmp(&a[i], &b[i], offsetof(frame_statistics, flags) + 1) != 0)
            return 0;
    return 1;
}

int main(void)
{
    static test t;
    static frame_statistics wanted[FRAMES];
    const frame_spec spec = {.head = {.width = 192, .height = 160, .chroma = PRORES_422},
                             .log2_mbs = 2};
    int failed = 0;
    for (unsigned i = 0; i < FRAMES; i++) {
        unsigned moved = i / 2;
        const size_t before = t.data.len;
        failed |= prores_write(&t.data, &spec, fill, &moved) < 0;
        t.sizes[i] = (uint32_t)(t.data.len - before);
        t.offsets[i + 1] = t.data.len;
    }
    failed |= analyse(&t, FRAMES, 1) < 0;
    memcpy(wanted, clip_analysis_frames(t.analysis), sizeof wanted);
    clip_analysis_free(&t.analysis);
    for (unsigned round = 0; round < 6 && !failed; round++) {
        failed |= analyse(&t, round % 2 ? PART : 1, THREADS) < 0;
        failed |= !same(wanted, clip_analysis_frames(t.analysis));
        failed |= atomic_load(&t.pictures) != FRAMES / 2;
        clip_analysis_free(&t.analysis);
    }
    buf_free(&t.data);
    if (failed)
        (void)fprintf(stderr, "the parts' statistics differ from those of the whole\n");
    return failed;
}
