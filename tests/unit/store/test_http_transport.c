#include "store/http/call.h"
#include "store/http/transport.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/cloud/provider.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/http_server.h"

enum { LEN = 200000 };

static http_server *server;
static transport *t;
static char object[LEN], got[LEN];

/* Waits are short: what is tested is that there are some, not how long they are. */
static const transport_options quick = {
    .max_attempts = 4, .backoff_ms = 1, .backoff_max_ms = 5, .deadline_ms = 5000, .hedge_ms = 50};

static void begin(const transport_options *o)
{
    for (size_t i = 0; i < LEN; i++)
        object[i] = (char)(i * 7 + i / 251);
    memset(got, 0, sizeof got);
    server = http_server_start(object, LEN);
    cr_assert_eq(transport_open(&t, o, NULL), CZ_OK);
}

static void end(void)
{
    transport_close(&t);
    http_server_stop(server);
}

static int build(http_request *r, http_message *m, cz_error *err)
{
    (void)err;
    m->method = r->body ? "PUT" : "GET";
    buf_printf(&m->url, "%s/x", (const char *)r->user);
    if (r->len)
        http_message_range(m, r->offset + r->received, r->offset + r->len - 1);
    if (r->received)
        http_message_header(m, "If-Match", "%s", r->etag);
    return CZ_OK;
}

static int classify(http_request *r, const http_answer *a, cz_error *err)
{
    static const provider unknown = {.url = "http://here"};
    const provider_request told = {.op = PROVIDER_GET, .key = r->what};
    return provider_classify_status(err, &unknown, &told, a, "");
}

static http_request range(size_t offset, size_t len)
{
    return (http_request){.what = "x",
                          .build = build,
                          .classify = classify,
                          .user = (void *)(uintptr_t)http_server_url(server),
                          .to = got + offset,
                          .offset = offset,
                          .len = len};
}

static int run(http_request *r, cz_error *err)
{
    return transport_run(t, r, 1, NULL, err);
}

static void check(size_t offset, size_t len)
{
    cr_assert_eq(memcmp(got + offset, object + offset, len), 0, "the bytes are others");
}

Test(transport, a_range_is_one_request)
{
    begin(&quick);
    http_request r = range(1000, 5000);
    cz_error err = {0};
    cr_assert_eq(run(&r, &err), CZ_OK, "%s", err.message);
    check(1000, 5000);
    cr_expect_eq(r.attempts, 1);
    cr_expect_not(r.maybe_applied);
    cr_expect_eq(http_server_requests(server), 1);
    cr_expect(http_server_saw(server, 0, "Range: bytes=1000-5999"));
    end();
}

Test(transport, connections_are_kept)
{
    begin(&quick);
    for (size_t i = 0; i < 20; i++) {
        http_request r = range(i * 1000, 1000);
        cr_assert_eq(run(&r, NULL), CZ_OK);
    }
    check(0, 20000);
    cr_expect_eq(http_server_connections(server), 1);
    end();
}

Test(transport, number_of_connections_is_limited)
{
    enum { N = 100 };
    transport_options o = quick;
    o.connections = 5;
    begin(&o);
    http_request r[N];
    for (size_t i = 0; i < N; i++)
        r[i] = range(i * (LEN / N), LEN / N);
    cr_assert_eq(transport_run(t, r, N, NULL, NULL), CZ_OK);
    check(0, LEN);
    cr_expect_leq(http_server_most(server), 5);
    net_statistics s = {0};
    transport_statistics(&s, t);
    cr_expect_eq(s.requests, N);
    cr_expect_eq(s.bytes_in, LEN);
    cr_expect_eq(s.retries, 0);
    end();
}

Test(transport, transient_errors_are_retried)
{
    static const int passing[] = {408, 429, 500, 502, 503, 504};
    begin(&quick);
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
        const http_fault f[] = {{.status = passing[i], .body = "not now"}, {.drop = true}};
        http_server_script(server, f, 2);
        http_request r = range(0, 1000);
        cz_error err = {0};
        cr_assert_eq(run(&r, &err), CZ_OK, "%d: %s", passing[i], err.message);
        cr_expect_eq(r.attempts, 3);
        cr_expect(r.maybe_applied);
    }
    check(0, 1000);
    net_statistics s = {0};
    transport_statistics(&s, t);
    cr_expect_eq(s.retries, 12);
    end();
}

