/* reader/: stores, clips, columns and times. */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reader/reader.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/counting_store.h"
#include "tests/unit/support/store_fixture.h"

/* ---- Stores --------------------------------------------------------------------------------- */

/* A store over the tiny clip in memory; *ret_os is the store's, to change it behind its back. */
static cz_store *tiny(object_store **ret_os)
{
    store_fixture f;
    cz_store *store = NULL;
    cz_error err = {0};
    store_fixture_make(&f);
    object_store *os = store_fixture_memory(&f);
    store_fixture_free(&f);
    *ret_os = os;
    cr_assert_eq(store_from_objects(&store, &os, NULL, &err), CZ_OK, "%s", err.message);
    cr_assert_null(os, "moved");
    return store;
}

Test(store, opens_by_path_and_by_address)
{
    char path[TEMP_PATH], url[TEMP_PATH + 8];
    store_fixture f;
    cz_error err = {0};
    store_fixture_make(&f);
    store_fixture_folder(path, &f);
    (void)snprintf(url, sizeof url, "file://%s", path);
    const char *const both[] = {path, url};
    for (size_t i = 0; i < 2; i++) {
        cz_store *store = NULL;
        cr_assert_eq(cz_open(&store, both[i], NULL, &err), CZ_OK, "%s", err.message);
        cz_close(&store);
        cr_assert_null(store);
        cz_close(&store);
    }
    cz_close(NULL);
    temp_folder_remove(path);
    store_fixture_free(&f);
}

Test(store, absent)
{
    char path[TEMP_PATH], below[TEMP_PATH + 16];
    cz_store *store = NULL;
    cz_error err = {0};
    temp_folder(path);
    (void)snprintf(below, sizeof below, "%s/nothing", path);
    cr_assert_eq(cz_open(&store, below, NULL, &err), CZ_ABSENT);
    cr_assert_not_null(strstr(err.message, below));
    cr_assert_null(store);
    cr_assert_eq(cz_open(&store, path, NULL, &err), CZ_FORMAT, "a folder, but not a store");
    cr_assert_not_null(strstr(err.message, path));
    cr_assert_eq(cz_open(&store, "gopher://there", NULL, &err), CZ_UNSUPPORTED);
    temp_folder_remove(path);
}

#define ROOT_OF(format, kind) "{\"camzarr_format\":\"" format "\",\"camzarr_kind\":\"" kind "\"}"

Test(store, other_zarr_groups_are_refused)
{
    static const struct {
        const char *root;
        int code;
    } roots[] = {
        {"", CZ_FORMAT},
        {"[1", CZ_FORMAT},
        {"{}", CZ_FORMAT},
        {"{\"attributes\":{}}", CZ_FORMAT},
        {"{\"attributes\":{\"camzarr_format\":1}}", CZ_FORMAT},
        {"{\"attributes\":{\"camzarr_format\":\"1.0\"}}", CZ_FORMAT},
        {"{\"attributes\":" ROOT_OF("1.0", "index") "}", CZ_FORMAT},
        {"{\"attributes\":{\"camzarr\":{\"format\":\"1.0\",\"kind\":\"clip\"}}}", CZ_FORMAT},
        {"{\"attributes\":" ROOT_OF("2.0", "store") "}", CZ_NEWER},
        {"{\"zarr_format\":3,\"node_type\":\"group\",\"attributes\":" ROOT_OF("1.5", "store") "}",
         CZ_OK},
        {"{\"zarr_format\":3,\"node_type\":\"array\",\"attributes\":" ROOT_OF("1.0", "store") "}",
         CZ_FORMAT},
        {"{\"node_type\":\"group\",\"attributes\":" ROOT_OF("1.0", "store") "}", CZ_FORMAT},
    };
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        object_store *os = NULL;
        cz_store *store = NULL;
        cr_assert_eq(os_memory(&os, NULL), CZ_OK);
        cr_assert_eq(os_put(os, "zarr.json", roots[i].root, strlen(roots[i].root), OS_CREATE, NULL),
                     CZ_OK);
        cr_assert_eq(store_from_objects(&store, &os, NULL, NULL), roots[i].code, "%s",
                     roots[i].root);
        cr_assert_eq(store != NULL, roots[i].code == CZ_OK);
        cz_close(&store);
        os_close(&os);
    }
}

