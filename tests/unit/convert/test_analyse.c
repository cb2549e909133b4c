/* cz_analyse(): a clip that is analysed later has the bytes of one that was converted so, whatever
 * operation fails meanwhile; and readers find the earlier analysis, none, or the new one.
 * tests/e2e/test_analyse.py has clips with scenes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "analyse/frame_statistics.h"
#include "analyse/overview_frames.h"
#include "convert/convert.h"
#include "convert/existing/remove.h"
#include "format/commit_marker_write.h"
#include "format/layout.h"
#include "reader/reader.h"
#include "tests/unit/support/movie_fixture.h"

#define CLIP "test-20180712T001500"
#define FOLDER "clips/" CLIP "/"
enum { FRAMES = 70, FRAME = 300 };

static movie_fixture movie;
static object_store *os, *other;

static void begin(void)
{
    movie_fixture_make(&movie, FRAMES, FRAME, 100);
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cr_assert_eq(os_memory(&other, NULL), CZ_OK);
}

static void end(void)
{
    os_close(&os);
    os_close(&other);
    movie_fixture_remove(&movie);
}

TestSuite(analyse_clip, .init = begin, .fini = end, .timeout = 300);

static cz_convert_job convert_job(zarr_format zarr, uint32_t num, uint32_t den)
{
    cz_convert_job job;
    cz_convert_defaults(&job);
    job.source = movie.path;
    job.zarr_format = zarr;
    job.threads = 1;
    job.overview_num = num;
    job.overview_den = den;
    return job;
}

static const char *convert(object_store *to, const cz_convert_job *job)
{
    cz_report report;
    cz_error err;
    cr_assert_eq(convert_into(to, job, &report, &err), CZ_OK, "%s", err.message);
    const char *status = report.status;
    cz_report_free(&report);
    return status;
}

static const cz_convert_job *convert_at(object_store *to, zarr_format zarr, uint32_t num,
                                        uint32_t den)
{
    static cz_convert_job job;
    job = convert_job(zarr, num, den);
    cr_assert_str_eq(convert(to, &job), "converted");
    return &job;
}

static cz_store store_of(object_store *of, zarr_format zarr)
{
    return (cz_store){.os = of, .zarr = zarr, .users = 1}; /* never closed */
}

static int analyse_rc(object_store *in, zarr_format zarr, uint32_t num, uint32_t den,
                      cz_analyse_report *report, cz_error *err)
{
    cz_store store = store_of(in, zarr);
    const cz_analyse_job job = {.overview_num = num, .overview_den = den, .threads = 2};
    return cz_analyse(report, &store, CLIP, &job, err);
}

static const char *analyse(object_store *in, zarr_format zarr, uint32_t num, uint32_t den)
{
    cz_analyse_report report;
    cz_error err = {0};
    cr_assert_eq(analyse_rc(in, zarr, num, den, &report, &err), CZ_OK, "%s", err.message);
    return report.status;
}

/* ---- Comparisons ---- */

typedef struct comparison {
    object_store *one, *two;
    size_t n, wrong;
} comparison;

static int compare(void *user, const os_object *o)
{
    comparison *c = user;
    size_t a = 0, b = 0;
    const uint8_t *ours = os_memory_at(c->one, o->key, &a);
    const uint8_t *theirs = os_memory_at(c->two, o->key, &b);
    c->n++;
    c->wrong += !(ours && theirs && a == b && memcmp(ours, theirs, a) == 0);
    return CZ_OK;
}

static void expect_same_stores(object_store *is, object_store *should)
{
    comparison c = {is, should, 0, 0}, back = {is, should, 0, 0};
    cr_assert_eq(os_list(is, "", false, compare, &c, NULL), CZ_OK);
    cr_assert_eq(os_list(should, "", false, compare, &back, NULL), CZ_OK);
    cr_expect(c.wrong == 0 && back.wrong == 0 && c.n == back.n && c.n > 30,
              "%zu and %zu objects, %zu and %zu differ", c.n, back.n, c.wrong, back.wrong);
}

static void no_finding(void *user, const cz_finding *f)
{
    (void)user;
    cr_expect_fail("%s: %s", f->key, f->what);
}

static void expect_sound(object_store *of, zarr_format zarr)
{
    cz_store store = store_of(of, zarr);
    uint64_t n = 0;
    cz_error err = {0};
    const cz_verify_job job = {.found = no_finding};
    cr_expect_eq(cz_verify(&n, &store, CLIP, &job, &err), CZ_OK, "%s", err.message);
}

/* The bytes of the overview and a statistic are there, or the clip has no analysis. Returns the
 * rate of the overview; 0 without analysis, UINT32_MAX for all. */
