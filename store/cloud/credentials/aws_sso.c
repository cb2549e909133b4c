#include "store/cloud/credentials/aws_sso.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/environment.h"
#include "base/timestamp.h"
#include "store/cloud/credentials/instance_parse.h"
#include "store/cloud/credentials/token_request.h"
#include "store/json/json.h"

enum { CACHE_MAX = 64 << 10, REFRESH_BEFORE = 300 /* seconds */ };
static const char what[] = "IAM Identity Center";

/* ---- The cache ------------------------------------------------------------------------------- */

static int cache_path(buf *out, const aws_sso *s, cz_error *err)
{
    char hex[SHA1_HEX + 1];
    const char *key = s->session ? s->session : s->start_url, *home = environment("HOME");
    const int rc = sha1_hex(hex, key, strlen(key), err);
    if (rc < 0)
        return rc;
    buf_printf(out, "%s/.aws/sso/cache/%s.json", home ? home : "", hex);
    return buf_text(out) && !out->bad ? CZ_OK : cz_fail_memory(err, "%s", what);
}

static int not_logged_in(const char *why, cz_error *err)
{
    (void)cz_fail(err, CZ_DENIED, "%s: %s", what, why);
    cz_hint(err, "aws sso login, with the same profile; then run the same command again");
    return CZ_DENIED;
}

static int read_cache(cJSON **out, const char *path, cz_error *err)
{
    buf text = {0};
    FILE *f = fopen(path, "re");
    if (!f)
        return not_logged_in("no token is cached", err);
    uint8_t *to = buf_grow(&text, CACHE_MAX);
    const size_t n = to ? fread(to, 1, CACHE_MAX, f) : 0;
    (void)fclose(f);
    const int rc = to ? json_parse(out, to, n, "the cached token of IAM Identity Center", err)
                      : cz_fail_memory(err, "%s", what);
    buf_free_secret(&text);
    return rc;
}

/* Replace the file as a whole. A failure is ignored: the token is refreshed again next time. */
static void write_cache(const char *path, const cJSON *doc)
{
    buf text = {0}, temporary = {0};
    buf_printf(&temporary, "%s.%ld", path, (long)getpid());
    const char *name = buf_text(&temporary);
    if (name && json_print(&text, doc, true, NULL) == CZ_OK) {
        const int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        bool done = fd >= 0 && write(fd, text.at, text.len) == (ssize_t)text.len;
        if (fd >= 0)
            done = close(fd) == 0 && done;
        if (fd >= 0 && !(done && rename(name, path) == 0))
            (void)unlink(name);
    }
    buf_free_secret(&text);
    buf_free(&temporary);
}

/* ---- Refreshing the token -------------------------------------------------------------------- */

static const char *text_of(const cJSON *doc, const char *name)
{
    const char *text;
    return json_text(&text, doc, name, "", NULL) == CZ_OK ? text : NULL;
}

/* The document with a new token; members that are not known are kept. */
static cJSON *renewed_document(const cJSON *old, const cJSON *answer, time_t expires)
{
    static const char *const replaced[] = {"accessToken", "expiresAt", "refreshToken"};
    char when[TIMESTAMP_TEXT_MAX];
    const char *refresh = text_of(answer, "refreshToken");
    cJSON *doc = json_object();
    for (const cJSON *m = old->child; m; m = m->next) {
        bool skip = false;
        for (size_t i = 0; i < sizeof replaced / sizeof *replaced; i++)
            skip |= strcmp(m->string, replaced[i]) == 0;
        if (!skip)
            json_add(doc, m->string, json_copy(m));
    }
    timestamp_format(when, (int64_t)expires * 1000000000);
    json_add_text(doc, "accessToken", text_of(answer, "accessToken"));
    json_add_text(doc, "expiresAt", when);
    json_add_text(doc, "refreshToken", refresh ? refresh : text_of(old, "refreshToken"));
    return doc;
}

static bool can_refresh(const cJSON *doc)
{
    const char *until = text_of(doc, "registrationExpiresAt");
    return text_of(doc, "refreshToken") && text_of(doc, "clientId") &&
           text_of(doc, "clientSecret") && (!until || instance_parse_time(until) > time(NULL));
}

static int service_url(buf *out, const char *variable, const char *host, const char *region,
                       const char *path, cz_error *err)
{
    const char *given = environment(variable);
    if (given)
        buf_printf(out, "%s%s", given, path);
    else
        buf_printf(out, "https://%s.%s.amazonaws.com%s", host, region, path);
    return buf_text(out) && !out->bad ? CZ_OK : cz_fail_memory(err, "%s", what);
}