Test(store, lists_complete_clips)
{
    static const char *const more[] = {"clips/a-b/zarr.json",    "clips/a/zarr.json",
                                       "clips/begun/begun.json", "clips/.hidden/zarr.json",
                                       "clips/zarr.json",        "clips/sp ace/zarr.json",
                                       "clips/b/index/zarr.json"};
    static const char *const expected[] = {"a", "a-b", FIXTURE_NAME};
    object_store *os = NULL;
    cz_store *store = tiny(&os);
    char **names = NULL;
    size_t n = 0;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        cr_assert_eq(os_put(os, more[i], "x", 1, OS_OVERWRITE, NULL), CZ_OK);
    cr_assert_eq(cz_clips(&names, &n, store, NULL), CZ_OK);
    cr_assert_eq(n, 3);
    for (size_t i = 0; i < n; i++)
        cr_assert_str_eq(names[i], expected[i]);
    cz_names_free(&names, n);
    cr_assert_null(names);
    cz_names_free(&names, n);
    cz_close(&store);
}

static int refuse(void *user, os_op op, const char *key, cz_error *err)
{
    return op == *(const os_op *)user ? cz_fail(err, CZ_UNREACHABLE, "%s: no response", key)
                                      : CZ_OK;
}

Test(store, failed_listing_is_an_error)
{
    object_store *os = NULL;
    cz_store *store = tiny(&os);
    const os_op ops[] = {OS_LIST, OS_STAT};
    for (size_t i = 0; i < 2; i++) {
        char **names = NULL;
        size_t n = 7;
        cz_error err = {0};
        os_memory_fault(os, refuse, (void *)&ops[i]);
        cr_assert_eq(cz_clips(&names, &n, store, &err), CZ_UNREACHABLE);
        cr_assert_null(names);
        cr_assert_eq(n, 7, "results are written on success only");
    }
    cz_close(&store);
}

/* Stores that were made before the attributes of groups were flat. */
Test(store, unreleased_form_is_named)
{
    cz_error err;
    object_store *os = NULL;
    cz_store *store = NULL;
    static const char root[] = "{\"zarr_format\":3,\"node_type\":\"group\",\"attributes\":"
                               "{\"camzarr\":{\"format\":\"1.0\",\"kind\":\"store\"}}}";
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cr_assert_eq(os_put(os, "zarr.json", root, sizeof root - 1, OS_CREATE, NULL), CZ_OK);
    cr_assert_eq(store_from_objects(&store, &os, NULL, &err), CZ_FORMAT);
    cr_assert_not_null(strstr(err.message, "before format 1.0 was final"), "%s", err.message);
    cr_assert_not_null(strstr(err.hint, "convert"), "%s", err.hint);
    os_close(&os);
}

Test(store, without_clips)
{
    object_store *os = NULL;
    cz_store *store = NULL;
    char **names = NULL;
    size_t n = 7;
    static const char root[] =
        "{\"zarr_format\":3,\"node_type\":\"group\",\"attributes\":" ROOT_OF("1.0", "store") "}";
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cr_assert_eq(os_put(os, "zarr.json", root, sizeof root - 1, OS_CREATE, NULL), CZ_OK);
    cr_assert_eq(store_from_objects(&store, &os, NULL, NULL), CZ_OK);
    cr_assert_eq(cz_clips(&names, &n, store, NULL), CZ_OK);
    cr_assert_eq(n, 0);
    cz_names_free(&names, n);
    cz_close(&store);
}

/* What cz_list() passed, a line a clip. */
typedef struct listed {
    buf text;
    size_t stop_after; /* clips; 0: never */
    size_t n;
} listed;

static int note(void *user, const char *name, const cz_facts *facts, const cz_error *failed)
{
    listed *l = user;
    cr_assert_neq(facts == NULL, failed == NULL);
    if (facts)
        buf_printf(&l->text, "%s: %d frames\n", facts->name, (int)facts->frames);
    else
        buf_printf(&l->text, "%s: %s\n", name, cz_code_name(failed->code));
    return ++l->n == l->stop_after ? CZ_CANCELLED : CZ_OK;
}

