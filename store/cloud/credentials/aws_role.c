#include "store/cloud/credentials/aws_role.h"

#include <string.h>
#include <time.h>

#include "store/cloud/credentials/instance_parse.h"
#include "store/cloud/credentials/sigv4.h"
#include "store/cloud/credentials/token_request.h"

static const char what[] = "the role at AWS STS";
enum { PAIRS_MAX = 7 };

typedef struct pairs {
    http_pair at[PAIRS_MAX];
    size_t n;
} pairs;

static void add(pairs *p, const char *name, const char *value)
{
    if (value)
        p->at[p->n++] = (http_pair){name, value};
}

static pairs common(const aws_role *r, const char *action)
{
    pairs p = {0};
    add(&p, "Action", action);
    add(&p, "Version", "2011-06-15");
    add(&p, "RoleArn", r->arn);
    add(&p, "RoleSessionName", r->session ? r->session : "camzarr");
    add(&p, "DurationSeconds", r->seconds);
    return p;
}

static int run(credential *out, transport *t, token_request *a, bool once, cz_error *err)
{
    buf answer = {0};
    int rc = token_request_run(t, a, once, &answer, what, err);
    if (rc == CZ_OK)
        rc = instance_parse_sts(out, answer.at, answer.len, err);
    buf_free_secret(&answer);
    return rc;
}

/* The token is in the URL, which never appears in messages. */
int aws_role_web_identity(credential *out, const aws_role *r, transport *t, bool once,
                          cz_error *err)
{
    buf token = {0}, url = {0};
    int rc = token_file_read(&token, r->token_file, "the file of the web identity's token", err);
    if (rc == CZ_OK) {
        pairs p = common(r, "AssumeRoleWithWebIdentity");
        add(&p, "WebIdentityToken", (const char *)token.at);
        buf_printf(&url, "%s/?", r->url);
        query_text(&url, p.at, p.n);
        token_request a = {.method = "GET", .url = buf_text(&url)};
        rc = a.url && !url.bad ? run(out, t, &a, once, err) : cz_fail_memory(err, "%s", what);
    }
    buf_free_secret(&token);
    buf_free_secret(&url);
    return rc;
}

/* The host of an address, with its port. */
static void add_host(buf *out, const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    buf_add(out, host, strcspn(host, "/"));
}

static int sign(buf *out, const aws_role *r, const char *query, const char *host, const char *when,
                const credential *source, cz_error *err)
{
    http_pair header[3] = {{"host", host}, {"x-amz-date", when}};
    if (source->token)
        header[2] = (http_pair){"x-amz-security-token", source->token};
    sigv4_request signing = {.method = "GET",
                             .path = "/",
                             .query = query,
                             .header = header,
                             .n_headers = source->token ? 3 : 2,
                             .payload_hash = SIGV4_EMPTY_SHA256};
    return sigv4_sign(out, &sigv4_sts, &signing, when, r->region, source->id, source->secret, err);
}

int aws_role_assume(credential *out, const aws_role *r, const credential *source, transport *t,
                    bool once, cz_error *err)
{
    char when[SIGV4_TIME];
    buf query = {0}, url = {0}, host = {0}, signature = {0};
    pairs p = common(r, "AssumeRole");
    add(&p, "ExternalId", r->external_id);
    query_text(&query, p.at, p.n);
    add_host(&host, r->url);
    sigv4_time(when, time(NULL));
    const char *query_string = buf_text(&query), *host_name = buf_text(&host);
    int rc = query_string && host_name ? CZ_OK : cz_fail_memory(err, "%s", what);
    if (rc == CZ_OK)
        rc = sign(&signature, r, query_string, host_name, when, source, err);
    if (rc == CZ_OK) {
        buf_printf(&url, "%s/?%s", r->url, query_string);
        token_request a = {
            .method = "GET",
            .url = buf_text(&url),
            .header = {{"X-Amz-Date", when}, {"Authorization", buf_text(&signature)}}};
        if (source->token)
            a.header[2] = (http_pair){"X-Amz-Security-Token", source->token};
        rc = a.url && a.header[1].value ? run(out, t, &a, once, err)
                                        : cz_fail_memory(err, "%s", what);
    }
    buf_free(&query);
    buf_free(&url);
    buf_free(&host);
    buf_free_secret(&signature);
    return rc;
}
