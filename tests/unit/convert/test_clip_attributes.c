/* The owner's attributes of clips and of the store: at conversion, changed later, and when that
 * fails at any operation. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "convert/clip_attributes.h"
#include "convert/convert.h"
#include "convert/existing/remove.h"
#include "format/layout.h"
#include "reader/reader.h"
#include "tests/unit/support/movie_fixture.h"

#define CLIP "test-20180712T001500"
#define OLD "{\"license\":\"old\"}"
#define NEW "{\"license\":\"new\",\"geospatial_lat_min\":45.93,\"keywords\":[\"vents\",\"axial\"]}"
enum { FRAMES = 6, FRAME = 300, PER_SHARD = 2 };

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

TestSuite(clip_attributes, .init = begin, .fini = end, .timeout = 300);

static int convert_to(object_store *to, zarr_format zarr, const char *attributes, bool overwrite,
                      char status[20], size_t *n_warnings, cz_error *err)
{
    cz_convert_job job;
    cz_report report;
    cz_convert_defaults(&job);
    job.source = movie.path;
    job.zarr_format = zarr;
    job.frames_per_shard = PER_SHARD;
    job.threads = 1;
    job.attributes = attributes;
    job.overwrite = overwrite;
    const int rc = convert_into(to, &job, &report, err);
    (void)snprintf(status, 20, "%s", report.status);
    *n_warnings = report.n_warnings;
    cz_report_free(&report);
    return rc;
}

static void convert_ok(object_store *to, zarr_format zarr, const char *attributes)
{
    char status[20];
    size_t warnings;
    cz_error err = {0};
    cr_assert_eq(convert_to(to, zarr, attributes, false, status, &warnings, &err), CZ_OK, "%s",
                 err.message);
    cr_assert_str_eq(status, "converted");
}

static cz_store store_of(object_store *of, zarr_format zarr)
{
    return (cz_store){.os = of, .zarr = zarr, .users = 1}; /* never closed */
}

typedef struct differences {
    size_t n;
    bool record_allowed; /* of a change that was interrupted */
} differences;

static void count_difference(void *user, const cz_finding *f)
{
    differences *d = user;
    const bool is_record = strcmp(f->key, "clips/" CLIP "/" REL_KEY_RECORD) == 0;
    d->n += !(d->record_allowed && is_record && f->code == CZ_EXISTS);
}

static void check_sound(object_store *of, zarr_format zarr, bool record_allowed)
{
    cz_store store = store_of(of, zarr);
    uint64_t n = 0;
    differences found = {.record_allowed = record_allowed};
    cz_error err = {0};
    const cz_verify_job job = {.found = count_difference, .user = &found};
    cr_expect_eq(cz_verify(&n, &store, CLIP, &job, &err), CZ_OK, "%s", err.message);
    cr_expect_eq(found.n, 0);
}

static void expect_sound(object_store *of, zarr_format zarr)
{
    check_sound(of, zarr, false);
}

/* The clip's attributes, or with clip NULL the root's, have this value of "license"; NULL: none. */
static void expect_license(object_store *of, zarr_format zarr, const char *clip,
                           const char *license)
{
    cz_store store = store_of(of, zarr);
    char *text = NULL;
    cJSON *doc = NULL;
    cz_error err = {0};
    cr_assert_eq(cz_attributes_read(&text, &store, clip, &err), CZ_OK, "%s", err.message);
    cr_assert_eq(json_parse(&doc, text, strlen(text), "read", NULL), CZ_OK);
    const cJSON *is = json_at(doc, "license");
    if (license)
        cr_expect(is && strcmp(is->valuestring, license) == 0, "%s: %s", license, text);
    else
        cr_expect_null(is, "%s", text);
    json_free(doc);
    cz_attributes_free(&text);
    cr_expect_null(text);
}

static void expect_same_marker(object_store *other, zarr_format zarr)
{
    char key[KEY_MAX];
    size_t a, b;
    clip_key(key, CLIP, rel_key_marker(zarr));
    const uint8_t *is = os_memory_at(os, key, &a), *should = os_memory_at(other, key, &b);
    cr_assert(is && should);
    cr_expect(a == b && memcmp(is, should, a) == 0);
}

static bool has_record(object_store *in)
{
    size_t n;
    return os_memory_at(in, "clips/" CLIP "/" REL_KEY_RECORD, &n) != NULL;
}

static size_t write_ok(const char *clip, zarr_format zarr, const char *text)
{
    cz_store store = store_of(os, zarr);
    size_t changed = 99;
    cz_error err = {0};
    cr_assert_eq(cz_attributes_write(&changed, &store, clip, text, &err), CZ_OK, "%s", err.message);
    return changed;
}

