/* manifest/: rows, their JSON, merging, filters, shares; rows of dbcamhd.json; the estimate. */
#include "manifest/manifest.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "manifest/camhd.h"
#include "base/deployment.h"
#include "manifest/estimate.h"
#include "manifest/listing.h"
#include "manifest/md5_text.h"
#include "tests/unit/support/alloc_fail.h"

static int64_t at(const char *text)
{
    int64_t ns = 0;
    cr_assert(timestamp_parse(&ns, text), "%s", text);
    return ns;
}

static manifest *with(const manifest_row *row, size_t n)
{
    manifest *m = NULL;
    cr_assert_eq(manifest_new(&m, NULL), CZ_OK);
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(manifest_add(m, &row[i], NULL), CZ_OK);
    return m;
}

/* Names of the rows, with a space behind each. */
static void names_are(const manifest *m, const char *want)
{
    buf got = {0};
    for (size_t i = 0; i < manifest_count(m); i++) {
        char name[MANIFEST_SOURCE_MAX + 1];
        manifest_name(name, manifest_at(m, i));
        buf_printf(&got, "%s ", name);
    }
    cr_assert_str_eq(buf_text(&got), want);
    buf_free(&got);
}

static void name_is(const char *from, const char *want)
{
    char name[MANIFEST_SOURCE_MAX + 1];
    manifest_name(name, &(manifest_row){.source = from});
    cr_assert_str_eq(name, want, "%s", from);
}

Test(manifest, names_are_those_of_conversions)
{
    name_is("/data/CAMHDA301-20180712T001500.mov", "CAMHDA301-20180712T001500");
    name_is("a.b.mov", "a.b");
    name_is(".mov", ".mov");
    name_is("dir/", "");
    name_is("https://host/my%20dive.mov?token=a/b.mov", "my dive");
    name_is("https://host/a%2Fb.mov", "a%2Fb");
    name_is("https://host/a%zz.mov", "a%zz");
    name_is("/data/my%20dive.mov?x", "my%20dive");
}

Test(manifest, the_name_has_start_or_end)
{
    const manifest_row rows[] = {
        {.source = "CAMHDA301-20160101T000000Z.mov", .size = 1},
        {.source = "CAMHDA301-20180712T001500.mov", .size = 1},
        {.source = "x.mov", .size = 0},
        {.source = "CAMHDA301-20180712T001500.mov",
         .time = 5,
         .time_from = MANIFEST_TIME_HEADER,
         .size = MANIFEST_SIZE_UNKNOWN},
    };
    manifest *m = with(rows, 4);
    cr_assert_eq(manifest_at(m, 0)->time, at("2016-01-01"));
    cr_assert_eq(manifest_at(m, 0)->time_from, MANIFEST_TIME_NAME);
    cr_assert_eq(manifest_at(m, 0)->deployment, 2);
    cr_assert_eq(manifest_at(m, 1)->time_from, MANIFEST_TIME_END);
    cr_assert_eq(manifest_at(m, 1)->deployment, 5);
    cr_assert_eq(manifest_at(m, 2)->time_from, MANIFEST_TIME_NONE);
    cr_assert_eq(manifest_at(m, 2)->problem, MANIFEST_EMPTY);
    cr_assert_eq(manifest_at(m, 3)->time, 5);
    cr_assert_eq(manifest_at(m, 3)->problem, MANIFEST_SOUND);
    manifest_free(&m);
    cr_assert_null(m);
    manifest_free(&m);
}

static void count_conflict(void *user, const manifest_row *kept, const manifest_row *other)
{
    (void)kept;
    (void)other;
    ++*(int *)user;
}

