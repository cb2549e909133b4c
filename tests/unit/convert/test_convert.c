/* The whole converter with the memory store: its results, its errors, and the store after each. */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/convert.h"
#include "format/commit_marker.h"
#include "format/layout.h"
#include "tests/unit/support/movie_fixture.h"

#define CLIP "test-20180712T001500"
enum { FRAMES = 10, FRAME = 500, PER_SHARD = 4 };

static movie_fixture movie;
static object_store *os;

static void begin(void)
{
    movie_fixture_make(&movie, FRAMES, FRAME, 100);
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
}

static void end(void)
{
    os_close(&os);
    movie_fixture_remove(&movie);
}

TestSuite(convert, .init = begin, .fini = end);

static cz_convert_job job_of(void)
{
    cz_convert_job job;
    cz_convert_defaults(&job);
    job.source = movie.path;
    job.frames_per_shard = PER_SHARD;
    job.threads = 2;
    return job;
}

/* Convert; the report's status goes to *status where that isn't NULL. */
static int run(object_store *to, const cz_convert_job *job, const char **status, cz_error *err)
{
    cz_report report;
    const int rc = convert_into(to, job, &report, err);
    if (status)
        *status = report.status;
    cz_report_free(&report);
    return rc;
}

static bool has(object_store *at, const char *key)
{
    size_t len;
    return os_memory_at(at, key, &len) != NULL;
}

/* ---- Two stores compared --------------------------------------------------------------------- */

typedef struct tree {
    object_store *other;
    size_t n;
    bool same;
} tree;

static int compare(void *user, const os_object *o)
{
    tree *t = user;
    size_t a, b;
    const uint8_t *ours = os_memory_at(os, o->key, &a),
                  *theirs = os_memory_at(t->other, o->key, &b);
    t->n++;
    t->same = t->same && ours && theirs && a == b && memcmp(ours, theirs, a) == 0;
    return CZ_OK;
}

static int count(void *user, const os_object *o)
{
    (void)o;
    ++*(size_t *)user;
    return CZ_OK;
}

static bool same_as(object_store *other)
{
    tree t = {.other = other, .same = true};
    size_t n = 0;
    cr_assert_eq(os_list(os, "", false, compare, &t, NULL), CZ_OK);
    cr_assert_eq(os_list(other, "", false, count, &n, NULL), CZ_OK);
    return t.same && t.n == n && n > 0;
}

/* ---- Success --------------------------------------------------------------------------------- */

Test(convert, commit_marker_describes_the_clip)
{
    const cz_convert_job job = job_of();
    cz_report report;
    commit_marker *m = NULL;
    cr_assert_eq(convert_into(os, &job, &report, NULL), CZ_OK);
    cr_expect_str_eq(report.status, "converted");
    cr_expect_str_eq(report.clip, CLIP);
    cr_expect_eq(report.frames, FRAMES);
    cr_expect_eq(report.bytes_read, movie.bytes);
    cr_expect_eq(report.damaged_frames, 0);
    cr_expect_eq(strlen(report.md5), 32);
    cr_assert_eq(commit_marker_read(&m, os, ZARR_V3, CLIP, NULL), CZ_OK);
    cr_expect_eq(m->facts.frames, FRAMES);
    cr_expect_eq(m->facts.frames_per_shard, PER_SHARD);
    cr_expect_str_eq(m->facts.source_md5, report.md5);
    cr_expect_str_eq(m->facts.start_from, "header");
    cr_expect_eq(m->facts.start, INT64_C(1531353602) * 1000000000);
    cr_expect_eq(m->frame_bytes, (size_t)FRAMES * FRAME);
    cr_expect_not(has(os, "clips/" CLIP "/begun.json"));
    commit_marker_free(&m);
    cz_report_free(&report);
}

