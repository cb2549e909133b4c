/* convert/publish.c: puts one by one and in parallel, and objects that already exist. */
#include "convert/publish.h"
#include "convert/remove_unlisted.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/alloc_fail.h"

#define OURS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define THEIRS "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
enum { OBJECTS = 40 };

static void begin_with(object_store *os, const char *fingerprint)
{
    char doc[160];
    const int n = snprintf(doc, sizeof doc, "{\"camzarr\":{\"fingerprint\":\"%s\"}}", fingerprint);
    cr_assert_eq(os_put(os, "clips/c/begun.json", doc, (size_t)n, OS_OVERWRITE, NULL), CZ_OK);
}

/* A store where a clip was begun, and whose puts wait as a remote one's do. */
static object_store *begun_store(unsigned puts)
{
    object_store *os = NULL;
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    os->puts = puts;
    begin_with(os, OURS);
    return os;
}

static int put_objects(publisher *p, cz_error *err)
{
    int rc = publisher_begin_parallel(p, err);
    for (int i = 0; rc == CZ_OK && i < OBJECTS; i++) {
        char rel_key[16];
        (void)snprintf(rel_key, sizeof rel_key, "x/%d", i);
        rc = publish_listed(p, rel_key, rel_key, strlen(rel_key), err);
    }
    const int settled = publisher_flush(p, rc == CZ_OK ? err : NULL);
    return rc == CZ_OK ? settled : rc;
}

static int publish_all(object_store *os, publisher *p, cz_error *err)
{
    const int rc = publisher_init(p, os, "c", OURS, false, err);
    return rc == CZ_OK ? put_objects(p, err) : rc;
}

Test(publish, all_objects_are_put_and_listed)
{
    for (unsigned puts = 0; puts < 40; puts = 3 * puts + 1) {
        object_store *os = begun_store(puts);
        publisher p;
        cz_error err = {0};
        cr_assert_eq(publish_all(os, &p, &err), CZ_OK, "%s", err.message);
        cr_assert_eq(p.n_objects, OBJECTS);
        for (int i = 0; i < OBJECTS; i++) {
            char rel_key[16], key[32];
            size_t n;
            (void)snprintf(rel_key, sizeof rel_key, "x/%d", i);
            (void)snprintf(key, sizeof key, "clips/c/%s", rel_key);
            cr_assert(publish_has(&p, rel_key));
            const uint8_t *there = os_memory_at(os, key, &n);
            cr_assert_not_null(there);
            cr_assert_eq(n, strlen(rel_key));
            cr_assert_arr_eq(there, rel_key, n);
        }
        publisher_free(&p);
        os_close(&os);
    }
}

static int refuse_x7(void *user, os_op op, const char *key, cz_error *err)
{
    (void)user;
    return op == OS_PUT && strcmp(key, "clips/c/x/7") == 0 ? cz_fail(err, CZ_FULL, "no room")
                                                           : CZ_OK;
}

Test(publish, first_failure_is_returned)
{
    for (unsigned puts = 0; puts < 10; puts += 8) {
        object_store *os = begun_store(puts);
        publisher p;
        cz_error err = {0};
        os_memory_fault(os, refuse_x7, NULL);
        cr_assert_eq(publish_all(os, &p, &err), CZ_FULL);
        cr_assert_str_eq(err.message, "no room");
        cr_assert_lt(p.n_objects, OBJECTS);
        cr_assert_null(p.pool);
        publisher_free(&p);
        os_close(&os);
    }
}

static int take_over(void *user, os_op op, const char *key, cz_error *err)
{
    (void)err;
    object_store *os = *(object_store **)user;
    if (os && op == OS_PUT && strcmp(key, "clips/c/x/7") == 0) {
        os_memory_fault(os, NULL, NULL);
        begin_with(os, THEIRS);
    }
    return CZ_OK;
}

Test(publish, replaced_conversion_is_noticed)
{
    object_store *os = begun_store(1); /* one thread, because it sets the fault */
    publisher p;
    cz_error err = {0};
    os_memory_fault(os, take_over, &os);
    cr_assert_eq(publish_all(os, &p, &err), CZ_CHANGED);
    publisher_free(&p);
    begin_with(os, THEIRS);
    os->puts = 8;
    cr_assert_eq(publish_all(os, &p, &err), CZ_CHANGED, "%s", err.message);
    cr_assert_eq(p.n_objects, 0);
    publisher_free(&p);
    os_close(&os);
}

static int take_over_at_removal(void *user, os_op op, const char *key, cz_error *err)
{
    object_store *os = user;
    (void)key;
    (void)err;
    if (op == OS_REMOVE) {
        os_memory_fault(os, NULL, NULL);
        begin_with(os, THEIRS);
    }
    return CZ_OK;
}

