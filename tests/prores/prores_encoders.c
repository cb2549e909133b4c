/* usage: prores_encoders ROUNDS [FRAME.icpf...]
 *
 * Frames from FFmpeg's three ProRes encoders, and frames from files: decoded as FFmpeg decodes
 * them. A round is one picture for each profile, scan and format at random size and settings; every
 * profile also at 1920 x 1080 once. */
#include "tests/prores/compare.h"
#include "tests/prores/pictures.h"
#include "tests/prores/rng.h"

#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 3 };

typedef struct tester {
    prores_decoder *dec;
    prores_executor pool;
    rng r;
    size_t frames, refused;
    uint64_t samples;
} tester;

static void check(tester *t, known_frame *f)
{
    t->samples += compare_all(f, 1, t->dec, &t->pool, t->frames);
    t->frames++;
    known_frame_free(f);
}

/* ---- FFmpeg's encoders ---- */

static const char *const profiles[] = {"proxy", "lt", "standard", "hq", "4444", "4444xq"};

static void choose_options(tester *t, char *out, size_t room, unsigned profile)
{
    static const char *const matrices[] = {"auto", "default", "proxy", "lt", "standard", "hq"};
    static const int alpha[] = {0, 8, 16};
    rng *r = &t->r;
    const char *matrix = matrices[rng_below(r, 6)];
    const int mbs = 1 << rng_below(r, 4), alpha_bits = profile >= 4 ? alpha[rng_below(r, 3)] : 0;
    const int rate = rng_one_in(r, 2) ? 0 : rng_between(r, 128, 8192);
    const int n =
        snprintf(out, room, "profile=%s:mbs_per_slice=%d:quant_mat=%s:alpha_bits=%d:bits_per_mb=%d",
                 profiles[profile], mbs, matrix, alpha_bits, rate);
    if (n < 0 || (size_t)n >= room)
        fail("the options are too long");
}

/* prores_ks takes any setting. prores and prores_aw are one encoder, with no setting but the
 * profile, a number, and for even widths only. */
static peer_encoder choose_encoder(tester *t, unsigned profile, char *options, size_t room)
{
    static const char *const names[] = {"prores_ks", "prores_ks", "prores_aw", "prores"};
    rng *r = &t->r;
    const unsigned i = rng_below(r, 4);
    if (i < 2)
        choose_options(t, options, room, profile);
    else if (snprintf(options, room, "profile=%u", profile) < 0)
        fail("the options are too long");
    peer_encoder how = {.name = names[i], .options = options, .format = AV_PIX_FMT_YUV422P10LE};
    if (profile >= 4)
        how.format = rng_one_in(r, 2) ? AV_PIX_FMT_YUV444P10LE : AV_PIX_FMT_YUVA444P10LE;
    how.interlace = (int)rng_below(r, 3);
    how.quality = rng_one_in(r, 2) ? 0 : rng_between(r, 1, 60);
    return how;
}

static void encoded(tester *t, unsigned profile, int width, int height)
{
    char options[160];
    const peer_encoder how = choose_encoder(t, profile, options, sizeof options);
    AVFrame *picture = random_picture(how.format, width, height, rng_next(&t->r));
    buf bytes = {0};
    if (peer_encode(&bytes, &how, picture)) {
        known_frame f = known_frame_new(&bytes, "%s %s, %d x %d, interlace %d, qscale %d", how.name,
                                        how.options, width, height, how.interlace, how.quality);
        check(t, &f);
    } else {
        t->refused++;
    }
    buf_free(&bytes);
    av_frame_free(&picture);
}

static void one_round(tester *t, bool large)
{
    for (unsigned profile = 0; profile < 6; profile++) {
        if (large)
            encoded(t, profile, 1920, 1080);
        const int width = rng_between(&t->r, 1, 300), height = rng_between(&t->r, 1, 200);
        encoded(t, profile, width, height);
        encoded(t, profile, 2 * width, 2 * height);
    }
}

/* ---- Files ---- */

static void from_file(tester *t, const char *path)
{
    buf bytes = {0};
    FILE *in = fopen(path, "rb");
    if (!in)
        fail("%s: can't be opened", path);
    uint8_t part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, in)) > 0;)
        buf_add(&bytes, part, n);
    if (ferror(in) || fclose(in) != 0 || bytes.bad)
        fail("%s: can't be read", path);
    known_frame f = known_frame_new(&bytes, "%s", path);
    check(t, &f);
    buf_free(&bytes);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        fail("usage: prores_encoders ROUNDS [FRAME.icpf...]");
    tester t = {.r = {1}};
    prores_thread_pool *threads = NULL;
    if (prores_decoder_new(&t.dec, THREADS, NULL) < 0 ||
        prores_thread_pool_new(&threads, THREADS, NULL) < 0)
        fail("no decoder");
    t.pool = prores_thread_pool_executor(threads);
    const unsigned long rounds = strtoul(argv[1], NULL, 10);
    for (unsigned long i = 0; i < rounds; i++)
        one_round(&t, i == 0);
    for (int i = 2; i < argc; i++)
        from_file(&t, argv[i]);
    prores_thread_pool_free(&threads);
    prores_decoder_free(&t.dec);
    if (t.refused > t.frames)
        fail("FFmpeg's encoders refused %zu of %zu pictures", t.refused, t.frames + t.refused);
    if (printf("%zu frames (%zu refused by their encoder), %llu samples compared, 0 differ\n",
               t.frames, t.refused, (unsigned long long)t.samples) < 0)
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