Test(transport, permanent_errors_are_not_retried)
{
    static const struct {
        int status, code;
    } staying[] = {{400, CZ_IO},      {401, CZ_DENIED},      {403, CZ_DENIED},     {404, CZ_ABSENT},
                   {416, CZ_CORRUPT}, {301, CZ_UNSUPPORTED}, {501, CZ_UNSUPPORTED}};
    begin(&quick);
    for (size_t i = 0; i < sizeof staying / sizeof *staying; i++) {
        const http_fault f = {.status = staying[i].status, .body = "never"};
        http_server_script(server, &f, 1);
        http_request r = range(0, 1000);
        cz_error err = {0};
        cr_assert_eq(run(&r, &err), staying[i].code, "%d: %s", staying[i].status, err.message);
        cr_expect_eq(r.attempts, 1);
        cr_expect_eq(r.rc, staying[i].code);
    }
    end();
}

Test(transport, attempts_are_limited)
{
    begin(&quick);
    const http_fault f[] = {{.status = 503}, {.status = 503}, {.status = 503}, {.status = 503}};
    http_server_script(server, f, 4);
    http_request r = range(0, 1000);
    cz_error err = {0};
    cr_assert_eq(run(&r, &err), CZ_UNREACHABLE);
    cr_expect_eq(http_server_requests(server), 4);
    cr_expect_not_null(strstr(err.message, "(4 attempts)"), "%s", err.message);
    cr_expect_not_null(strstr(err.message, "HTTP 503"), "%s", err.message);
    end();
}

Test(transport, deadline_is_kept)
{
    begin(&quick);
    const http_fault f = {.status = 503, .headers = "Retry-After: 100\r\n"};
    http_server_script(server, &f, 1);
    http_request r = range(0, 1000);
    cz_error err = {0};
    cr_assert_eq(run(&r, &err), CZ_UNREACHABLE);
    cr_expect_not_null(strstr(err.hint, "100 s"), "%s", err.hint);
    cr_expect_eq(http_server_requests(server), 1);
    end();
}

Test(transport, interrupted_range_is_resumed)
{
    begin(&quick);
    const http_fault f[] = {{.cut = 30000}, {.cut = 20000}};
    http_server_script(server, f, 2);
    http_request r = range(100, 100000);
    cr_assert_eq(run(&r, NULL), CZ_OK);
    check(100, 100000);
    cr_expect_eq(http_server_requests(server), 3);
    cr_expect(http_server_saw(server, 1, "Range: bytes=30100-100099"));
    cr_expect(http_server_saw(server, 1, "If-Match: \"one\""));
    cr_expect(http_server_saw(server, 2, "Range: bytes=50100-100099"));
    end();
}

Test(transport, range_is_not_resumed_from_another_object)
{
    begin(&quick);
    const http_fault f[] = {{.cut = 30000}, {.etag = "\"two\""}};
    http_server_script(server, f, 2);
    http_request r = range(0, 100000);
    cr_assert_eq(run(&r, NULL), CZ_CHANGED);
    cr_expect_eq(r.attempts, 2);
    end();
}

Test(transport, range_without_strong_etag_is_restarted)
{
    begin(&quick);
    const http_fault f[] = {{.cut = 30000, .etag = "W/\"one\""}};
    http_server_script(server, f, 1);
    http_request r = range(0, 100000);
    cr_assert_eq(run(&r, NULL), CZ_OK);
    check(0, 100000);
    cr_expect(http_server_saw(server, 1, "Range: bytes=0-99999"));
    end();
}

/* A wrong response may come from a proxy in between: the request is retried a few times. */
Test(transport, wrong_responses)
{
    static const struct {
        int status, code;
        const char *headers;
    } wrong[] = {
        {200, CZ_UNSUPPORTED, NULL},
        {206, CZ_CORRUPT, NULL},
        {206, CZ_CORRUPT, "Content-Range: bytes 0-9/200000\r\n"},
        {206, CZ_CORRUPT, "Content-Range: bytes 10-20/200000\r\n"},
        {206, CZ_CORRUPT, "Content-Range: bytes 10-18446744073709551619/99999999999999999999\r\n"},
        {206, CZ_CORRUPT, "Content-Range: lines 10-19/200000\r\n"},
    };
    begin(&quick);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const http_fault one = {
            .status = wrong[i].status, .headers = wrong[i].headers, .body = "0123456789"};
        const http_fault f[] = {one, one, one};
        http_request r = range(10, 10);
        cz_error err = {0};
        http_server_script(server, f, 3);
        cr_assert_eq(run(&r, &err), wrong[i].code, "%zu: %s", i, err.message);
        cr_expect_eq(r.attempts, 3);
        http_server_script(server, f, 1);
        cr_assert_eq(run(&r, &err), CZ_OK, "%zu: %s", i, err.message);
    }
    check(10, 10);
    end();
}

