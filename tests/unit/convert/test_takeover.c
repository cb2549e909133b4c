/* Conversions, removals and verification of one clip at the same time. A second actor runs
 * completely before each single operation of a first one. Afterwards the clip is complete and
 * verifies, or it has no commit marker; and the results of the actors fit one of the two serial
 * orders. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "convert/clip_attributes.h"
#include "convert/convert.h"
#include "convert/existing/remove.h"
#include "reader/reader.h"
#include "format/layout.h"
#include "tests/unit/support/movie_fixture.h"

#define CLIP "test-20180712T001500"
#define PREFIX "clips/" CLIP "/"
enum { FRAMES = 6, FRAME = 300, PER_SHARD = 2 };

static movie_fixture movie;
static void begin(void)
{
    movie_fixture_make(&movie, FRAMES, FRAME, 100);
}
static void end(void)
{
    movie_fixture_remove(&movie);
}
TestSuite(takeover, .init = begin, .fini = end, .timeout = 300);

typedef enum actor { CONVERT, CONVERT_OTHER, REMOVE, VERIFY, ATTRIBUTES } actor;

static void count_difference(void *user, const cz_finding *f)
{
    (void)f;
    ++*(size_t *)user;
}

static int verify_store(object_store *os, zarr_format zarr, size_t *ret_found, cz_error *err)
{
    cz_store store = {.os = os, .zarr = zarr, .users = 1}; /* never closed here */
    uint64_t n = 0;
    const cz_verify_job job = {.found = count_difference, .user = ret_found};
    *ret_found = 0;
    return cz_verify(&n, &store, CLIP, &job, err);
}

static int act(actor who, object_store *os, zarr_format zarr, cz_error *err)
{
    cz_convert_job job;
    cz_report report;
    size_t found = 0;
    if (who == REMOVE)
        return clip_remove(os, zarr, CLIP, NULL, err);
    if (who == ATTRIBUTES) {
        bool changed = false;
        cJSON *owner = json_object();
        json_add_text(owner, "license", "CC-BY-4.0");
        const int rc = clip_attributes_set(&changed, os, zarr, CLIP, owner, err);
        json_free(owner);
        return rc;
    }
    if (who == VERIFY) {
        const int rc = verify_store(os, zarr, &found, err);
        return rc == CZ_OK && found > 0 ? CZ_CORRUPT : rc;
    }
    cz_convert_defaults(&job);
    job.source = movie.path;
    job.zarr_format = zarr;
    job.frames_per_shard = PER_SHARD;
    job.threads = 1;
    job.sha256 = who == CONVERT_OTHER; /* another fingerprint, and a mark of other bytes */
    job.overwrite = who == CONVERT_OTHER;
    const int rc = convert_into(os, &job, &report, err);
    cz_report_free(&report);
    return rc;
}

typedef struct meanwhile {
    object_store *os;
    zarr_format zarr;
    actor who;
    long left;
    bool ran;
    int rc;
} meanwhile;

static int intervene(void *user, os_op op, const char *key, cz_error *err)
{
    meanwhile *m = user;
    (void)op;
    (void)key;
    (void)err;
    if (m->left-- > 0)
        return CZ_OK;
    os_memory_fault(m->os, NULL, NULL);
    m->ran = true;
    m->rc = act(m->who, m->os, m->zarr, NULL);
    return CZ_OK;
}

static bool has_commit_marker(object_store *os, zarr_format zarr)
{
    char key[KEY_MAX];
    size_t n;
    clip_key(key, CLIP, rel_key_marker(zarr));
    return os_memory_at(os, key, &n) != NULL;
}

static void expect_allowed(const meanwhile *m, actor first, int rc, size_t n)
{
    size_t found = 0;
    cz_error err = {0};
    const bool there = has_commit_marker(m->os, m->zarr);
    if (there)
        cr_expect(verify_store(m->os, m->zarr, &found, &err) == CZ_OK && found == 0,
                  "v%d, %d at operation %zu of %d: %zu differences (%d, %d) %s", (int)m->zarr,
                  (int)m->who, n, (int)first, found, rc, m->rc, err.message);
    const bool removes = first == REMOVE || m->who == REMOVE;
    if (!there && !removes)
        cr_expect(rc < 0 || m->rc < 0, "%d at %zu of %d: both succeeded, no clip", (int)m->who, n,
                  (int)first);
}