static void expect_listed(cz_store *store, int code, size_t stop_after, const char *expected)
{
    listed l = {.stop_after = stop_after};
    cr_assert_eq(cz_list(store, note, &l, NULL), code);
    cr_assert_str_eq(buf_text(&l.text), expected);
    buf_free(&l.text);
}

static int refuse_markers(void *user, os_op op, const char *key, cz_error *err)
{
    (void)user;
    return op == OS_GET && strcmp(key, "clips/c/zarr.json") == 0
               ? cz_fail(err, CZ_UNREACHABLE, "%s: no response", key)
               : CZ_OK;
}

Test(store, lists_facts_and_unreadable_clips)
{
    static const char *const more[] = {"clips/a-b/zarr.json", "clips/begun/begun.json",
                                       "clips/c/zarr.json", "clips/z/zarr.json"};
    object_store *os = NULL;
    cz_store *store = tiny(&os);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        cr_assert_eq(os_put(os, more[i], "x", 1, OS_OVERWRITE, NULL), CZ_OK);
    os_memory_fault(os, refuse_markers, NULL);
    for (unsigned puts = 0; puts <= 16; puts += 8) { /* how many at a time */
        os->puts = puts;
        expect_listed(store, CZ_OK, 0,
                      "a-b: corrupt\nc: unreachable\n" FIXTURE_NAME ": 15 frames\nz: corrupt\n");
        expect_listed(store, CZ_CANCELLED, 2, "a-b: corrupt\nc: unreachable\n");
    }
    const os_op listing = OS_LIST;
    os_memory_fault(os, refuse, (void *)&listing);
    expect_listed(store, CZ_UNREACHABLE, 0, "");
    cz_close(&store);
}

/* More clips than are read ahead, and several batches of names. */
Test(store, lists_many_clips_in_order)
{
    enum { MANY = 2500 };
    object_store *os = NULL;
    cz_store *store = tiny(&os);
    buf expected = {0};
    char **names = NULL;
    size_t n = 0, len;
    cr_assert_not_null(os_memory_at(os, "clips/" FIXTURE_NAME "/zarr.json", &len));
    cr_assert_eq(os_remove(os, "clips/" FIXTURE_NAME "/zarr.json", NULL), CZ_OK);
    for (int i = 0; i < MANY; i++) {
        char key[KEY_MAX];
        (void)snprintf(key, sizeof key, "clips/%05d/zarr.json", i);
        cr_assert_eq(os_put(os, key, "x", 1, OS_OVERWRITE, NULL), CZ_OK);
        buf_printf(&expected, "%05d: corrupt\n", i);
    }
    os->puts = 16;
    expect_listed(store, CZ_OK, 0, buf_text(&expected));
    cr_assert_eq(cz_clips(&names, &n, store, NULL), CZ_OK);
    cr_assert_eq(n, MANY);
    for (int i = 1; i < MANY; i++)
        cr_assert_lt(strcmp(names[i - 1], names[i]), 0);
    cz_names_free(&names, n);
    buf_free(&expected);
    cz_close(&store);
}

/* ---- Clips ---------------------------------------------------------------------------------- */

static void no_statistics(object_store *os, net_statistics *out)
{
    (void)os;
    (void)out;
}

/* The fixture's store, counted; far away: as if behind a network. */
static cz_store *counted(counting_store *c, store_fixture *f, bool far_away)
{
    static object_store_ops far;
    cz_store *store = NULL;
    store_fixture_make(f);
    object_store *os = store_fixture_memory(f), *counting = &c->base;
    counting_store_begin(c, &os);
    if (far_away) {
        far = *c->base.ops;
        far.statistics = no_statistics;
        c->base.ops = &far;
    }
    cr_assert_eq(store_from_objects(&store, &counting, NULL, NULL), CZ_OK);
    return store;
}

