/* One suite for all object stores, run against each backend. A backend is one line in
 * EVERY_STORE and one function that opens an empty store of it.
 *
 * With CZ_STORE_AT_URL it is the program store_at_url, which runs the suite below the address in
 * the environment variable CZ_TEST_STORE: tests/e2e/test_backends.py starts the servers for it. */
#include "store/objects/object_store.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"
#include "tests/unit/support/temp_folder.h"

typedef void store_test(object_store *os);

#ifdef CZ_STORE_AT_URL

/* Of some allocations that fail it makes nothing: it tries again, or does without. */
static const bool gets_over = true;

/* Each test has a process of its own, and so a prefix. */
static void with_url(store_test *test)
{
    char url[300];
    cz_error err = {0};
    const char *base = getenv("CZ_TEST_STORE");
    cr_assert_not_null(base, "CZ_TEST_STORE isn't set");
    const int n = snprintf(url, sizeof url, "%s/%d", base, (int)getpid());
    cr_assert(n > 0 && (size_t)n < sizeof url);
    object_store *os = NULL;
    cr_assert_eq(os_open(&os, url, true, NULL, &err), CZ_OK, "%s", err.message);
    test(os);
    os_close(&os);
}

#define EVERY_STORE(name)                                                                          \
    static void name(object_store *os);                                                            \
    Test(store_at_url, name)                                                                       \
    {                                                                                              \
        with_url(name);                                                                            \
    }                                                                                              \
    static void name(object_store *os)

#else

static const bool gets_over = false;

static void with_local(store_test *test)
{
    char path[TEMP_PATH];
    temp_folder(path);
    object_store *os = NULL;
    cr_assert_eq(os_open(&os, path, false, NULL, NULL), CZ_OK);
    test(os);
    os_close(&os);
    temp_folder_remove(path);
}

static void with_memory(store_test *test)
{
    object_store *os = NULL;
    cr_assert_eq(os_memory(&os, NULL), CZ_OK);
    test(os);
    os_close(&os);
}

#define EVERY_STORE(name)                                                                          \
    static void name(object_store *os);                                                            \
    Test(store_local, name)                                                                        \
    {                                                                                              \
        with_local(name);                                                                          \
    }                                                                                              \
    Test(store_memory, name)                                                                       \
    {                                                                                              \
        with_memory(name);                                                                         \
    }                                                                                              \
    static void name(object_store *os)

#endif

static void put(object_store *os, const char *key, const char *text)
{
    cz_error err = {0};
    const int rc = os_put(os, key, text, strlen(text), OS_OVERWRITE, &err);
    cr_assert_eq(rc, CZ_OK, "%s", err.message);
}

static void holds(object_store *os, const char *key, const char *text)
{
    buf b = {0};
    cz_error err = {0};
    const int rc = os_get_all(os, key, 1 << 20, &b, &err);
    cr_assert_eq(rc, CZ_OK, "%s", err.message);
    cr_assert_str_eq(buf_text(&b), text);
    buf_free(&b);
}

/* A failure says its code twice and names the key. */
static void failed(int rc, int code, const cz_error *err, const char *key)
{
    cr_assert_eq(rc, code, "%d instead of %d (%s)", rc, code, err->message);
    cr_assert_eq(err->code, code);
    cr_assert_not_null(strstr(err->message, key), "\"%s\" doesn't name %s", err->message, key);
}

EVERY_STORE(put_object_exists)
{
    uint64_t size = 99;
    put(os, "a", "alpha");
    put(os, "clips/X/video/video/c/0/0/0/0", "shard");
    put(os, "empty", "");
    holds(os, "a", "alpha");
    holds(os, "clips/X/video/video/c/0/0/0/0", "shard");
    holds(os, "empty", "");
    cr_assert_eq(os_stat(os, "clips/X/video/video/c/0/0/0/0", &size, NULL), CZ_OK);
    cr_assert_eq(size, 5);
    cr_assert_eq(os_stat(os, "empty", &size, NULL), CZ_OK);
    cr_assert_eq(size, 0);
}

EVERY_STORE(names_may_contain_all_printable_characters)
{
    const char *const keys[] = {"with space/and 'quotes\"", "caf\xc3\xa9/\xe6\xb7\xb1\xe6\xb5\xb7",
                                "a%20b+c&d=e?f#g", ".hidden/..two/three...", "back\\slash"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        put(os, keys[i], keys[i]);
        holds(os, keys[i], keys[i]);
    }
}