/* `who` before each operation of `first`; `before` ran alone at the beginning. */
static void at_each_operation(const actor *before, actor first, actor who, zarr_format zarr,
                              unsigned puts)
{
    size_t n = 0;
    for (bool ran = true; ran; n++) {
        meanwhile m = {.zarr = zarr, .who = who, .left = (long)n, .rc = -99};
        cr_assert_eq(os_memory(&m.os, NULL), CZ_OK);
        m.os->puts = puts;
        if (before)
            cr_assert_eq(act(*before, m.os, zarr, NULL), CZ_OK);
        os_memory_fault(m.os, intervene, &m);
        const int rc = act(first, m.os, zarr, NULL);
        os_memory_fault(m.os, NULL, NULL);
        ran = m.ran;
        if (ran)
            expect_allowed(&m, first, rc, n);
        os_close(&m.os);
    }
    cr_expect_gt(n, 5);
}

static void in_both_versions(const actor *before, actor first, actor who)
{
    at_each_operation(before, first, who, ZARR_V3, 0);
    at_each_operation(before, first, who, ZARR_V2, 0);
}

static const actor convert = CONVERT;

Test(takeover, removal_at_each_operation_of_a_conversion)
{
    in_both_versions(NULL, CONVERT, REMOVE);
    in_both_versions(&convert, CONVERT_OTHER, REMOVE);
}

Test(takeover, conversion_at_each_operation_of_a_removal)
{
    in_both_versions(&convert, REMOVE, CONVERT);
    in_both_versions(&convert, REMOVE, CONVERT_OTHER);
}

Test(takeover, two_conversions)
{
    in_both_versions(NULL, CONVERT, CONVERT);
    in_both_versions(NULL, CONVERT, CONVERT_OTHER);
    in_both_versions(&convert, CONVERT_OTHER, CONVERT_OTHER);
}

/* A conversion that finds its clip present, while another process removes or replaces it. */
static void expect_no_missing_marker(actor who)
{
    for (long n = 0;; n++) {
        meanwhile m = {.zarr = ZARR_V3, .who = who, .left = n, .rc = -99};
        cz_error err = {0};
        cr_assert_eq(os_memory(&m.os, NULL), CZ_OK);
        cr_assert_eq(act(CONVERT, m.os, ZARR_V3, NULL), CZ_OK);
        os_memory_fault(m.os, intervene, &m);
        const int rc = act(CONVERT, m.os, ZARR_V3, &err);
        os_memory_fault(m.os, NULL, NULL);
        os_close(&m.os);
        if (!m.ran)
            break;
        cr_expect(rc == CZ_OK || rc == CZ_CHANGED || rc == CZ_EXISTS, "%d at operation %ld: %s",
                  (int)who, n, err.message);
    }
}

Test(takeover, replaced_complete_clip_is_not_reported_as_missing)
{
    expect_no_missing_marker(REMOVE);
    expect_no_missing_marker(CONVERT_OTHER);
}

/* ---- Three actors ---------------------------------------------------------------------------- */

typedef struct two_meanwhile {
    meanwhile first, second; /* second.left: operations after the first one's intervention */
} two_meanwhile;

static int intervene_twice(void *user, os_op op, const char *key, cz_error *err)
{
    two_meanwhile *t = user;
    meanwhile *m = t->first.ran ? &t->second : &t->first;
    const int rc = intervene(m, op, key, err);
    if (!t->second.ran)
        os_memory_fault(m->os, intervene_twice, t);
    return rc;
}

static bool is_an_allowed_end(actor who, int rc)
{
    return rc == CZ_OK || rc == CZ_CHANGED || rc == CZ_EXISTS || (who == REMOVE && rc == CZ_ABSENT);
}

/* `second` before operation i of `first`, `third` before the j-th one after that, both whole.
 * Returns how many of these two ran. */
static int three_actors(actor first, actor second, actor third, size_t i, size_t j)
{
    size_t found = 0;
    cz_error err = {0};
    two_meanwhile t = {{.zarr = ZARR_V3, .who = second, .left = (long)i, .rc = -99},
                       {.zarr = ZARR_V3, .who = third, .left = (long)j, .rc = -99}};
    cr_assert_eq(os_memory(&t.first.os, NULL), CZ_OK);
    t.second.os = t.first.os;
    cr_assert_eq(act(CONVERT, t.first.os, ZARR_V3, NULL), CZ_OK);
    os_memory_fault(t.first.os, intervene_twice, &t);
    const int rc = act(first, t.first.os, ZARR_V3, &err);
    os_memory_fault(t.first.os, NULL, NULL);
    if (t.second.ran) {
        cr_expect(is_an_allowed_end(first, rc), "%d, %d at %zu, %d at %zu: %s", (int)first,
                  (int)second, i, (int)third, j, err.message);
        if (rc == CZ_CHANGED)
            cr_expect_null(strstr(err.message, "no such object"), "%s", err.message);
        if (has_commit_marker(t.first.os, ZARR_V3))
            cr_expect(verify_store(t.first.os, ZARR_V3, &found, NULL) == CZ_OK && found == 0,
                      "%d, %d at %zu, %d at %zu: %zu differences", (int)first, (int)second, i,
                      (int)third, j, found);
    }
    os_close(&t.first.os);
    return (int)t.first.ran + t.second.ran;
}