Test(convert, number_of_threads_does_not_change_the_store)
{
    cz_convert_job job = job_of();
    object_store *other = NULL;
    cr_assert_eq(os_memory(&other, NULL), CZ_OK);
    job.threads = 1;
    cr_assert_eq(run(os, &job, NULL, NULL), CZ_OK);
    job.threads = 8;
    cr_assert_eq(run(other, &job, NULL, NULL), CZ_OK);
    cr_expect(same_as(other));
    os_close(&other);
}

Test(convert, existing_clip_is_unchanged)
{
    const cz_convert_job job = job_of();
    cz_report report;
    cr_assert_eq(run(os, &job, NULL, NULL), CZ_OK);
    cr_assert_eq(convert_into(os, &job, &report, NULL), CZ_OK);
    cr_expect_str_eq(report.status, "present");
    cr_expect_eq(report.bytes_written, 0);
    cr_expect_eq(strlen(report.md5), 32);
    cz_report_free(&report);
}

Test(convert, overwrite_removes_the_old_objects)
{
    cz_convert_job job = job_of();
    object_store *fresh = NULL;
    cz_error err;
    cr_assert_eq(run(os, &job, NULL, NULL), CZ_OK);
    job.frames_per_shard = 8; /* fewer shards: the old third one must go */
    cr_assert_eq(run(os, &job, NULL, &err), CZ_EXISTS);
    cr_expect_not_null(strstr(err.hint, "--overwrite"));
    cr_expect(has(os, "clips/" CLIP "/video/video/c/2/0/0/0"));
    job.overwrite = true;
    cr_assert_eq(run(os, &job, NULL, NULL), CZ_OK);
    cr_assert_eq(os_memory(&fresh, NULL), CZ_OK);
    job.overwrite = false;
    cr_assert_eq(run(fresh, &job, NULL, NULL), CZ_OK);
    cr_expect(same_as(fresh));
    os_close(&fresh);
}

Test(convert, overwrite_with_the_same_options_repairs_damage)
{
    cz_convert_job job = job_of();
    cz_report report;
    size_t len;
    cr_assert_eq(run(os, &job, NULL, NULL), CZ_OK);
    uint8_t *shard = os_memory_at(os, "clips/" CLIP "/video/video/c/1/0/0/0", &len);
    const uint8_t was = shard[len / 2];
    shard[len / 2] ^= 1;
    job.overwrite = true;
    cr_assert_eq(convert_into(os, &job, &report, NULL), CZ_OK);
    shard = os_memory_at(os, "clips/" CLIP "/video/video/c/1/0/0/0", &len);
    cr_expect_eq(shard[len / 2], was);
    cr_expect_lt(report.bytes_written, 2 * len + 20000,
                 "only one shard and the commit marker are written");
    cz_report_free(&report);
}

Test(convert, dry_run_writes_nothing)
{
    cz_convert_job job = job_of();
    const char *status;
    size_t n = 0;
    job.dry_run = true;
    cr_assert_eq(run(os, &job, &status, NULL), CZ_OK);
    cr_expect_str_eq(status, "planned");
    cr_assert_eq(os_list(os, "", false, count, &n, NULL), CZ_OK);
    cr_expect_eq(n, 0);
}

Test(convert, name_can_be_chosen)
{
    cz_convert_job job = job_of();
    job.name = "vent.2";
    cr_assert_eq(run(os, &job, NULL, NULL), CZ_OK);
    cr_expect(has(os, "clips/vent.2/zarr.json"));
}

/* ---- Damage
 * -------------------------------------------------------------------------------------- */

static const int64_t *flags_of(cz_report *report)
{
    static int64_t flags[FRAMES];
    const cz_convert_job job = job_of();
    size_t len;
    zarr_array a;
    column_array(&a, ZARR_V3, CZ_FLAGS, FRAMES);
    cr_assert_eq(convert_into(os, &job, report, NULL), CZ_OK);
    const uint8_t *chunk = os_memory_at(os, "clips/" CLIP "/index/flags/c/0", &len);
    cr_assert_eq(zarr_decode(flags, sizeof flags, &a, chunk, len, "flags", NULL), CZ_OK);
    return flags;
}

