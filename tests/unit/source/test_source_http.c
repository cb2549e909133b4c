/* source/http.c: sources on a web server; store/cloud/plain.c: read-only stores on one. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/read_ahead.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/http_server.h"
#include "tests/unit/support/temp_folder.h"

enum { LEN = 3000001 };

static http_server *server;
static source *s;
static char *object, *got;
static char address[256];

static void begin(size_t len)
{
    object = malloc(LEN);
    got = calloc(1, LEN);
    cr_assert(object && got);
    for (size_t i = 0; i < LEN; i++)
        object[i] = (char)(i * 7 + i / 251);
    server = http_server_start(object, len);
    (void)snprintf(address, sizeof address, "%s/a/my%%20dive.mov", http_server_url(server));
}

static void open_it(size_t len)
{
    const cz_network four = {.connections = 4};
    cz_error err = {0};
    begin(len);
    cr_assert_eq(source_open(&s, address, &four, &err), CZ_OK, "%s", err.message);
}

static void end(void)
{
    source_close(&s);
    http_server_stop(server);
    free(object);
    free(got);
}

Test(http_source, name_size_and_version)
{
    open_it(LEN);
    cr_expect_eq(source_size(s), LEN);
    cr_expect_str_eq(source_name(s), "my dive.mov");
    cr_expect(source_is_remote(s));
    cr_expect_eq(http_server_requests(server), 1, "length, ETag and ranges in one");
    cr_expect_eq(source_check(s, NULL), CZ_OK);
    end();
}

Test(http_source, no_secret_is_shown)
{
    cz_error err = {0};
    begin(LEN);
    const http_fault f = {.status = 403};
    http_server_script(server, &f, 1);
    (void)snprintf(address, sizeof address, "http://user:secret@%s/x.mov?sig=secret#secret",
                   http_server_url(server) + 7);
    cr_assert_eq(source_open(&s, address, NULL, &err), CZ_DENIED);
    cr_expect_not_null(strstr(err.message, "x.mov"), "%s", err.message);
    cr_expect_null(strstr(err.message, "secret"), "%s", err.message);
    cr_expect(http_server_saw(server, 0, "sig=secret"));
    cr_assert_eq(source_open(&s, address, NULL, &err), CZ_OK, "%s", err.message);
    cr_expect_str_eq(source_name(s), "x.mov");
    cr_expect_null(strstr(source_shown(s), "secret"));
    char *clean = source_clean(address);
    cr_expect_str_eq(clean, source_shown(s));
    free(clean);
    static const char *const torn[] = {"http://user:sec/ret@host/x.mov",
                                       "http://user:sec?ret@host/x.mov", "http://user:#ret@host"};
    for (size_t i = 0; i < sizeof torn / sizeof *torn; i++) {
        clean = source_clean(torn[i]);
        cr_expect_null(strstr(clean, "sec"), "%s", clean);
        cr_expect_null(strstr(clean, "ret"), "%s", clean);
        free(clean);
    }
    clean = source_clean("http://[::1]:80/x");
    cr_expect_str_eq(clean, "http://[::1]:80/x");
    free(clean);
    end();
}

Test(http_source, parallel_ranges)
{
    enum { N = 30 };
    open_it(LEN);
    os_read r[N];
    for (size_t i = 0; i < N; i++)
        r[i] = (os_read){.offset = i * 100000, .len = 1000, .to = got + i * 100000};
    r[7].offset = LEN - 1;
    r[9].len = 0;
    cz_error err = {0};
    cr_assert_eq(source_get(s, r, N, NULL, &err), CZ_CHANGED);
    for (size_t i = 0; i < N; i++) {
        cr_assert_eq(r[i].rc, i == 7 ? CZ_CHANGED : CZ_OK, "%zu: %d", i, r[i].rc);
        if (i != 7)
            cr_assert_eq(memcmp(got + i * 100000, object + i * 100000, r[i].len), 0);
    }
    cr_expect_leq(http_server_most(server), 4);
    end();
}

/* ---- Streams --------------------------------------------------------------------------------- */

enum { UNDER_WAY = 5, RANGE = 100000, PARTS = 3 };