static uint32_t expect_readable(object_store *of, zarr_format zarr, size_t n)
{
    cz_store store = store_of(of, zarr);
    cz_clip *clip = NULL;
    cz_overview about = {0};
    cz_scene *scenes = NULL;
    const void *values = NULL;
    size_t n_scenes;
    cz_error err = {0};
    cr_assert_eq(cz_clip_open(&clip, &store, CLIP, &err), CZ_OK, "%zu: %s", n, err.message);
    const int rc = cz_clip_overview(&about, clip, NULL);
    cr_expect(rc == CZ_OK || rc == CZ_ABSENT);
    cr_expect_eq(cz_clip_scenes(&scenes, &n_scenes, clip, &err), rc, "%zu: %s", n, err.message);
    cr_expect_eq(cz_statistic_read(&values, clip, CZ_LUMA_MEAN, NULL), rc);
    cr_expect_eq(cz_statistic_read(&values, clip, CZ_PICTURE_FLAGS, NULL), rc);
    if (rc == CZ_OK) {
        cz_request last = {.frame = about.pictures - 1};
        cr_expect_eq(((const uint8_t *)values)[0], CZ_PICTURE_DAMAGED | CZ_PICTURE_NO_MOTION);
        cr_expect_eq(cz_overview_pictures(clip, &last, 1, &err), CZ_OK, "%zu: %s", n, err.message);
        cr_expect_eq(last.size, 48); /* 4 x 4 pixels */
        cz_request_free(&last, 1);
    }
    cz_scenes_free(&scenes);
    cz_clip_close(&clip);
    return rc == CZ_OK ? about.rate_num : 0;
}

/* ---- The same bytes ---- */

static void of_a_clip_without(zarr_format zarr)
{
    convert_at(os, zarr, 0, 0);
    cr_expect_eq(expect_readable(os, zarr, 0), 0);
    cr_expect_str_eq(analyse(os, zarr, 2, 4), "analysed");
    cr_expect_eq(expect_readable(os, zarr, 0), 1);
    expect_sound(os, zarr);
    const cz_convert_job *same = convert_at(other, zarr, 1, 2);
    expect_same_stores(os, other);
    cr_expect_str_eq(convert(os, same), "present");
    cr_expect_str_eq(analyse(os, zarr, 1, 2), "present");
    expect_same_stores(os, other);
}

Test(analyse_clip, gives_the_bytes_of_a_conversion)
{
    of_a_clip_without(ZARR_V3);
}

Test(analyse_clip, gives_the_bytes_of_a_conversion_in_version_2)
{
    of_a_clip_without(ZARR_V2);
}

static void of_another_rate(zarr_format zarr)
{
    convert_at(os, zarr, OVERVIEW_ALL, 1);
    cr_expect_str_eq(analyse(os, zarr, 0, 0), "analysed");
    convert_at(other, zarr, 1, 1);
    expect_same_stores(os, other);
    cr_expect_str_eq(analyse(os, zarr, OVERVIEW_ALL, 1), "analysed");
    expect_sound(os, zarr);
    cr_expect_eq(expect_readable(os, zarr, 0), OVERVIEW_ALL);
}

Test(analyse_clip, replaces_an_overview_of_another_rate)
{
    of_another_rate(ZARR_V3);
}

Test(analyse_clip, replaces_an_overview_of_another_rate_in_version_2)
{
    of_another_rate(ZARR_V2);
}

/* The fingerprint has the options of the conversion, which are found again. */
Test(analyse_clip, of_a_conversion_with_every_option)
{
    cz_convert_job job = convert_job(ZARR_V3, 0, 0);
    job.sha256 = true;
    job.frames_per_shard = 7;
    job.attributes = "{\"license\":\"CC-BY-4.0\"}";
    cr_assert_str_eq(convert(os, &job), "converted");
    cr_expect_str_eq(analyse(os, ZARR_V3, 1, 1), "analysed");
    job.overview_num = job.overview_den = 1;
    cr_assert_str_eq(convert(other, &job), "converted");
    expect_same_stores(os, other);
}

/* ---- What is there already ---- */

/* Put a marker that claims another version of the definitions. */
static void claim_version(unsigned version)
{
    commit_marker *m = NULL;
    buf text = {0};
    cr_assert_eq(commit_marker_read(&m, os, ZARR_V3, CLIP, NULL), CZ_OK);
    const marker_analysis with = {
        .fingerprint = m->fingerprint, .version = version, .overview = m->overview};
    cr_assert_eq(commit_marker_rewrite_analysis(&text, m, &with, "marker", NULL), CZ_OK);
    cr_assert_eq(os_put(os, FOLDER "zarr.json", text.at, text.len, OS_OVERWRITE, NULL), CZ_OK);
    commit_marker_free(&m);
    buf_free(&text);
}

