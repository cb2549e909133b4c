/* Damage is never read as data. With one random bit of a store flipped, each function returns the
 * correct bytes or an error: CORRUPT, with the object's name, if the object belongs to a clip.
 *
 * If CZ_FULL is set and not empty, there are many times as many flips (scripts/test --full). */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"
#include "reader/chunk_digests.h"
#include "reader/reader.h"
#include "tests/prores/write.h"
#include "tests/unit/support/movie_fixture.h"

#define CLIP "test-20180712T001500"
#define PREFIX "clips/" CLIP "/"
enum {
    WIDTH = 32,
    HEIGHT = 16,
    FRAMES = 9,
    PER_SHARD = 4,
    FLIPS = 300,
    FLIPS_FULL = 20000,
    KEYS_MAX = 80,
    MISC = 64
};

static movie_fixture movie;
static object_store *os;
static char key[KEYS_MAX][KEY_MAX];
static size_t n_keys;

/* What a sound store gives, and what a damaged one gave: a table of results that are compared. */
typedef struct answer {
    int rc;
    buf bytes;
    cz_error err;
} answer;

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* ---- The store ------------------------------------------------------------------------------- */

static void noise(void *user, slice_spec *s)
{
    uint64_t *state = user;
    s->q = 4;
    for (unsigned b = 0; b < s->blocks[0]; b++)
        s->coef[0][b][0] = (int32_t)(next_random(state) % 400) - 200;
}

static int add_key(void *user, const os_object *o)
{
    (void)user;
    cr_assert_lt(n_keys, KEYS_MAX);
    (void)snprintf(key[n_keys++], KEY_MAX, "%s", o->key);
    return CZ_OK;
}

static void convert_to(uint32_t zarr)
{
    const frame_spec spec = {.head = {.width = WIDTH, .height = HEIGHT, .chroma = PRORES_422},
                             .log2_mbs = 1};
    buf all = {0};
    uint64_t state = 5;
    uint32_t size[FRAMES];
    cz_convert_job job;
    cz_report report;
    cz_error err = {0};
    for (size_t i = 0, before = 0; i < FRAMES; i++, before = all.len) {
        cr_assert_eq(prores_write(&all, &spec, noise, &state), CZ_OK);
        size[i] = (uint32_t)(all.len - before);
    }
    movie_fixture_of(&movie, all.at, size, FRAMES, WIDTH, HEIGHT);
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cz_convert_defaults(&job);
    job.source = movie.path;
    job.zarr_format = zarr;
    job.frames_per_shard = zarr == 3 ? PER_SHARD : job.frames_per_shard;
    cr_assert_eq(convert_into(os, &job, &report, &err), CZ_OK, "%s", err.message);
    cz_report_free(&report);
    cr_assert_eq(os_list(os, "", false, add_key, NULL, &err), CZ_OK);
    buf_free(&all);
}

/* ---- Reading: one result of each public function --------------------------------------------- */

/* The store is the test's own: it must outlive each cz_store over it. */
typedef struct borrowed {
    object_store base;
} borrowed;

static int b_get(object_store *b, os_read *r, size_t n, void (*done)(os_read *), cz_error *err)
{
    (void)b;
    return os_get(os, r, n, done, err);
}
static int b_get_all(object_store *b, const char *k, size_t max, buf *out, cz_error *err)
{
    (void)b;
    return os_get_all(os, k, max, out, err);
}
static int b_stat(object_store *b, const char *k, uint64_t *size, cz_error *err)
{
    (void)b;
    return os_stat(os, k, size, err);
}
static int b_list(object_store *b, const char *prefix, bool delimiter,
                  int (*each)(void *, const os_object *), void *user, cz_error *err)
{
    (void)b;
    return os_list(os, prefix, delimiter, each, user, err);
}
static void b_close(object_store *b)
{
    (void)b;
}

static const object_store_ops borrowed_ops = {
    .get = b_get, .get_all = b_get_all, .stat = b_stat, .list = b_list, .close = b_close};

static int open_store(cz_store **out, borrowed *b, cz_error *err)
{
    static char url[] = "memory";
    *b = (borrowed){{.ops = &borrowed_ops, .url = url}};
    object_store *base = &b->base;
    return store_from_objects(out, &base, NULL, err);
}

static int names(buf *out, cz_store *store, cz_error *err)
{
    char **name = NULL;
    size_t n = 0;
    const int rc = cz_clips(&name, &n, store, err);
    for (size_t i = 0; rc == CZ_OK && i < n; i++)
        buf_printf(out, "%s\n", name[i]);
    cz_names_free(&name, n);
    return rc;
}