Test(manifest, rows_of_one_clip_are_joined)
{
    const manifest_row rows[] = {
        {.source = "/b/c.mov", .size = 14, .size_is_rounded = true, .listing = 0},
        {.source = "/a/c.mov", .size = 15, .frames = 7, .has_md5 = true, .listing = 1},
        {.source = "/b/d.mov", .size = 1, .listing = 1},
        {.source = "/a/d.mov", .size = 2, .listing = 0},
        {.source = "/z/c.mov", .size = 16, .listing = 2},
    };
    int conflicts = 0;
    manifest *m = with(rows, 5);
    manifest_merge(m, count_conflict, &conflicts);
    names_are(m, "c d ");
    cr_assert_str_eq(manifest_at(m, 0)->source, "/b/c.mov");
    cr_assert_eq(manifest_at(m, 0)->size, 15);
    cr_assert(!manifest_at(m, 0)->size_is_rounded);
    cr_assert_eq(manifest_at(m, 0)->frames, 7);
    cr_assert(manifest_at(m, 0)->has_md5);
    cr_assert_str_eq(manifest_at(m, 1)->source, "/a/d.mov");
    cr_assert_eq(conflicts, 2);
    manifest_free(&m);
    m = with(rows, 0);
    manifest_merge(m, NULL, NULL);
    cr_assert_eq(manifest_count(m), 0);
    manifest_free(&m);
}

Test(manifest, filters)
{
    const manifest_row rows[] = {
        {.source = "1-20180712T000000Z.mov", .size = 10},
        {.source = "2-20180713T000000Z.mov", .size = 20},
        {.source = "3-20160101T000000Z.mov", .size = MANIFEST_SIZE_UNKNOWN},
        {.source = "4.mov", .size = 30},
    };
    const struct {
        manifest_filter filter;
        const char *want;
    } all[] = {
        {{0}, "1-20180712T000000Z 2-20180713T000000Z 3-20160101T000000Z 4 "},
        {{.has_since = true, .since = at("2018-07-12")}, "1-20180712T000000Z 2-20180713T000000Z "},
        {{.has_until = true, .until = at("2018-07-13")}, "1-20180712T000000Z 3-20160101T000000Z "},
        {{.min_size = 20}, "2-20180713T000000Z 3-20160101T000000Z 4 "},
        {{.deployment = 2}, "3-20160101T000000Z "},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        manifest *m = with(rows, 4);
        const size_t removed = manifest_select(m, &all[i].filter);
        names_are(m, all[i].want);
        cr_assert_eq(removed, 4 - manifest_count(m));
        manifest_free(&m);
    }
}

Test(manifest, shares)
{
    manifest_row rows[7];
    char names[7][8];
    for (size_t i = 0; i < 7; i++) {
        (void)snprintf(names[i], sizeof names[i], "%zu.mov", i);
        rows[i] = (manifest_row){.source = names[i]};
    }
    const struct {
        uint64_t k, n;
        const char *want;
    } all[] = {{0, 1, "0 1 2 3 4 5 6 "},
               {0, 3, "0 3 6 "},
               {2, 3, "2 5 "},
               {6, 7, "6 "},
               {7, 100, ""},
               {3, UINT64_MAX, "3 "},
               {0, UINT64_MAX, "0 "},
               {UINT64_MAX - 1, UINT64_MAX, ""}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        manifest *m = with(rows, 7);
        manifest_share(m, all[i].k, all[i].n);
        names_are(m, all[i].want);
        manifest_free(&m);
    }
}

Test(manifest, sources_that_are_refused)
{
    static char text[MANIFEST_SOURCE_MAX + 2];
    manifest *m = with(NULL, 0);
    memset(text, 'x', sizeof text - 1);
    cr_assert_eq(manifest_add(m, &(manifest_row){.source = text}, NULL), CZ_FORMAT);
    cr_assert_eq(manifest_add(m, &(manifest_row){.source = ""}, NULL), CZ_FORMAT);
    cr_assert_eq(manifest_add(m, &(manifest_row){.source = NULL}, NULL), CZ_FORMAT);
    text[MANIFEST_SOURCE_MAX] = '\0';
    cr_assert_eq(manifest_add(m, &(manifest_row){.source = text}, NULL), CZ_OK);
    manifest_free(&m);
}

