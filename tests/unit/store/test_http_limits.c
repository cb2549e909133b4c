/* store/http/: responses without an end, failures of libcurl, and redirects to private addresses.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/http/curl_failure.h"
#include "store/cloud/provider.h"
#include "store/http/speed.h"
#include "store/http/redirect.h"
#include "store/http/sigpipe.h"
#include "store/http/transport.h"
#include "tests/unit/support/http_server.h"
#include "tests/unit/support/loopback_only.h"

enum { LEN = 4000 };

static http_server *server;
static transport *t;
static char object[LEN];

static const transport_options quick = {.max_attempts = 2,
                                        .backoff_ms = 1,
                                        .backoff_max_ms = 5,
                                        .deadline_ms = 5000,
                                        .connect_ms = 300,
                                        .stall_ms = 200};

static void begin(const transport_options *o)
{
    for (size_t i = 0; i < LEN; i++)
        object[i] = (char)('a' + i % 26);
    (void)unsetenv("http_proxy");
    (void)unsetenv("https_proxy");
    (void)unsetenv("all_proxy");
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
    m->follow = true;
    buf_printf(&m->url, "%s/x", (const char *)r->user);
    if (r->len)
        http_message_range(m, r->offset + r->received, r->offset + r->len - 1);
    return CZ_OK;
}

static int classify(http_request *r, const http_answer *a, cz_error *err)
{
    static const provider here = {.url = "http://here"};
    const provider_request told = {.op = PROVIDER_GET, .key = r->what};
    return provider_classify_status(err, &here, &told, a, "");
}

/* All of the object at url, into *all. */
static int get(const char *url, buf *all, unsigned *ret_tries, cz_error *err)
{
    http_request r = {.what = "x",
                      .build = build,
                      .classify = classify,
                      .user = (void *)(uintptr_t)url,
                      .all = all,
                      .max = LEN};
    const int rc = transport_run(t, &r, 1, NULL, err);
    if (ret_tries)
        *ret_tries = r.attempts;
    return rc;
}

/* What failed has left nothing behind: the next request, of the server's own object, is fine. */
static void check_next(const char *after)
{
    buf all = {0};
    cz_error err = {0};
    cr_assert_eq(get(http_server_url(server), &all, NULL, &err), CZ_OK, "after %s: %s", after,
                 err.message);
    cr_expect_eq(all.len, LEN);
    buf_free(&all);
}

/* ---- Responses without an end ---------------------------------------------------------------- */

