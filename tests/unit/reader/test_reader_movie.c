/* reader/movie.c: a MOV without a store as a clip. reader/source_bytes.c: byte ranges of a clip's
 * MOV. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/convert.h"
#include "reader/reader.h"
#include "tests/prores/write.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/counting_store.h"
#include "tests/unit/support/movie_fixture.h"
#include "tests/unit/support/store_fixture.h"

enum { FRAMES = 20, EACH = 300, TAIL = 100 };

static movie_fixture movie;
static uint8_t *file; /* all of its bytes */

static void slurp(void)
{
    FILE *f = fopen(movie.path, "rb");
    cr_assert_not_null(f);
    file = malloc(movie.bytes);
    cr_assert_not_null(file);
    cr_assert_eq(fread(file, 1, movie.bytes, f), movie.bytes);
    cr_assert_eq(fclose(f), 0);
}

static void begin(void)
{
    movie_fixture_make(&movie, FRAMES, EACH, TAIL);
    slurp();
}

static void end(void)
{
    free(file);
    movie_fixture_remove(&movie);
}

TestSuite(movie, .init = begin, .fini = end);

static cz_clip *opened(const cz_options *options)
{
    cz_clip *clip = NULL;
    cz_error err = {0};
    cr_assert_eq(cz_movie_open(&clip, movie.path, options, &err), CZ_OK, "%s", err.message);
    return clip;
}

static int refused(const char *path, cz_error *err)
{
    cz_clip *clip = NULL;
    const int rc = cz_movie_open(&clip, path, NULL, err);
    cr_assert_null(clip);
    return rc;
}

static bool is_frame(const cz_request *r)
{
    return r->rc == CZ_OK && r->size == EACH &&
           memcmp(r->data, file + movie.first + r->frame * EACH, EACH) == 0;
}

/* Luma of frame i is 512 + 2 i of 1023. */
static void grey(void *user, slice_spec *s)
{
    s->q = 4;
    for (unsigned b = 0; b < s->blocks[0]; b++)
        s->coef[0][b][0] = 4 * *(const int *)user;
}

/* Another movie: n frames that can be decoded, and searched for. */
static void make_decodable(uint32_t *size, size_t n)
{
    const frame_spec spec = {.head = {.width = 32, .height = 16, .chroma = PRORES_422},
                             .log2_mbs = 1};
    buf all = {0};
    for (size_t i = 0; i < n; i++) {
        const size_t before = all.len;
        cr_assert_eq(prores_write(&all, &spec, grey, &(int){(int)i}), CZ_OK);
        size[i] = (uint32_t)(all.len - before);
    }
    movie_fixture_remove(&movie);
    movie_fixture_of(&movie, all.at, size, n, 32, 16);
    buf_free(&all);
    free(file);
    slurp();
}

/* ---- What it is ----------------------------------------------------------------------------- */

Test(movie, facts)
{
    cz_clip *clip = opened(NULL);
    const cz_facts *f = cz_clip_facts(clip);
    cr_expect_str_eq(f->name, "test-20180712T001500");
    cr_expect_str_eq(f->source_name, "test-20180712T001500.mov");
    cr_expect_str_eq(f->source_md5, "");
    cr_expect_str_eq(f->codec, "apcn");
    cr_expect_str_eq(f->chroma, "4:2:2");
    cr_expect_str_eq(f->interlace, "progressive");
    cr_expect_str_eq(f->start_from, "header");
    cr_expect_eq(f->start, INT64_C(1531353602000000000));
    cr_expect_eq(f->end - f->start, INT64_C(667333333));
    cr_expect(f->rate_num == 30000 && f->rate_den == 1001);
    cr_expect(f->width == 32 && f->height == 32 && f->alpha_bits == 0 && f->matrix == 1);
    cr_expect(f->frames == FRAMES && f->frames_per_shard == FRAMES && f->damaged_frames == 0);
    cr_expect(f->source_bytes == movie.bytes && !f->recovered);
    cz_clip_close(&clip);
    cr_assert_null(clip);
}