Test(clip, opens_in_four_requests_and_two_round_trips)
{
    store_fixture f;
    counting_store c;
    cz_clip *clip = NULL;
    cz_store *store = counted(&c, &f, false);
    cr_assert_eq(c.ranges, 1, "the root");
    counting_store_reset(&c);
    cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, NULL), CZ_OK);
    cr_assert_eq(c.ranges, 4);
    cr_assert_eq(c.trips, 2);

    counting_store_reset(&c);
    cz_request r = {.frame = 3};
    cr_assert_eq(cz_frames_raw(clip, &r, 1, NULL, NULL, NULL), CZ_OK);
    cr_assert_eq(c.ranges, 1, "a frame is one range");
    cr_assert_eq(c.bytes, f.size[3], "of nothing else");
    cz_request_free(&r, 1);

    counting_store_reset(&c);
    int64_t time = 0;
    cr_assert_eq(cz_time(&time, clip, 0, NULL), CZ_OK);
    cr_assert_eq(cz_time(&time, clip, 1, NULL), CZ_OK);
    cr_assert_eq(c.ranges, 1, "a column is fetched once");
    cz_clip_close(&clip);
    cz_close(&store);
    store_fixture_free(&f);
}

/* Over a network: the commit marker is read again, and shows that the cached objects are still
 * valid. */
Test(clip, reopening_reads_only_the_commit_marker)
{
    store_fixture f;
    counting_store c;
    cz_clip *clip = NULL;
    cz_store *store = counted(&c, &f, true);
    for (int i = 0; i < 3; i++) {
        const void *size = NULL;
        counting_store_reset(&c);
        cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, NULL), CZ_OK);
        cr_expect_eq(c.ranges, i ? 1 : 4);
        cr_expect_eq(c.trips, i ? 1 : 2);
        cr_assert_eq(cz_column_read(&size, clip, CZ_SIZE, NULL), CZ_OK);
        cr_expect_eq(memcmp(size, f.size, sizeof f.size), 0);
        cz_clip_close(&clip);
    }
    /* Another clip under that name: other digests, and nothing that was kept is taken. */
    for (size_t i = 0; i < FIXTURE_FRAMES; i++)
        f.crc32c[i] ^= 1;
    store_fixture_write(c.of, &f);
    const void *crc = NULL;
    counting_store_reset(&c);
    cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, NULL), CZ_OK);
    cr_expect_eq(c.ranges, 2, "the commit marker, and the column that changed");
    cr_assert_eq(cz_column_read(&crc, clip, CZ_CRC32C, NULL), CZ_OK);
    cr_expect_eq(memcmp(crc, f.crc32c, sizeof f.crc32c), 0);
    cz_clip_close(&clip);
    cz_close(&store);
    store_fixture_free(&f);
}

Test(clip, facts_and_reference_to_the_store)
{
    object_store *os = NULL;
    cz_store *store = tiny(&os);
    cz_clip *clip = NULL;
    cz_facts *facts = NULL;
    const void *sizes = NULL;
    cr_assert_eq(cz_facts_read(&facts, store, FIXTURE_NAME, NULL), CZ_OK);
    cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, NULL), CZ_OK);
    cz_close(&store);
    cr_assert_str_eq(facts->name, FIXTURE_NAME);
    cr_assert_eq(cz_clip_facts(clip)->frames, facts->frames);
    cr_assert_str_eq(cz_clip_facts(clip)->source_md5, facts->source_md5);
    cz_facts_free(&facts);
    cr_assert_null(facts);
    cz_facts_free(&facts);
    cr_assert_eq(cz_column_read(&sizes, clip, CZ_SIZE, NULL), CZ_OK);
    cr_assert_eq(((const uint32_t *)sizes)[0], 40);
    cz_clip_close(&clip);
    cr_assert_null(clip);
    cz_clip_close(&clip);
}

Test(clip, absent_clip_and_invalid_name)
{
    object_store *os = NULL;
    cz_store *store = tiny(&os);
    cz_clip *clip = NULL;
    cz_facts *facts = NULL;
    cz_error err;
    cr_assert_eq(cz_clip_open(&clip, store, "none", &err), CZ_ABSENT);
    cr_assert_not_null(strstr(err.message, "none"));
    cr_assert_eq(cz_facts_read(&facts, store, "none", &err), CZ_ABSENT);
    cr_assert_eq(cz_clip_open(&clip, store, "tiny/index", &err), CZ_USAGE);
    cr_assert_null(clip);
    cr_assert_null(facts);
    cz_close(&store);
}

