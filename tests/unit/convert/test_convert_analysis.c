/* Statistics, overview and scenes of a clip that is converted: which objects it has, and what
 * becomes of a clip that is there with another overview. tests/e2e/test_analysis_store.py compares
 * the values. */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "convert/convert.h"
#include "convert/overview.h"
#include "format/analysis_layout.h"
#include "format/commit_marker.h"
#include "tests/unit/support/movie_fixture.h"

#define CLIP "test-20180712T001500"
#define FOLDER "clips/" CLIP "/"
enum { FRAMES = 100, FRAME = 500 };

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

TestSuite(convert_analysis, .init = begin, .fini = end);

static cz_convert_job job_of(uint32_t num, uint32_t den)
{
    cz_convert_job job;
    cz_convert_defaults(&job);
    job.source = movie.path;
    job.frames_per_shard = 8;
    job.threads = 2;
    job.overview_num = num;
    job.overview_den = den;
    return job;
}

static const char *run(object_store *to, const cz_convert_job *job)
{
    cz_report report;
    cz_error err;
    cr_assert_eq(convert_into(to, job, &report, &err), CZ_OK, "%s", err.message);
    const char *status = report.status;
    cz_report_free(&report);
    return status;
}

static bool has(const char *rel_key)
{
    char key[KEY_MAX];
    size_t len;
    (void)snprintf(key, sizeof key, FOLDER "%s", rel_key);
    return os_memory_at(os, key, &len) != NULL;
}

typedef struct comparison {
    bool same;
    size_t n;
} comparison;

static int compare(void *user, const os_object *o)
{
    comparison *c = user;
    size_t a, b;
    const uint8_t *ours = os_memory_at(os, o->key, &a), *theirs = os_memory_at(other, o->key, &b);
    c->n++;
    c->same = c->same && ours && theirs && a == b && memcmp(ours, theirs, a) == 0;
    return CZ_OK;
}

static void expect_same_stores(void)
{
    comparison one = {true, 0}, two = {true, 0};
    cr_assert_eq(os_list(os, "", false, compare, &one, NULL), CZ_OK);
    cr_assert_eq(os_list(other, "", false, compare, &two, NULL), CZ_OK);
    cr_expect(one.same && two.same && one.n == two.n && one.n > 50);
}

static commit_marker *marker(zarr_format zarr)
{
    commit_marker *m = NULL;
    cr_assert_eq(commit_marker_read(&m, os, zarr, CLIP, NULL), CZ_OK);
    return m;
}

static void expect_marker(const char *format, const char *rate)
{
    const char *text = NULL;
    commit_marker *m = marker(ZARR_V3);
    cr_assert_eq(json_text(&text, m->ours, "format", "", NULL), CZ_OK);
    cr_expect_str_eq(text, format);
    cr_expect(rate ? m->overview && strcmp(m->overview, rate) == 0 : !m->overview);
    commit_marker_free(&m);
}

Test(convert_analysis, clip_has_the_groups_and_the_marker_lists_them)
{
    const cz_convert_job job = job_of(2, 4);
    static const char *const keys[] = {"statistics/zarr.json",       "statistics/luma_mean/c/0",
                                       "statistics/time/c/0",        "overview/zarr.json",
                                       "overview/picture/c/0/0/0/0", "overview/frame/c/0",
                                       "scenes/zarr.json",           "scenes/signature/zarr.json"};
    cr_expect_str_eq(run(os, &job), "converted");
    expect_marker("1.1", "1/2");
    commit_marker *m = marker(ZARR_V3);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        cr_expect(has(keys[i]), "%s", keys[i]);
        cr_expect_not_null(commit_marker_find(m, keys[i]), "%s", keys[i]);
        cr_expect(rel_key_is_of_format(ZARR_V3, keys[i]), "%s", keys[i]);
    }
    cr_expect_not_null(cJSON_GetObjectItem(json_at(m->doc, "consolidated_metadata.metadata"),
                                           "statistics/luma_mean"));
    commit_marker_free(&m);
}

Test(convert_analysis, clip_without_an_overview_is_of_format_1_0)
{
    const cz_convert_job job = job_of(0, 0);
    cr_expect_str_eq(run(os, &job), "converted");
    expect_marker("1.0", NULL);
    cr_expect_not(has("statistics/zarr.json"));
    cr_expect_not(has("overview/zarr.json"));
    cr_expect_not(has("scenes/zarr.json"));
}

Test(convert_analysis, threads_do_not_change_the_store)
{
    cz_convert_job job = job_of(OVERVIEW_ALL, 1);
    job.threads = 1;
    run(os, &job);
    job.threads = 7;
    run(other, &job);
    expect_same_stores();
}

Test(convert_analysis, existing_clip_keeps_its_analysis)
{
    const cz_convert_job none = job_of(0, 0), some = job_of(1, 1);
    run(os, &none);
    cr_expect_str_eq(run(os, &some), "present");
    expect_marker("1.0", NULL);
    run(other, &some);
    cr_expect_str_eq(run(other, &none), "present");
}

Test(convert_analysis, repaired_clip_keeps_its_analysis)
{
    const cz_convert_job some = job_of(1, 3), all = job_of(OVERVIEW_ALL, 1);
    run(os, &some);
    run(other, &some);
    cr_assert_eq(os_remove(os, FOLDER "statistics/zoom/c/0", NULL), CZ_OK);
    cr_expect_str_eq(run(os, &all), "converted");
    expect_same_stores();
}

