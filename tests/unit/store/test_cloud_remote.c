/* store/cloud/remote*.c: puts whose responses are lost, over a provider of the test. */
#include "store/cloud/remote.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/http_server.h"

static http_server *server;
static object_store *os;

static int build(provider *d, const provider_request *r, http_message *m, cz_error *err)
{
    (void)d;
    (void)err;
    m->method = r->op == PROVIDER_PUT ? "PUT" : r->op == PROVIDER_STAT ? "HEAD" : "GET";
    buf_printf(&m->url, "%s/%s", http_server_url(server), r->key);
    if (r->op == PROVIDER_PUT && r->mode == OS_CREATE)
        http_message_header(m, "If-None-Match", "*");
    return CZ_OK;
}

static int classify(provider *d, const provider_request *r, const http_answer *a, cz_error *err)
{
    if (a->status == 412)
        return provider_fail(err, CZ_EXISTS, d, r, a, "exists already");
    return provider_classify_status(err, d, r, a, "");
}

static void close_it(provider *d)
{
    free(d);
}

/* A store without an object, and a server that answers so at first. */
static void begin(const http_fault *fault, size_t n)
{
    static char url[] = "test://here";
    static const provider_ops ops = {.build = build, .classify = classify, .close = close_it};
    const transport_options quick = {.max_attempts = 4, .backoff_ms = 1, .backoff_max_ms = 2};
    transport *t = NULL;
    provider *d = calloc(1, sizeof *d);
    cr_assert_not_null(d);
    *d = (provider){.ops = &ops, .writes = true, .put_max = 1 << 20, .url = url};
    server = http_server_start(NULL, 0);
    http_server_script(server, fault, n);
    cr_assert_eq(transport_open(&t, &quick, NULL), CZ_OK);
    cr_assert_eq(os_remote_over(&os, &d, &t, NULL), CZ_OK);
    cr_assert(d == NULL && t == NULL, "both are moved");
}

static void end(void)
{
    os_close(&os);
    http_server_stop(server);
}

static void holds(const char *text)
{
    buf b = {0};
    cr_assert_eq(os_get_all(os, "k", 100, &b, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&b), text);
    buf_free(&b);
}

Test(remote, put_with_a_lost_response_succeeds)
{
    const http_fault f = {.drop = true}; /* it succeeds, and its response is lost */
    begin(&f, 1);
    cr_assert_eq(os_put(os, "k", "mine", 4, OS_CREATE, NULL), CZ_OK);
    cr_expect_eq(http_server_requests(server), 4, "put, put again, its digest, bytes");
    holds("mine");
    end();
}

/* A connection that was kept may be closed at any time: curl sends the request again by itself. */
Test(remote, put_resent_by_curl_is_not_reported_as_exists)
{
    const http_fault f[] = {{0}, {.drop = true}};
    uint64_t size;
    begin(f, 2);
    cr_assert_eq(os_stat(os, "k", &size, NULL), CZ_ABSENT);
    cr_assert_eq(os_put(os, "k", "mine", 4, OS_CREATE, NULL), CZ_OK);
    cr_expect_eq(http_server_requests(server), 5);
    holds("mine");
    end();
}

Test(remote, object_of_another_process_is_reported_as_exists)
{
    const http_fault f = {.status = 503};
    begin(NULL, 0);
    cr_assert_eq(os_put(os, "k", "theirs", 6, OS_CREATE, NULL), CZ_OK);
    http_server_script(server, &f, 1);
    cr_assert_eq(os_put(os, "k", "mine", 4, OS_CREATE, NULL), CZ_EXISTS);
    holds("theirs");
    end();
}

Test(remote, certain_results_are_not_read_back)
{
    begin(NULL, 0);
    cr_assert_eq(os_put(os, "k", "same", 4, OS_CREATE, NULL), CZ_OK);
    cr_assert_eq(os_put(os, "k", "same", 4, OS_CREATE, NULL), CZ_EXISTS);
    cr_expect_eq(http_server_requests(server), 2);
    end();
}