/* So is one that is all of something shorter, wherever the range begins. */
Test(transport, a_short_page_instead_of_the_range)
{
    begin(&quick);
    for (size_t at = 0; at < 20; at += 10) {
        const http_fault one = {.status = 200, .body = "abc"}, f[] = {one, one, one};
        http_request r = range(at, 10);
        cz_error err = {0};
        http_server_script(server, f, 3);
        cr_assert_eq(run(&r, &err), at == 0 ? CZ_CORRUPT : CZ_UNSUPPORTED, "%s", err.message);
        cr_expect_eq(r.attempts, 3);
        http_server_script(server, f, 2);
        cr_assert_eq(run(&r, &err), CZ_OK, "%zu: %s", at, err.message);
        cr_expect_eq(r.attempts, 3);
    }
    check(0, 20);
    end();
}

Test(transport, surplus_bytes_are_discarded)
{
    begin(&quick);
    const http_fault one = {
        .status = 206, .headers = "Content-Range: bytes 10-13/200000\r\n", .body = "0123456789"};
    const http_fault f[] = {one, one, one};
    http_server_script(server, f, 3);
    http_request r = range(10, 4);
    cr_assert_eq(run(&r, NULL), CZ_CORRUPT);
    cr_expect_eq(got[14], 0);
    end();
}

Test(transport, object_shorter_than_the_range_is_corrupt)
{
    static char room[LEN + 10];
    begin(&quick);
    http_request r = range(LEN - 10, 20);
    cz_error err = {0};
    r.to = room;
    cr_assert_eq(run(&r, &err), CZ_CORRUPT, "%s", err.message);
    cr_expect_eq(r.attempts, 1);
    cr_expect_not_null(strstr(err.message, "has 200000 bytes"), "%s", err.message);
    end();
}

Test(transport, whole_object_within_a_limit)
{
    begin(&quick);
    buf all = {0};
    http_request r = range(0, 0);
    r.to = NULL;
    r.all = &all;
    r.max = LEN;
    buf_add(&all, "before", 6);
    const http_fault f = {.cut = 1000};
    http_server_script(server, &f, 1);
    cr_assert_eq(run(&r, NULL), CZ_OK);
    cr_assert_eq(all.len, LEN + 6);
    cr_expect_eq(memcmp(all.at + 6, object, LEN), 0);
    r.max = LEN - 1;
    cr_assert_eq(run(&r, NULL), CZ_CORRUPT);
    cr_expect_eq(all.len, LEN + 6, "on failure it is as it was");
    buf_free(&all);
    end();
}

Test(transport, slow_range_is_hedged)
{
    begin(&quick);
    const http_fault f = {.hang = true};
    http_server_script(server, &f, 1);
    http_request r = range(5, 50000);
    r.hedge = true;
    cr_assert_eq(run(&r, NULL), CZ_OK);
    check(5, 50000);
    cr_expect_eq(r.attempts, 1);
    cr_expect_eq(http_server_connections(server), 2);
    net_statistics s = {0};
    transport_statistics(&s, t);
    cr_expect_eq(s.hedges, 1);
    end();
}

Test(transport, stalled_connection_is_aborted)
{
    transport_options o = quick;
    o.stall_ms = 100;
    begin(&o);
    const http_fault f = {.hang = true};
    http_server_script(server, &f, 1);
    http_request r = range(5, 50000);
    cr_assert_eq(run(&r, NULL), CZ_OK);
    check(5, 50000);
    cr_expect_eq(r.attempts, 2);
    end();
}

Test(transport, slow_connection_is_aborted)
{
    transport_options o = quick;
    o.stall_ms = 100;
    begin(&o);
    const http_fault f = {.trickle_ms = 50};
    http_server_script(server, &f, 1);
    http_request r = range(5, 50000);
    cr_assert_eq(run(&r, NULL), CZ_OK);
    check(5, 50000);
    cr_expect_eq(r.attempts, 2);
    cr_expect_gt(r.received, 0, "and goes on where it ended");
    end();
}

Test(transport, probe_is_one_attempt)
{
    begin(&quick);
    const http_fault f = {.drop = true};
    http_server_script(server, &f, 1);
    http_request r = range(0, 10);
    r.probe = true;
    cr_assert_eq(run(&r, NULL), CZ_UNREACHABLE);
    cr_expect_eq(http_server_requests(server), 1);
    end();
}