Test(convert, damaged_frames_are_kept_flagged_and_reported)
{
    uint8_t head[28];
    cz_report report;
    movie_fixture_head(head, FRAME + 1);
    movie_fixture_patch(&movie, movie.first + (size_t)2 * FRAME, head, 28);         /* size */
    movie_fixture_patch(&movie, movie.first + (size_t)3 * FRAME + 4, "oops", 4);    /* mark */
    movie_fixture_patch(&movie, movie.first + (size_t)5 * FRAME + 16, "\0\x40", 2); /* width */
    movie_fixture_patch(&movie, movie.first + (size_t)6 * FRAME + 20, "\x84", 1);   /* interlaced */
    const int64_t *flags = flags_of(&report);
    cr_expect_eq(flags[0], 0);
    cr_expect_eq(flags[2], CZ_FLAG_SIZE);
    cr_expect_eq(flags[3], CZ_FLAG_MAGIC);
    cr_expect_eq(flags[5], CZ_FLAG_HEADER);
    cr_expect_eq(flags[6], CZ_FLAG_VARIES);
    cr_expect_eq(report.damaged_frames, 3);
    cr_expect_eq(report.n_warnings, 4);
    cz_report_free(&report);
}

Test(convert, truncated_source_keeps_its_bytes)
{
    cz_report report;
    cr_assert_eq(truncate(movie.path, (off_t)(movie.first + (size_t)7 * FRAME + 100)), 0);
    const int64_t *flags = flags_of(&report);
    cr_expect_eq(flags[6], 0);
    cr_expect_eq(flags[7], CZ_FLAG_TRUNCATED);
    cr_expect_eq(flags[8], CZ_FLAG_MISSING);
    cr_expect_eq(flags[9], CZ_FLAG_MISSING);
    cr_expect_eq(report.damaged_frames, 3);
    cr_expect_not(has(os, "clips/" CLIP "/video/video/c/2/0/0/0"), "a shard without bytes");
    cz_report_free(&report);
}

/* ---- Refusals
 * ------------------------------------------------------------------------------------- */

Test(convert, invalid_arguments)
{
    cz_convert_job job = job_of();
    cz_error err;
    job.source = NULL;
    cr_expect_eq(run(os, &job, NULL, &err), CZ_USAGE);
    job = job_of();
    job.frames_per_shard = 0;
    cr_expect_eq(run(os, &job, NULL, &err), CZ_USAGE);
    job.frames_per_shard = SHARD_FRAMES_MAX + 1;
    cr_expect_eq(run(os, &job, NULL, &err), CZ_USAGE);
    job = job_of();
    job.zarr_format = 4;
    cr_expect_eq(run(os, &job, NULL, &err), CZ_USAGE);
    job = job_of();
    job.name = "../evil";
    cr_expect_eq(run(os, &job, NULL, &err), CZ_USAGE);
    cr_expect_not_null(strstr(err.hint, "--name"));
    cr_expect_eq(run(NULL, &job, NULL, &err), CZ_USAGE);
    job = job_of();
    job.memory = 4096;
    cr_expect_eq(run(os, &job, NULL, &err), CZ_NOMEM);
    cr_expect_not_null(strstr(err.hint, "--memory"));
}

Test(convert, clips_of_the_other_zarr_version)
{
    cz_convert_job job = job_of();
    cz_error err;
    for (int first = ZARR_V2; first <= ZARR_V3; first++) {
        object_store *store = NULL;
        cr_assert_eq(os_memory(&store, NULL), CZ_OK);
        job.zarr_format = (uint32_t)first;
        cr_assert_eq(run(store, &job, NULL, NULL), CZ_OK);
        job.zarr_format = ZARR_V2 + ZARR_V3 - (uint32_t)first;
        cr_expect_eq(run(store, &job, NULL, &err), CZ_USAGE);
        cr_expect_not_null(
            strstr(err.hint, first == ZARR_V2 ? "--zarr-format 2" : "--zarr-format 3"));
        os_close(&store);
    }
}