Test(movie, available_columns)
{
    const void *at = NULL;
    cz_error err;
    cz_clip *clip = opened(NULL);
    cr_assert_eq(cz_column_read(&at, clip, CZ_SIZE, NULL), CZ_OK);
    const uint32_t *size = at;
    cr_assert_eq(cz_column_read(&at, clip, CZ_SOURCE_OFFSET, NULL), CZ_OK);
    const uint64_t *offset = at;
    cr_assert_eq(cz_column_read(&at, clip, CZ_TIME, NULL), CZ_OK);
    const int64_t *time = at;
    cr_assert_eq(cz_column_read(&at, clip, CZ_FLAGS, NULL), CZ_OK);
    const uint8_t *flags = at;
    for (size_t i = 0; i < FRAMES; i++) {
        cr_expect(size[i] == EACH && offset[i] == movie.first + i * EACH && flags[i] == 0);
        cr_expect_eq(time[i] - time[0], (int64_t)((i * 1001000000u + 15) / 30), "frame %zu", i);
    }
    static const cz_column none[] = {CZ_CRC32C, CZ_SHARD, CZ_SHARD_OFFSET};
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(cz_column_read(&at, clip, none[i], &err), CZ_ABSENT);
        cr_expect_not_null(strstr(err.message, "00.mov: a MOV by itself has no"), "%s",
                           err.message);
    }
    cr_expect_eq(cz_column_read(&at, clip, (cz_column)9, &err), CZ_USAGE);
    cz_clip_close(&clip);
}

Test(movie, times)
{
    cz_clip *clip = opened(NULL);
    int64_t time;
    uint64_t frame;
    cr_assert_eq(cz_time(&time, clip, 7, NULL), CZ_OK);
    cr_assert_eq(cz_frame_at(&frame, clip, time, NULL), CZ_OK);
    cr_expect_eq(frame, 7);
    cr_assert_eq(cz_frame_at(&frame, clip, time - 1, NULL), CZ_OK);
    cr_expect_eq(frame, 6);
    cr_expect_eq(cz_time(&time, clip, FRAMES, NULL), CZ_ABSENT);
    cr_expect_eq(cz_frame_at(&frame, clip, cz_clip_facts(clip)->end, NULL), CZ_ABSENT);
    cz_clip_close(&clip);
}

/* ---- Frames --------------------------------------------------------------------------------- */

Test(movie, frames_in_any_order)
{
    static const uint64_t order[] = {19, 3, 4, 5, 4, 0, 11, 3};
    enum { N = sizeof order / sizeof *order };
    cz_request r[N];
    memset(r, 0, sizeof r);
    for (size_t i = 0; i < N; i++)
        r[i].frame = order[i];
    cz_clip *clip = opened(NULL);
    cr_assert_eq(cz_frames_raw(clip, r, N, NULL, NULL, NULL), CZ_OK);
    for (size_t i = 0; i < N; i++)
        cr_expect(is_frame(&r[i]), "frame %d", (int)order[i]);
    cz_request_free(r, N);
    cz_clip_close(&clip);
}

Test(movie, no_such_frame)
{
    cz_request r[] = {{.frame = FRAMES}, {.frame = 1}};
    cz_error err;
    cz_clip *clip = opened(NULL);
    cr_expect_eq(cz_frames_raw(clip, r, 2, NULL, NULL, &err), CZ_ABSENT);
    cr_expect_str_eq(err.message, "frame 20 of test-20180712T001500: it has 20 frames");
    cr_expect(is_frame(&r[1]));
    cz_request_free(r, 2);
    cz_clip_close(&clip);
}

