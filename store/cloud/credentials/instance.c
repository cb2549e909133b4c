#include "store/cloud/credentials/instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/text/encode.h"
#include "base/environment.h"
#include "store/cloud/credentials/aws_role.h"
#include "store/cloud/credentials/instance_parse.h"
#include "store/cloud/credentials/token_request.h"

typedef struct instance_source {
    instance_kind kind;
    transport *t;
    bool responded; /* the service has responded before */
    bool once;      /* make a single attempt */
    /* From the environment; NULL if not set. */
    char *url, *secret, *token_file, *role, *session, *client;
} instance_source;

/* ---- One request ----------------------------------------------------------------------------- */

/* Make a single attempt, unless the environment announces the service. */
static int request(instance_source *i, token_request *a, buf *answer, const char *what,
                   cz_error *err)
{
    const int rc = token_request_run(i->t, a, !i->responded || i->once, answer, what, err);
    if (rc == CZ_OK)
        i->responded = true;
    return rc;
}

/* ---- Sources ------------------------------------------------------------------------------ */

static int unexpected_response(const char *what, cz_error *err)
{
    return cz_fail(err, CZ_FORMAT, "%s: unexpected response", what);
}

static int renew_ec2(instance_source *i, credential *out, cz_error *err)
{
    static const char what[] = "the instance's role";
    buf url = {0}, token = {0}, role = {0}, keys = {0};
    const char *session = NULL, *name = NULL;
    buf_printf(&url, "%s/latest/api/token", i->url);
    token_request a = {.method = "PUT",
                       .url = buf_text(&url),
                       .header = {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}}};
    int rc = a.url ? request(i, &a, &token, what, err) : CZ_NOMEM;
    if (rc == CZ_OK && !(session = token_text(&token)))
        rc = unexpected_response(what, err);
    if (rc == CZ_OK) {
        url.len = 0;
        buf_printf(&url, "%s/latest/meta-data/iam/security-credentials/", i->url);
        a = (token_request){.method = "GET",
                            .url = buf_text(&url),
                            .header = {{"X-aws-ec2-metadata-token", session}}};
        rc = a.url ? request(i, &a, &role, what, err) : CZ_NOMEM;
    }
    if (rc == CZ_OK && !(name = token_text(&role)))
        rc = unexpected_response(what, err);
    if (rc == CZ_OK) {
        uri_encode(&url, name, false);
        a.url = buf_text(&url);
        rc = a.url && !url.bad ? request(i, &a, &keys, what, err) : CZ_NOMEM;
    }
    if (rc == CZ_OK)
        rc = instance_parse_aws(out, keys.at, keys.len, err);
    if (rc == CZ_NOMEM)
        (void)cz_fail_memory(err, "%s", what);
    buf_free(&url);
    buf_free_secret(&token);
    buf_free(&role);
    buf_free_secret(&keys);
    return rc;
}