static int facts(buf *out, cz_store *store, cz_error *err)
{
    cz_facts *f = NULL;
    const int rc = cz_facts_read(&f, store, CLIP, err);
    if (rc == CZ_OK)
        buf_printf(out,
                   "%s %" PRIu64 " %u %u %s %u/%u %" PRId64 " %" PRId64
                   " %s %s %u %u %s %u %" PRIu64 " %d %s %" PRIu64 " %s",
                   f->name, f->frames, f->width, f->height, f->codec, f->rate_num, f->rate_den,
                   f->start, f->end, f->start_from, f->chroma, f->alpha_bits, f->matrix,
                   f->interlace, f->frames_per_shard, f->damaged_frames, f->recovered,
                   f->source_name, f->source_bytes, f->source_md5);
    cz_facts_free(&f);
    return rc;
}

static int column(buf *out, cz_clip *clip, cz_column c, cz_error *err)
{
    static const size_t bytes[] = {8, 8, 4, 4, 8, 4, 1};
    const void *at = NULL;
    const int rc = cz_column_read(&at, clip, c, err);
    if (rc == CZ_OK)
        buf_add(out, at, FRAMES * bytes[c]);
    return rc;
}

static int raw(buf *out, cz_clip *clip, uint64_t frame, cz_error *err)
{
    cz_request r = {.frame = frame};
    const int rc = cz_frames_raw(clip, &r, 1, NULL, NULL, err);
    if (rc == CZ_OK)
        buf_add(out, r.data, r.size);
    cz_request_free(&r, 1);
    return rc;
}

/* All at once: those that came are compared by themselves. */
static int pictures(buf *out, cz_clip *clip, cz_error *err)
{
    const cz_view view = {.layout = CZ_RGB24, .threads = 1};
    cz_request r[FRAMES] = {{0}};
    for (size_t i = 0; i < FRAMES; i++)
        r[i].frame = i;
    const int rc = cz_pictures(clip, &view, r, FRAMES, NULL, NULL, err);
    for (size_t i = 0; rc == CZ_OK && i < FRAMES; i++)
        buf_add(out, r[i].data, r[i].size);
    cz_request_free(r, FRAMES);
    return rc;
}

static int times(buf *out, cz_clip *clip, cz_error *err)
{
    int64_t time = 0;
    uint64_t frame = 0;
    int rc = cz_time(&time, clip, 5, err);
    if (rc == CZ_OK)
        rc = cz_frame_at(&frame, clip, time, err);
    buf_printf(out, "%" PRId64 " %" PRIu64, time, frame);
    if (rc == CZ_OK)
        rc = cz_field_time(&time, clip, CZ_BOTTOM, 5, err);
    buf_printf(out, " %" PRId64, time);
    return rc;
}

static int source(buf *out, cz_clip *clip, cz_error *err)
{
    const uint64_t size = cz_clip_facts(clip)->source_bytes;
    int rc = CZ_OK;
    for (uint64_t at = 0; rc == CZ_OK && at < size; at += 1000) {
        const size_t n = size - at < 1000 ? (size_t)(size - at) : 1000;
        uint8_t bytes[1000];
        rc = cz_source_read(bytes, clip, at, n, err);
        if (rc == CZ_OK)
            buf_add(out, bytes, n);
    }
    return rc;
}

static int add(void *user, const void *data, size_t n)
{
    buf_add(user, data, n);
    return CZ_OK;
}

enum {
    NAMES,
    FACTS,
    COLUMNS,
    RAW = COLUMNS + N_COLUMNS,
    PICTURES = RAW + FRAMES,
    TIMES,
    SOURCE,
    RESTORE,
    SHARD,
    ANSWERS
};

static int read_clip(answer *a, size_t what, cz_clip *clip)
{
    if (what < RAW)
        return column(&a->bytes, clip, (cz_column)(what - COLUMNS), &a->err);
    if (what < PICTURES)
        return raw(&a->bytes, clip, what - RAW, &a->err);
    switch (what) {
    case PICTURES:
        return pictures(&a->bytes, clip, &a->err);
    case TIMES:
        return times(&a->bytes, clip, &a->err);
    case SOURCE:
        return source(&a->bytes, clip, &a->err);
    case RESTORE:
        return cz_restore(clip, add, &a->bytes, &a->err);
    default:
        return shard_check(clip, 1, &a->err);
    }
}