Test(movie, same_pictures_as_from_a_store)
{
    enum { N = 5, PICTURE = 2 * 2 * 32 * 16 };
    uint32_t size[N];
    object_store *os = NULL;
    cz_store *store = NULL;
    cz_clip *raw = NULL, *stored = NULL;
    cz_convert_job job;
    cz_report report;
    make_decodable(size, N);
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cz_convert_defaults(&job);
    job.source = movie.path;
    cr_assert_eq(convert_into(os, &job, &report, NULL), CZ_OK);
    cr_assert_eq(store_from_objects(&store, &os, NULL, NULL), CZ_OK);
    cr_assert_eq(cz_clip_open(&stored, store, report.clip, NULL), CZ_OK);
    raw = opened(NULL);
    cz_request a[N], b[N];
    memset(a, 0, sizeof a);
    memset(b, 0, sizeof b);
    for (size_t i = 0; i < N; i++)
        a[i].frame = b[i].frame = i;
    cr_assert_eq(cz_pictures(raw, NULL, a, N, NULL, NULL, NULL), CZ_OK);
    cr_assert_eq(cz_pictures(stored, NULL, b, N, NULL, NULL, NULL), CZ_OK);
    for (size_t i = 0; i < N; i++) {
        cr_expect_eq(a[i].size, PICTURE);
        cr_expect_arr_eq(a[i].data, b[i].data, PICTURE);
    }
    cz_request_free(a, N);
    cz_request_free(b, N);
    cz_clip_close(&raw);
    cz_clip_close(&stored);
    cz_close(&store);
    cz_report_free(&report);
}

/* ---- Movies that aren't whole ---------------------------------------------------------------- */

Test(movie, truncated_file)
{
    cz_request r = {.frame = 17};
    const void *flags = NULL;
    cz_error err;
    cr_assert_eq(truncate(movie.path, (off_t)(movie.first + 16L * EACH + 40)), 0);
    cz_clip *clip = opened(NULL);
    cr_expect_eq(cz_clip_facts(clip)->damaged_frames, 4);
    cr_assert_eq(cz_column_read(&flags, clip, CZ_FLAGS, NULL), CZ_OK);
    cr_expect_eq(((const uint8_t *)flags)[15], 0);
    cr_expect_eq(((const uint8_t *)flags)[16], CZ_FLAG_TRUNCATED);
    cr_expect_eq(((const uint8_t *)flags)[17], CZ_FLAG_MISSING);
    cr_expect_eq(cz_frames_raw(clip, &r, 1, NULL, NULL, &err), CZ_ABSENT);
    cr_expect_not_null(strstr(err.message, "frame 17"), "%s", err.message);
    r.frame = 16;
    cr_expect_eq(cz_frames_raw(clip, &r, 1, NULL, NULL, &err), CZ_OK);
    cr_expect_eq(r.size, 40);
    cz_request_free(&r, 1);
    cz_clip_close(&clip);
}

Test(movie, truncated_while_open)
{
    cz_request r = {.frame = 18};
    cz_error err;
    cz_clip *clip = opened(NULL);
    cr_assert_eq(truncate(movie.path, (off_t)(movie.first + 10L * EACH)), 0);
    cr_expect_eq(cz_frames_raw(clip, &r, 1, NULL, NULL, &err), CZ_CHANGED);
    cr_expect_not_null(strstr(err.message, "frame 18"), "%s", err.message);
    cr_expect_null(r.data);
    cz_clip_close(&clip);
}

/* Its moov atom gets an unknown type. */
static void hide_moov(void)
{
    for (size_t i = 0; i + 4 < movie.first; i++)
        if (memcmp(file + i, "moov", 4) == 0)
            movie_fixture_patch(&movie, i, "free", 4);
}

Test(movie, recovers_without_tables_on_request)
{
    enum { N = 3 };
    uint32_t size[N];
    cz_error err = {0};
    make_decodable(size, N);
    hide_moov();
    cr_expect_eq(refused(movie.path, &err), CZ_ABSENT);
    cr_expect_not_null(strstr(err.hint, "recover"), "%s", err.hint);
    cz_clip *clip = opened(&(cz_options){.recover = true});
    cr_expect(cz_clip_facts(clip)->recovered && cz_clip_facts(clip)->frames == N);
    const void *flags = NULL, *offset = NULL;
    cr_assert_eq(cz_column_read(&flags, clip, CZ_FLAGS, NULL), CZ_OK);
    cr_assert_eq(cz_column_read(&offset, clip, CZ_SOURCE_OFFSET, NULL), CZ_OK);
    uint64_t at = movie.first;
    for (size_t i = 0; i < N; at += size[i++]) {
        cr_expect_eq(((const uint8_t *)flags)[i], CZ_FLAG_RECOVERED);
        cr_expect_eq(((const uint64_t *)offset)[i], at);
    }
    cz_clip_close(&clip);
}