Test(transport, uploads)
{
    begin(&quick);
    const http_fault f[] = {{.status = 503}, {.drop = true}};
    http_server_script(server, f, 2);
    http_request put = range(0, 0);
    put.to = NULL;
    put.body = object + 7;
    put.body_len = LEN - 7;
    cr_assert_eq(run(&put, NULL), CZ_OK);
    cr_expect_eq(put.attempts, 3);
    buf all = {0};
    http_request r = range(0, 0);
    r.to = NULL;
    r.all = &all;
    r.max = LEN;
    cr_assert_eq(run(&r, NULL), CZ_OK);
    cr_assert_eq(all.len, LEN - 7);
    cr_expect_eq(memcmp(all.at, object + 7, all.len), 0);
    buf_free(&all);
    end();
}

Test(transport, connection_refused)
{
    begin(&quick);
    http_request r = range(0, 10);
    cz_error err = {0};
    r.user = (void *)(uintptr_t) "http://127.0.0.1:1";
    cr_assert_eq(run(&r, &err), CZ_UNREACHABLE);
    cr_expect_eq(r.attempts, 4);
    cr_expect_not(r.maybe_applied, "nothing was sent");
    transport *patient = t;
    const transport_options o = {.max_attempts = 9, .backoff_ms = 1, .backoff_max_ms = 2};
    cr_assert_eq(transport_open(&t, &o, NULL), CZ_OK);
    cr_assert_eq(run(&r, &err), CZ_UNREACHABLE);
    cr_expect_eq(r.attempts, 7, "the address may be wrong");
    http_request sound = range(0, 10);
    cr_assert_eq(run(&sound, &err), CZ_OK);
    cr_assert_eq(run(&r, &err), CZ_UNREACHABLE);
    cr_expect_eq(r.attempts, 9, "there is a network");
    transport_close(&t);
    t = patient;
    r.user = (void *)(uintptr_t) "ftp://127.0.0.1";
    cr_assert_eq(run(&r, &err), CZ_UNSUPPORTED, "%s", err.message);
    end();
}

/* What is added between two answers begins with the first of them that is taken. */
Test(transport, requests_added_between_results_are_started)
{
    begin(&quick);
    http_call *call = NULL;
    http_request r[4] = {range(0, 10), range(10, 10), range(20, 10), range(30, 10)};
    cr_assert_eq(http_call_open(&call, t, NULL), CZ_OK);
    http_call_add(call, &r[0]);
    http_call_add(call, &r[1]);
    cr_assert_not_null(http_call_next(call));
    (void)usleep(50000); /* the second one is here, too */
    http_call_add(call, &r[2]);
    http_call_add(call, &r[3]);
    cr_assert_not_null(http_call_next(call));
    for (int i = 0; i < 200 && http_server_requests(server) < 4; i++)
        (void)usleep(10000);
    cr_expect_eq(http_server_requests(server), 4);
    http_call_close(&call);
    end();
}

Test(transport, closing_a_call_cancels_its_requests)
{
    begin(&quick);
    const http_fault f = {.hang = true};
    http_server_script(server, &f, 1);
    http_call *call = NULL;
    http_request r[2] = {range(0, 10), range(10, 10)};
    cr_assert_eq(http_call_open(&call, t, NULL), CZ_OK);
    http_call_add(call, &r[0]);
    http_call_add(call, &r[1]);
    http_request *first = http_call_next(call);
    cr_assert(first == &r[0] || first == &r[1]);
    cr_expect_eq(first->rc, CZ_OK);
    http_call_close(&call);
    cr_expect_null(call);
    end();
}

Test(transport, usable_after_fork)
{
    begin(&quick);
    http_request r = range(0, 1000);
    cr_assert_eq(run(&r, NULL), CZ_OK);
    const pid_t child = fork();
    if (child == 0) {
        http_request mine = range(1000, 1000);
        const bool good = run(&mine, NULL) == CZ_OK && memcmp(got, object, 2000) == 0;
        _exit(good ? 0 : 1);
    }
    int status = -1;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0);
    r = range(2000, 1000);
    cr_assert_eq(run(&r, NULL), CZ_OK);
    check(2000, 1000);
    end();
}

Test(transport, without_memory)
{
    begin(&quick);
    for (size_t n = 1;; n++) {
        http_request r = range(0, 1000);
        alloc_fail_at(n);
        const int rc = run(&r, NULL);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            break;
        }
        cr_assert(rc == CZ_NOMEM || rc == CZ_OK, "allocation %zu: %d", n, rc);
    }
    check(0, 1000);
    end();
}