/* Each of them by a clip that is opened for it: nothing is kept from the one before. */
static void read_all(answer a[ANSWERS])
{
    for (size_t i = 0; i < ANSWERS; i++) {
        borrowed b;
        cz_store *store = NULL;
        cz_clip *clip = NULL;
        a[i] = (answer){.rc = open_store(&store, &b, &a[i].err)};
        if (a[i].rc == CZ_OK && i == NAMES)
            a[i].rc = names(&a[i].bytes, store, &a[i].err);
        else if (a[i].rc == CZ_OK && i == FACTS)
            a[i].rc = facts(&a[i].bytes, store, &a[i].err);
        else if (a[i].rc == CZ_OK &&
                 (a[i].rc = cz_clip_open(&clip, store, CLIP, &a[i].err)) == CZ_OK)
            a[i].rc = read_clip(&a[i], i, clip);
        cz_clip_close(&clip);
        cz_close(&store);
    }
}

static void forget(answer a[ANSWERS])
{
    for (size_t i = 0; i < ANSWERS; i++)
        buf_free(&a[i].bytes);
}

/* ---- Flips ----------------------------------------------------------------------------------- */

static bool same(const buf *a, const buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->at, b->at, a->len) == 0);
}

/* A frame's message has its range as well: the object is named, wherever. */
static void expect_told(const answer *a, const char *flipped, const char *where)
{
    const bool newer = strcmp(flipped, PREFIX "zarr.json") == 0 && a->rc == CZ_NEWER;
    cr_assert(a->rc == CZ_CORRUPT || newer || strncmp(flipped, PREFIX, strlen(PREFIX)) != 0,
              "%s: %d: %s", where, a->rc, a->err.message);
    const bool root = strchr(flipped, '/') == NULL;
    cr_assert(root || strstr(a->err.message, flipped), "%s: %s", where, a->err.message);
}

/* Returns how many of the reads failed. */
static size_t compare(const answer truth[ANSWERS], const answer got[ANSWERS], const char *flipped,
                      size_t byte, int bit)
{
    size_t failed = 0;
    for (size_t i = 0; i < ANSWERS; i++) {
        char where[KEY_MAX + MISC];
        (void)snprintf(where, sizeof where, "read %zu, %s, byte %zu, bit %d", i, flipped, byte,
                       bit);
        if (got[i].rc == CZ_OK)
            cr_assert(same(&truth[i].bytes, &got[i].bytes), "%s: wrong bytes, and no error", where);
        else
            expect_told(&got[i], flipped, where);
        /* What came before an error was true as well. */
        if (i == RESTORE || i == SOURCE)
            cr_assert(got[i].bytes.len <= truth[i].bytes.len &&
                          (!got[i].bytes.len ||
                           memcmp(got[i].bytes.at, truth[i].bytes.at, got[i].bytes.len) == 0),
                      "%s: wrong bytes before the error", where);
        failed += got[i].rc < 0;
    }
    return failed;
}

static size_t flips(void)
{
    const char *full = getenv("CZ_FULL");
    return full && *full ? FLIPS_FULL : FLIPS;
}

/* Objects take turns, so that small ones are met as often as large ones. */
static void flip_many(uint32_t zarr)
{
    answer truth[ANSWERS], got[ANSWERS];
    uint64_t state = zarr;
    size_t told = 0;
    convert_to(zarr);
    read_all(truth);
    for (size_t i = 0; i < ANSWERS; i++)
        cr_assert_eq(truth[i].rc, CZ_OK, "read %zu: %s", i, truth[i].err.message);
    for (size_t i = 0; i < flips(); i++) {
        size_t len = 0;
        const char *flipped = key[i % n_keys];
        uint8_t *at = os_memory_at(os, flipped, &len);
        const size_t byte = next_random(&state) % len;
        const int bit = (int)(next_random(&state) % 8);
        at[byte] ^= (uint8_t)(1 << bit);
        read_all(got);
        told += compare(truth, got, flipped, byte, bit) > 0;
        forget(got);
        at[byte] ^= (uint8_t)(1 << bit);
    }
    /* Documents that only other programs read are in no way of ours. */
    cr_assert_geq(told, flips() / 4);
    forget(truth);
    os_close(&os);
    movie_fixture_remove(&movie);
}

Test(flips, version_3)
{
    flip_many(3);
}

Test(flips, version_2)
{
    flip_many(2);
}
