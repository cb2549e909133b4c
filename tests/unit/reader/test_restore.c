/* reader/restore.c: the restored MOV. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"
#include "reader/extra_bytes.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/movie_fixture.h"
#include "tests/unit/support/store_fixture.h"

/* A tiny clip, spoilt first if spoil isn't NULL, open; *ret_os is its store's. */
static cz_clip *tiny(store_fixture *f, void (*spoil)(store_fixture *f), object_store **ret_os)
{
    cz_store *store = NULL;
    cz_clip *clip = NULL;
    cz_error err = {0};
    store_fixture_make(f);
    if (spoil)
        spoil(f);
    object_store *os = store_fixture_memory(f);
    *ret_os = os;
    cr_assert_eq(store_from_objects(&store, &os, NULL, NULL), CZ_OK);
    cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, &err), CZ_OK, "%s", err.message);
    cz_close(&store);
    return clip;
}

/* What comes, kept as far as there is room; or a code instead. */
typedef struct sink {
    uint8_t at[FIXTURE_MOV_MAX];
    size_t n;
    int code;         /* to stop with */
    size_t stop_from; /* bytes that were taken before */
} sink;

static int take(void *user, const void *data, size_t n)
{
    sink *s = user;
    if (s->code && s->n + n > s->stop_from)
        return s->code;
    cr_assert_leq(n, sizeof s->at - s->n);
    memcpy(s->at + s->n, data, n);
    s->n += n;
    return CZ_OK;
}

Test(restore, equals_the_source_byte_for_byte)
{
    store_fixture f;
    object_store *os = NULL;
    cz_clip *clip = tiny(&f, NULL, &os);
    sink s = {.n = 0};
    cz_error err = {0};
    cr_assert_eq(cz_restore(clip, take, &s, &err), CZ_OK, "%s", err.message);
    cr_assert_eq(s.n, f.mov_len);
    cr_assert_eq(memcmp(s.at, f.mov, f.mov_len), 0);
    cz_clip_close(&clip);
    store_fixture_free(&f);
}

Test(restore, write_callback_error_stops)
{
    store_fixture f;
    object_store *os = NULL;
    cz_clip *clip = tiny(&f, NULL, &os);
    for (size_t from = 0; from < f.mov_len; from += 50) {
        sink s = {.code = CZ_FULL, .stop_from = from};
        cz_error err = {0};
        cr_assert_eq(cz_restore(clip, take, &s, &err), CZ_FULL);
        cr_assert_eq(err.code, CZ_FULL);
        cr_assert_leq(s.n, from);
        cr_assert_eq(memcmp(s.at, f.mov, s.n), 0);
    }
    cz_clip_close(&clip);
    store_fixture_free(&f);
}

/* A byte of an object is another. */
static void expect_damaged(const char *rel_key, size_t at, int code, const char *word)
{
    store_fixture f;
    object_store *os = NULL;
    char key[KEY_MAX];
    size_t len = 0;
    cz_error err = {0};
    sink s = {.n = 0};
    cz_clip *clip = tiny(&f, NULL, &os);
    clip_key(key, FIXTURE_NAME, rel_key);
    os_memory_at(os, key, &len)[at] ^= 2;
    cr_assert_eq(cz_restore(clip, take, &s, &err), code, "%s: %s", rel_key, err.message);
    cr_assert_not_null(strstr(err.message, word), "%s", err.message);
    cz_clip_close(&clip);
    store_fixture_free(&f);
}