/* ---- Success -------------------------------------------------------------------------------- */

static void changed_later_as_given_at_conversion(zarr_format zarr)
{
    object_store *other = NULL;
    cr_assert_eq(os_memory(&other, NULL), CZ_OK);
    convert_ok(os, zarr, NULL);
    convert_ok(other, zarr, NEW);
    cr_expect_eq(write_ok(CLIP, zarr, OLD), 1);
    expect_license(os, zarr, CLIP, "old");
    expect_sound(os, zarr);
    cr_expect_eq(write_ok(CLIP, zarr, NEW), 1);
    cr_expect_eq(write_ok(CLIP, zarr, NEW), 0);
    expect_same_marker(other, zarr);
    expect_sound(os, zarr);
    cr_expect_not(has_record(os));
    os_close(&other);
}

Test(clip_attributes, changed_later_as_given_at_conversion)
{
    changed_later_as_given_at_conversion(ZARR_V3);
}

Test(clip_attributes, changed_later_as_given_at_conversion_in_version_2)
{
    changed_later_as_given_at_conversion(ZARR_V2);
}

Test(clip_attributes, removed_again)
{
    object_store *other = NULL;
    cr_assert_eq(os_memory(&other, NULL), CZ_OK);
    convert_ok(os, ZARR_V3, NEW);
    convert_ok(other, ZARR_V3, NULL);
    cr_expect_eq(write_ok(CLIP, ZARR_V3, "{}"), 1);
    expect_same_marker(other, ZARR_V3);
    os_close(&other);
}

static void root_and_clips(zarr_format zarr)
{
    convert_ok(os, zarr, "{\"store\":" OLD ",\"clips\":" NEW "}");
    expect_license(os, zarr, NULL, "old");
    expect_license(os, zarr, CLIP, "new");
    cr_expect_eq(write_ok(NULL, zarr, NEW), 1);
    expect_license(os, zarr, NULL, "new");
    cr_expect_eq(write_ok(NULL, zarr, "{\"clips\":" OLD "}"), 1);
    expect_license(os, zarr, NULL, "new");
    expect_license(os, zarr, CLIP, "old");
    cr_expect_eq(write_ok(CLIP, zarr, "{\"store\":{}}"), 0);
    cr_expect_eq(write_ok(NULL, zarr, "{\"store\":{},\"clips\":{}}"), 2);
    expect_license(os, zarr, NULL, NULL);
    expect_license(os, zarr, CLIP, NULL);
    expect_sound(os, zarr);
}

Test(clip_attributes, sections_for_root_and_clips)
{
    root_and_clips(ZARR_V3);
}

Test(clip_attributes, sections_for_root_and_clips_in_version_2)
{
    root_and_clips(ZARR_V2);
}

Test(clip_attributes, given_to_a_clip_that_is_there)
{
    char status[20];
    size_t warnings = 9;
    convert_ok(os, ZARR_V3, OLD);
    cr_assert_eq(convert_to(os, ZARR_V3, NEW, false, status, &warnings, NULL), CZ_OK);
    cr_expect_str_eq(status, "present");
    cr_expect_eq(warnings, 1);
    expect_license(os, ZARR_V3, CLIP, "new");
    cr_assert_eq(convert_to(os, ZARR_V3, NEW, false, status, &warnings, NULL), CZ_OK);
    cr_expect_eq(warnings, 0);
    cr_assert_eq(convert_to(os, ZARR_V3, NULL, false, status, &warnings, NULL), CZ_OK);
    cr_expect_eq(warnings, 0);
    expect_license(os, ZARR_V3, CLIP, "new");
    expect_sound(os, ZARR_V3);
}

Test(clip_attributes, kept_by_a_repair_and_by_overwrite)
{
    char status[20];
    size_t warnings;
    convert_ok(os, ZARR_V3, OLD);
    cr_assert_eq(os_remove(os, "clips/" CLIP "/video/video/c/1/0/0/0", NULL), CZ_OK);
    cr_assert_eq(convert_to(os, ZARR_V3, NULL, false, status, &warnings, NULL), CZ_OK);
    cr_expect_str_eq(status, "converted");
    expect_license(os, ZARR_V3, CLIP, "old");
    cr_assert_eq(convert_to(os, ZARR_V3, NULL, true, status, &warnings, NULL), CZ_OK);
    expect_license(os, ZARR_V3, CLIP, "old");
    cr_assert_eq(convert_to(os, ZARR_V3, "{}", true, status, &warnings, NULL), CZ_OK);
    expect_license(os, ZARR_V3, CLIP, NULL);
}