/* The row that a row's JSON is parsed to is the same. */
Test(manifest, json_and_back)
{
    const manifest_row rows[] = {
        {.source = "a.mov", .size = MANIFEST_SIZE_UNKNOWN},
        {.source = "/x/CAMHDA301-20180712T001500.mov",
         .name = "dive",
         .size = UINT64_MAX - 1,
         .time = 1531353602500000000,
         .time_from = MANIFEST_TIME_HEADER,
         .modified = 1531353602000000000,
         .md5 = {1, 2, 0xff},
         .has_md5 = true,
         .frames = UINT32_MAX,
         .deployment = 5,
         .size_is_rounded = true,
         .has_sidecar = true,
         .is_unread = true,
         .problem = MANIFEST_UNREADABLE,
         .why = "no such object"},
        {.source = "CAMHDA301-20180712T001500.mov", .size = 8192, .problem = MANIFEST_STUB},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        manifest *m = with(&rows[i], 1);
        cJSON *one = manifest_json(manifest_at(m, 0));
        manifest_row parsed;
        cr_assert_eq(manifest_row_parse(&parsed, one, "row", NULL), CZ_OK);
        manifest *again = with(&parsed, 1);
        cJSON *two = manifest_json(manifest_at(again, 0));
        buf a = {0}, b = {0};
        cr_assert_eq(json_print(&a, one, true, NULL), CZ_OK);
        cr_assert_eq(json_print(&b, two, true, NULL), CZ_OK);
        cr_assert_str_eq(buf_text(&a), buf_text(&b));
        buf_free(&a);
        buf_free(&b);
        json_free(one);
        json_free(two);
        manifest_free(&m);
        manifest_free(&again);
    }
}

Test(manifest, malformed_rows)
{
    static const char *const rows[] = {
        "{}",
        "{\"source\":1}",
        "{\"source\":\"a\",\"size\":-1}",
        "{\"source\":\"a\",\"size\":1.5}",
        "{\"source\":\"a\",\"size\":18446744073709551615}",
        "{\"source\":\"a\",\"frames\":4294967296}",
        "{\"source\":\"a\",\"deployment\":256}",
        "{\"source\":\"a\",\"md5\":\"0\"}",
        "{\"source\":\"a\",\"md5\":\"0123456789abcdef0123456789abcdef0\"}",
        "{\"source\":\"a\",\"start\":\"now\"}",
        "{\"source\":\"a\",\"modified\":7}",
        "{\"source\":\"a\",\"problem\":{}}",
        "{\"source\":\"a\",\"name\":[]}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cJSON *doc = NULL;
        manifest_row row;
        cz_error err;
        cr_assert_eq(json_parse(&doc, rows[i], strlen(rows[i]), "row 7", &err), CZ_OK);
        cr_assert_eq(manifest_row_parse(&row, doc, "row 7", &err), CZ_FORMAT, "%s", rows[i]);
        cr_assert_eq(strncmp(err.message, "row 7: ", 7), 0, "%s", err.message);
        json_free(doc);
    }
}

Test(manifest, without_memory)
{
    for (size_t n = 1;; n++) {
        manifest *m = NULL;
        alloc_fail_at(n);
        int rc = manifest_new(&m, NULL);
        if (rc == CZ_OK)
            rc = manifest_add(m, &(manifest_row){.source = "a.mov", .why = "x"}, NULL);
        const bool failed = alloc_fail_end();
        cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK);
        manifest_free(&m);
        if (!failed)
            break;
    }
}

Test(manifest, md5_text)
{
    uint8_t md5[16];
    char text[33];
    cr_assert(md5_parse(md5, "00ff10ABCDEF0123456789abcdefA5a5"));
    md5_format(text, md5);
    cr_assert_str_eq(text, "00ff10abcdef0123456789abcdefa5a5");
    cr_assert(!md5_parse(md5, ""));
    cr_assert(!md5_parse(md5, "00ff10ABCDEF0123456789abcdefA5a"));
    cr_assert(!md5_parse(md5, "00ff10ABCDEF0123456789abcdefA5a5 "));
    cr_assert(!md5_parse(md5, "00ff10ABCDEF0123456789abcdefA5ag"));
}

/* ---- CamHD ----------------------------------------------------------------------------------- */

static manifest_row camhd(cJSON **doc, const char *text, int code)
{
    manifest_row row;
    cr_assert_eq(json_parse(doc, text, strlen(text), "row", NULL), CZ_OK, "%s", text);
    cr_assert_eq(camhd_row_parse(&row, *doc, "row", NULL), code, "%s", text);
    return row;
}