/* All of it, in ranges that go into three parts each: a byte, nothing, and the rest. */
static int stream_all(source *from, cz_error *err)
{
    source_stream *st = NULL;
    struct iovec to[UNDER_WAY][PARTS];
    size_t asked = 0;
    int rc = source_stream_open(&st, from, UNDER_WAY, err);
    for (size_t i = 0, taken = 0; rc == CZ_OK && taken < LEN; i++) {
        const size_t n = LEN - asked < RANGE ? LEN - asked : RANGE;
        struct iovec *part = to[i % UNDER_WAY];
        if (n > 0) {
            part[0] = (struct iovec){got + asked, 1};
            part[1] = (struct iovec){NULL, 0};
            part[2] = (struct iovec){got + asked + 1, n - 1};
            rc = source_stream_request(st, asked, part, PARTS, err);
            asked += n;
        }
        if (rc == CZ_OK && (i + 1 >= UNDER_WAY || n == 0)) {
            rc = source_stream_take(st, err);
            taken += LEN - taken < RANGE ? LEN - taken : RANGE;
        }
    }
    source_stream_close(&st);
    return rc;
}

Test(http_source, stream_requests_each_range_once)
{
    cz_error err = {0};
    open_it(LEN);
    const http_fault f[] = {{.together = 2}, {.together = 2}};
    http_server_script(server, f, 2);
    const size_t before = http_server_requests(server);
    cr_assert_eq(stream_all(s, &err), CZ_OK, "%s", err.message);
    cr_expect_eq(memcmp(got, object, LEN), 0);
    cr_expect_eq(http_server_requests(server) - before, (LEN - 1) / RANGE + 1);
    cr_expect_geq(http_server_most(server), 2, "neither of the first two is answered alone");
    end();
}

Test(http_source, stream_of_a_local_file)
{
    char folder[TEMP_PATH], path[TEMP_PATH + 8];
    cz_error err = {0};
    begin(LEN);
    temp_folder(folder);
    (void)snprintf(path, sizeof path, "%s/a.mov", folder);
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(object, 1, LEN, f) == LEN && fclose(f) == 0);
    cr_assert_eq(source_open(&s, path, NULL, NULL), CZ_OK);
    cr_assert_eq(stream_all(s, &err), CZ_OK, "%s", err.message);
    cr_expect_eq(memcmp(got, object, LEN), 0);
    temp_folder_remove(folder);
    end();
}

Test(http_source, stream_capacity)
{
    source_stream *st = NULL;
    struct iovec part = {NULL, 1000}, nothing = {NULL, 0};
    size_t n, bytes;
    open_it(LEN);
    part.iov_base = got;
    source_stream_advice(s, 64 << 20, &n, &bytes);
    cr_expect(n >= 4 && n * bytes <= 64 << 20, "%zu of %zu", n, bytes);
    source_stream_advice(s, 0, &n, &bytes);
    cr_expect(n == 2 && bytes > 0);
    cr_assert_eq(source_stream_open(&st, s, 2, NULL), CZ_OK);
    cr_expect_eq(source_stream_take(st, NULL), CZ_USAGE);
    cr_expect_eq(source_stream_request(st, LEN - 999, &part, 1, NULL), CZ_CHANGED);
    cr_expect_eq(source_stream_request(st, LEN, &nothing, 1, NULL), CZ_OK);
    cr_expect_eq(source_stream_request(st, 5, &part, 1, NULL), CZ_OK);
    cr_expect_eq(source_stream_request(st, 5, &part, 1, NULL), CZ_USAGE);
    cr_expect_eq(source_stream_take(st, NULL), CZ_OK);
    cr_expect_eq(source_stream_take(st, NULL), CZ_OK);
    cr_expect_eq(memcmp(got, object + 5, 1000), 0);
    cr_expect_eq(source_stream_request(st, 0, &part, 1, NULL), CZ_OK, "and is closed under way");
    source_stream_close(&st);
    source_stream_close(&st);
    end();
}