EVERY_STORE(overwrite_and_commit_replace)
{
    put(os, "d/k", "one");
    put(os, "d/k", "second");
    holds(os, "d/k", "second");
    cr_assert_eq(os_put(os, "d/k", "3", 1, OS_COMMIT, NULL), CZ_OK);
    holds(os, "d/k", "3");
    cr_assert_eq(os_put(os, "d/new", "4", 1, OS_COMMIT, NULL), CZ_OK);
    holds(os, "d/new", "4");
}

EVERY_STORE(create_does_not_replace)
{
    cz_error err = {0};
    cr_assert_eq(os_put(os, "d/k", "one", 3, OS_CREATE, &err), CZ_OK);
    failed(os_put(os, "d/k", "two", 3, OS_CREATE, &err), CZ_EXISTS, &err, "d/k");
    holds(os, "d/k", "one");
    cr_assert_eq(os_remove(os, "d/k", NULL), CZ_OK);
    cr_assert_eq(os_put(os, "d/k", "two", 3, OS_CREATE, &err), CZ_OK);
    failed(os_put(os, "d/k", "three", 5, OS_COMMIT_NEW, &err), CZ_EXISTS, &err, "d/k");
    cr_assert_eq(os_put(os, "d/mark", "three", 5, OS_COMMIT_NEW, &err), CZ_OK);
    cr_assert_eq(os_remove(os, "d/mark", NULL), CZ_OK);
    holds(os, "d/k", "two");
}

EVERY_STORE(missing_objects_are_absent)
{
    cz_error err = {0};
    uint64_t size = 7;
    buf b = {0};
    char byte;
    put(os, "d/k", "x");
    const char *const keys[] = {"nothing", "d/nothing", "no/folder/here", "d"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        failed(os_stat(os, keys[i], &size, &err), CZ_ABSENT, &err, keys[i]);
        failed(os_get_all(os, keys[i], 10, &b, &err), CZ_ABSENT, &err, keys[i]);
        failed(os_remove(os, keys[i], &err), CZ_ABSENT, &err, keys[i]);
        os_read r = {.key = keys[i], .len = 1, .to = &byte};
        failed(os_get(os, &r, 1, NULL, &err), CZ_ABSENT, &err, keys[i]);
        failed(r.rc, CZ_ABSENT, &r.err, keys[i]);
    }
    cr_assert_eq(b.len, 0);
    cr_assert_eq(size, 7, "out-parameters are written on success only");
    holds(os, "d/k", "x");
    buf_free(&b);
}

EVERY_STORE(null_error_is_accepted)
{
    uint64_t size;
    buf b = {0};
    os_read r = {.key = "nothing"};
    cr_assert_eq(os_stat(os, "nothing", &size, NULL), CZ_ABSENT);
    cr_assert_eq(os_get_all(os, "nothing", 1, &b, NULL), CZ_ABSENT);
    cr_assert_eq(os_get(os, &r, 1, NULL, NULL), CZ_ABSENT);
    cr_assert_eq(os_remove(os, "nothing", NULL), CZ_ABSENT);
    cr_assert_eq(os_put(os, "", "", 0, OS_CREATE, NULL), CZ_USAGE);
}

EVERY_STORE(removed_object_is_absent)
{
    put(os, "d/e/f/k", "x");
    put(os, "d/other", "y");
    cr_assert_eq(os_remove(os, "d/e/f/k", NULL), CZ_OK);
    cr_assert_eq(os_remove(os, "d/e/f/k", NULL), CZ_ABSENT);
    holds(os, "d/other", "y");
    put(os, "d/e/f/k", "again");
    holds(os, "d/e/f/k", "again");
    cr_assert_eq(os_remove(os, "d/e/f/k", NULL), CZ_OK);
    put(os, "d/e", "instead"); /* no folder stays in its way */
    holds(os, "d/e", "instead");
}

/* d/e is a folder with something in it: an object store doesn't mind, a folder tree does. Either
 * way nothing is lost. */
EVERY_STORE(object_that_is_a_folder_of_another_key_is_kept)
{
    cz_error err = {0};
    put(os, "d/e/k", "inner");
    int rc = os_put(os, "d/e", "outer", 5, OS_OVERWRITE, &err);
    cr_assert(rc == CZ_OK || rc == CZ_EXISTS, "%s", err.message);
    holds(os, "d/e/k", "inner");
    rc = os_put(os, "d/e/k/below", "x", 1, OS_OVERWRITE, &err);
    cr_assert(rc == CZ_OK || rc == CZ_EXISTS, "%s", err.message);
    holds(os, "d/e/k", "inner");
}

static int calls;
static void count(os_read *r)
{
    calls++;
    ++*(int *)r->user;
}