Test(clip, each_object_that_opening_needs_is_checked)
{
    static const char *const rests[] = {MARK, "index/size/c/0", "index/shard_offset/c/0",
                                        "index/crc32c/c/0"};
    object_store *os = NULL;
    cz_store *store = tiny(&os);
    cz_clip *clip = NULL;
    cz_error err;
    for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
        char key[KEY_MAX];
        size_t len = 0;
        clip_key(key, FIXTURE_NAME, rests[i]);
        uint8_t *at = os_memory_at(os, key, &len);
        at[len / 2] ^= 16;
        cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, &err), CZ_CORRUPT);
        cr_assert_not_null(strstr(err.message, key), "%s", err.message);
        at[len / 2] ^= 16;
    }
    for (size_t i = 1; i < sizeof rests / sizeof *rests; i++) {
        char key[KEY_MAX];
        size_t len = 0;
        clip_key(key, FIXTURE_NAME, rests[i]);
        uint8_t *at = os_memory_at(os, key, &len), copy[4096];
        memcpy(copy, at, len);
        cr_assert_eq(os_put(os, key, copy, len - 1, OS_OVERWRITE, NULL), CZ_OK);
        cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, &err), CZ_CORRUPT);
        cr_assert_eq(os_remove(os, key, NULL), CZ_OK);
        cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, &err), CZ_ABSENT);
        cr_assert_not_null(strstr(err.message, key), "%s", err.message);
        cr_assert_eq(os_put(os, key, copy, len, OS_OVERWRITE, NULL), CZ_OK);
    }
    cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, NULL), CZ_OK, "whole again");
    cz_clip_close(&clip);
    cz_close(&store);
}

/* A clip with something wrong in it, and all digests right. */
static void expect_open(void (*spoil)(store_fixture *f), int code, const char *word)
{
    store_fixture f;
    cz_store *store = NULL;
    cz_clip *clip = NULL;
    cz_error err = {0};
    store_fixture_make(&f);
    spoil(&f);
    object_store *os = store_fixture_memory(&f);
    cr_assert_eq(store_from_objects(&store, &os, NULL, NULL), CZ_OK);
    cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, &err), code, "%s", err.message);
    cr_assert_not_null(strstr(err.message, word), "%s", err.message);
    cz_close(&store);
    store_fixture_free(&f);
}

static void offset_overflows(store_fixture *f)
{
    f->shard_offset[3] = UINT64_MAX - 10;
}

Test(clip, invalid_table)
{
    expect_open(offset_overflows, CZ_FORMAT, "frame 3");
}

Test(clip, commit_marker_with_wrong_sizes)
{
    static const struct {
        const char *from, *to;
        int code;
    } lies[] = {
        {"\"frame_bytes\": ", "\"frame_bytes\": 1, \"x\": ", CZ_FORMAT},
        {"\"frames\": 15", "\"frames\": 16", CZ_CORRUPT},
        {"\"frames\": 15", "\"frames\": 200000000", CZ_FORMAT},
        {"index/size/c/0", "index/size/c/1", CZ_FORMAT},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        object_store *os = NULL;
        cz_store *store = tiny(&os);
        cz_clip *clip = NULL;
        cz_error err = {0};
        store_fixture_edit(os, "clips/tiny/zarr.json", lies[i].from, lies[i].to);
        store_fixture_seal(os);
        cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, &err), lies[i].code, "%s: %s",
                     lies[i].to, err.message);
        cz_close(&store);
    }
}

Test(clip, without_memory)
{
    object_store *os = NULL;
    cz_store *store = tiny(&os);
    for (size_t n = 1;; n++) {
        cz_clip *clip = NULL;
        alloc_fail_at(n);
        const int rc = cz_clip_open(&clip, store, FIXTURE_NAME, NULL);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            cz_clip_close(&clip);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM, "allocation %zu: %d", n, rc);
        cr_assert_null(clip);
    }
    cz_close(&store);
}

Test(store, without_memory)
{
    char path[TEMP_PATH];
    store_fixture f;
    store_fixture_make(&f);
    store_fixture_folder(path, &f);
    for (size_t n = 1;; n++) {
        cz_store *store = NULL;
        alloc_fail_at(n);
        const int rc = cz_open(&store, path, NULL, NULL);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            cz_close(&store);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM, "allocation %zu: %d", n, rc);
        cr_assert_null(store);
    }
    temp_folder_remove(path);
    store_fixture_free(&f);
}