Test(http_source, transient_faults_are_retried)
{
    cz_error err = {0};
    begin(LEN);
    const http_fault f[] = {
        {.drop = true},
        {.status = 0},
        {.cut = 1000},
        {.status = 503},
        {.drop = true},
        {.cut = 60000},
        {.status = 500},
        {.cut = 20000},
        {.status = 200, .body = "all"},
        {.status = 206, .headers = "Content-Range: bytes 1-3/3000001\r\n", .body = "abc"}};
    http_server_script(server, f, sizeof f / sizeof *f);
    cr_assert_eq(source_open(&s, address, NULL, NULL), CZ_OK);
    cr_assert_eq(stream_all(s, &err), CZ_OK, "%s", err.message);
    cr_expect_eq(memcmp(got, object, LEN), 0);
    end();
}

Test(http_source, stream_of_a_changed_file)
{
    cz_error err = {0};
    open_it(LEN);
    const http_fault f[] = {{0}, {0}, {.etag = "\"two\""}};
    http_server_script(server, f, sizeof f / sizeof *f);
    cr_expect_eq(stream_all(s, &err), CZ_CHANGED);
    cr_expect_not_null(strstr(err.message, "while it was read"), "%s", err.message);
    end();
}

/* ---- Reading ahead --------------------------------------------------------------------------- */

/* Odd lengths, and bytes that are left out. */
static void read_through(read_ahead *a, size_t step, size_t skip)
{
    for (size_t at = 0; at < LEN; at += step + skip) {
        const size_t n = step < LEN - at ? step : LEN - at;
        cz_error err = {0};
        cr_assert_eq(read_ahead_read(a, at, got, n, &err), CZ_OK, "%zu: %s", at, err.message);
        cr_assert_eq(memcmp(got, object + at, n), 0, "at %zu", at);
    }
}

Test(http_source, sequential_reads)
{
    read_ahead *a = NULL;
    open_it(LEN);
    const size_t before = http_server_requests(server);
    cr_assert_eq(read_ahead_open(&a, s, 0, 1 << 20, NULL), CZ_OK);
    read_through(a, 77777, 0);
    cr_expect_eq(http_server_requests(server) - before, (LEN - 1) / (256 << 10) + 1,
                 "a request a piece, and none twice");
    read_ahead_close(&a);
    cr_assert_eq(read_ahead_open(&a, s, 0, 1 << 20, NULL), CZ_OK);
    read_through(a, 1000, 333);
    read_ahead_close(&a);
    read_ahead_close(&a);
    end();
}

Test(http_source, out_of_order_while_reading_ahead)
{
    read_ahead *a = NULL;
    open_it(LEN);
    cr_assert_eq(read_ahead_open(&a, s, 0, 1 << 20, NULL), CZ_OK);
    cr_assert_eq(read_ahead_read(a, 0, got, 1000, NULL), CZ_OK);
    cr_assert_eq(read_ahead_read(a, LEN - 1000, got + 1000, 1000, NULL), CZ_OK);
    cr_assert_eq(read_ahead_read(a, 1000, got + 2000, 1000, NULL), CZ_OK);
    cr_assert_eq(memcmp(got, object, 1000), 0);
    cr_assert_eq(memcmp(got + 1000, object + LEN - 1000, 1000), 0);
    cr_assert_eq(memcmp(got + 2000, object + 1000, 1000), 0);
    cr_expect_eq(read_ahead_read(a, LEN - 1000, got, 1001, NULL), CZ_CHANGED, "behind the end");
    read_ahead_close(&a);
    end();
}

Test(http_source, failure_is_permanent)
{
    read_ahead *a = NULL;
    cz_error err = {0};
    open_it(LEN);
    const http_fault f = {.status = 404};
    http_server_script(server, &f, 1);
    cr_assert_eq(read_ahead_open(&a, s, 0, 1 << 20, NULL), CZ_OK);
    size_t at = 0;
    while (at + 1000 < LEN && read_ahead_read(a, at, got, 1000, NULL) == CZ_OK)
        at += 1000;
    cr_expect_lt(at + 1000, LEN);
    cr_expect_eq(read_ahead_read(a, at, got, 1000, NULL), CZ_CHANGED);
    cr_expect_eq(read_ahead_read(a, 0, got, 1000, NULL), CZ_CHANGED);
    cr_expect_eq(read_ahead_read(a, LEN - 1000, got, 1000, &err), CZ_CHANGED);
    cr_expect_not_null(strstr(err.message, "went away"), "%s", err.message);
    read_ahead_close(&a);
    end();
}