EVERY_STORE(parallel_ranges)
{
    put(os, "a", "0123456789");
    put(os, "b", "abcdefghij");
    guard to[7];
    int done[7] = {0};
    os_read r[] = {
        {.key = "a", .offset = 2, .len = 3}, {.key = "a", .offset = 0, .len = 10},
        {.key = "b", .offset = 9, .len = 1}, {.key = "a", .offset = 9, .len = 1},
        {.key = "b", .offset = 0, .len = 0}, {.key = "b", .offset = 10, .len = 0},
        {.key = "b", .offset = 4, .len = 4},
    };
    const char *const want[] = {"234", "0123456789", "j", "9", "", "", "efgh"};
    for (size_t i = 0; i < 7; i++) {
        to[i] = guard_new(r[i].len);
        r[i].to = to[i].at;
        r[i].rc = 1;
        r[i].user = &done[i];
    }
    calls = 0;
    cr_assert_eq(os_get(os, r, 7, count, NULL), CZ_OK);
    cr_assert_eq(calls, 7);
    for (size_t i = 0; i < 7; i++) {
        cr_assert_eq(r[i].rc, CZ_OK);
        cr_assert_eq(done[i], 1);
        cr_assert_eq(memcmp(to[i].at, want[i], r[i].len), 0, "range %zu", i);
        guard_free(&to[i]);
    }
    cr_assert_eq(os_get(os, NULL, 0, count, NULL), CZ_OK);
    cr_assert_eq(calls, 7);
}

EVERY_STORE(range_past_the_end_is_corrupt_and_affects_no_other)
{
    put(os, "a", "0123456789");
    char to[6][16];
    int done[6] = {0};
    cz_error err = {0};
    os_read r[] = {
        {.key = "a", .offset = 0, .len = 10},         {.key = "a", .offset = 5, .len = 6},
        {.key = "none", .offset = 0, .len = 1},       {.key = "a", .offset = 11, .len = 0},
        {.key = "a", .offset = UINT64_MAX, .len = 2}, {.key = "a", .offset = 9, .len = 1},
    };
    const int want[] = {CZ_OK, CZ_CORRUPT, CZ_ABSENT, CZ_CORRUPT, CZ_CORRUPT, CZ_OK};
    for (size_t i = 0; i < 6; i++) {
        r[i].to = to[i];
        r[i].user = &done[i];
    }
    const int rc = os_get(os, r, 6, count, &err); /* of the failures the one that came first */
    cr_assert(rc == CZ_CORRUPT || rc == CZ_ABSENT, "%d", rc);
    failed(rc, rc, &err, rc == CZ_CORRUPT ? "a: " : "none: ");
    for (size_t i = 0; i < 6; i++) {
        cr_assert_eq(r[i].rc, want[i], "range %zu: %d", i, r[i].rc);
        cr_assert_eq(done[i], 1);
        if (want[i] != CZ_OK)
            cr_assert_eq(r[i].err.code, want[i]);
    }
    cr_assert_eq(memcmp(to[0], "0123456789", 10), 0);
    cr_assert_eq(to[5][0], '9');
}

EVERY_STORE(get_all_keeps_to_its_limit_and_appends)
{
    buf b = {0};
    cz_error err = {0};
    put(os, "a", "0123456789");
    buf_add(&b, "before:", 7);
    failed(os_get_all(os, "a", 9, &b, &err), CZ_CORRUPT, &err, "a");
    cr_assert_eq(b.len, 7);
    cr_assert_eq(os_get_all(os, "a", 10, &b, &err), CZ_OK);
    cr_assert_str_eq(buf_text(&b), "before:0123456789");
    buf_free(&b);
}

EVERY_STORE(large_object_round_trip)
{
    const size_t n = (5 << 20) + 12345;
    uint8_t *data = malloc(n);
    cr_assert_not_null(data);
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)(i * 2654435761u >> 13);
    cr_assert_eq(os_put(os, "large", data, n, OS_OVERWRITE, NULL), CZ_OK);
    buf b = {0};
    cr_assert_eq(os_get_all(os, "large", n, &b, NULL), CZ_OK);
    cr_assert_eq(b.len, n);
    cr_assert_eq(memcmp(b.at, data, n), 0);
    uint8_t to[1000];
    os_read r = {.key = "large", .offset = n - sizeof to, .len = sizeof to, .to = to};
    cr_assert_eq(os_get(os, &r, 1, NULL, NULL), CZ_OK);
    cr_assert_eq(memcmp(to, data + n - sizeof to, sizeof to), 0);
    buf_free(&b);
    free(data);
}

