/* Conversions, removals and verification of a clip whose lock another object_store holds, as
 * with two processes on one folder, in an order that the test determines. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "convert/convert.h"
#include "convert/existing/remove.h"
#include "format/layout.h"
#include "reader/reader.h"
#include "tests/unit/support/movie_fixture.h"
#include "tests/unit/support/temp_folder.h"

#define CLIP "test-20180712T001500"
#define PREFIX "clips/" CLIP "/"

static movie_fixture movie;
static char folder[TEMP_PATH];
static char place[TEMP_PATH + 8];
static object_store *ours, *others;
static int lock; /* held by `others` */
static unsigned polls;

/* Waits take no time here. Stands before libc's for all that is linked here. */
int nanosleep(const struct timespec *t, struct timespec *left)
{
    (void)t;
    (void)left;
    polls++;
    return 0;
}

static void begin(void)
{
    movie_fixture_make(&movie, 5, 300, 0);
    temp_folder(folder);
    (void)snprintf(place, sizeof place, "%s/store", folder);
    cr_assert_eq(os_local(&ours, place, true, NULL), CZ_OK);
    cr_assert_eq(os_local(&others, place, false, NULL), CZ_OK);
    lock = OS_LOCK_NONE;
    polls = 0;
}

static void end(void)
{
    os_unlock(others, PREFIX, lock);
    os_close(&ours);
    os_close(&others);
    temp_folder_remove(folder);
    movie_fixture_remove(&movie);
}

TestSuite(clip_lock, .init = begin, .fini = end, .timeout = 60);

static void others_lock(void)
{
    cr_assert_eq(os_lock(others, PREFIX, &lock, NULL), CZ_OK);
    cr_assert_geq(lock, 0);
}

static void others_unlock(void)
{
    os_unlock(others, PREFIX, lock);
    lock = OS_LOCK_NONE;
}

typedef struct outcome {
    int rc;
    char status[16];
    cz_error err;
} outcome;

/* sha256 makes it another conversion, of another fingerprint. */
static outcome convert(object_store *os, bool sha256, bool overwrite,
                       int (*progress)(void *user, const cz_progress *p), void *user)
{
    cz_convert_job job;
    cz_report report;
    outcome out = {0};
    cz_convert_defaults(&job);
    job.source = movie.path;
    job.threads = 1;
    job.sha256 = sha256;
    job.overwrite = overwrite;
    job.progress = progress;
    job.user = user;
    out.rc = convert_into(os, &job, &report, &out.err);
    (void)snprintf(out.status, sizeof out.status, "%s", report.status);
    cz_report_free(&report);
    return out;
}

static bool exists(const char *rel_key)
{
    uint64_t size;
    char key[KEY_MAX];
    clip_key(key, CLIP, rel_key);
    return os_stat(ours, key, &size, NULL) == CZ_OK;
}

/* ---- A conversion waits ---------------------------------------------------------------------- */

/* The other process ends while we wait. */
static int end_of_other(void *user, const cz_progress *p)
{
    cr_expect_eq(p->waiting, lock >= 0);
    if (lock >= 0 && ++*(unsigned *)user == 3) {
        cr_expect_not(exists(REL_KEY_RECORD), "nothing is written before the lock is held");
        others_unlock();
    }
    return 0;
}

Test(clip_lock, conversion_waits_for_the_lock)
{
    unsigned calls = 0;
    others_lock();
    const outcome end = convert(ours, false, false, end_of_other, &calls);
    cr_expect_eq(end.rc, CZ_OK, "%s", end.err.message);
    cr_expect_str_eq(end.status, "converted");
    cr_expect_eq(calls, 3);
    cr_expect_geq(polls, 2);
    cr_expect_not(os_is_locked(others, PREFIX), "and gives it back");
}

/* The other process converts the same source, and ends. */
static int other_converts(void *user, const cz_progress *p)
{
    (void)p;
    if (lock >= 0) {
        others_unlock();
        *(outcome *)user = convert(others, false, false, NULL, NULL);
    }
    return 0;
}