Test(restore, damage_is_named)
{
    expect_damaged("video/video/c/1/0/0/0", 40, CZ_CORRUPT, "frame 4 of tiny");
    expect_damaged("source/range_offset/c/0", 40, CZ_CORRUPT, "source/range_offset/c/0");
    expect_damaged("source/range_length/c/0", 40, CZ_CORRUPT, "source/range_length/c/0");
    expect_damaged("index/source_offset/c/0", 40, CZ_CORRUPT, "index/source_offset/c/0");
    expect_damaged("source/range_offset/zarr.json", 0, CZ_CORRUPT, "source/range_offset/zarr.json");
    expect_damaged("source/bytes/c/0", 20, CZ_CORRUPT, "source/bytes/c/0");
    expect_damaged("source/bytes/chunks.jsonl", 0, CZ_CORRUPT, "chunks.jsonl");
    expect_damaged("source/bytes/chunks.jsonl", 60, CZ_CORRUPT, "chunks.jsonl");
}

Test(restore, missing_objects_are_named)
{
    static const char *const rests[] = {"video/video/c/3/0/0/0",         "source/bytes/c/0",
                                        "source/range_length/c/0",       "source/range_offset/c/0",
                                        "source/range_offset/zarr.json", "index/source_offset/c/0"};
    for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
        store_fixture f;
        object_store *os = NULL;
        char key[KEY_MAX];
        cz_error err = {0};
        sink s = {.n = 0};
        cz_clip *clip = tiny(&f, NULL, &os);
        clip_key(key, FIXTURE_NAME, rests[i]);
        cr_assert_eq(os_remove(os, key, NULL), CZ_OK);
        cr_assert_eq(cz_restore(clip, take, &s, &err), CZ_ABSENT, "%s", rests[i]);
        cr_assert_not_null(strstr(err.message, key), "%s", err.message);
        cz_clip_close(&clip);
        store_fixture_free(&f);
    }
}

/* ---- Frames larger than what is read at once ------------------------------------------------- */

enum { LARGE = (8 << 20) + 5000, SMALL = 1 << 20 };
#define LARGE_CLIP "test-20180712T001500"

typedef struct counted {
    uint64_t n, wrong; /* bytes, and those of them that aren't the MOV's */
    FILE *mov;
} counted;

static int count_wrong(void *user, const void *data, size_t n)
{
    counted *c = user;
    uint8_t *mov = malloc(n);
    cr_assert_not_null(mov);
    cr_assert_eq(fread(mov, 1, n, c->mov), n);
    for (size_t i = 0; i < n; i++)
        c->wrong += mov[i] != ((const uint8_t *)data)[i];
    c->n += n;
    free(mov);
    return CZ_OK;
}

/* Restore, with one bit flipped at `flip` bytes before the end of the last frame (0: none). */
static int restore_large(uint32_t size, size_t n, size_t flip, counted *ret)
{
    movie_fixture m;
    object_store *os = NULL;
    cz_store *store = NULL;
    cz_clip *clip = NULL;
    cz_convert_job job;
    cz_report report;
    size_t len = 0;
    movie_fixture_make(&m, n, size, 0);
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cz_convert_defaults(&job);
    job.source = m.path;
    cr_assert_eq(convert_into(os, &job, &report, NULL), CZ_OK);
    cz_report_free(&report);
    uint8_t *shard = os_memory_at(os, "clips/" LARGE_CLIP "/video/video/c/0/0/0/0", &len);
    cr_assert_eq(store_from_objects(&store, &os, NULL, NULL), CZ_OK);
    cr_assert_eq(cz_clip_open(&clip, store, LARGE_CLIP, NULL), CZ_OK);
    if (flip)
        shard[clip_offsets(clip)[n - 1] + clip_sizes(clip)[n - 1] - flip] ^= 1;
    *ret = (counted){.mov = fopen(m.path, "rb")};
    cr_assert_not_null(ret->mov);
    const int rc = cz_restore(clip, count_wrong, ret, NULL);
    (void)fclose(ret->mov);
    cz_clip_close(&clip);
    cz_close(&store);
    movie_fixture_remove(&m);
    return rc;
}