/* Listings, as "key size\n" lines. */
static int note(void *user, const os_object *o)
{
    buf_printf(user, "%s %d\n", o->key, (int)o->size);
    return 0;
}

static void lists(object_store *os, const char *prefix, bool delimiter, const char *want)
{
    buf b = {0};
    cz_error err = {0};
    const int rc = os_list(os, prefix, delimiter, note, &b, &err);
    cr_assert_eq(rc, CZ_OK, "%s", err.message);
    cr_assert_str_eq(buf_text(&b), want, "\"%s\"", prefix);
    buf_free(&b);
}

EVERY_STORE(list_is_in_byte_order)
{
    static const char *const keys[] = {"b",     "a/z",     "a.b",      "a0", "a/b/c", "a-b",
                                       "a/b.c", "a/b/d/e", "\xc3\xa9", "B",  "a/b0"};
    lists(os, "", false, "");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        put(os, keys[i], "x");
    lists(os, "", false,
          "B 1\na-b 1\na.b 1\na/b.c 1\na/b/c 1\na/b/d/e 1\na/b0 1\na/z 1\na0 1\nb 1\n\xc3\xa9 1\n");
    lists(os, "", true, "B 1\na-b 1\na.b 1\na/ 0\na0 1\nb 1\n\xc3\xa9 1\n");
    lists(os, "a/", false, "a/b.c 1\na/b/c 1\na/b/d/e 1\na/b0 1\na/z 1\n");
    lists(os, "a/", true, "a/b.c 1\na/b/ 0\na/b0 1\na/z 1\n");
    lists(os, "a", true, "a-b 1\na.b 1\na/ 0\na0 1\n");
    lists(os, "a/b", false, "a/b.c 1\na/b/c 1\na/b/d/e 1\na/b0 1\n");
    lists(os, "a/b", true, "a/b.c 1\na/b/ 0\na/b0 1\n");
    lists(os, "a/b/d/e", false, "a/b/d/e 1\n");
    lists(os, "a/b/d/e/", false, "");
    lists(os, "c", false, "");
    lists(os, "c/", true, "");
    lists(os, "b/", false, "");
}

EVERY_STORE(list_has_sizes_and_stops_on_request)
{
    put(os, "l/1", "1");
    put(os, "l/22", "22");
    put(os, "l/333", "333");
    lists(os, "l/", false, "l/1 1\nl/22 2\nl/333 3\n");
    cr_assert_eq(os_remove(os, "l/22", NULL), CZ_OK);
    lists(os, "l/", false, "l/1 1\nl/333 3\n");
    cr_assert_eq(os_remove(os, "l/1", NULL), CZ_OK);
    cr_assert_eq(os_remove(os, "l/333", NULL), CZ_OK);
    lists(os, "", true, "");
}

static int stop_at_second(void *user, const os_object *o)
{
    (void)o;
    return ++*(int *)user == 2 ? 77 : 0;
}

EVERY_STORE(callback_error_stops_a_list)
{
    int n = 0;
    put(os, "a/1", "");
    put(os, "b/2", "");
    put(os, "c/3", "");
    cr_assert_eq(os_list(os, "", false, stop_at_second, &n, NULL), 77);
    cr_assert_eq(n, 2);
    n = 0;
    cr_assert_eq(os_list(os, "", true, stop_at_second, &n, NULL), 77);
    cr_assert_eq(n, 2);
}

static int remove_it(void *user, const os_object *o)
{
    return os_remove(user, o->key, NULL);
}

EVERY_STORE(callback_may_remove_the_listed_object)
{
    put(os, "t/a", "");
    put(os, "t/b/c", "");
    put(os, "t/b/d", "");
    put(os, "t/e", "");
    cr_assert_eq(os_list(os, "t/", false, remove_it, os, NULL), CZ_OK);
    lists(os, "", false, "");
}