/* The third one close behind the second at every operation, further away in growing steps: what two
 * requests of the first one do together lies close. */
static void at_two_operations(actor first, actor second, actor third)
{
    size_t n = 0;
    for (int ran = 1; ran > 0; n++)
        for (size_t j = 0; (ran = three_actors(first, second, third, n, j)) == 2;)
            j += j < 3 ? 1 : j;
    cr_expect_gt(n, 5);
}

Test(takeover, third_actor_converts_and_removes)
{
    at_two_operations(CONVERT_OTHER, CONVERT, REMOVE);
    at_two_operations(REMOVE, CONVERT_OTHER, REMOVE);
}

Test(takeover, a_removal_and_a_conversion)
{
    at_two_operations(CONVERT_OTHER, REMOVE, CONVERT);
    at_two_operations(REMOVE, REMOVE, CONVERT_OTHER);
}

Test(takeover, two_removals)
{
    in_both_versions(&convert, REMOVE, REMOVE);
}

/* A verification meets no difference that the other one made. */
static void expect_no_difference(actor who)
{
    for (long n = 0;; n++) {
        meanwhile m = {.zarr = ZARR_V3, .who = who, .left = n, .rc = -99};
        cr_assert_eq(os_memory(&m.os, NULL), CZ_OK);
        cr_assert_eq(act(CONVERT, m.os, ZARR_V3, NULL), CZ_OK);
        os_memory_fault(m.os, intervene, &m);
        const int rc = act(VERIFY, m.os, ZARR_V3, NULL);
        os_memory_fault(m.os, NULL, NULL);
        os_close(&m.os);
        if (!m.ran)
            break;
        cr_expect_neq(rc, CZ_CORRUPT, "%d at operation %ld", (int)who, n);
    }
}

Test(takeover, verify_reports_no_changes_of_other_processes)
{
    expect_no_difference(REMOVE);
    expect_no_difference(CONVERT_OTHER);
}

typedef struct record_reads {
    size_t reads, removals;
} record_reads;

static int count_record_reads(void *user, os_op op, const char *key, cz_error *err)
{
    record_reads *n = user;
    (void)err;
    n->reads += op == OS_GET && strcmp(key, PREFIX "begun.json") == 0;
    n->removals += op == OS_REMOVE;
    return CZ_OK;
}

/* In a bucket each is a request. */
Test(takeover, a_removal_reads_its_record_once_for_each_object)
{
    object_store *os = NULL;
    record_reads n = {0};
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cr_assert_eq(act(CONVERT, os, ZARR_V3, NULL), CZ_OK);
    os_memory_fault(os, count_record_reads, &n);
    cr_expect_eq(clip_remove(os, ZARR_V3, CLIP, NULL, NULL), CZ_OK);
    cr_expect_gt(n.removals, 20);
    cr_expect_leq(n.reads, n.removals + 3);
    os_close(&os);
}

/* ---- What is removed ------------------------------------------------------------------------- */

static void put(object_store *os, const char *key)
{
    cr_assert_eq(os_put(os, key, "x", 1, OS_OVERWRITE, NULL), CZ_OK);
}

static bool has(object_store *os, const char *key)
{
    size_t n;
    return os_memory_at(os, key, &n) != NULL;
}

static void count_left(void *user, const char *key)
{
    (void)key;
    ++*(size_t *)user;
}

Test(takeover, folder_that_is_no_clip_is_refused)
{
    object_store *os = NULL;
    cz_error err = {0};
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    put(os, PREFIX "thesis.tex");
    put(os, PREFIX "zarr.json"); /* a group of others */
    put(os, PREFIX "c/0");
    cr_expect_eq(clip_remove(os, ZARR_V3, CLIP, NULL, &err), CZ_FORMAT);
    cr_expect(has(os, PREFIX "thesis.tex") && has(os, PREFIX "zarr.json") && has(os, PREFIX "c/0"));
    os_close(&os);
}