/* CreateToken. *doc is replaced. */
static int refresh(cJSON **doc, const char *path, const aws_sso *s, transport *t, bool once,
                   cz_error *err)
{
    buf url = {0}, body = {0}, text = {0};
    cJSON *answer = NULL, *ask = json_object();
    uint64_t seconds = 0;
    const char *token;
    json_add_text(ask, "grantType", "refresh_token");
    json_add_text(ask, "clientId", text_of(*doc, "clientId"));
    json_add_text(ask, "clientSecret", text_of(*doc, "clientSecret"));
    json_add_text(ask, "refreshToken", text_of(*doc, "refreshToken"));
    int rc = json_print(&body, ask, true, err);
    if (rc == CZ_OK)
        rc = service_url(&url, "AWS_ENDPOINT_URL_SSO_OIDC", "oidc", s->region, "/token", err);
    if (rc == CZ_OK) {
        token_request a = {.method = "POST", .url = buf_text(&url), .body = buf_text(&body)};
        rc = a.url && a.body ? token_request_run(t, &a, once, &text, what, err)
                             : cz_fail_memory(err, "%s", what);
    }
    if (rc == CZ_OK)
        rc = json_parse(&answer, text.at, text.len, what, err);
    if (rc == CZ_OK)
        rc = json_text(&token, answer, "accessToken", what, err);
    if (rc == CZ_OK)
        rc = json_u64(&seconds, answer, "expiresIn", what, err);
    if (rc == CZ_OK) {
        cJSON *fresh = renewed_document(*doc, answer, time(NULL) + (time_t)(seconds & INT32_MAX));
        write_cache(path, fresh);
        json_free(*doc);
        *doc = fresh;
    }
    json_free(answer);
    json_free(ask);
    buf_free(&url);
    buf_free_secret(&body);
    buf_free_secret(&text);
    return rc;
}

/* A token that is valid. A refresh that fails is no error as long as the old one is. */
static int valid_token(cJSON **doc, const char *path, const aws_sso *s, transport *t, bool once,
                       cz_error *err)
{
    const char *until = text_of(*doc, "expiresAt");
    const time_t expires = until ? instance_parse_time(until) : 1, now = time(NULL);
    if (expires - now >= REFRESH_BEFORE)
        return CZ_OK;
    if (!can_refresh(*doc))
        return expires > now ? CZ_OK : not_logged_in("the login has expired", err);
    cz_error why = {0};
    const int rc = refresh(doc, path, s, t, once, &why);
    if (rc == CZ_OK || expires > now)
        return CZ_OK;
    if (rc == CZ_DENIED)
        return not_logged_in("the login has expired", err);
    if (err)
        *err = why;
    return rc;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static int parse_keys(credential *out, const buf *text, cz_error *err)
{
    cJSON *doc = NULL;
    const char *id, *secret, *token;
    uint64_t ms = 0;
    int rc = json_parse(&doc, text->at, text->len, what, err);
    if (rc == CZ_OK)
        rc = json_text(&id, doc, "roleCredentials.accessKeyId", what, err);
    if (rc == CZ_OK)
        rc = json_text(&secret, doc, "roleCredentials.secretAccessKey", what, err);
    if (rc == CZ_OK)
        rc = json_text(&token, doc, "roleCredentials.sessionToken", what, err);
    if (rc == CZ_OK)
        rc = json_u64(&ms, doc, "roleCredentials.expiration", what, err);
    if (rc == CZ_OK) {
        const credential found = {.id = (char *)(uintptr_t)id,
                                  .secret = (char *)(uintptr_t)secret,
                                  .token = (char *)(uintptr_t)token,
                                  .expires = (time_t)(ms / 1000)};
        rc = credential_copy(out, &found, err);
    }
    json_free(doc);
    return rc;
}

static int get_keys(credential *out, const char *token, const aws_sso *s, transport *t, bool once,
                    cz_error *err)
{
    buf url = {0}, text = {0};
    http_pair pair[] = {{"account_id", s->account}, {"role_name", s->role}};
    int rc = service_url(&url, "AWS_ENDPOINT_URL_SSO", "portal.sso", s->region,
                         "/federation/credentials?", err);
    if (rc == CZ_OK) {
        query_text(&url, pair, sizeof pair / sizeof *pair);
        token_request a = {
            .method = "GET", .url = buf_text(&url), .header = {{"x-amz-sso_bearer_token", token}}};
        rc = a.url && !url.bad ? token_request_run(t, &a, once, &text, what, err)
                               : cz_fail_memory(err, "%s", what);
    }
    if (rc == CZ_OK)
        rc = parse_keys(out, &text, err);
    buf_free(&url);
    buf_free_secret(&text);
    return rc;
}

int aws_sso_credentials(credential *out, const aws_sso *s, transport *t, bool once, cz_error *err)
{
    buf path = {0};
    cJSON *doc = NULL;
    const char *token = NULL;
    int rc = cache_path(&path, s, err);
    if (rc == CZ_OK)
        rc = read_cache(&doc, buf_text(&path), err);
    if (rc == CZ_OK)
        rc = valid_token(&doc, buf_text(&path), s, t, once, err);
    if (rc == CZ_OK)
        rc = json_text(&token, doc, "accessToken", "the cached token of IAM Identity Center", err);
    if (rc == CZ_OK)
        rc = get_keys(out, token, s, t, once, err);
    json_free(doc);
    buf_free(&path);
    return rc;
}