Test(convert, invalid_sources)
{
    cz_convert_job job = job_of();
    const char *status;
    cz_error err;
    size_t n = 0;
    job.source = "/nowhere/at/all.mov";
    cr_expect_eq(run(os, &job, NULL, &err), CZ_ABSENT);
    job.source = movie.folder;
    cr_expect_eq(run(os, &job, NULL, &err), CZ_UNSUPPORTED);
    job = job_of();
    cr_assert_eq(truncate(movie.path, 0), 0);
    cr_expect_eq(run(os, &job, &status, &err), CZ_FORMAT);
    cr_expect_str_eq(status, "empty");
    cr_assert_eq(truncate(movie.path, 8192), 0); /* zeros */
    cr_expect_eq(run(os, &job, &status, &err), CZ_FORMAT);
    cr_expect_str_eq(status, "failed");
    cr_assert_eq(os_list(os, "", false, count, &n, NULL), CZ_OK);
    cr_expect_eq(n, 0, "nothing was written");
}

Test(convert, folder_without_a_store_is_refused)
{
    const cz_convert_job job = job_of();
    cz_error err;
    cr_assert_eq(os_put(os, "thesis.tex", "x", 1, OS_CREATE, NULL), CZ_OK);
    cr_expect_eq(run(os, &job, NULL, &err), CZ_FORMAT);
    size_t n = 0;
    cr_assert_eq(os_list(os, "", false, count, &n, NULL), CZ_OK);
    cr_expect_eq(n, 1);
}

Test(convert, newer_major_version_is_refused)
{
    static const char root[] = "{\"zarr_format\":3,\"node_type\":\"group\",\"attributes\":"
                               "{\"camzarr_format\":\"2.0\",\"camzarr_kind\":\"store\"}}";
    const cz_convert_job job = job_of();
    cr_assert_eq(os_put(os, "zarr.json", root, sizeof root - 1, OS_CREATE, NULL), CZ_OK);
    cz_error err = {0};
    cr_expect_eq(run(os, &job, NULL, &err), CZ_NEWER, "%s", err.message);
}

static void put_sidecar(const char *text)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s.md5", movie.path);
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    cr_assert_geq(fputs(text, f), 0);
    cr_assert_eq(fclose(f), 0);
}

Test(convert, md5_file_is_compared_with_the_source)
{
    const cz_convert_job job = job_of();
    cz_error err;
    put_sidecar("00000000000000000000000000000000\n");
    cr_expect_eq(run(os, &job, NULL, &err), CZ_CORRUPT);
    cr_expect_not(has(os, "clips/" CLIP "/zarr.json"));
    put_sidecar("no digest at all, but long enough to hold one\n");
    cr_expect_eq(run(os, &job, NULL, &err), CZ_FORMAT);
}

Test(convert, md5_file_is_compared_with_an_existing_clip)
{
    const cz_convert_job job = job_of();
    cz_error err;
    cr_assert_eq(run(os, &job, NULL, NULL), CZ_OK);
    put_sidecar("00000000000000000000000000000000\n");
    cr_expect_eq(run(os, &job, NULL, &err), CZ_CORRUPT);
    cr_expect(has(os, "clips/" CLIP "/zarr.json"));
}

Test(convert, dry_run_fails_where_a_conversion_would)
{
    cz_convert_job job = job_of();
    job.dry_run = true;
    cr_assert_eq(os_put(os, "thesis.tex", "x", 1, OS_CREATE, NULL), CZ_OK);
    cr_expect_eq(run(os, &job, NULL, NULL), CZ_FORMAT);
}