Test(movie, not_a_movie)
{
    cz_error err;
    cr_expect_eq(refused("/tmp/camzarr-no-such-file.mov", &err), CZ_ABSENT);
    cr_expect_not_null(strstr(err.message, "camzarr-no-such-file.mov"));
    cr_expect_eq(refused(movie.folder, &err), CZ_UNSUPPORTED);
    cr_assert_eq(truncate(movie.path, 0), 0);
    cr_expect_eq(refused(movie.path, &err), CZ_FORMAT);
    cr_expect_not_null(strstr(err.message, "empty"), "%s", err.message);
    cr_assert_eq(truncate(movie.path, 8192), 0);
    cr_expect_lt(refused(movie.path, &err), 0, "zeros");
    cr_expect_not_null(strstr(err.message, "test-20180712T001500.mov"), "%s", err.message);
}

/* No frame of it has a header: then the tables alone tell what pictures are. */
Test(movie, no_frame_with_a_valid_header)
{
    cz_shape shape;
    for (size_t i = 0; i < FRAMES; i++)
        movie_fixture_patch(&movie, movie.first + i * EACH + 4, "xxxx", 4);
    cz_clip *clip = opened(NULL);
    cr_expect(cz_clip_facts(clip)->width == 32 && cz_clip_facts(clip)->height == 32);
    cr_expect_str_eq(cz_clip_facts(clip)->chroma, "4:2:2");
    cr_expect_eq(cz_shape_of(&shape, clip, NULL, NULL), CZ_OK);
    cz_clip_close(&clip);
}

Test(movie, functions_that_require_a_store)
{
    cz_error err;
    cz_clip *clip = opened(NULL);
    cr_expect_eq(cz_restore(clip, NULL, NULL, &err), CZ_UNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "restoring"), "%s", err.message);
    cz_clip_close(&clip);
}

Test(movie, without_memory)
{
    for (size_t n = 1;; n++) {
        cz_clip *clip = NULL;
        cz_request r[2] = {{.frame = 3}, {.frame = 4}};
        alloc_fail_at(n);
        int rc = cz_movie_open(&clip, movie.path, NULL, NULL);
        if (rc == CZ_OK)
            rc = cz_frames_raw(clip, r, 2, NULL, NULL, NULL);
        const bool failed = alloc_fail_end();
        cz_request_free(r, 2);
        cz_clip_close(&clip);
        if (!failed) {
            cr_assert_eq(rc, CZ_OK);
            break;
        }
        /* A run of frames that finds no memory is tried frame by frame. */
        cr_assert(rc == CZ_NOMEM || rc == CZ_OK, "allocation %zu: %d", n, rc);
    }
}

/* ---- Any bytes of the MOV -------------------------------------------------------------------- */

Test(movie, source_bytes)
{
    uint8_t got[64];
    cz_error err;
    cz_clip *clip = opened(NULL);
    for (size_t at = 0; at + sizeof got <= movie.bytes; at += 61) {
        cr_assert_eq(cz_source_read(got, clip, at, sizeof got, &err), CZ_OK, "%s", err.message);
        cr_expect_arr_eq(got, file + at, sizeof got);
    }
    cr_expect_eq(cz_source_read(got, clip, movie.bytes, 0, NULL), CZ_OK);
    cr_expect_eq(cz_source_read(got, clip, movie.bytes - 1, 2, &err), CZ_ABSENT);
    cr_expect_eq(cz_source_read(got, clip, UINT64_MAX, 2, &err), CZ_ABSENT);
    cz_clip_close(&clip);
}

/* The tiny clip, whose MOV is known byte for byte. */
static cz_clip *tiny(store_fixture *f, object_store **ret_os)
{
    cz_store *store = NULL;
    cz_clip *clip = NULL;
    store_fixture_make(f);
    object_store *os = store_fixture_memory(f);
    *ret_os = os;
    cr_assert_eq(store_from_objects(&store, &os, NULL, NULL), CZ_OK);
    cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, NULL), CZ_OK);
    cz_close(&store);
    return clip;
}