Test(store, names_without_memory)
{
    object_store *os = NULL;
    cz_store *store = tiny(&os);
    for (size_t n = 1;; n++) {
        char **names = NULL;
        size_t count = 0;
        alloc_fail_at(n);
        const int rc = cz_clips(&names, &count, store, NULL);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            cr_assert_eq(count, 1);
            cz_names_free(&names, count);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM, "allocation %zu: %d", n, rc);
        cr_assert_null(names);
    }
    cz_close(&store);
}

Test(store, facts_without_memory)
{
    object_store *os = NULL;
    cz_store *store = tiny(&os);
    cr_assert_eq(os_put(os, "clips/x/zarr.json", "x", 1, OS_OVERWRITE, NULL), CZ_OK);
    for (size_t n = 1;; n++) {
        listed l = {0};
        alloc_fail_at(n);
        const int rc = cz_list(store, note, &l, NULL);
        const bool failed = alloc_fail_end();
        const char *text = buf_text(&l.text);
        /* The call fails, or names the clip that could not be read for lack of memory, or does with
         * a thread less. */
        cr_assert(!failed || rc == CZ_NOMEM || l.text.bad || strstr(text, ": no_memory") ||
                      strcmp(text, FIXTURE_NAME ": 15 frames\nx: corrupt\n") == 0,
                  "allocation %zu: %d %s", n, rc, text);
        buf_free(&l.text);
        if (!failed)
            break;
    }
    cz_close(&store);
}

/* ---- Columns and times ---------------------------------------------------------------------- */

Test(columns, values_equal_those_written)
{
    store_fixture f;
    cz_store *store = NULL;
    cz_clip *clip = NULL;
    const void *at = NULL, *again = NULL;
    cz_error err;
    store_fixture_make(&f);
    object_store *os = store_fixture_memory(&f);
    cr_assert_eq(store_from_objects(&store, &os, NULL, NULL), CZ_OK);
    cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, NULL), CZ_OK);
    const struct {
        cz_column column;
        const void *values;
        size_t len;
    } columns[] = {
        {CZ_TIME, f.time, sizeof f.time},
        {CZ_SOURCE_OFFSET, f.source_offset, sizeof f.source_offset},
        {CZ_SIZE, f.size, sizeof f.size},
        {CZ_SHARD, f.shard, sizeof f.shard},
        {CZ_SHARD_OFFSET, f.shard_offset, sizeof f.shard_offset},
        {CZ_CRC32C, f.crc32c, sizeof f.crc32c},
        {CZ_FLAGS, f.flags, sizeof f.flags},
    };
    for (size_t i = 0; i < N_COLUMNS; i++) {
        cr_assert_eq(cz_column_read(&at, clip, columns[i].column, NULL), CZ_OK);
        cr_assert_eq(memcmp(at, columns[i].values, columns[i].len), 0, "column %zu", i);
        cr_assert_eq(cz_column_read(&again, clip, columns[i].column, NULL), CZ_OK);
        cr_assert_eq(at, again, "kept by the clip");
    }
    cr_assert_eq(cz_column_read(&at, clip, (cz_column)N_COLUMNS, &err), CZ_USAGE);
    cz_clip_close(&clip);
    cz_close(&store);
    store_fixture_free(&f);
}

Test(columns, damaged_column_affects_no_other)
{
    object_store *os = NULL;
    cz_store *store = tiny(&os);
    cz_clip *clip = NULL;
    const void *at = NULL;
    size_t len = 0;
    int64_t time = 0;
    uint64_t frame = 0;
    cz_error err;
    cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, NULL), CZ_OK);
    uint8_t *chunk = os_memory_at(os, "clips/tiny/index/time/c/0", &len);
    chunk[len - 1] ^= 1;
    cr_assert_eq(cz_column_read(&at, clip, CZ_TIME, &err), CZ_CORRUPT);
    cr_assert_null(at);
    cr_assert_eq(cz_time(&time, clip, 0, NULL), CZ_CORRUPT);
    cr_assert_eq(cz_frame_at(&frame, clip, FIXTURE_START, NULL), CZ_CORRUPT);
    cr_assert_eq(cz_column_read(&at, clip, CZ_FLAGS, NULL), CZ_OK, "the others are there");
    chunk[len - 1] ^= 1;
    cr_assert_eq(cz_column_read(&at, clip, CZ_TIME, NULL), CZ_OK, "and this one, once it is right");
    cz_clip_close(&clip);
    cz_close(&store);
}