Test(convert, sha256_option_changes_the_fingerprint)
{
    cz_convert_job job = job_of();
    cr_assert_eq(run(os, &job, NULL, NULL), CZ_OK);
    job.sha256 = true;
    cr_expect_eq(run(os, &job, NULL, NULL), CZ_EXISTS);
}

Test(convert, incomplete_record_is_replaced)
{
    const cz_convert_job job = job_of();
    cr_assert_eq(os_put(os, "zarr.json", "", 0, OS_CREATE, NULL), CZ_OK);
    cr_expect_eq(run(os, &job, NULL, NULL), CZ_FORMAT, "a torn root isn't");
    cr_assert_eq(os_remove(os, "zarr.json", NULL), CZ_OK);
    cr_assert_eq(run(os, &job, NULL, NULL), CZ_OK);
    cr_assert_eq(os_remove(os, "clips/" CLIP "/zarr.json", NULL), CZ_OK);
    cr_assert_eq(os_put(os, "clips/" CLIP "/begun.json", "", 0, OS_CREATE, NULL), CZ_OK);
    cr_expect_eq(run(os, &job, NULL, NULL), CZ_OK);
    cr_expect_not(has(os, "clips/" CLIP "/begun.json"));
}

/* ---- Interruption
 * ---------------------------------------------------------------------------------- */

static int stop_at(void *user, const cz_progress *progress)
{
    return progress->frames_done >= *(uint64_t *)user;
}

Test(convert, resumed_conversion_gives_the_same_store)
{
    cz_convert_job job = job_of();
    object_store *other = NULL;
    uint64_t at = 6;
    cz_error err;
    job.progress = stop_at;
    job.user = &at;
    cr_assert_eq(run(os, &job, NULL, &err), CZ_CANCELLED);
    cr_expect(has(os, "clips/" CLIP "/begun.json"));
    cr_expect_not(has(os, "clips/" CLIP "/zarr.json"));
    job.progress = NULL;
    cr_assert_eq(run(os, &job, NULL, NULL), CZ_OK);
    cr_assert_eq(os_memory(&other, NULL), CZ_OK);
    cr_assert_eq(run(other, &job, NULL, NULL), CZ_OK);
    cr_expect(same_as(other));
    os_close(&other);
}

Test(convert, interrupted_conversion_with_other_options_is_refused)
{
    cz_convert_job job = job_of();
    uint64_t at = 6;
    job.progress = stop_at;
    job.user = &at;
    cr_assert_eq(run(os, &job, NULL, NULL), CZ_CANCELLED);
    job.progress = NULL;
    job.frames_per_shard = 2;
    cz_error err = {0};
    cr_expect_eq(run(os, &job, NULL, &err), CZ_EXISTS, "%s", err.message);
    job.overwrite = true;
    cr_expect_eq(run(os, &job, NULL, NULL), CZ_OK);
}

/* What happens while the first one's mark is on its way, which may take minutes: another conversion
 * of the same name begins, and perhaps ends. */
typedef struct meanwhile {
    object_store *os;
    const cz_convert_job *job; /* NULL: it only begins */
    int rc;
} meanwhile;

static int take_over_at_the_mark(void *user, os_op op, const char *key, cz_error *err)
{
    static const char begun[] =
        "{\"camzarr\":{\"fingerprint\":\"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
        "eeeeeeeeeeeeeeeeeeeeeeeeeeee\"}}";
    meanwhile *m = user;
    (void)err;
    if (op != OS_PUT || strcmp(key, "clips/" CLIP "/zarr.json") != 0)
        return CZ_OK;
    os_memory_fault(m->os, NULL, NULL);
    m->rc = m->job ? run(m->os, m->job, NULL, NULL)
                   : os_put(m->os, "clips/" CLIP "/begun.json", begun, sizeof begun - 1,
                            OS_OVERWRITE, NULL);
    return CZ_OK;
}