/* ---- Another file ---------------------------------------------------------------------------- */

Test(http_source, replaced_file_is_refused)
{
    cz_error err = {0};
    open_it(LEN);
    const http_fault f = {.etag = "\"two\""};
    http_server_script(server, &f, 1);
    cr_assert_eq(source_read_at(s, 0, got, 1000, &err), CZ_CHANGED);
    cr_expect_not_null(strstr(err.message, "my%20dive.mov"), "%s", err.message);
    cr_expect_eq(source_check(s, NULL), CZ_CHANGED);
    end();
}

Test(http_source, weak_etags_are_compared)
{
    begin(LEN);
    const http_fault weak = {.etag = "W/\"one\""}, other = {.etag = "W/\"two\""};
    http_server_script(server, &weak, 1);
    cr_assert_eq(source_open(&s, address, NULL, NULL), CZ_OK);
    cr_assert_eq(source_read_at(s, 0, got, 1000, NULL), CZ_OK);
    http_server_script(server, &other, 1);
    cr_assert_eq(source_read_at(s, 0, got, 1000, NULL), CZ_CHANGED);
    end();
}

Test(http_source, removed_file)
{
    cz_error err = {0};
    open_it(LEN);
    const http_fault f = {.status = 404};
    http_server_script(server, &f, 1);
    cr_assert_eq(source_read_at(s, 0, got, 1000, &err), CZ_CHANGED);
    cr_expect_not_null(strstr(err.message, "went away"), "%s", err.message);
    end();
}

Test(http_source, open_errors)
{
    static const struct {
        http_fault f;
        int code;
    } bad[] = {{{.status = 404}, CZ_ABSENT},
               {{.status = 401}, CZ_DENIED},
               {{.status = 403}, CZ_DENIED},
               {{.status = 302, .headers = "Location: ftp://127.0.0.1/x\r\n"}, CZ_UNSUPPORTED},
               {{.status = 200, .body = "all of it"}, CZ_UNSUPPORTED}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const http_fault f[] = {bad[i].f, bad[i].f, bad[i].f};
        cz_error err = {0};
        begin(LEN);
        http_server_script(server, f, 3);
        cr_assert_eq(source_open(&s, address, NULL, &err), bad[i].code, "%zu: %s", i, err.message);
        cr_assert_null(s);
        end();
    }
}

Test(http_source, an_empty_file)
{
    begin(0);
    cr_assert_eq(source_open(&s, address, NULL, NULL), CZ_OK);
    cr_expect_eq(source_size(s), 0);
    cr_expect_eq(source_check(s, NULL), CZ_OK);
    end();
}

Test(http_source, wrong_response_is_not_an_empty_file)
{
    const http_fault f = {.status = 416, .headers = "Content-Range: bytes */100\r\n"};
    begin(LEN);
    http_server_script(server, &f, 1);
    cr_expect_neq(source_open(&s, address, NULL, NULL), CZ_OK);
    const http_fault other[] = {{.status = 206, .headers = "Content-Range: bytes 7-7/100\r\n"},
                                {.status = 206, .headers = "Content-Range: bytes 7-7/100\r\n"},
                                {.status = 206, .headers = "Content-Range: bytes 7-7/100\r\n"}};
    http_server_script(server, other, 3);
    cr_expect_neq(source_open(&s, address, NULL, NULL), CZ_OK);
    end();
}

Test(http_source, html_page_is_not_an_md5_file)
{
    const http_fault f = {.status = 200,
                          .headers = "Content-Type: text/html; charset=utf-8\r\n",
                          .body = "<html>Not here</html>"};
    char md5[33] = "x";
    open_it(LEN);
    http_server_script(server, &f, 1);
    cr_assert_eq(source_sidecar_md5(md5, s, NULL), CZ_OK);
    cr_expect_str_empty(md5);
    end();
}