Test(convert_analysis, overwrite_replaces_the_analysis)
{
    cz_convert_job some = job_of(1, 1);
    const cz_convert_job none = job_of(0, 0);
    run(os, &some);
    some = none;
    some.overwrite = true;
    cr_expect_str_eq(run(os, &some), "converted");
    run(other, &none);
    expect_same_stores();
}

static int stop_at(void *user, const cz_progress *progress)
{
    return progress->frames_done >= *(uint64_t *)user;
}

static void interrupt(const cz_convert_job *job)
{
    uint64_t at = 50;
    cz_convert_job stopped = *job;
    cz_report report;
    stopped.progress = stop_at;
    stopped.user = &at;
    cr_assert_eq(convert_into(os, &stopped, &report, NULL), CZ_CANCELLED);
    cz_report_free(&report);
}

Test(convert_analysis, resumed_conversion_gives_the_same_store)
{
    const cz_convert_job job = job_of(OVERVIEW_ALL, 1);
    interrupt(&job);
    run(os, &job);
    run(other, &job);
    expect_same_stores();
}

Test(convert_analysis, conversion_begun_without_analysis_is_resumed_without)
{
    const cz_convert_job none = job_of(0, 0), some = job_of(1, 1);
    interrupt(&none);
    cr_expect_str_eq(run(os, &some), "converted");
    run(other, &none);
    expect_same_stores();
}

Test(convert_analysis, half_a_rate_is_refused)
{
    const cz_convert_job job = job_of(1, 0);
    cz_report report;
    cr_expect_eq(convert_into(os, &job, &report, NULL), CZ_USAGE);
    cz_report_free(&report);
}

/* ---- Faults ---------------------------------------------------------------------------------- */

static int fail_from(void *user, os_op op, const char *key, cz_error *err)
{
    atomic_long *left = user;
    (void)op;
    if (atomic_fetch_sub(left, 1) > 0)
        return CZ_OK;
    return cz_fail(err, CZ_UNREACHABLE, "%s: connection lost", key);
}

/* Whatever operation is the last one that succeeds, the conversion that follows gives the store. */
Test(convert_analysis, resumed_after_a_fault_at_any_operation, .timeout = 240)
{
    cz_convert_job job = job_of(OVERVIEW_ALL, 1);
    job.frames_per_shard = 64;
    job.threads = 1;
    run(other, &job);
    for (long n = 1, rc = CZ_UNREACHABLE; rc != CZ_OK; n += 3) {
        atomic_long left;
        cz_report report;
        os_close(&os);
        cr_assert_eq(os_memory(&os, NULL), CZ_OK);
        atomic_init(&left, n);
        os_memory_fault(os, fail_from, &left);
        rc = convert_into(os, &job, &report, NULL);
        cz_report_free(&report);
        os_memory_fault(os, NULL, NULL);
        run(os, &job);
        expect_same_stores();
    }
}

/* ---- Rates ----------------------------------------------------------------------------------- */

static void expect_step(overview_rate rate, uint32_t num, uint32_t den, frame_step want)
{
    const frame_step step = overview_step(rate, num, den);
    cr_expect(step.num == want.num && step.den == want.den, "%u/%u at %u/%u: %u/%u", rate.num,
              rate.den, num, den, step.num, step.den);
}

Test(convert_analysis, steps_of_the_overview)
{
    expect_step((overview_rate){1, 1}, 30000, 1001, (frame_step){30000, 1001});
    expect_step((overview_rate){1, 10}, 25, 1, (frame_step){250, 1});
    expect_step((overview_rate){50, 1}, 25, 1, (frame_step){1, 1});
    expect_step((overview_rate){OVERVIEW_ALL, 1}, 25, 1, (frame_step){1, 1});
    expect_step((overview_rate){1, 1}, 0, 1, (frame_step){30, 1});
    const frame_step least =
        overview_step((overview_rate){999983, 1000000}, UINT32_MAX, UINT32_MAX - 1);
    cr_expect_geq(least.num, least.den, "a step is at least a frame");
}

Test(convert_analysis, text_of_a_rate)
{
    static const char *const wrong[] = {"",     "1",    "2/4", "0/1", "1/0",
                                        "1/2 ", " 1/2", "ALL", "1/-2"};
    char text[OVERVIEW_TEXT_MAX];
    overview_rate rate;
    overview_rate_text(text, (overview_rate){5, 10});
    cr_expect_str_eq(text, "1/2");
    cr_expect(overview_rate_parse(&rate, "1/2") && rate.num == 1 && rate.den == 2);
    cr_expect(overview_rate_parse(&rate, "all") && rate.num == OVERVIEW_ALL);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_not(overview_rate_parse(&rate, wrong[i]), "\"%s\"", wrong[i]);
}

Test(convert_analysis, chunks_of_pictures_have_at_most_4_mib)
{
    zarr_array a;
    overview_picture_array(&a, ZARR_V3, 834, 135, 240, 1);
    json_free(a.attributes);
    cr_expect_leq(a.chunk[0] * 135 * 240 * 3, 4 << 20);
    cr_expect_gt(a.chunk[0], 40);
    overview_picture_array(&a, ZARR_V3, 2, 1080, 2048, 1);
    json_free(a.attributes);
    cr_expect_eq(a.chunk[0], 1);
}
