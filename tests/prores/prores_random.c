/* usage: prores_random COUNT [FIRST]
 *
 * Frames from the writer, with seeds from FIRST on: read back, and decoded as FFmpeg does. One in
 * eight is RANDOM_WILD where FFmpeg runs its x86 code, which our transform follows there too. */
#include "tests/prores/compare.h"
#include "tests/prores/random_frame.h"

#include <libavutil/cpu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 50, THREADS = 3 };

static bool wild_is_defined(void)
{
#if defined(__x86_64__)
    return (av_get_cpu_flags() & AV_CPU_FLAG_AVX) != 0;
#else
    return false;
#endif
}

/* What the writer was told is what the reader says. */
static void check_header(const known_frame *f, const prores_header *wrote)
{
    const prores_header *h = &f->head;
    if (h->frame_size != f->bytes.len ||
        (wrote->header_size && h->header_size != wrote->header_size))
        fail("%s: the sizes aren't those written", f->name);
    if (h->version != wrote->version || memcmp(h->encoder, wrote->encoder, 4) != 0 ||
        h->width != wrote->width || h->height != wrote->height || h->chroma != wrote->chroma ||
        h->interlace != wrote->interlace || h->aspect != wrote->aspect || h->rate != wrote->rate ||
        h->primaries != wrote->primaries || h->transfer != wrote->transfer ||
        h->matrix != wrote->matrix || h->alpha != wrote->alpha)
        fail("%s: the header isn't the one written", f->name);
    if (h->own_luma_matrix != wrote->own_luma_matrix ||
        h->own_chroma_matrix != wrote->own_chroma_matrix ||
        memcmp(h->luma_matrix, wrote->luma_matrix, 64) != 0 ||
        memcmp(h->chroma_matrix, wrote->chroma_matrix, 64) != 0)
        fail("%s: the matrices aren't those written", f->name);
}

static known_frame make_frame(uint64_t seed)
{
    const random_kind kind = seed % 8 == 7 && wild_is_defined() ? RANDOM_WILD : RANDOM_LEGAL;
    buf bytes = {0};
    frame_spec spec;
    if (random_frame(&bytes, &spec, seed, kind) < 0)
        fail("seed %llu: the writer refuses it", (unsigned long long)seed);
    const prores_header *h = &spec.head;
    const known_frame f =
        known_frame_new(&bytes, "seed %llu (%s, %u x %u, 4:%u, interlace %u, alpha %u)",
                        (unsigned long long)seed, kind == RANDOM_WILD ? "wild" : "legal", h->width,
                        h->height, h->chroma == PRORES_444 ? 44u : 22u, h->interlace, h->alpha);
    buf_free(&bytes);
    check_header(&f, h);
    return f;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3)
        fail("usage: prores_random COUNT [FIRST]");
    const uint64_t count = strtoull(argv[1], NULL, 10);
    const uint64_t first = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    prores_decoder *dec = NULL;
    prores_thread_pool *threads = NULL;
    if (prores_decoder_new(&dec, THREADS, NULL) < 0 ||
        prores_thread_pool_new(&threads, THREADS, NULL) < 0)
        fail("no decoder");
    const prores_executor pool = prores_thread_pool_executor(threads);
    uint64_t samples = 0;
    for (uint64_t done = 0; done < count; done += BATCH) {
        known_frame frames[BATCH];
        const size_t n = count - done < BATCH ? (size_t)(count - done) : BATCH;
        for (size_t i = 0; i < n; i++)
            frames[i] = make_frame(first + done + i);
        samples += compare_all(frames, n, dec, &pool, first + done);
        for (size_t i = 0; i < n; i++)
            known_frame_free(&frames[i]);
    }
    prores_thread_pool_free(&threads);
    prores_decoder_free(&dec);
    if (printf("%llu frames, %llu samples compared, 0 differ\n", (unsigned long long)count,
               (unsigned long long)samples) < 0)
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