/* ---- Errors --------------------------------------------------------------------------------- */

Test(clip_attributes, a_reserved_name_stops_before_anything_is_written)
{
    char status[20];
    size_t warnings, n;
    cz_error err = {0};
    cr_expect_eq(convert_to(os, ZARR_V3, "{\"title\":\"x\"}", false, status, &warnings, &err),
                 CZ_USAGE);
    cr_expect(strstr(err.message, "\"title\": reserved"), "%s", err.message);
    cr_expect_null(os_memory_at(os, "zarr.json", &n));
    convert_ok(os, ZARR_V3, OLD);
    cz_store store = store_of(os, ZARR_V3);
    size_t changed = 9;
    cr_expect_eq(cz_attributes_write(&changed, &store, CLIP, "{\"camzarr\":1}", &err), CZ_USAGE);
    cr_expect_eq(changed, 0);
    expect_license(os, ZARR_V3, CLIP, "old");
}

Test(clip_attributes, of_a_clip_that_is_absent)
{
    convert_ok(os, ZARR_V3, NULL);
    cz_store store = store_of(os, ZARR_V3);
    char *text = NULL;
    cr_expect_eq(cz_attributes_read(&text, &store, "none", NULL), CZ_ABSENT);
    cr_expect_eq(cz_attributes_write(NULL, &store, "none", NEW, NULL), CZ_ABSENT);
    cr_expect_eq(cz_attributes_write(NULL, &store, "../x", NEW, NULL), CZ_USAGE);
}

Test(clip_attributes, of_a_clip_under_conversion)
{
    cz_error err = {0};
    convert_ok(os, ZARR_V3, OLD);
    const char record[] = "{\"camzarr\":{\"format\":\"1.0\",\"kind\":\"removal\",\"fingerprint\":\""
                          "00000000000000000000000000000000"
                          "00000000000000000000000000000000\"}}";
    cr_assert_eq(
        os_put(os, "clips/" CLIP "/" REL_KEY_RECORD, record, sizeof record - 1, OS_OVERWRITE, NULL),
        CZ_OK);
    cz_store store = store_of(os, ZARR_V3);
    cr_expect_eq(cz_attributes_write(NULL, &store, CLIP, NEW, &err), CZ_EXISTS);
    cr_expect(strstr(err.message, "interrupted"), "%s", err.message);
    expect_license(os, ZARR_V3, CLIP, "old");
}

/* ---- Faults --------------------------------------------------------------------------------- */

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

/* An operation fails, or all from one on, as for a killed process: the clip has the old attributes
 * or the new ones and is sound, and the next conversion and the next change repair what is left. */
static void fail_at_each_operation(bool for_good)
{
    bool hit = true;
    size_t n = 0;
    for (; hit; n++) {
        object_store *to = NULL;
        char status[20], *text = NULL;
        size_t warnings;
        fault f = {.left = (long)n, .for_good = for_good};
        cr_assert_eq(os_memory(&to, NULL), CZ_OK);
        convert_ok(to, ZARR_V3, OLD);
        cz_store store = store_of(to, ZARR_V3);
        os_memory_fault(to, fail, &f);
        const int rc = cz_attributes_write(NULL, &store, CLIP, NEW, NULL);
        os_memory_fault(to, NULL, NULL);
        hit = f.hit;
        cr_assert_eq(cz_attributes_read(&text, &store, CLIP, NULL), CZ_OK);
        cr_expect(strstr(text, rc == CZ_OK ? "\"new\"" : "\"license\""), "%zu: %s", n, text);
        cz_attributes_free(&text);
        check_sound(to, ZARR_V3, rc < 0);
        if (n % 2) {
            cr_assert_eq(convert_to(to, ZARR_V3, NEW, false, status, &warnings, NULL), CZ_OK);
            cr_expect_str_eq(status, "present");
        } else {
            cr_assert_eq(cz_attributes_write(NULL, &store, CLIP, NEW, NULL), CZ_OK);
        }
        expect_license(to, ZARR_V3, CLIP, "new");
        expect_sound(to, ZARR_V3);
        os_close(&to);
    }
    cr_expect_gt(n, 6);
}

Test(clip_attributes, one_operation_fails)
{
    fail_at_each_operation(false);
}

Test(clip_attributes, the_process_is_killed)
{
    fail_at_each_operation(true);
}