Test(camhd, rows)
{
    static const struct {
        const char *text;
        manifest_problem problem;
        uint32_t frames;
        bool unread;
    } rows[] = {
        {"\"filesize\":15234567890,\"frame_count\":26120,\"moov\":true", MANIFEST_SOUND, 26120,
         false},
        {"\"filesize\":121895690951,\"frame_count\":3204951,\"moov\":true", MANIFEST_SOUND, 3204951,
         false},
        {"\"filesize\":10817416192,\"frame_count\":6382956,\"moov\":true", MANIFEST_FRAME_COUNT, 0,
         false},
        {"\"filesize\":1,\"frame_count\":18446744073709551615,\"moov\":true", MANIFEST_FRAME_COUNT,
         0, false},
        {"\"filesize\":0,\"frame_count\":0,\"moov\":false", MANIFEST_EMPTY, 0, false},
        {"\"filesize\":16384,\"frame_count\":0,\"moov\":false", MANIFEST_STUB, 0, false},
        {"\"filesize\":13858848768,\"frame_count\":0,\"moov\":false", MANIFEST_BROKEN_OFF, 0,
         false},
        {"\"filesize\":23974068593,\"frame_count\":0,\"moov\":false", MANIFEST_SOUND, 0, true},
        {"\"filesize\":null", MANIFEST_SOUND, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256];
        cJSON *doc = NULL;
        (void)snprintf(text, sizeof text, "{\"url\":\"a.mov\",%s}", rows[i].text);
        const manifest_row row = camhd(&doc, text, CZ_OK);
        cr_assert_eq(row.problem, rows[i].problem, "%s", text);
        cr_assert_eq(row.frames, rows[i].frames, "%s", text);
        cr_assert_eq(row.is_unread, rows[i].unread, "%s", text);
        json_free(doc);
    }
}

Test(camhd, times_that_the_name_contradicts_are_dropped)
{
    static const struct {
        const char *timestamp;
        bool kept;
    } times[] = {
        {"1531353602", true}, {"64639362", false}, {"0", false}, {"18446744073709551615", false}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        char text[256];
        cJSON *doc = NULL;
        (void)snprintf(text, sizeof text,
                       "{\"filename\":\"CAMHDA301-20180712T001500.mov\",\"timestamp\":%s}",
                       times[i].timestamp);
        const manifest_row row = camhd(&doc, text, CZ_OK);
        cr_assert_eq(row.time_from == MANIFEST_TIME_HEADER, times[i].kept, "%s", text);
        json_free(doc);
    }
}

Test(camhd, malformed_rows)
{
    static const char *const rows[] = {"{\"filename\":7}", "{\"filename\":\"a\",\"filesize\":-1}",
                                       "{\"filename\":\"a\",\"filesize\":18446744073709551615}",
                                       "{\"filename\":\"a\",\"frame_count\":\"7\"}",
                                       "{\"filename\":\"a\",\"md5\":\"x\"}"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cJSON *doc = NULL;
        (void)camhd(&doc, rows[i], CZ_FORMAT);
        json_free(doc);
    }
}

Test(camhd, deployments)
{
    cr_assert_eq(camhd_deployment(0), 2);
    cr_assert_eq(camhd_deployment(at("2016-07-26T21:18")), 2);
    cr_assert_eq(camhd_deployment(at("2016-07-26T21:19")), 3);
    cr_assert_eq(camhd_deployment(at("2018-01-01")), 4);
    cr_assert_eq(camhd_deployment(at("2018-07-12")), 5);
    cr_assert_eq(camhd_deployment(at("2020-08-06T11:00")), 6);
    cr_assert_eq(camhd_deployment(at("2026-01-01")), 7);
}