Test(restore, writes_no_byte_of_a_damaged_frame)
{
    counted c;
    cr_assert_eq(restore_large(LARGE, 2, 0, &c), CZ_OK);
    cr_assert_eq(c.wrong, 0);
    cr_assert_eq(restore_large(LARGE, 2, LARGE - 10, &c), CZ_CORRUPT);
    cr_assert_eq(c.wrong, 0);
    /* The last one begins in what is read first and ends in what is read next. */
    cr_assert_eq(restore_large(SMALL, 8, SMALL - 10, &c), CZ_CORRUPT);
    cr_assert_eq(c.wrong, 0);
    cr_assert_eq(restore_large(SMALL - 1000, 8, 0, &c), CZ_OK);
    cr_assert_eq(restore_large(SMALL + 1000, 8, SMALL + 990, &c), CZ_CORRUPT);
    cr_assert_eq(c.wrong, 0);
    cr_assert_gt(c.n, (size_t)7 * SMALL);
}

/* ---- Clips that were written wrong, with all digests right ---------------------------------- */

static void expect_wrong(void (*spoil)(store_fixture *f), int code)
{
    store_fixture f;
    object_store *os = NULL;
    cz_error err = {0};
    sink s = {.n = 0};
    cz_clip *clip = tiny(&f, spoil, &os);
    cr_assert_eq(cz_restore(clip, take, &s, &err), code, "%s", err.message);
    cr_assert_str_not_empty(err.message);
    cz_clip_close(&clip);
    store_fixture_free(&f);
}

static void frame_elsewhere(store_fixture *f)
{
    f->source_offset[6]++;
}
static void range_elsewhere(store_fixture *f)
{
    f->range_offset[1]++;
}
static void range_longer(store_fixture *f)
{
    f->range_length[1]++;
}
static void range_overflows(store_fixture *f)
{
    f->range_offset[1] = UINT64_MAX - 3;
}
static void ranges_back(store_fixture *f)
{
    const uint64_t offset = f->range_offset[1];
    f->range_offset[1] = f->range_offset[2];
    f->range_offset[2] = offset;
}
static void range_empty(store_fixture *f)
{
    f->range_length[1] += f->range_length[2];
    f->range_length[2] = 0;
}
static void range_missing(store_fixture *f)
{
    f->n_ranges--;
}
static void other_bytes(store_fixture *f)
{
    f->rel_key[3] ^= 1;
}
static void other_md5(store_fixture *f)
{
    f->md5[0] = f->md5[0] == '0' ? '1' : '0';
}
static void other_checksum(store_fixture *f)
{
    f->crc32c[13] ^= 1;
}

Test(restore, contradictory_tables_are_refused)
{
    expect_wrong(frame_elsewhere, CZ_FORMAT);
    expect_wrong(range_elsewhere, CZ_FORMAT);
    expect_wrong(range_longer, CZ_FORMAT);
    expect_wrong(range_overflows, CZ_FORMAT);
    expect_wrong(ranges_back, CZ_FORMAT);
    expect_wrong(range_empty, CZ_FORMAT);
    expect_wrong(range_missing, CZ_FORMAT);
    expect_wrong(other_bytes, CZ_CORRUPT);
    expect_wrong(other_md5, CZ_CORRUPT);
    expect_wrong(other_checksum, CZ_CORRUPT);
}

/* ---- No memory ------------------------------------------------------------------------------ */

Test(restore, without_memory)
{
    store_fixture f;
    object_store *os = NULL;
    cz_clip *clip = tiny(&f, NULL, &os);
    sink *s = calloc(1, sizeof *s);
    cr_assert_not_null(s);
    for (size_t n = 1;; n++) {
        s->n = 0;
        alloc_fail_at(n);
        const int rc = cz_restore(clip, take, s, NULL);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            break;
        }
        /* The column that was fetched before stays with the clip: fewer allocations each time. */
        cr_assert_eq(rc, CZ_NOMEM, "allocation %zu: %d", n, rc);
    }
    cr_assert_eq(s->n, f.mov_len);
    free(s);
    cz_clip_close(&clip);
    store_fixture_free(&f);
}