Test(analyse_clip, leaves_an_analysis_of_a_newer_version)
{
    cz_analyse_report report;
    cz_error err = {0};
    convert_at(os, ZARR_V3, 1, 1);
    claim_version(ANALYSIS_VERSION + 1);
    cr_expect_str_eq(analyse(os, ZARR_V3, 1, 1), "present");
    cr_expect_eq(analyse_rc(os, ZARR_V3, 2, 1, &report, &err), CZ_NEWER);
    cr_expect_str_eq(report.status, "failed");
}

Test(analyse_clip, dry_run_writes_nothing)
{
    cz_analyse_report report;
    cz_store store = store_of(os, ZARR_V3);
    const cz_analyse_job job = {.dry_run = true};
    convert_at(os, ZARR_V3, 0, 0);
    convert_at(other, ZARR_V3, 0, 0);
    cr_assert_eq(cz_analyse(&report, &store, CLIP, &job, NULL), CZ_OK);
    cr_expect_str_eq(report.status, "planned");
    cr_expect_eq(report.frames, FRAMES);
    cr_expect_eq(report.pictures, 3);
    expect_same_stores(os, other);
    analyse(os, ZARR_V3, 1, 1);
    cr_assert_eq(cz_analyse(&report, &store, CLIP, &job, NULL), CZ_OK);
    cr_expect_str_eq(report.status, "present");
}

Test(analyse_clip, of_no_clip_and_of_half_a_rate)
{
    cz_analyse_report report;
    cz_store store = store_of(os, ZARR_V3);
    const cz_analyse_job half = {.overview_num = 1};
    cr_expect_eq(cz_analyse(&report, &store, CLIP, NULL, NULL), CZ_ABSENT);
    cr_expect_eq(cz_analyse(&report, &store, "../x", NULL, NULL), CZ_USAGE);
    cr_expect_eq(cz_analyse(&report, &store, CLIP, &half, NULL), CZ_USAGE);
    cr_expect_str_eq(report.status, "failed");
}

/* An open clip does not mix two analyses. */
Test(analyse_clip, open_clip_finds_that_it_was_analysed_anew)
{
    cz_store store = store_of(os, ZARR_V3);
    cz_clip *clip = NULL;
    cz_request all = {0};
    const void *values;
    convert_at(os, ZARR_V3, OVERVIEW_ALL, 1);
    cr_assert_eq(cz_clip_open(&clip, &store, CLIP, NULL), CZ_OK);
    analyse(os, ZARR_V3, 1, 1);
    cr_expect_eq(cz_overview_pictures(clip, &all, 1, NULL), CZ_CHANGED);
    cr_expect_null(all.data);
    cr_expect_eq(cz_statistic_read(&values, clip, CZ_ZOOM, NULL), CZ_OK, "the same values");
    cz_clip_close(&clip);
}

Test(analyse_clip, requests_of_pictures_that_are_wrong)
{
    uint8_t little[8];
    cz_store store = store_of(os, ZARR_V3);
    cz_clip *clip = NULL;
    cz_overview about;
    const void *values;
    convert_at(os, ZARR_V3, 1, 1);
    cr_assert_eq(cz_clip_open(&clip, &store, CLIP, NULL), CZ_OK);
    cr_assert_eq(cz_clip_overview(&about, clip, NULL), CZ_OK);
    cz_request req[4] = {{.frame = 0},
                         {.frame = about.pictures},
                         {.frame = 1, .data = little, .room = sizeof little},
                         {.frame = 0}};
    cr_expect_eq(cz_overview_pictures(clip, req, 4, NULL), CZ_ABSENT);
    cr_expect(req[0].rc == CZ_OK && req[1].rc == CZ_ABSENT && req[2].rc == CZ_USAGE &&
              req[3].rc == CZ_OK && req[0].owned && !req[2].owned);
    cz_request_free(req, 4);
    cr_expect_eq(cz_statistic_read(&values, clip, (cz_statistic)99, NULL), CZ_USAGE);
    cr_expect_null(cz_statistic_name((cz_statistic)99));
    cr_expect_str_eq(cz_statistic_name(CZ_FRAME_BYTES), "size");
    cz_clip_close(&clip);
}

Test(analyse_clip, damaged_frame_leaves_the_clip_without_analysis)
{
    cz_analyse_report report;
    size_t len;
    convert_at(os, ZARR_V3, 0, 0);
    convert_at(other, ZARR_V3, 0, 0);
    uint8_t *shard = os_memory_at(os, FOLDER "video/video/c/1/0/0/0", &len);
    cr_assert_not_null(shard);
    shard[len / 2] ^= 1;
    cr_expect_eq(analyse_rc(os, ZARR_V3, 1, 1, &report, NULL), CZ_CORRUPT);
    shard[len / 2] ^= 1;
    cr_expect_str_eq(analyse(os, ZARR_V3, 1, 1), "analysed");
    expect_sound(os, ZARR_V3);
}