/* Each of them goes on until the connection is closed. */
static const struct endless {
    const char *what;
    http_fault f;
} endless[] = {
    {"a small body", {.raw = "HTTP/1.1 200 X\r\nContent-Length: 300\r\n\r\n", .forever = "x"}},
    {"an error's body", {.raw = "HTTP/1.1 404 X\r\nContent-Length: 3000\r\n\r\n", .forever = "x"}},
    {"a body in chunks",
     {.raw = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n", .forever = "1\r\nx\r\n"}},
    {"headers", {.raw = "HTTP/1.1 200 X\r\n", .forever = "X-Y: z\r\n"}},
    {"one header", {.raw = "HTTP/1.1 200 X\r\nX-Y: ", .forever = "z"}},
    {"102 Processing", {.raw = "", .forever = "HTTP/1.1 102 Processing\r\n\r\n"}},
    {"100 Continue", {.raw = "", .forever = "HTTP/1.1 100 Continue\r\n\r\n"}},
    {"trailers",
     {.raw = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
      .forever = "X-Y: z\r\n"}},
    {"a redirect's body",
     {.raw = "HTTP/1.1 302 X\r\nLocation: /y\r\nContent-Length: 3000\r\n\r\n", .forever = "x"}},
};
enum { N_ENDLESS = sizeof endless / sizeof *endless };

Test(limits, slow_transfer_is_aborted_in_every_phase, .timeout = 120)
{
    begin(&quick);
    for (size_t i = 0; i < N_ENDLESS; i++) {
        buf all = {0};
        unsigned tries = 0;
        cz_error err = {0};
        http_fault f[2] = {endless[i].f, endless[i].f};
        f[0].forever_ms = f[1].forever_ms = 50;
        http_server_script(server, f, 2);
        cr_assert_eq(get(http_server_url(server), &all, &tries, &err), CZ_UNREACHABLE, "%s: %s",
                     endless[i].what, err.message);
        cr_expect_eq(tries, 2, "%s: %u tries", endless[i].what, tries);
        cr_expect_eq(all.len, 0);
        http_server_script(server, f, 1);
        check_next(endless[i].what);
        buf_free(&all);
    }
    end();
}

Test(limits, uploading_does_not_count_as_a_slow_response, .timeout = 120)
{
    begin(&quick);
    for (size_t i = 0; i < N_ENDLESS; i++) {
        http_fault f[2] = {endless[i].f, endless[i].f};
        cz_error err = {0};
        http_request put = {.what = "x",
                            .build = build,
                            .classify = classify,
                            .user = (void *)(uintptr_t)http_server_url(server),
                            .body = object,
                            .body_len = 100};
        f[0].forever_ms = f[1].forever_ms = 50;
        http_server_script(server, f, 2);
        cr_assert_eq(transport_run(t, &put, 1, NULL, &err), CZ_UNREACHABLE, "%s: %s",
                     endless[i].what, err.message);
        cr_expect(put.maybe_applied);
    }
    end();
}

Test(limits, deadline_covers_all_attempts, .timeout = 120)
{
    transport_options o = quick;
    o.max_attempts = 1000;
    o.deadline_ms = 1500;
    begin(&o);
    http_fault f[60];
    for (size_t i = 0; i < 60; i++) {
        f[i] = endless[i % N_ENDLESS].f;
        f[i].forever_ms = 50;
    }
    buf all = {0};
    unsigned tries = 0;
    http_server_script(server, f, 60);
    cr_assert_eq(get(http_server_url(server), &all, &tries, NULL), CZ_UNREACHABLE);
    cr_expect(tries > 1 && tries < 20, "%u tries", tries);
    buf_free(&all);
    end();
}

/* One attempt that would be allowed to go on for ever, if there were no deadline. */
Test(limits, deadline_ends_a_request_without_stall_limit, .timeout = 120)
{
    transport_options o = quick;
    o.deadline_ms = 1000;
    begin(&o);
    buf all = {0};
    cz_error err = {0};
    http_fault f = endless[2].f;
    f.forever_ms = 50;
    http_server_script(server, &f, 1);
    http_request r = {.what = "x",
                      .build = build,
                      .classify = classify,
                      .user = (void *)(uintptr_t)http_server_url(server),
                      .all = &all,
                      .max = LEN,
                      .allow_slow = true};
    cr_assert_eq(transport_run(t, &r, 1, NULL, &err), CZ_UNREACHABLE);
    cr_expect_eq(r.attempts, 1);
    cr_expect_not_null(strstr(err.message, "not done within 1000 ms"), "%s", err.message);
    buf_free(&all);
    end();
}

/* It takes longer than the deadline and moves all the time: the line is slow, and all is well. */
Test(limits, slow_connection_is_no_stall, .timeout = 120)
{
    transport_options o = quick;
    o.deadline_ms = 500;
    o.stall_ms = 1000;
    o.max_attempts = 1;
    begin(&o);
    static char got[LEN];
    const http_fault f = {.trickle_ms = 2};
    http_server_script(server, &f, 1);
    http_request r = {.what = "x",
                      .build = build,
                      .classify = classify,
                      .user = (void *)(uintptr_t)http_server_url(server),
                      .to = got,
                      .offset = 0,
                      .len = 2000};
    cz_error err = {0};
    cr_assert_eq(transport_run(t, &r, 1, NULL, &err), CZ_OK, "%s", err.message);
    cr_expect_eq(memcmp(got, object, 2000), 0);
    end();
}

/* Buffers of this machine take all of it at once, and are empty some seconds later. */
Test(limits, slow_upload_is_no_stall, .timeout = 120)
{
    enum { BYTES = 2 << 20 };
    transport_options o = quick;
    o.stall_ms = 600;
    o.max_attempts = 1;
    begin(&o);
    http_server_read_slowly(server, 24 << 10, 40);
    char *body = calloc(1, BYTES);
    cr_assert_not_null(body);
    http_request put = {.what = "x",
                        .build = build,
                        .classify = classify,
                        .user = (void *)(uintptr_t)http_server_url(server),
                        .body = body,
                        .body_len = BYTES};
    cz_error err = {0};
    cr_assert_eq(transport_run(t, &put, 1, NULL, &err), CZ_OK, "%s", err.message);
    free(body);
    end();
}

Test(limits, rate_limit_is_no_stall, .timeout = 120)
{
    transport_options o = quick;
    o.rate_limit = 2000;
    o.stall_ms = 1500;
    o.max_attempts = 1;
    begin(&o);
    buf all = {0};
    cz_error err = {0};
    cr_assert_eq(get(http_server_url(server), &all, NULL, &err), CZ_OK, "%s", err.message);
    cr_expect_eq(all.len, LEN);
    buf_free(&all);
    end();
}

Test(speed, bytes_per_time)
{
    speed p;
    speed_begin(&p, 5000);
    cr_expect_not(speed_too_slow(&p, 5900, 0, 1000, 64), "the window isn't over");
    cr_expect_not(speed_too_slow(&p, 6000, 64, 1000, 64));
    cr_expect_not(speed_too_slow(&p, 6999, 64, 1000, 64));
    cr_expect(speed_too_slow(&p, 7000, 127, 1000, 64), "63 bytes in this one");
    speed_phase(&p, 7500, 127);
    cr_expect_not(speed_too_slow(&p, 8400, 127, 1000, 64));
    cr_expect_not(speed_too_slow(&p, 8500, 64, 1000, 64), "begun anew, from 0 on");
    cr_expect_not(speed_idle(&p, 7000, 128, 64));
    cr_expect(speed_idle(&p, 7000, 127, 64));
}

/* ---- Failures -------------------------------------------------------------------------------- */

/* A label of 64 letters is in no name system: no server is asked for it. */
#define NO_HOST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.invalid"

Test(failures, each_has_its_code_and_affects_no_other_request, .timeout = 120)
{
    static const struct {
        const char *url, *proxy, *word;
        int code;
        unsigned tries;
    } bad[] = {
        {"http://" NO_HOST, NULL, "Could not resolve host", CZ_UNREACHABLE, 2},
        {"http://there", "http://" NO_HOST ":1", "Could not resolve proxy", CZ_UNREACHABLE, 2},
        {"http://127.0.0.1:1", NULL, "Connection refused", CZ_UNREACHABLE, 2},
        {"http://there", "http://127.0.0.1:1", "Connection refused", CZ_UNREACHABLE, 2},
        {"ftp://127.0.0.1:1", NULL, "not supported", CZ_UNSUPPORTED, 1},
        {"http://[::1", NULL, "malformed address", CZ_USAGE, 1}};
    loopback_only(); /* a proxy that were ignored would have names looked up */
    begin(&quick);
    check_next("nothing");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cz_error err = {0};
        unsigned tries = 0;
        buf all = {0};
        if (bad[i].proxy)
            (void)setenv("http_proxy", bad[i].proxy, 1);
        cr_expect_eq(get(bad[i].url, &all, &tries, &err), bad[i].code, "%zu: %s", i, err.message);
        (void)unsetenv("http_proxy");
        cr_expect_not_null(strstr(err.message, bad[i].word), "%zu: %s", i, err.message);
        cr_expect_eq(tries, bad[i].tries, "%zu: %u tries", i, tries);
        buf_free(&all);
        check_next(err.message);
    }
    end();
}

Test(failures, codes)
{
    static const int known[][2] = {{CURLE_OUT_OF_MEMORY, CZ_NOMEM},
                                   {CURLE_BAD_FUNCTION_ARGUMENT, CZ_IO},
                                   {CURLE_COULDNT_RESOLVE_HOST, CZ_UNREACHABLE},
                                   {CURLE_COULDNT_RESOLVE_PROXY, CZ_UNREACHABLE},
                                   {CURLE_OPERATION_TIMEDOUT, CZ_UNREACHABLE},
                                   {CURLE_PEER_FAILED_VERIFICATION, CZ_DENIED},
                                   {CURLE_TOO_MANY_REDIRECTS, CZ_UNSUPPORTED}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_expect_eq(curl_failure_of((CURLcode)known[i][0])->code, known[i][1], "%d", known[i][0]);
    for (int i = 1; i < CURL_LAST; i++) {
        const curl_failure *f = curl_failure_of((CURLcode)i);
        cr_expect(f->why[0] != '\0' && f->code < 0, "%d", i);
    }
}

/* ---- Redirects ------------------------------------------------------------------------------- */

Test(redirects, scopes_of_addresses)
{
    static const struct {
        const char *host;
        net_scope scope;
    } of[] = {{"8.8.8.8", NET_PUBLIC},
              {"172.15.0.1", NET_PUBLIC},
              {"172.32.0.1", NET_PUBLIC},
              {"100.128.0.1", NET_PUBLIC},
              {"example.org", NET_PUBLIC},
              {"notlocalhost", NET_PUBLIC},
              {"2001:db8::1", NET_PUBLIC},
              {"127.0.0.1", NET_LOOPBACK},
              {"127.255.0.1", NET_LOOPBACK},
              {"0.0.0.0", NET_LOOPBACK},
              {"::1", NET_LOOPBACK},
              {"[::]", NET_LOOPBACK},
              {"::ffff:127.0.0.1", NET_LOOPBACK},
              {"LocalHost.", NET_LOOPBACK},
              {"a.localhost", NET_LOOPBACK},
              {"10.1.2.3", NET_PRIVATE},
              {"172.16.0.1", NET_PRIVATE},
              {"172.31.255.255", NET_PRIVATE},
              {"192.168.0.1", NET_PRIVATE},
              {"100.64.0.1", NET_PRIVATE},
              {"100.127.0.1", NET_PRIVATE},
              {"198.19.0.1", NET_PRIVATE},
              {"fd00::1", NET_PRIVATE},
              {"[fc00::1]", NET_PRIVATE},
              {"::ffff:10.0.0.1", NET_PRIVATE},
              {"64:ff9b::10.0.0.1", NET_PRIVATE},
              {"2002:0a00:0001::", NET_PRIVATE},
              {"169.254.169.254", NET_LINK_LOCAL},
              {"fe80::1%eth0", NET_LINK_LOCAL},
              {"febf::1", NET_LINK_LOCAL}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        cr_expect_eq(net_scope_of(of[i].host), of[i].scope, "%s: %s", of[i].host,
                     net_scope_name(net_scope_of(of[i].host)));
}

static int redirected(const char *to, cz_error *err)
{
    char headers[256];
    buf all = {0};
    (void)snprintf(headers, sizeof headers, "Location: %s\r\n", to);
    const http_fault one = {.status = 302, .headers = headers}, f[] = {one, one};
    http_server_script(server, f, 1);
    const int rc = get(http_server_url(server), &all, NULL, err);
    cr_expect_eq(all.len, rc == CZ_OK ? LEN : 0);
    buf_free(&all);
    http_server_script(server, f, 0);
    return rc;
}

Test(redirects, lead_to_no_other_scope, .timeout = 120)
{
    static const struct {
        const char *to;
        int code;
        const char *word;
    } refused[] = {
        {"http://169.254.169.254/latest/meta-data", CZ_DENIED, "link-local"},
        {"http://10.255.255.1/x?secret", CZ_DENIED, "private"},
        {"http://[::ffff:192.168.1.1]/", CZ_DENIED, "private"},
        {"http://0xa.1/", CZ_DENIED, "private"},
        {"http://[fe80::1]/", CZ_DENIED, "link-local"},
        {"https://10.255.255.1/", CZ_DENIED, "private"},
        {"ftp://127.0.0.1/x", CZ_UNSUPPORTED, "another protocol than http or https"},
        {"file:///etc/hostname", CZ_UNSUPPORTED, "another protocol than http or https"},
        {"nonsense://127.0.0.1/x", CZ_UNSUPPORTED, "another protocol than http or https"},
        {"http://[::1", CZ_UNSUPPORTED, "malformed"},
    };
    loopback_only();
    begin(&quick);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        cz_error err = {0};
        cr_expect_eq(redirected(refused[i].to, &err), refused[i].code, "%s: %d %s", refused[i].to,
                     err.code, err.message);
        cr_expect_not_null(strstr(err.message, "redirect"), "%s", err.message);
        cr_expect_not_null(strstr(err.message, refused[i].word), "%s", err.message);
        cr_expect_null(strstr(err.message, "secret"), "%s", err.message);
        check_next(refused[i].to);
    }
    end();
}

Test(redirects, within_a_scope_are_followed, .timeout = 120)
{
    char url[128];
    cz_error err = {0};
    loopback_only();
    begin(&quick);
    cr_expect_eq(redirected("/y", &err), CZ_OK, "%s", err.message);
    (void)snprintf(url, sizeof url, "%s/z", http_server_url(server));
    cr_expect_eq(redirected(url, &err), CZ_OK, "%s", err.message);
    end();
}

/* The connection counts, not the address: a proxy on this machine is no private host, and behind it
 * a host that is given by its number is. */
Test(redirects, behind_a_proxy, .timeout = 120)
{
    cz_error err = {0};
    buf all = {0};
    loopback_only();
    begin(&quick);
    (void)setenv("http_proxy", http_server_url(server), 1);
    (void)unsetenv("no_proxy");
    const http_fault to_name = {.status = 302, .headers = "Location: http://there.invalid/\r\n"};
    const http_fault to_number = {.status = 302, .headers = "Location: http://10.0.0.1/\r\n"};
    http_server_script(server, &to_name, 1);
    cr_expect_eq(get("http://example.invalid", &all, NULL, &err), CZ_OK, "%s", err.message);
    buf_free(&all);
    http_server_script(server, &to_number, 1);
    cr_expect_eq(get("http://example.invalid", &all, NULL, &err), CZ_DENIED, "%s", err.message);
    cr_expect_not_null(strstr(err.message, "from a public to a private"), "%s", err.message);
    cr_expect_eq(http_server_requests(server), 3);
    end();

    transport_options o = quick;
    o.allow_private_redirects = true;
    begin(&o);
    (void)setenv("http_proxy", http_server_url(server), 1);
    http_server_script(server, &to_number, 1);
    cr_expect_eq(get("http://example.invalid", &all, NULL, &err), CZ_OK, "%s", err.message);
    cr_expect(http_server_saw(server, 1, "GET http://10.0.0.1/"));
    buf_free(&all);
    (void)unsetenv("http_proxy");
    end();
}

/* ---- SIGPIPE --------------------------------------------------------------------------------- */

static bool is_pending(void)
{
    sigset_t set;
    return sigpending(&set) == 0 && sigismember(&set, SIGPIPE) == 1;
}

static void block_sigpipe(int how)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGPIPE);
    (void)pthread_sigmask(how, &set, NULL);
}

Test(sigpipe, only_own_sigpipe_is_discarded)
{
    sigpipe_guard g;
    sigpipe_block(&g);
    (void)raise(SIGPIPE);
    sigpipe_restore(&g); /* ends the process otherwise */

    block_sigpipe(SIG_BLOCK);
    sigpipe_block(&g);
    (void)raise(SIGPIPE);
    sigpipe_restore(&g);
    cr_expect_not(is_pending(), "the caller has it blocked, and isn't surprised later");
    (void)raise(SIGPIPE);
    sigpipe_block(&g);
    (void)raise(SIGPIPE);
    sigpipe_restore(&g);
    cr_expect(is_pending(), "it was before");
    (void)signal(SIGPIPE, SIG_IGN);
    block_sigpipe(SIG_UNBLOCK);
}