Test(clip_lock, second_of_two_equal_conversions_finds_the_clip_present)
{
    outcome other = {0};
    others_lock();
    const outcome end = convert(ours, false, false, other_converts, &other);
    cr_expect_str_eq(other.status, "converted", "%s", other.err.message);
    cr_expect_eq(end.rc, CZ_OK, "%s", end.err.message);
    cr_expect_str_eq(end.status, "present");
}

/* The other process converts another source, and ends. */
static int other_converts_another(void *user, const cz_progress *p)
{
    (void)p;
    if (lock >= 0) {
        others_unlock();
        *(outcome *)user = convert(others, true, false, NULL, NULL);
    }
    return 0;
}

Test(clip_lock, clip_converted_while_waiting_is_not_replaced)
{
    outcome other = {0};
    others_lock();
    const outcome end = convert(ours, false, false, other_converts_another, &other);
    cr_expect_str_eq(other.status, "converted", "%s", other.err.message);
    cr_expect_eq(end.rc, CZ_EXISTS);
}

static int cancel(void *user, const cz_progress *p)
{
    (void)p;
    return ++*(unsigned *)user == 2;
}

Test(clip_lock, waiting_can_be_cancelled)
{
    unsigned calls = 0;
    others_lock();
    cr_expect_eq(convert(ours, false, false, cancel, &calls).rc, CZ_CANCELLED);
    cr_expect_eq(calls, 2);
    cr_expect_not(exists(REL_KEY_RECORD));
}

static int fail_test(void *user, const cz_progress *p)
{
    (void)user;
    (void)p;
    cr_expect_fail("it waits");
    return 1;
}

Test(clip_lock, conflicting_clip_is_refused_without_waiting)
{
    cr_assert_eq(convert(others, true, false, NULL, NULL).rc, CZ_OK);
    others_lock();
    cr_expect_eq(convert(ours, false, false, fail_test, NULL).rc, CZ_EXISTS);
    cr_expect_eq(polls, 0);
}

Test(clip_lock, a_dry_run_takes_no_lock)
{
    cz_convert_job job;
    cz_report report;
    cr_assert_eq(convert(ours, false, false, NULL, NULL).rc, CZ_OK);
    others_lock();
    cz_convert_defaults(&job);
    job.source = movie.path;
    job.dry_run = true;
    cr_expect_eq(convert_into(ours, &job, &report, NULL), CZ_OK);
    cr_expect_str_eq(report.status, "present");
    cz_report_free(&report);
    cr_expect_eq(clip_remove(ours, ZARR_V3, CLIP, &(cz_remove_job){.dry_run = true}, NULL), CZ_OK);
    cr_expect_eq(polls, 0);
}

/* ---- A second writer during a conversion ----------------------------------------------------- */

typedef struct second {
    int rc;
    bool ran;
    cz_error err;
} second;

static int remove_meanwhile(void *user, const cz_progress *p)
{
    second *s = user;
    (void)p;
    if (!s->ran)
        s->rc = clip_remove(others, ZARR_V3, CLIP, NULL, &s->err);
    s->ran = true;
    return 0;
}

Test(clip_lock, a_removal_waits_ten_seconds_for_a_conversion)
{
    second s = {0};
    const outcome end = convert(ours, false, false, remove_meanwhile, &s);
    cr_expect_eq(end.rc, CZ_OK, "%s", end.err.message);
    cr_expect_eq(s.rc, CZ_UNREACHABLE);
    cr_expect_not_null(strstr(s.err.message, "another process is converting or removing it"), "%s",
                       s.err.message);
    cr_expect_eq(polls, 400, "of 25 ms");
    cr_expect_eq(convert(ours, false, false, NULL, NULL).rc, CZ_OK);
}

static int overwrite_meanwhile(void *user, const cz_progress *p)
{
    second *s = user;
    unsigned calls = 0;
    (void)p;
    if (!s->ran)
        s->rc = convert(others, true, true, cancel, &calls).rc;
    s->ran = true;
    return 0;
}

