/* bench-cloud: raw frames over HTTP through the library, compared with a bare libcurl loop over
 * the same ranges.
 *
 *     bench-cloud PAIRS FRAMES URL CLIP
 *
 * Frames are chosen at random; both sides reuse their connections, and the libcurl loop is given
 * each frame's position. They run in turn. Each turn prints a line: frames per second of
 * libcurl, of the library with one frame at a time, and with eight in flight. run makes a table
 * of them. */
#include <camzarr.h>

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FLIGHT = 8 };

typedef struct bench {
    const char *url, *name;
    cz_clip *clip;
    const uint32_t *size;
    const uint64_t *offset;
    uint64_t per_shard, n_frames;
    uint8_t *room; /* FLIGHT frames */
    size_t largest;
    uint64_t *frame; /* of a turn */
    size_t n;
} bench;

static void fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench-cloud: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- The sides ------------------------------------------------------------------------------ */

static void ours(const bench *b, size_t flight)
{
    cz_error err;
    for (size_t i = 0; i < b->n; i += flight) {
        cz_request r[FLIGHT] = {{0}};
        const size_t n = b->n - i < flight ? b->n - i : flight;
        for (size_t k = 0; k < n; k++)
            r[k] = (cz_request){
                .frame = b->frame[i + k], .data = b->room + k * b->largest, .room = b->largest};
        if (cz_frames_raw(b->clip, r, n, NULL, NULL, &err) < 0)
            fail("frames", err.message);
    }
}

static size_t take(char *at, size_t one, size_t n, void *user)
{
    uint8_t **to = user;
    (void)one;
    memcpy(*to, at, n);
    *to += n;
    return n;
}

static void curl_loop(const bench *b, CURL *easy)
{
    char url[2048], range[64];
    for (size_t i = 0; i < b->n; i++) {
        const uint64_t f = b->frame[i];
        uint8_t *to = b->room;
        (void)snprintf(url, sizeof url, "%s/clips/%s/video/video/c/%" PRIu64 "/0/0/0", b->url,
                       b->name, f / b->per_shard);
        (void)snprintf(range, sizeof range, "%" PRIu64 "-%" PRIu64, b->offset[f],
                       b->offset[f] + b->size[f] - 1);
        if (curl_easy_setopt(easy, CURLOPT_URL, url) != CURLE_OK ||
            curl_easy_setopt(easy, CURLOPT_RANGE, range) != CURLE_OK ||
            curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take) != CURLE_OK ||
            curl_easy_setopt(easy, CURLOPT_WRITEDATA, &to) != CURLE_OK ||
            curl_easy_perform(easy) != CURLE_OK || to != b->room + b->size[f])
            fail(url, "libcurl failed");
    }
}

/* ---- The run -------------------------------------------------------------------------------- */

static void open_clip(bench *b, cz_store **store)
{
    cz_error err;
    const void *size = NULL, *offset = NULL;
    if (cz_open(store, b->url, NULL, &err) < 0 ||
        cz_clip_open(&b->clip, *store, b->name, &err) < 0 ||
        cz_column_read(&size, b->clip, CZ_SIZE, &err) < 0 ||
        cz_column_read(&offset, b->clip, CZ_SHARD_OFFSET, &err) < 0)
        fail(b->url, err.message);
    b->size = size;
    b->offset = offset;
    b->per_shard = cz_clip_facts(b->clip)->frames_per_shard;
    b->n_frames = cz_clip_facts(b->clip)->frames;
    for (uint64_t i = 0; i < b->n_frames; i++)
        b->largest = b->size[i] > b->largest ? b->size[i] : b->largest;
    b->room = malloc(FLIGHT * b->largest);
    b->frame = calloc(b->n, sizeof *b->frame);
    if (!b->room || !b->frame)
        fail("memory", "not enough");
}

static void choose(bench *b, uint64_t turn)
{
    uint64_t x = 0x9e3779b97f4a7c15u * (turn + 1);
    for (size_t i = 0; i < b->n; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        b->frame[i] = x % b->n_frames;
    }
}

int main(int argc, char **argv)
{
    cz_store *store = NULL;
    if (argc != 5)
        fail("usage", "bench-cloud PAIRS FRAMES URL CLIP");
    const unsigned long turns = strtoul(argv[1], NULL, 10);
    bench b = {.n = strtoul(argv[2], NULL, 10), .url = argv[3], .name = argv[4]};
    CURL *easy = curl_easy_init();
    if (!easy || !b.n)
        fail("libcurl", "it doesn't start");
    open_clip(&b, &store);
    for (unsigned long turn = 0; turn <= turns; turn++) { /* the first one warms up */
        choose(&b, turn);
        const double begun = now();
        curl_loop(&b, easy);
        const double one = now();
        ours(&b, 1);
        const double two = now();
        ours(&b, FLIGHT);
        const double end = now();
        if (turn > 0)
            (void)printf("%.2f %.2f %.2f\n", (double)b.n / (one - begun), (double)b.n / (two - one),
                         (double)b.n / (end - two));
    }
    curl_easy_cleanup(easy);
    cz_clip_close(&b.clip);
    cz_close(&store);
    free(b.room);
    free(b.frame);
    return EXIT_SUCCESS;
}