Test(listing, folders_outside_of_the_filter_are_spared)
{
    const manifest_filter f = {
        .has_since = true, .since = at("2018-07-12"), .has_until = true, .until = at("2018-07-14")};
    static const struct {
        const char *path;
        bool may_hold;
    } paths[] = {
        {"/files/", true},
        {"/files/RS03ASHS/06-CAMHDA301/", true},
        {"/files/2018/", true},
        {"/files/2017/", false},
        {"/files/2019/", false},
        {"/files/2018/06/", false},
        {"/files/2018/07/", true},
        {"/files/2018/08/", false},
        {"/files/2018/07/10/", false},
        {"/files/2018/07/11/", true}, /* names have the end of a recording */
        {"/files/2018/07/12/", true},
        {"/files/2018/07/14/", true},
        {"/files/2018/07/15/", false},
        {"/files/2018/extra/", true},
        {"/files/12/31/", true},
        {"/files/2018/13/", true},
        {"/files/2018/07/12/old/2017/", true},
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        cr_assert_eq(listing_may_hold(paths[i].path, &f), paths[i].may_hold, "%s", paths[i].path);
        cr_assert(listing_may_hold(paths[i].path, NULL));
        cr_assert(listing_may_hold(paths[i].path, &(manifest_filter){0}));
    }
}

/* ---- The estimate ---------------------------------------------------------------------------- */

Test(estimate, of_the_archive)
{
    const manifest_row rows[] = {
        {.source = "a.mov", .size = 15000000000, .frames = 26000},
        {.source = "b.mov", .size = 588000},
        {.source = "c.mov", .size = MANIFEST_SIZE_UNKNOWN},
        {.source = "d.mov", .size = 0},
        {.source = "e.mov", .size = 7, .problem = MANIFEST_UNREADABLE},
        {.source = "f.mov", .size = UINT64_MAX - 1},
    };
    price_table prices;
    estimate e;
    price_table_default(&prices);
    manifest *m = with(rows, 6);
    estimate_make(&e, m, 64, 1250000000, &prices);
    cr_assert_eq(e.clips, 3, "those that cannot be converted, or do not exist, are left out");
    cr_assert_eq(e.bytes, 15000588000);
    cr_assert_eq(e.guessed, 2);
    cr_assert_eq(e.objects, 3 * 30 + 407 + 1 + 1, "26000 frames in shards of 64");
    cr_assert_float_eq(e.seconds, 12.0, 0.01);
    cr_assert_float_eq(e.storage_cost_month, 15.000588 * 0.021, 1e-9);
    manifest_free(&m);
}

Test(estimate, prices)
{
    price_table p;
    price_table_default(&p);
    const char good[] = "{\"currency\":\"EUR\",\"put_1000\":1,\"egress_gb\":0.09}";
    cr_assert_eq(price_table_parse(&p, good, sizeof good - 1, "p", NULL), CZ_OK);
    cr_assert_str_eq(p.currency, "EUR");
    cr_assert_float_eq(p.put_1000, 1, 0);
    cr_assert_float_eq(p.get_1000, 0.0004, 0, "the others stay");
    static const char *const bad[] = {"",
                                      "[]",
                                      "{\"put_1000\":-1}",
                                      "{\"put_1000\":\"1\"}",
                                      "{\"put\":1}",
                                      "{\"currency\":\"Sovereigns\"}",
                                      "{\"currency\":1}",
                                      "{\"get_1000\":1e10}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(price_table_parse(&p, bad[i], strlen(bad[i]), "p", NULL), CZ_FORMAT, "%s",
                     bad[i]);
    cr_assert_str_eq(p.currency, "EUR", "a table with an error changes nothing");
}

/* A hostile server cannot fill the memory. */
Test(listing, has_bounds)
{
    const listing_options o = {0};
    manifest *m = with(NULL, 0);
    manifest_row row = {.source = "a.mov"};
    listing_state many = {.to = m, .shown = "list", .o = &o, .rows = LISTING_ROWS_MAX - 1};
    listing_state long_ones = {.to = m, .shown = "list", .o = &o, .text = LISTING_TEXT_MAX - 5};
    cz_error err;
    cr_assert_eq(listing_add(&many, &row, &err), CZ_OK);
    cr_assert_eq(listing_add(&many, &row, &err), CZ_FORMAT);
    cr_assert(strstr(err.message, "list: more than 5000000 rows"), "%s", err.message);
    cr_assert_eq(listing_add(&long_ones, &row, &err), CZ_OK);
    cr_assert_eq(listing_add(&long_ones, &row, &err), CZ_FORMAT);
    cr_assert_eq(listing_count(&many, 1, &err), CZ_FORMAT, "sidecars count, too");
    cr_assert_eq(manifest_count(m), 2);
    manifest_free(&m);
}
