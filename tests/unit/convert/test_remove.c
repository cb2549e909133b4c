/* cz_convert() and cz_remove() by the address of the store. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <camzarr.h>

#include "tests/unit/support/movie_fixture.h"
#include "tests/unit/support/temp_folder.h"

#define CLIP "test-20180712T001500"

static movie_fixture movie;
static char folder[TEMP_PATH];
static char place[TEMP_PATH + 8];

static void begin(void)
{
    movie_fixture_make(&movie, 5, 300, 0);
    temp_folder(folder);
    (void)snprintf(place, sizeof place, "%s/store", folder);
}

static void end(void)
{
    temp_folder_remove(folder);
    movie_fixture_remove(&movie);
}

TestSuite(remove, .init = begin, .fini = end);
TestSuite(convert_by_address, .init = begin, .fini = end);

static void convert(const char *name)
{
    cz_convert_job job;
    cz_report report;
    cz_error err = {0};
    cz_convert_defaults(&job);
    job.source = movie.path;
    job.store = place;
    job.name = name;
    cr_assert_eq(cz_convert(&job, &report, &err), CZ_OK, "%s", err.message);
    cz_report_free(&report);
    cz_report_free(&report); /* repeatable */
}

static size_t clips(cz_store *store)
{
    char **names;
    size_t n;
    cr_assert_eq(cz_clips(&names, &n, store, NULL), CZ_OK);
    cz_names_free(&names, n);
    return n;
}

Test(remove, removes_one_clip_only)
{
    cz_store *store = NULL;
    convert(NULL);
    convert("other");
    cr_assert_eq(cz_open(&store, place, NULL, NULL), CZ_OK);
    cr_expect_eq(clips(store), 2);
    cr_expect_eq(cz_remove(store, CLIP, NULL, NULL), CZ_OK);
    cr_expect_eq(clips(store), 1);
    char path[320];
    (void)snprintf(path, sizeof path, "%s/clips/%s", place, CLIP);
    cr_expect_neq(access(path, F_OK), 0, "its folder is gone, too");
    cz_close(&store);
}

Test(remove, missing_clip_or_store_is_absent)
{
    cz_store *store = NULL;
    cz_error err;
    convert(NULL);
    cr_assert_eq(cz_open(&store, place, NULL, NULL), CZ_OK);
    cr_expect_eq(cz_remove(store, "absent", NULL, &err), CZ_ABSENT);
    cr_expect_not_null(strstr(err.message, "absent"));
    cz_remove_job newer = {0};
    newer.reserved[3] = 1;
    cr_expect_eq(cz_remove(store, CLIP, &newer, &err), CZ_UNSUPPORTED);
    cr_expect_eq(cz_remove(store, CLIP, &(cz_remove_job){.dry_run = true}, &err), CZ_OK);
    cr_expect_eq(cz_remove(store, CLIP, &(cz_remove_job){.dry_run = true}, &err), CZ_OK);
    cr_expect_eq(cz_remove(store, "../" CLIP, NULL, &err), CZ_USAGE);
    cr_expect_eq(cz_remove(store, "", NULL, &err), CZ_USAGE);
    cr_expect_eq(clips(store), 1);
    cz_close(&store);
}

Test(remove, removes_an_interrupted_conversion)
{
    cz_store *store = NULL;
    char mark[320];
    convert(NULL);
    (void)snprintf(mark, sizeof mark, "%s/clips/%s/zarr.json", place, CLIP);
    cr_assert_eq(unlink(mark), 0);
    cr_assert_eq(cz_open(&store, place, NULL, NULL), CZ_OK);
    cr_expect_eq(clips(store), 0);
    cr_expect_eq(cz_remove(store, CLIP, NULL, NULL), CZ_OK);
    cr_expect_eq(cz_remove(store, CLIP, NULL, NULL), CZ_ABSENT);
    cz_close(&store);
}

Test(convert_by_address, read_only_stores_are_refused)
{
    cz_convert_job job;
    cz_report report;
    cz_error err;
    cz_convert_defaults(&job);
    job.source = movie.path;
    cr_expect_eq(cz_convert(&job, &report, &err), CZ_USAGE, "no store");
    cz_report_free(&report);
    job.store = "gopher://x/y";
    cr_expect_eq(cz_convert(&job, &report, &err), CZ_UNSUPPORTED);
    cz_report_free(&report);
    job.store = movie.path; /* a file */
    cr_expect_eq(cz_convert(&job, &report, &err), CZ_FORMAT);
    cz_report_free(&report);
    cz_report_free(NULL);
}

/* What a removal leaves that fails at a folder: the next one removes it. */
Test(remove, empty_folders_of_a_failed_removal)
{
    cz_store *store = NULL;
    char path[1024];
    convert(NULL);
    cr_assert_eq(cz_open(&store, place, NULL, NULL), CZ_OK);
    (void)snprintf(path, sizeof path,
                   "mkdir -p '%s/clips/left/video/video/c/1' '%s/clips/left/index'", place, place);
    cr_assert_eq(system(path), 0);
    (void)snprintf(path, sizeof path, "%s/clips/left", place);
    cr_expect_eq(cz_remove(store, "left", NULL, NULL), CZ_OK);
    cr_expect_neq(access(path, F_OK), 0);
    cr_expect_eq(cz_remove(store, "left", NULL, NULL), CZ_ABSENT);
    cr_expect_eq(clips(store), 1);
    cz_close(&store);
}
