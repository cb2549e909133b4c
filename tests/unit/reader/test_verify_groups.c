/* reader/verify_groups.c: the documents above the clips. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"
#include "reader/verify_groups.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/movie_fixture.h"
#include "tests/unit/support/store_fixture.h"

static cz_store *store;
static object_store *os; /* the store's */

static void make_store(uint32_t zarr)
{
    movie_fixture movie;
    object_store *moved = NULL;
    cz_convert_job job;
    cz_report report;
    cz_error err = {0};
    movie_fixture_make(&movie, 2, 100, 0);
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    cz_convert_defaults(&job);
    job.source = movie.path;
    job.zarr_format = zarr;
    cr_assert_eq(convert_into(os, &job, &report, &err), CZ_OK, "%s", err.message);
    cz_report_free(&report);
    movie_fixture_remove(&movie);
    moved = os;
    cr_assert_eq(store_from_objects(&store, &moved, NULL, &err), CZ_OK, "%s", err.message);
}

typedef struct told {
    size_t n;
    char key[KEY_MAX]; /* of the last one */
} told;

static void take_finding(void *user, const cz_finding *f)
{
    told *t = user;
    t->n++;
    (void)snprintf(t->key, sizeof t->key, "%s", f->key);
}

static told groups_now(void)
{
    cz_error err = {0};
    told t = {0};
    cr_assert_eq(verify_groups(store, take_finding, &t, &err), CZ_OK, "%s", err.message);
    return t;
}

static void expect_one(const char *document, const char *where)
{
    const told t = groups_now();
    cr_assert(t.n == 1 && strcmp(t.key, document) == 0, "%s, %s: %zu, %s", document, where, t.n,
              t.key);
}

/* The text is put in the place of the document, and what was there before put back. */
static void with_text(const char *document, const char *from, const char *to, bool sound)
{
    size_t len = 0;
    const uint8_t *at = os_memory_at(os, document, &len);
    uint8_t *was = malloc(len);
    cr_assert_not_null(was);
    memcpy(was, at, len);
    store_fixture_edit(os, document, from, to);
    if (sound)
        cr_assert_eq(groups_now().n, 0, "%s: %s", document, to);
    else
        expect_one(document, to);
    cr_assert_eq(os_put(os, document, was, len, OS_OVERWRITE, NULL), CZ_OK);
    free(was);
}

static void check_document(const char *document)
{
    size_t len = 0;
    char where[80];
    for (size_t i = 0; i == 0 || i < 8 * len; i++) {
        uint8_t *at = os_memory_at(os, document, &len);
        cr_assert_not_null(at, "%s", document);
        at[i / 8] ^= (uint8_t)(1 << i % 8);
        (void)snprintf(where, sizeof where, "byte %zu, bit %zu", i / 8, i % 8);
        expect_one(document, where);
        at[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    with_text(document, "{\n", "{\n\n ", true);
    if (strstr(document, ".zgroup")) {
        with_text(document, "2", "2, \"more\": 1", false);
        return;
    }
    with_text(document, "\"title\"", "\"owner\": \"us\", \"title\"", true);
    if (strstr(document, "zarr.json"))
        with_text(document, "\"node_type\"", "\"owner\": \"us\", \"node_type\"", false);
}

static void check_documents(uint32_t zarr, const char *const *document)
{
    make_store(zarr);
    cr_assert_eq(groups_now().n, 0);
    for (; *document; document++) {
        check_document(*document);
        size_t len = 0;
        const uint8_t *at = os_memory_at(os, *document, &len);
        char was[1024];
        cr_assert_lt(len, sizeof was);
        memcpy(was, at, len);
        cr_assert_eq(os_remove(os, *document, NULL), CZ_OK);
        expect_one(*document, "missing");
        cr_assert_eq(os_put(os, *document, was, len, OS_OVERWRITE, NULL), CZ_OK);
    }
    cz_close(&store);
}

Test(verify_groups, each_flipped_bit_of_each_document_is_found)
{
    static const char *const v3[] = {"zarr.json", "clips/zarr.json", NULL};
    static const char *const v2[] = {".zgroup", ".zattrs", "clips/.zgroup", "clips/.zattrs", NULL};
    check_documents(3, v3);
    check_documents(2, v2);
}

Test(verify_groups, without_memory)
{
    make_store(2);
    for (size_t n = 1;; n++) {
        told t = {0};
        alloc_fail_at(n);
        const int rc = verify_groups(store, take_finding, &t, NULL);
        const bool failed = alloc_fail_end();
        cr_assert_eq(t.n, 0, "allocation %zu", n);
        cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK, "allocation %zu", n);
        if (!failed)
            break;
    }
    cz_close(&store);
}