Test(remote, without_conditional_puts_existence_is_checked_first)
{
    const http_fault f = {.status = 501};
    begin(&f, 1);
    cr_assert_eq(os_put(os, "k", "mine", 4, OS_CREATE, NULL), CZ_OK);
    cr_expect_eq(http_server_requests(server), 3, "put, stat, put without a condition");
    cr_expect_not(http_server_saw(server, 2, "If-None-Match"));
    cr_assert_eq(os_put(os, "k", "again", 5, OS_CREATE, NULL), CZ_EXISTS);
    cr_expect_eq(http_server_requests(server), 4, "it isn't tried again");
    holds("mine");
    end();
}

Test(remote, refused_put_does_not_disable_conditional_puts)
{
    const http_fault f = {.status = 413};
    begin(&f, 1);
    cr_assert_neq(os_put(os, "k", "mine", 4, OS_CREATE, NULL), CZ_OK);
    cr_expect_eq(http_server_requests(server), 1, "it isn't put in another way");
    cr_assert_eq(os_put(os, "k", "mine", 4, OS_CREATE, NULL), CZ_OK);
    cr_expect(http_server_saw(server, 1, "If-None-Match"));
    end();
}

Test(remote, long_error_bodies_are_not_read_completely)
{
    enum { LONG = 4 << 20 };
    char *words = malloc(LONG + 1);
    cr_assert_not_null(words);
    memset(words, 'x', LONG);
    words[LONG] = '\0';
    const http_fault f = {.status = 404, .body = words};
    net_statistics s = {0};
    buf b = {0};
    begin(&f, 1);
    cr_assert_eq(os_get_all(os, "k", 100, &b, NULL), CZ_ABSENT);
    os_statistics(os, &s);
    cr_expect_lt(s.bytes_in, LONG / 4);
    buf_free(&b);
    end();
    free(words);
}

/* A listing whose pages lead to one another for ever. */
static int two_pages(provider *d, const provider_request *r, const void *body, size_t n,
                     provider_page *page, cz_error *err)
{
    (void)d;
    (void)body;
    (void)n;
    (void)err;
    const bool second = strcmp(r->token, "b") == 0;
    const os_object o = {.key = second ? "b" : "a"};
    buf_printf(&page->next, "%s", second ? "a" : "b");
    return page->each(page->user, &o);
}

static int nothing(void *user, const os_object *o)
{
    (void)o;
    ++*(size_t *)user;
    return 0;
}

Test(remote, endless_listing_is_refused)
{
    static char url[] = "test://here";
    static const provider_ops ops = {
        .build = build, .classify = classify, .parse_page = two_pages, .close = close_it};
    size_t told = 0;
    cz_error err = {0};
    transport *t = NULL;
    provider *d = calloc(1, sizeof *d);
    cr_assert_not_null(d);
    *d = (provider){.ops = &ops, .url = url};
    server = http_server_start("x", 1);
    cr_assert_eq(transport_open(&t, &(transport_options){0}, NULL), CZ_OK);
    cr_assert_eq(os_remote_over(&os, &d, &t, NULL), CZ_OK);
    cr_assert_eq(os_list(os, "", false, nothing, &told, &err), CZ_FORMAT);
    cr_expect_not_null(strstr(err.message, "no progress"), "%s", err.message);
    cr_expect_lt(told, 200);
    end();
}

Test(remote, interrupted_overwrite_is_retried)
{
    const http_fault f[] = {{.drop = true}, {.status = 500}};
    begin(f, 2);
    cr_assert_eq(os_put(os, "k", "first", 5, OS_COMMIT, NULL), CZ_OK);
    cr_assert_eq(os_put(os, "k", "second", 6, OS_OVERWRITE, NULL), CZ_OK);
    holds("second");
    net_statistics s = {0};
    os_statistics(os, &s);
    cr_expect_eq(s.retries, 2);
    end();
}
