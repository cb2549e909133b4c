/* catalog.jsonl: what is printed reads back, whatever is cut or flipped is noticed. */
#include "catalog/catalog_text.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/alloc_fail.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MD5 "0123456789abcdef0123456789abcdef"

static catalog_clip row_of(const char *name, int64_t start, uint64_t scenes)
{
    return (catalog_clip){.facts = {.name = name,
                                    .frames = 100,
                                    .width = 1920,
                                    .height = 1080,
                                    .codec = "apcn",
                                    .rate_num = 30000,
                                    .rate_den = 1001,
                                    .start = start,
                                    .end = start + 5,
                                    .start_from = "header",
                                    .chroma = "4:2:2",
                                    .matrix = 1,
                                    .interlace = "progressive",
                                    .frames_per_shard = 64,
                                    .source_name = "a \xc3\xa9\"\\.mov",
                                    .source_bytes = UINT64_C(1) << 62,
                                    .source_md5 = MD5},
                          .frame_bytes = 7,
                          .source_url = "",
                          .source_sha256 = DIGEST,
                          .overview = "1/2",
                          .black_frames = 3,
                          .deployment = 5,
                          .lat = 45.93,
                          .lon = -130.01,
                          .depth = NAN,
                          .n_scenes = scenes,
                          .marker_bytes = 4096,
                          .marker_digest = DIGEST};
}

static const catalog_scene scenes[] = {{0, 0, 40, 16, {1, 2, 3}}, {0, 50, 99, 64, {4}}};

/* Two clips, the second with two scenes, and one that cannot be read. */
static int print(buf *out, cz_error *err)
{
    const catalog_clip a = row_of("b", -5, 0), b = row_of("a", INT64_MAX - 5, 2);
    int rc = catalog_print_header(out, 2, 2, 1, err);
    if (rc == CZ_OK)
        rc = catalog_print_clip(out, &a, err);
    if (rc == CZ_OK)
        rc = catalog_print_clip(out, &b, err);
    if (rc == CZ_OK)
        rc = catalog_print_scenes(out, "a", scenes, 2, err);
    if (rc == CZ_OK)
        rc = catalog_print_unreadable(out, "c", CZ_NEWER, err);
    return rc == CZ_OK ? catalog_print_digest(out, err) : rc;
}

static void check(const catalog_text *c)
{
    const catalog_clip *a = catalog_text_find(c, "a"), *b = catalog_text_find(c, "b");
    cr_assert_eq(c->n_clips, 2);
    cr_assert_eq(a, &c->clip[1]);
    cr_assert_eq(b, &c->clip[0]);
    cr_assert_null(catalog_text_find(c, "c"));
    const catalog_clip should = row_of("b", -5, 0);
    cr_assert_eq(b->facts.start, -5);
    cr_assert_eq(b->facts.source_bytes, should.facts.source_bytes);
    cr_assert_str_eq(b->facts.source_name, should.facts.source_name);
    cr_assert_str_eq(b->source_sha256, DIGEST);
    cr_assert_str_eq(b->overview, "1/2");
    cr_assert_eq(b->black_frames, 3);
    cr_assert_eq(b->deployment, 5);
    cr_assert(fabs(b->lat - 45.93) <= 0 && fabs(b->lon + 130.01) <= 0 && isnan(b->depth));
    cr_assert_eq(c->n_unreadable, 1);
    cr_assert_str_eq(c->unreadable[0].name, "c");
    cr_assert_eq(c->unreadable[0].code, CZ_NEWER);
}

Test(catalog_text, reads_back)
{
    buf text = {0};
    catalog_text *c = NULL;
    catalog_scene *scene = NULL;
    cr_assert_eq(print(&text, NULL), CZ_OK);
    cr_assert_eq(catalog_text_parse(&c, &text, "x", NULL), CZ_OK);
    check(c);
    cr_assert_eq(catalog_text_scenes(&scene, c, NULL), CZ_OK);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(scene[i].clip, 1);
        cr_assert_eq(scene[i].first, scenes[i].first);
        cr_assert_eq(scene[i].last, scenes[i].last);
        cr_assert_eq(scene[i].representative, scenes[i].representative);
        cr_assert_arr_eq(scene[i].signature, scenes[i].signature, SIGNATURE_BYTES);
    }
    free(scene);
    catalog_text_free(&c);
}

/* Of its exact size, so that a sanitizer sees the first byte outside. */
static int parse_copy(const buf *text, size_t n)
{
    buf copy = {.at = malloc(n ? n : 1), .len = n, .cap = n};
    catalog_text *c = NULL;
    memcpy(copy.at, text->at, n);
    const int rc = catalog_text_parse(&c, &copy, "x", NULL);
    cr_assert(rc == CZ_OK || !c);
    catalog_text_free(&c);
    return rc;
}

Test(catalog_text, every_cut_and_flip_is_noticed)
{
    buf text = {0};
    cr_assert_eq(print(&text, NULL), CZ_OK);
    for (size_t n = 0; n < text.len; n++)
        cr_assert_neq(parse_copy(&text, n), CZ_OK, "%zu bytes", n);
    for (size_t i = 0; i < text.len; i++) {
        text.at[i] ^= 1;
        cr_assert_neq(parse_copy(&text, text.len), CZ_OK, "byte %zu", i);
        text.at[i] ^= 1;
    }
    cr_assert_eq(parse_copy(&text, text.len), CZ_OK);
    buf_free(&text);
}

Test(catalog_text, without_memory)
{
    for (size_t n = 1;; n++) {
        buf text = {0};
        catalog_text *c = NULL;
        catalog_scene *scene = NULL;
        cz_error err = {0};
        alloc_fail_at(n);
        int rc = print(&text, &err);
        if (rc == CZ_OK)
            rc = catalog_text_parse(&c, &text, "x", &err);
        if (rc == CZ_OK)
            rc = catalog_text_scenes(&scene, c, &err);
        const bool failed = alloc_fail_end();
        free(scene);
        catalog_text_free(&c);
        buf_free(&text);
        cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK, "%s", err.message);
        if (!failed)
            break;
    }
}