Test(clip_lock, an_overwriting_conversion_waits_for_another)
{
    second s = {0};
    cr_assert_eq(convert(ours, true, false, NULL, NULL).rc, CZ_OK);
    const outcome end = convert(ours, false, true, overwrite_meanwhile, &s);
    cr_expect_eq(end.rc, CZ_OK, "%s", end.err.message);
    cr_expect(s.ran);
    cr_expect_eq(s.rc, CZ_CANCELLED);
    cr_expect_str_eq(convert(ours, false, false, NULL, NULL).status, "present");
}

/* ---- A removal that was killed --------------------------------------------------------------- */

/* The clip with its marker removed, and the record of a removal. */
static void half_remove(object_store *os)
{
    static const char record[] =
        "{\"camzarr\":{\"kind\":\"removal\",\"fingerprint\":\""
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}";
    cr_assert_eq(convert(os, true, false, NULL, NULL).rc, CZ_OK);
    cr_assert_eq(os_put(os, PREFIX "begun.json", record, sizeof record - 1, OS_OVERWRITE, NULL),
                 CZ_OK);
    cr_assert_eq(os_remove(os, PREFIX "zarr.json", NULL), CZ_OK);
}

/* Another process completes the removal. */
static int other_removes(void *user, const cz_progress *p)
{
    (void)p;
    if (lock >= 0) {
        others_unlock();
        *(int *)user = clip_remove(others, ZARR_V3, CLIP, NULL, NULL);
    }
    return 0;
}

Test(clip_lock, conversion_waits_for_a_removal_in_progress)
{
    int removed = -1;
    half_remove(ours);
    others_lock();
    const outcome end = convert(ours, false, false, other_removes, &removed);
    cr_expect_eq(removed, CZ_OK);
    cr_expect_eq(end.rc, CZ_OK, "%s", end.err.message);
    cr_expect_str_eq(end.status, "converted");
}

Test(clip_lock, conversion_replaces_the_rest_of_a_killed_removal)
{
    half_remove(ours);
    const outcome end = convert(ours, false, false, NULL, NULL);
    cr_expect_eq(end.rc, CZ_OK, "%s", end.err.message);
    cr_expect_not(exists(REL_KEY_RECORD));
    cr_expect_str_eq(convert(ours, false, false, NULL, NULL).status, "present");
}

Test(clip_lock, removal_record_is_named_without_locks)
{
    object_store *memory = NULL;
    cr_assert_eq(os_memory(&memory, NULL), CZ_OK);
    half_remove(memory);
    const outcome end = convert(memory, false, false, NULL, NULL);
    cr_expect_eq(end.rc, CZ_EXISTS);
    cr_expect_not_null(strstr(end.err.message, "is being removed"), "%s", end.err.message);
    cr_expect_eq(convert(memory, false, true, NULL, NULL).rc, CZ_OK);
    os_close(&memory);
}

/* ---- Verification ---------------------------------------------------------------------------- */

static void count_finding(void *user, const cz_finding *f)
{
    (void)f;
    ++*(size_t *)user;
}

/* The commit marker is there, and begun.json is about to be removed. */
Test(clip_lock, verify_between_commit_marker_and_removal_of_the_record)
{
    size_t found = 0;
    uint64_t n = 0;
    cz_store store = {.os = ours, .zarr = ZARR_V3, .users = 1}; /* never closed here */
    const cz_verify_job job = {.found = count_finding, .user = &found};
    cr_assert_eq(convert(ours, false, false, NULL, NULL).rc, CZ_OK);
    cr_assert_eq(os_put(ours, PREFIX "begun.json", "{}", 2, OS_OVERWRITE, NULL), CZ_OK);
    others_lock();
    cr_expect_eq(cz_verify(&n, &store, CLIP, &job, NULL), CZ_CHANGED);
    cr_expect_eq(found, 0);
    others_unlock();
    cr_expect_eq(cz_verify(&n, &store, CLIP, &job, NULL), CZ_OK);
    cr_expect_eq(found, 1, "its process has ended");
}