Test(publish, unlisted_objects_of_a_replaced_conversion_are_kept)
{
    object_store *os = begun_store(0);
    const plan p = {.zarr = ZARR_V3};
    const pass_result r = {0};
    publisher to;
    buf left = {0};
    size_t n;
    cr_assert_eq(publisher_init(&to, os, "c", OURS, false, NULL), CZ_OK);
    to.zarr = ZARR_V3;
    cr_assert_eq(os_put(os, "clips/c/index/size/c/0", "x", 1, OS_OVERWRITE, NULL), CZ_OK);
    cr_assert_eq(os_put(os, "clips/c/index/time/c/0", "x", 1, OS_OVERWRITE, NULL), CZ_OK);
    os_memory_fault(os, take_over_at_removal, os);
    cr_expect_eq(remove_unlisted(&to, &p, &r, &left, NULL), CZ_CHANGED);
    cr_expect_not_null(os_memory_at(os, "clips/c/index/time/c/0", &n), "the record is read before");
    begin_with(os, OURS);
    cr_expect_eq(remove_unlisted(&to, &p, &r, &left, NULL), CZ_OK);
    cr_expect_null(os_memory_at(os, "clips/c/index/time/c/0", &n));
    buf_free(&left);
    publisher_free(&to);
    os_close(&os);
}

Test(publish, nothing_is_removed_after_the_conversion_is_replaced)
{
    object_store *os = begun_store(0);
    size_t n;
    cr_assert_eq(os_put(os, "clips/c/index/.size.part", "x", 1, OS_OVERWRITE, NULL), CZ_OK);
    cr_assert_eq(os_put(os, "clips/c/index/size/c/.0.part", "x", 1, OS_OVERWRITE, NULL), CZ_OK);
    begin_with(os, THEIRS);
    cr_expect_eq(remove_stale(os, ZARR_V3, "c", OURS, NULL), CZ_CHANGED);
    cr_expect_not_null(os_memory_at(os, "clips/c/index/size/c/.0.part", &n));
    begin_with(os, OURS);
    cr_expect_eq(remove_stale(os, ZARR_V3, "c", OURS, NULL), CZ_OK);
    cr_expect_null(os_memory_at(os, "clips/c/index/size/c/.0.part", &n));
    os_close(&os);
}

static int count_puts(void *user, os_op op, const char *key, cz_error *err)
{
    (void)key;
    (void)err;
    if (op == OS_PUT)
        atomic_fetch_add((atomic_int *)user, 1);
    return CZ_OK;
}

Test(publish, identical_objects_are_not_put_again)
{
    object_store *os = begun_store(8);
    publisher p;
    atomic_int puts = 0;
    cr_assert_eq(publish_all(os, &p, NULL), CZ_OK);
    publisher_free(&p);
    size_t n;
    os_memory_at(os, "clips/c/x/3", &n)[0] ^= 1;
    cr_assert_eq(os_remove(os, "clips/c/x/5", NULL), CZ_OK);
    os_memory_fault(os, count_puts, &puts);
    cr_assert_eq(publisher_init(&p, os, "c", OURS, true, NULL), CZ_OK);
    cr_assert_eq(put_objects(&p, NULL), CZ_OK);
    cr_assert_eq(atomic_load(&puts), 2);
    cr_assert_eq(p.n_objects, OBJECTS, "listed are all of them");
    cr_assert_eq(p.bytes_written, 6);
    publisher_free(&p);
    os_close(&os);
}

static int refuse_reads(void *user, os_op op, const char *key, cz_error *err)
{
    (void)user;
    (void)key;
    return op == OS_GET ? cz_fail(err, CZ_IO, "no") : CZ_OK;
}

Test(publish, os_same)
{
    object_store *os = begun_store(0);
    bool same = false;
    cr_assert_eq(os_put(os, "k", "abc", 3, OS_OVERWRITE, NULL), CZ_OK);
    cr_assert_eq(os_put(os, "empty", "", 0, OS_OVERWRITE, NULL), CZ_OK);
    cr_assert_eq(os_same(os, "k", "abc", 3, &same, NULL), CZ_OK);
    cr_assert(same);
    cr_assert_eq(os_same(os, "empty", "", 0, &same, NULL), CZ_OK);
    cr_assert(same);
    static const char *const others[] = {"abd", "ab", "abcd"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        cr_assert_eq(os_same(os, "k", others[i], strlen(others[i]), &same, NULL), CZ_OK);
        cr_assert_not(same, "%s", others[i]);
    }
    same = true;
    cr_assert_eq(os_same(os, "none", "abc", 3, &same, NULL), CZ_OK);
    cr_assert_not(same);
    cr_assert_eq(os_same(os, "a//b", "abc", 3, &same, NULL), CZ_USAGE);
    os_memory_fault(os, refuse_reads, NULL);
    cr_assert_eq(os_same(os, "k", "abc", 3, &same, NULL), CZ_IO);
    os_close(&os);
}

Test(publish, without_memory)
{
    for (size_t n = 1;; n++) {
        object_store *os = begun_store(4);
        publisher p = {0};
        alloc_fail_at(n);
        const int rc = publish_all(os, &p, NULL);
        const bool failed = alloc_fail_end();
        cr_assert(rc == CZ_OK || (failed && rc == CZ_NOMEM), "%zu: %d", n, rc);
        publisher_free(&p);
        os_close(&os);
        if (!failed)
            break;
    }
}