Test(http_source, md5_file)
{
    static const char md5[] = "0123456789abcdef0123456789ABCDEF";
    static const struct {
        http_fault f;
        int code;
        const char *md5;
    } beside[] = {{{.status = 200, .body = "0123456789abcdef0123456789ABCDEF\n"},
                   CZ_OK,
                   "0123456789abcdef0123456789abcdef"},
                  {{.status = 404}, CZ_OK, ""},
                  {{.status = 403}, CZ_OK, ""},
                  {{.status = 200, .body = "<html>"}, CZ_FORMAT, NULL},
                  {{.status = 400}, CZ_IO, NULL}};
    open_it(LEN);
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        char told[sizeof md5];
        http_server_script(server, &beside[i].f, 1);
        cr_assert_eq(source_sidecar_md5(told, s, NULL), beside[i].code, "%zu", i);
        if (beside[i].md5)
            cr_expect_str_eq(told, beside[i].md5);
    }
    cr_expect(http_server_saw(server, 1, "GET /a/my%20dive.mov.md5 "));
    end();
}

Test(http_source, without_memory)
{
    read_ahead *a = NULL;
    begin(LEN);
    for (size_t n = 1;; n++) {
        alloc_fail_at(n);
        int rc = source_open(&s, address, NULL, NULL);
        if (rc == CZ_OK)
            rc = read_ahead_open(&a, s, 0, 1 << 20, NULL);
        if (rc == CZ_OK)
            rc = read_ahead_read(a, 0, got, LEN, NULL);
        const bool failed = alloc_fail_end();
        read_ahead_close(&a);
        source_close(&s);
        cr_assert(rc == CZ_NOMEM || rc == CZ_OK, "allocation %zu: %d", n, rc);
        if (!failed) {
            cr_assert_eq(rc, CZ_OK);
            break;
        }
    }
    cr_expect_eq(memcmp(got, object, LEN), 0);
    end();
}

/* ---- A store --------------------------------------------------------------------------------- */

Test(http_store, is_read_only)
{
    begin(1000);
    object_store *os = NULL;
    uint64_t size = 0;
    buf all = {0};
    cz_error err = {0};
    (void)snprintf(address, sizeof address, "%s/store/?token=secret", http_server_url(server));
    cr_assert_eq(os_open(&os, address, false, NULL, NULL), CZ_OK);
    cr_expect_null(strstr(os->url, "secret"));
    cr_assert_eq(os_stat(os, "clips/a b/zarr.json", &size, NULL), CZ_OK);
    cr_expect_eq(size, 1000);
    cr_expect(http_server_saw(server, 0, "HEAD /store/clips/a%20b/zarr.json?token=secret "));
    cr_assert_eq(os_get_all(os, "k", 1000, &all, NULL), CZ_OK);
    cr_expect_eq(all.len, 1000);
    os_read r[] = {{.key = "k", .offset = 10, .len = 20, .to = got}, {.key = "k", .offset = 1000}};
    cr_assert_eq(os_get(os, r, 2, NULL, NULL), CZ_OK);
    cr_expect_eq(memcmp(got, object + 10, 20), 0);
    cr_expect_eq(os_put(os, "k", "x", 1, OS_OVERWRITE, &err), CZ_DENIED, "%s", err.message);
    cr_expect_eq(os_remove(os, "k", &err), CZ_DENIED, "%s", err.message);
    cr_expect_eq(os_list(os, "", true, NULL, NULL, &err), CZ_UNSUPPORTED);
    cr_expect_null(strstr(err.message, "secret"));
    buf_free(&all);
    os_close(&os);
    end();
}

Test(http_store, absent_denied_and_unreachable)
{
    static const int codes[][2] = {{404, CZ_ABSENT}, {403, CZ_DENIED}, {401, CZ_DENIED}};
    begin(1000);
    object_store *os = NULL;
    buf all = {0};
    cr_assert_eq(os_open(&os, http_server_url(server), false, NULL, NULL), CZ_OK);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        const http_fault f = {.status = codes[i][0]};
        cz_error err = {0};
        http_server_script(server, &f, 1);
        cr_expect_eq(os_get_all(os, "clips/k", 1000, &all, &err), codes[i][1]);
        cr_expect_not_null(strstr(err.message, "clips/k: "), "%s", err.message);
    }
    cr_expect_eq(all.len, 0);
    os_close(&os);
    end();
}