/* ---- Faults ---- */

typedef struct fault {
    long left;
    bool hit, for_good;
} fault;

static int fail(void *user, os_op op, const char *key, cz_error *err)
{
    fault *f = user;
    (void)op;
    (void)key;
    if (f->left-- > 0 || (f->hit && !f->for_good))
        return CZ_OK;
    f->hit = true;
    return cz_fail(err, CZ_IO, "fault");
}

/* Every third operation fails, or all from one on, as for a killed process. */
static void fail_at_each_operation(bool for_good, uint32_t before, zarr_format zarr)
{
    bool hit = true;
    size_t n = 0;
    convert_at(other, zarr, 1, 1);
    for (; hit; n += 3) {
        object_store *to = NULL;
        cz_analyse_report report;
        fault f = {.left = (long)n, .for_good = for_good};
        cz_store store;
        cr_assert_eq(os_memory(&to, NULL), CZ_OK);
        store = store_of(to, zarr);
        convert_at(to, zarr, before, before ? 1 : 0);
        os_memory_fault(to, fail, &f);
        const cz_analyse_job job = {.threads = 1};
        const int rc = cz_analyse(&report, &store, CLIP, &job, NULL);
        os_memory_fault(to, NULL, NULL);
        hit = f.hit;
        const uint32_t rate = expect_readable(to, zarr, n);
        cr_expect(rate == before || rate == 0 || rate == 1, "%zu: %u", n, rate);
        cr_expect(rc < 0 || rate == 1);
        cr_expect_eq(cz_analyse(&report, &store, CLIP, &job, NULL), CZ_OK);
        expect_same_stores(to, other);
        os_close(&to);
    }
    cr_expect_gt(n, 100);
}

Test(analyse_clip, one_operation_fails)
{
    fail_at_each_operation(false, 0, ZARR_V3);
}

Test(analyse_clip, the_process_is_killed)
{
    fail_at_each_operation(true, 0, ZARR_V3);
}

Test(analyse_clip, the_process_is_killed_while_it_replaces_an_analysis)
{
    fail_at_each_operation(true, OVERVIEW_ALL, ZARR_V3);
}

Test(analyse_clip, the_process_is_killed_in_version_2)
{
    fail_at_each_operation(true, OVERVIEW_ALL, ZARR_V2);
}

/* A conversion with the analysis that was begun completes it. */
Test(analyse_clip, conversion_completes_what_was_begun)
{
    fault f = {.left = 300, .for_good = true}; /* some objects are there */
    cz_analyse_report report;
    size_t len;
    convert_at(os, ZARR_V3, 0, 0);
    os_memory_fault(os, fail, &f);
    cr_expect_lt(analyse_rc(os, ZARR_V3, 1, 1, &report, NULL), 0);
    os_memory_fault(os, NULL, NULL);
    cr_assert_not_null(os_memory_at(os, FOLDER REL_KEY_RECORD, &len));
    const cz_convert_job *job = convert_at(other, ZARR_V3, 1, 1);
    cr_expect_str_eq(convert(os, job), "converted");
    expect_same_stores(os, other);
}

/* ---- Others, in a store without locks ---- */

typedef struct meanwhile {
    object_store *os;
    long left;
    bool ran, removes;
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
    cz_convert_job job = convert_job(ZARR_V3, 0, 0);
    cz_report report;
    job.overwrite = job.sha256 = true;
    if (m->removes) {
        (void)clip_remove(m->os, ZARR_V3, CLIP, NULL, NULL);
    } else {
        (void)convert_into(m->os, &job, &report, NULL);
        cz_report_free(&report);
    }
    return CZ_OK;
}

/* The clip is taken over before each operation: then it is whole, or has no marker. */
static void taken_over_at_each_operation(bool removes)
{
    bool ran = true;
    for (size_t n = 0; ran; n += 5) {
        size_t len;
        cz_analyse_report report;
        meanwhile m = {.left = (long)n, .removes = removes};
        cr_assert_eq(os_memory(&m.os, NULL), CZ_OK);
        cz_store store = store_of(m.os, ZARR_V3);
        convert_at(m.os, ZARR_V3, OVERVIEW_ALL, 1);
        os_memory_fault(m.os, intervene, &m);
        const cz_analyse_job job = {.threads = 1};
        (void)cz_analyse(&report, &store, CLIP, &job, NULL);
        os_memory_fault(m.os, NULL, NULL);
        ran = m.ran;
        if (os_memory_at(m.os, FOLDER "zarr.json", &len))
            expect_sound(m.os, ZARR_V3);
        os_close(&m.os);
    }
}

Test(analyse_clip, another_conversion_takes_the_clip_over)
{
    taken_over_at_each_operation(false);
}

Test(analyse_clip, a_removal_takes_the_clip_over)
{
    taken_over_at_each_operation(true);
}