Test(source_read, every_range_of_a_clip_in_a_store)
{
    static store_fixture f;
    uint8_t got[FIXTURE_MOV_MAX + 1];
    object_store *os = NULL;
    cz_error err;
    cz_clip *clip = tiny(&f, &os);
    for (size_t len = 1; len <= f.mov_len; len = 3 * len + 1)
        for (size_t at = 0; at + len <= f.mov_len; at += len / 2 + 7) {
            got[len] = 0xa5;
            cr_assert_eq(cz_source_read(got, clip, at, len, &err), CZ_OK, "%s", err.message);
            cr_assert_arr_eq(got, f.mov + at, len, "%zu bytes at %zu", len, at);
            cr_assert_eq(got[len], 0xa5);
        }
    cr_expect_eq(cz_source_read(got, clip, f.mov_len, 1, &err), CZ_ABSENT);
    cz_clip_close(&clip);
    store_fixture_free(&f);
}

/* Headers and the like are read in small steps: what they need is fetched once a clip. */
Test(source_read, small_reads_fetch_a_chunk_once)
{
    static store_fixture f;
    counting_store c;
    cz_store *store = NULL;
    cz_clip *clip = NULL;
    cz_error err;
    store_fixture_make(&f);
    object_store *os = store_fixture_memory(&f), *counted = &c.base;
    counting_store_begin(&c, &os);
    cr_assert_eq(store_from_objects(&store, &counted, NULL, &err), CZ_OK, "%s", err.message);
    cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, &err), CZ_OK, "%s", err.message);
    counting_store_reset(&c);
    for (uint64_t i = 0; i < f.range_length[0]; i++) {
        uint8_t byte = 0;
        cr_assert_eq(cz_source_read(&byte, clip, f.range_offset[0] + i, 1, &err), CZ_OK, "%s",
                     err.message);
        cr_assert_eq(byte, f.mov[f.range_offset[0] + i]);
    }
    /* range_offset's document, range_offset and range_length, source_offset, chunks.jsonl, a chunk
     */
    cr_assert_eq(c.ranges, 6, "%zu", c.ranges);
    cz_clip_close(&clip);
    cz_close(&store);
    store_fixture_free(&f);
}

Test(source_read, damage_and_absence)
{
    static store_fixture f;
    uint8_t got[FIXTURE_MOV_MAX];
    char key[KEY_MAX];
    size_t len = 0;
    object_store *os = NULL;
    cz_error err;
    cz_clip *clip = tiny(&f, &os);
    shard_key(key, ZARR_V3, FIXTURE_NAME, 0);
    os_memory_at(os, key, &len)[f.shard_offset[1]] ^= 1;
    cr_expect_eq(cz_source_read(got, clip, f.source_offset[1], 1, &err), CZ_CORRUPT);
    cr_expect_not_null(strstr(err.message, "frame 1"), "%s", err.message);
    cr_expect_eq(cz_source_read(got, clip, f.source_offset[0], 1, &err), CZ_OK);
    source_chunk_key(key, ZARR_V3, FIXTURE_NAME, 0);
    cr_assert_eq(os_remove(os, key, NULL), CZ_OK);
    cr_expect_eq(cz_source_read(got, clip, f.range_offset[0], 1, &err), CZ_ABSENT);
    cr_expect_not_null(strstr(err.message, "source/bytes"), "%s", err.message);
    cz_clip_close(&clip);
    store_fixture_free(&f);
}

Test(source_read, without_memory)
{
    static store_fixture f;
    static uint8_t got[FIXTURE_MOV_MAX];
    object_store *os = NULL;
    cz_clip *clip = tiny(&f, &os);
    for (size_t n = 1;; n++) {
        alloc_fail_at(n);
        const int rc = cz_source_read(got, clip, 0, f.mov_len, NULL);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM, "allocation %zu: %d", n, rc);
    }
    cr_assert_arr_eq(got, f.mov, f.mov_len);
    cz_clip_close(&clip);
    store_fixture_free(&f);
}