EVERY_STORE(invalid_keys_are_refused)
{
    char long_key[OS_KEY_MAX + 2], long_segment[OS_SEGMENT_MAX + 2];
    memset(long_key, 'k', sizeof long_key);
    for (size_t i = 100; i < sizeof long_key; i += 100)
        long_key[i] = '/';
    long_key[OS_KEY_MAX + 1] = '\0';
    memset(long_segment, 's', sizeof long_segment);
    long_segment[OS_SEGMENT_MAX + 1] = '\0';
    const char *const keys[] = {"",     "/",     "/a",  "a/",     "a//b",       "a/./b",
                                "..",   "a/..",  ".",   "a/../b", "a\nb",       "\x7f",
                                "a/\t", "../..", "./a", long_key, long_segment, "//"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        cz_error err = {0};
        uint64_t size = 0;
        buf b = {0};
        char byte;
        os_read r[] = {{.key = "fine"}, {.key = keys[i], .len = 1, .to = &byte, .rc = 1}};
        cr_assert_not(os_key_valid(keys[i]));
        calls = 0;
        cr_assert_eq(os_put(os, keys[i], "x", 1, OS_OVERWRITE, &err), CZ_USAGE, "%s", keys[i]);
        cr_assert_eq(err.code, CZ_USAGE);
        cr_assert_eq(os_stat(os, keys[i], &size, &err), CZ_USAGE);
        cr_assert_eq(os_get_all(os, keys[i], 1, &b, &err), CZ_USAGE);
        cr_assert_eq(os_remove(os, keys[i], &err), CZ_USAGE);
        cr_assert_eq(os_get(os, r, 2, count, &err), CZ_USAGE);
        cr_assert_eq(calls, 0);
        cr_assert_eq(r[1].rc, 1);
    }
    cr_assert(os_key_valid("a/b.c/.d"));
    lists(os, "", false, "");
}

EVERY_STORE(invalid_prefixes_are_refused)
{
    const char *const prefixes[] = {"/", "a//", "../", "a/../", "a\n", "./a"};
    cz_error err = {0};
    put(os, "a/.b", "x");
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        buf b = {0};
        cr_assert_eq(os_list(os, prefixes[i], false, note, &b, &err), CZ_USAGE, "%s", prefixes[i]);
        cr_assert_eq(b.len, 0);
    }
    lists(os, "a/.", false, "a/.b 1\n");
}

EVERY_STORE(without_memory_nothing_changes)
{
    cz_error err = {0};
    put(os, "d/k", "before");
    for (size_t n = 1;; n++) {
        alloc_fail_at(n);
        const int rc = os_put(os, "d/k", "after", 5, OS_OVERWRITE, &err);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            break;
        }
        if (rc != CZ_OK || !gets_over)
            failed(rc, CZ_NOMEM, &err, "d/k");
        if (gets_over) /* whoever can't read the answer may have been heard all the same */
            put(os, "d/k", "before");
        holds(os, "d/k", "before");
    }
    for (size_t n = 1;; n++) {
        buf b = {0};
        alloc_fail_at(n);
        const int rc = os_get_all(os, "d/k", 100, &b, &err);
        const bool hit = alloc_fail_end();
        buf_free(&b);
        if (!hit) {
            cr_assert_eq(rc, CZ_OK);
            break;
        }
        if (rc != CZ_OK || !gets_over)
            failed(rc, CZ_NOMEM, &err, "d/k");
    }
    for (size_t n = 1;; n++) {
        size_t found = 0;
        alloc_fail_at(n);
        const int rc = os_list(os, "", false, stop_at_second, &found, &err);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            break;
        }
        cr_assert(rc == CZ_NOMEM || (rc == CZ_OK && gets_over), "%d", rc);
    }
    lists(os, "", false, "d/k 5\n");
}

typedef struct worker {
    object_store *os;
    char letter;
} worker;

/* Puts and reads: what is read is always one whole object, of whichever writer. */
static void *put_and_read(void *arg)
{
    const worker *w = arg;
    char text[3000], seen[sizeof text];
    memset(text, w->letter, sizeof text);
    for (int i = 0; i < 60; i++) {
        os_read r = {.key = "shared/k", .len = sizeof seen, .to = seen};
        if (os_put(w->os, "shared/k", text, sizeof text, OS_OVERWRITE, NULL) != CZ_OK ||
            os_get(w->os, &r, 1, NULL, NULL) != CZ_OK)
            return "failed";
        for (size_t k = 1; k < sizeof seen; k++)
            if (seen[k] != seen[0])
                return "mixed";
    }
    return NULL;
}

EVERY_STORE(threads_put_one_key)
{
    pthread_t t[4];
    worker w[4];
    for (size_t i = 0; i < 4; i++) {
        w[i] = (worker){os, (char)('a' + i)};
        cr_assert_eq(pthread_create(&t[i], NULL, put_and_read, &w[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *said = NULL;
        cr_assert_eq(pthread_join(t[i], &said), 0);
        cr_assert_null(said, "%s", (const char *)said);
    }
    lists(os, "", false, "shared/k 3000\n");
}

Test(store, free_accepts_null)
{
    object_store *os = NULL;
    os_close(&os);
    os_close(NULL);
}
