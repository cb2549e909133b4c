/* What a store makes of puts whose answers get lost, over a dialect of the test's own. */
#include "store/http/remote.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/http_server.h"

static http_server *server;
static object_store *os;

static int build(dialect *d, const dialect_request *r, http_message *m, cz_error *err)
{
    (void)d;
    (void)err;
    m->method = r->op == DIALECT_PUT ? "PUT" : r->op == DIALECT_STAT ? "HEAD" : "GET";
    buf_printf(&m->url, "%s/%s", http_server_url(server), r->key);
    if (r->op == DIALECT_PUT && r->mode == OS_CREATE)
        http_message_header(m, "If-None-Match", "*");
    return CZ_OK;
}

static int judge(dialect *d, const dialect_request *r, const http_answer *a, cz_error *err)
{
    if (a->status == 412)
        return dialect_fail(err, CZ_EXISTS, d, r, a, "exists already");
    return dialect_judge_status(err, d, r, a, "");
}

static void close_it(dialect *d)
{
    free(d);
}

/* A store without an object, and a server that answers so at first. */
static void begin(const http_fault *fault, size_t n)
{
    static char url[] = "test://here";
    static const dialect_ops ops = {.build = build, .judge = judge, .close = close_it};
    const transport_options quick = {.tries = 4, .backoff_ms = 1, .backoff_max_ms = 2};
    transport *t = NULL;
    dialect *d = calloc(1, sizeof *d);
    cr_assert_not_null(d);
    *d = (dialect){.ops = &ops, .writes = true, .put_max = 1 << 20, .url = url};
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

Test(remote, a_success_whose_answer_got_lost_is_one)
{
    const http_fault f = {.drop = true}; /* it is done, and nobody says so */
    begin(&f, 1);
    cr_assert_eq(os_put(os, "k", "mine", 4, OS_CREATE, NULL), CZ_OK);
    cr_expect_eq(http_server_requests(server), 3, "put, put again, read back");
    holds("mine");
    end();
}

Test(remote, somebody_elses_is_not_ours)
{
    const http_fault f = {.status = 503};
    begin(NULL, 0);
    cr_assert_eq(os_put(os, "k", "theirs", 6, OS_CREATE, NULL), CZ_OK);
    http_server_script(server, &f, 1);
    cr_assert_eq(os_put(os, "k", "mine", 4, OS_CREATE, NULL), CZ_EXISTS);
    holds("theirs");
    end();
}

Test(remote, without_doubt_nothing_is_read_back)
{
    begin(NULL, 0);
    cr_assert_eq(os_put(os, "k", "same", 4, OS_CREATE, NULL), CZ_OK);
    cr_assert_eq(os_put(os, "k", "same", 4, OS_CREATE, NULL), CZ_EXISTS);
    cr_expect_eq(http_server_requests(server), 2);
    end();
}

Test(remote, a_service_without_conditional_puts_is_asked_first)
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

Test(remote, an_overwrite_that_broke_is_done_again)
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