static int renew_container(instance_source *i, credential *out, cz_error *err)
{
    static const char what[] = "the container's role";
    buf token = {0}, keys = {0};
    int rc = CZ_OK;
    token_request a = {.method = "GET", .url = i->url};
    if (i->token_file)
        rc = token_file_read(&token, i->token_file, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", err);
    const char *secret = i->token_file && rc == CZ_OK ? buf_text(&token) : i->secret;
    if (secret)
        a.header[0] = (http_pair){"Authorization", secret};
    if (rc == CZ_OK)
        rc = request(i, &a, &keys, what, err);
    if (rc == CZ_OK)
        rc = instance_parse_aws(out, keys.at, keys.len, err);
    buf_free_secret(&token);
    buf_free_secret(&keys);
    return rc;
}

static int renew_web(instance_source *i, credential *out, cz_error *err)
{
    const aws_role role = {
        .url = i->url, .arn = i->role, .session = i->session, .token_file = i->token_file};
    return aws_role_web_identity(out, &role, i->t, i->once, err);
}

static int renew_azure(instance_source *i, credential *out, cz_error *err)
{
    static const char what[] = "the managed identity";
    buf url = {0}, answer = {0};
    http_pair pair[3] = {{"resource", "https://storage.azure.com/"},
                         {"api-version", i->secret ? "2019-08-01" : "2018-02-01"}};
    if (i->client)
        pair[2] = (http_pair){"client_id", i->client};
    buf_printf(&url, "%s?", i->url);
    query_text(&url, pair, i->client ? 3 : 2);
    token_request a = {.method = "GET", .url = buf_text(&url), .header = {{"Metadata", "true"}}};
    if (i->secret)
        a.header[0] = (http_pair){"X-IDENTITY-HEADER", i->secret};
    int rc = a.url ? request(i, &a, &answer, what, err) : cz_fail_memory(err, "%s", what);
    if (rc == CZ_OK)
        rc = instance_parse_bearer(out, answer.at, answer.len, time(NULL), err);
    buf_free(&url);
    buf_free_secret(&answer);
    return rc;
}

static int renew_google(instance_source *i, credential *out, cz_error *err)
{
    buf answer = {0};
    token_request a = {.method = "GET", .url = i->url, .header = {{"Metadata-Flavor", "Google"}}};
    int rc = request(i, &a, &answer, "the instance's service account", err);
    if (rc == CZ_OK)
        rc = instance_parse_bearer(out, answer.at, answer.len, time(NULL), err);
    buf_free_secret(&answer);
    return rc;
}

/* If the service does not respond, the message must say that there are no credentials. */
static int renew(void *ctx, bool once, credential *out, cz_error *err)
{
    static int (*const renew_kind[])(instance_source *, credential *,
                                     cz_error *) = {[INSTANCE_EC2] = renew_ec2,
                                                    [INSTANCE_CONTAINER] = renew_container,
                                                    [INSTANCE_WEB] = renew_web,
                                                    [INSTANCE_AZURE] = renew_azure,
                                                    [INSTANCE_GOOGLE] = renew_google};
    static const char *const hint[] = {
        [INSTANCE_EC2] = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; for a "
                         "public bucket AWS_NO_SIGN_REQUEST=YES",
        [INSTANCE_CONTAINER] = "check AWS_CONTAINER_CREDENTIALS_*, which the container's host sets",
        [INSTANCE_WEB] = "check AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, which EKS sets",
        [INSTANCE_AZURE] = "set AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN or "
                           "AZURE_STORAGE_CONNECTION_STRING; for a public container "
                           "AZURE_NO_SIGN_REQUEST=YES",
        [INSTANCE_GOOGLE] =
            "set GS_ACCESS_KEY_ID and GS_SECRET_ACCESS_KEY, or "
            "GOOGLE_OAUTH_ACCESS_TOKEN; for a public bucket GS_NO_SIGN_REQUEST=YES"};
    instance_source *i = ctx;
    cz_error why = {0};
    i->once = once;
    int rc = renew_kind[i->kind](i, out, &why);
    if (rc == CZ_OK || rc == CZ_NOMEM) {
        if (rc < 0 && err)
            *err = why;
        return rc;
    }
    rc = rc == CZ_FORMAT ? rc : CZ_DENIED;
    (void)cz_fail(err, rc, "no credentials: none are set, and %s", why.message);
    cz_hint(err, "%s", hint[i->kind]);
    return rc;
}

/* ---- The environment ------------------------------------------------------------------------- */

static void instance_credentials_close(void *ctx)
{
    instance_source *i = ctx;
    free(i->url);
    free_secret(i->secret);
    free(i->token_file);
    free(i->role);
    free(i->session);
    free(i->client);
    free(i);
}

/* Copy a variable if it is set; false: out of memory. */
static bool take(char **out, const char *name)
{
    return environment_copy(out, name, NULL) == CZ_OK;
}

/* "HOST" or "http://HOST/", and a path. */
static char *join(const char *host, const char *path)
{
    buf url = {0};
    size_t n = strlen(host);
    while (n > 0 && host[n - 1] == '/')
        n--;
    buf_printf(&url, "%s%.*s%s", strstr(host, "://") ? "" : "http://", (int)n, host, path);
    const char *text = buf_text(&url);
    char *copy = text && !url.bad ? strdup(text) : NULL;
    buf_free(&url);
    return copy;
}

static const char *environment_or(const char *name, const char *fallback)
{
    const char *value = environment(name);
    return value ? value : fallback;
}

static bool open_container(instance_source *i)
{
    const char *relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    i->url = relative ? join("169.254.170.2", relative) : join(full ? full : "", "");
    return i->url && take(&i->secret, "AWS_CONTAINER_AUTHORIZATION_TOKEN") &&
           take(&i->token_file, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
}

static bool open_web(instance_source *i, const char *region)
{
    buf usual = {0};
    buf_printf(&usual, "https://sts.%s.amazonaws.com", region);
    const char *text = buf_text(&usual);
    i->url = text ? join(environment_or("AWS_ENDPOINT_URL_STS", text), "") : NULL;
    buf_free(&usual);
    return i->url && take(&i->role, "AWS_ROLE_ARN") && take(&i->session, "AWS_ROLE_SESSION_NAME") &&
           take(&i->token_file, "AWS_WEB_IDENTITY_TOKEN_FILE");
}

static bool open_azure(instance_source *i)
{
    const char *endpoint = environment("IDENTITY_ENDPOINT");
    i->url = endpoint ? join(endpoint, "")
                      : join(environment_or("AZURE_POD_IDENTITY_AUTHORITY_HOST", "169.254.169.254"),
                             "/metadata/identity/oauth2/token");
    return i->url && take(&i->client, "AZURE_CLIENT_ID") &&
           (!endpoint || take(&i->secret, "IDENTITY_HEADER"));
}

static bool open_kind(instance_source *i, const char *region)
{
    switch (i->kind) {
    case INSTANCE_EC2:
        i->url = join(environment_or("AWS_EC2_METADATA_SERVICE_ENDPOINT", "169.254.169.254"), "");
        return i->url != NULL;
    case INSTANCE_CONTAINER:
        return open_container(i);
    case INSTANCE_WEB:
        return open_web(i, region);
    case INSTANCE_AZURE:
        return open_azure(i);
    case INSTANCE_GOOGLE:
        break;
    }
    i->url = join(environment_or("GCE_METADATA_HOST", "metadata.google.internal"),
                  "/computeMetadata/v1/instance/service-accounts/default/token");
    return i->url != NULL;
}

int instance_credentials_open(credential_source *out, instance_kind kind, const char *region,
                              transport *t, cz_error *err)
{
    instance_source *i = calloc(1, sizeof *i);
    if (i)
        *i = (instance_source){
            .kind = kind, .t = t, .responded = kind == INSTANCE_CONTAINER || kind == INSTANCE_WEB};
    if (!i || !open_kind(i, region)) {
        if (i)
            instance_credentials_close(i);
        return cz_fail_memory(err, "credentials");
    }
    *out = (credential_source){renew, instance_credentials_close, i};
    return CZ_OK;
}