Test(takeover, foreign_files_are_kept)
{
    object_store *os = NULL;
    size_t left = 0;
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cr_assert_eq(act(CONVERT, os, ZARR_V3, NULL), CZ_OK);
    put(os, PREFIX "notes.txt");
    put(os, PREFIX "video/video/c/0/0/0/0.bak");
    put(os, PREFIX "index/.size.txt.part");
    put(os, PREFIX "video/video/c/9/0/0/.0.part");
    cr_expect_eq(act(CONVERT_OTHER, os, ZARR_V3, NULL), CZ_OK);
    cr_expect(has(os, PREFIX "notes.txt"), "an overwrite leaves it, too");
    cr_expect_not(has(os, PREFIX "video/video/c/9/0/0/.0.part"));
    cr_expect_eq(
        clip_remove(os, ZARR_V3, CLIP, &(cz_remove_job){.kept = count_left, .user = &left}, NULL),
        CZ_OK);
    cr_expect_eq(left, 3);
    cr_expect_not(has(os, PREFIX "zarr.json") || has(os, PREFIX "begun.json"));
    cr_expect(has(os, PREFIX "notes.txt") && has(os, PREFIX "video/video/c/0/0/0/0.bak") &&
              has(os, PREFIX "index/.size.txt.part"));
    cr_expect_eq(clip_remove(os, ZARR_V3, CLIP, NULL, NULL), CZ_FORMAT);
    os_close(&os);
}

Test(takeover, rewritten_shard_is_reported_and_repaired)
{
    object_store *os = NULL;
    cz_convert_job job;
    cz_report report;
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cr_assert_eq(act(CONVERT, os, ZARR_V3, NULL), CZ_OK);
    put(os, PREFIX "video/video/c/1/0/0/0");
    cr_assert_eq(os_remove(os, PREFIX "index/size/c/0", NULL), CZ_OK);
    cz_convert_defaults(&job);
    job.source = movie.path;
    job.frames_per_shard = PER_SHARD;
    cr_expect_eq(convert_into(os, &job, &report, NULL), CZ_OK);
    cr_expect_str_eq(report.status, "converted");
    cr_assert_geq(report.n_warnings, 1);
    cr_expect_not_null(strstr(report.warning[report.n_warnings - 1], "2 objects"));
    cz_report_free(&report);
    cr_expect_eq(act(VERIFY, os, ZARR_V3, NULL), CZ_OK);
    os_close(&os);
}

/* ---- The root -------------------------------------------------------------------------------- */

static int fail_stat_of_clips(void *user, os_op op, const char *key, cz_error *err)
{
    (void)user;
    return op == OS_STAT && strcmp(key, "clips/zarr.json") == 0 ? cz_fail(err, CZ_IO, "%s", key)
                                                                : CZ_OK;
}

Test(takeover, store_root_is_verified_and_cleaned)
{
    object_store *os = NULL;
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    os_memory_fault(os, fail_stat_of_clips, NULL);
    cr_expect_eq(act(CONVERT, os, ZARR_V3, NULL), CZ_IO);
    os_memory_fault(os, NULL, NULL);
    put(os, ".zarr.json.part");
    put(os, "clips/.zarr.json.part");
    cr_expect_eq(act(CONVERT, os, ZARR_V3, NULL), CZ_OK);
    cr_expect_not(has(os, ".zarr.json.part") || has(os, "clips/.zarr.json.part"));
    os_close(&os);
}

Test(takeover, a_removal_at_each_operation_of_a_change_of_attributes)
{
    in_both_versions(&convert, ATTRIBUTES, REMOVE);
}

Test(takeover, another_conversion_at_each_operation_of_a_change_of_attributes)
{
    in_both_versions(&convert, ATTRIBUTES, CONVERT_OTHER);
}

Test(takeover, the_same_conversion_at_each_operation_of_a_change_of_attributes)
{
    in_both_versions(&convert, ATTRIBUTES, CONVERT);
}

Test(takeover, a_change_of_attributes_at_each_operation_of_a_removal)
{
    in_both_versions(&convert, REMOVE, ATTRIBUTES);
}

Test(takeover, a_change_of_attributes_at_each_operation_of_another_conversion)
{
    in_both_versions(&convert, CONVERT_OTHER, ATTRIBUTES);
}