Test(times, of_frames_and_frames_of_times)
{
    object_store *os = NULL;
    cz_store *store = tiny(&os);
    cz_clip *clip = NULL;
    cz_error err;
    cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, NULL), CZ_OK);
    for (uint64_t i = 0; i < FIXTURE_FRAMES; i++) {
        int64_t time = 0;
        uint64_t frame = 0;
        cr_assert_eq(cz_time(&time, clip, i, NULL), CZ_OK);
        cr_assert_eq(time, FIXTURE_START + (int64_t)i * FIXTURE_STEP);
        const int64_t within[] = {time, time + 1, time + FIXTURE_STEP - 1};
        for (size_t k = 0; k < 3; k++) {
            cr_assert_eq(cz_frame_at(&frame, clip, within[k], NULL), CZ_OK);
            cr_assert_eq(frame, i);
        }
    }
    int64_t time = 7;
    uint64_t frame = 7;
    cr_assert_eq(cz_time(&time, clip, FIXTURE_FRAMES, &err), CZ_ABSENT);
    cr_assert_eq(cz_time(&time, clip, UINT64_MAX, &err), CZ_ABSENT);
    cr_assert_eq(cz_frame_at(&frame, clip, FIXTURE_START - 1, &err), CZ_ABSENT);
    cr_assert_not_null(strstr(err.message, "2018-07-12T"), "%s", err.message);
    cr_assert_eq(cz_frame_at(&frame, clip, FIXTURE_START + FIXTURE_FRAMES * FIXTURE_STEP, &err),
                 CZ_ABSENT);
    cr_assert_eq(cz_frame_at(&frame, clip, INT64_MIN, &err), CZ_ABSENT);
    cr_assert_eq(cz_frame_at(&frame, clip, INT64_MAX, &err), CZ_ABSENT);
    cr_assert_eq(time, 7);
    cr_assert_eq(frame, 7);
    cz_clip_close(&clip);
    cz_close(&store);
}

/* ---- Other processes ------------------------------------------------------------------------ */

Test(clip, usable_after_fork)
{
    char path[TEMP_PATH];
    store_fixture f;
    cz_store *store = NULL;
    cz_clip *clip = NULL;
    int status = -1;
    store_fixture_make(&f);
    store_fixture_folder(path, &f);
    cr_assert_eq(cz_open(&store, path, NULL, NULL), CZ_OK);
    cr_assert_eq(cz_clip_open(&clip, store, FIXTURE_NAME, NULL), CZ_OK);
    const pid_t child = fork();
    if (child == 0) {
        cz_request r = {.frame = 13};
        int64_t time = 0;
        const bool right = cz_frames_raw(clip, &r, 1, NULL, NULL, NULL) == CZ_OK &&
                           memcmp(r.data, store_fixture_frame(&f, 13), r.size) == 0 &&
                           cz_time(&time, clip, 13, NULL) == CZ_OK && time == f.time[13];
        _exit(right ? 42 : 1);
    }
    cr_assert_gt(child, 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 42);
    cz_request r = {.frame = 13};
    cr_assert_eq(cz_frames_raw(clip, &r, 1, NULL, NULL, NULL), CZ_OK);
    cz_request_free(&r, 1);
    cz_clip_close(&clip);
    cz_close(&store);
    temp_folder_remove(path);
    store_fixture_free(&f);
}

Test(codes, have_names)
{
    cr_assert_str_eq(cz_code_name(CZ_OK), "ok");
    cr_assert_str_eq(cz_code_name(CZ_CORRUPT), "corrupt");
    cr_assert_str_eq(cz_code_name(CZ_CANCELLED), "cancelled");
    cr_assert_str_eq(cz_code_name(CZ_CANCELLED - 1), "unknown");
    cr_assert_str_eq(cz_code_name(1), "unknown");
    cr_assert_str_eq(cz_code_name(INT_MIN), "unknown");
    cr_assert_str_eq(cz_version(), CZ_VERSION);
    for (int code = CZ_OK; code >= CZ_CANCELLED; code--)
        cr_assert_str_not_empty(cz_code_name(code));
}