static void taken_over(const cz_convert_job *by, int want)
{
    const cz_convert_job job = job_of();
    meanwhile m = {.os = os, .job = by, .rc = -99};
    os_memory_fault(os, take_over_at_the_mark, &m);
    cr_assert_eq(run(os, &job, NULL, NULL), want);
    cr_assert_eq(m.rc, CZ_OK);
}

Test(convert, late_commit_marker_never_covers_another_conversion)
{
    cz_convert_job other = job_of();
    object_store *alone = NULL;
    other.frames_per_shard = 3;
    other.overwrite = true;
    taken_over(&other, CZ_CHANGED);
    cr_assert_eq(os_memory(&alone, NULL), CZ_OK);
    cr_assert_eq(run(alone, &other, NULL, NULL), CZ_OK);
    cr_expect(same_as(alone), "the other one's clip is whole");
    os_close(&alone);
}

Test(convert, late_commit_marker_is_withdrawn_if_another_conversion_began)
{
    taken_over(NULL, CZ_CHANGED);
    cr_expect_not(has(os, "clips/" CLIP "/zarr.json"));
    cr_expect(has(os, "clips/" CLIP "/begun.json"), "the other one's");
}

Test(convert, faster_conversion_of_the_same_clip_is_no_failure)
{
    const cz_convert_job job = job_of();
    taken_over(&job, CZ_OK);
    cr_expect(has(os, "clips/" CLIP "/zarr.json"));
    cr_expect_not(has(os, "clips/" CLIP "/begun.json"));
}

/* Fails the operation whose turn it is, and every one after it: as when the network or the machine
 * goes. */
typedef struct fault {
    atomic_long left;
    atomic_bool hit;
} fault;

static int fail_from(void *user, os_op op, const char *key, cz_error *err)
{
    fault *f = user;
    (void)op;
    if (atomic_fetch_sub(&f->left, 1) > 0)
        return CZ_OK;
    atomic_fetch_add(&f->left, 1);
    atomic_store(&f->hit, true);
    return cz_fail(err, CZ_UNREACHABLE, "%s: the wire was cut", key);
}

static void fault_at_any_operation(zarr_format zarr, unsigned puts, const char *mark)
{
    cz_convert_job job = job_of();
    object_store *whole = os;
    job.zarr_format = zarr;
    job.threads = 1; /* so that the n-th operation is the same one each time */
    cr_assert_eq(run(whole, &job, NULL, NULL), CZ_OK);
    size_t n = 0;
    for (bool hit = true; hit; n++) {
        object_store *broken = NULL;
        cz_error err;
        cr_assert_eq(os_memory(&broken, NULL), CZ_OK);
        broken->puts = puts;
        fault f;
        atomic_init(&f.left, (long)n);
        atomic_init(&f.hit, false);
        os_memory_fault(broken, fail_from, &f);
        const int rc = run(broken, &job, NULL, &err);
        os_memory_fault(broken, NULL, NULL);
        hit = atomic_load(&f.hit);
        if (hit && !has(broken, mark))
            cr_expect_eq(rc, CZ_UNREACHABLE, "operation %zu: %d", n, rc);
        cr_expect_eq(run(broken, &job, NULL, &err), CZ_OK, "operation %zu: %s", n, err.message);
        cr_expect(same_as(broken), "operation %zu", n);
        os_close(&broken);
    }
    cr_expect_gt(n, 50);
}

Test(convert, fault_at_each_operation, .timeout = 120)
{
    fault_at_any_operation(ZARR_V3, 0, "clips/" CLIP "/zarr.json");
}

Test(convert, fault_at_each_operation_parallel_puts, .timeout = 120)
{
    fault_at_any_operation(ZARR_V3, 8, "clips/" CLIP "/zarr.json");
}

Test(convert, fault_at_each_operation_zarr2, .timeout = 120)
{
    fault_at_any_operation(ZARR_V2, 0, "clips/" CLIP "/.zattrs");
}
