#include "store/cloud/credentials/aws_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/environment.h"
#include "store/cloud/credentials/aws_process.h"
#include "store/cloud/credentials/aws_role.h"
#include "store/cloud/credentials/aws_sso.h"
#include "store/cloud/credentials/instance.h"
#include "store/text/encode.h"

enum { DEPTH_MAX = 5 };
#define EXPORT_HINT "eval \"$(aws configure export-credentials --format env)\" gives its keys once"

typedef struct aws_source {
    char *profile, *region;
    transport *t;
    char *last_token; /* of keys in a file, given by the last renewal */
} aws_source;

/* A renewal: the files as they are now. */
typedef struct renewal {
    aws_source *source;
    aws_files files;
    bool once;
    unsigned depth;
} renewal;

/* ---- What a profile says --------------------------------------------------------------------- */

/* The settings of a profile; NULL: not set. */
typedef struct settings {
    char *id, *secret, *token;
    char *role, *source_profile, *credential_source, *external_id, *session_name, *seconds, *mfa,
        *token_file, *region;
    char *sso_session, *sso_start_url, *sso_region, *sso_account, *sso_role;
    char *process;
} settings;

static const struct {
    const char *name;
    size_t at;
} members[] = {
    {"aws_access_key_id", offsetof(settings, id)},
    {"aws_secret_access_key", offsetof(settings, secret)},
    {"aws_session_token", offsetof(settings, token)},
    {"role_arn", offsetof(settings, role)},
    {"source_profile", offsetof(settings, source_profile)},
    {"credential_source", offsetof(settings, credential_source)},
    {"external_id", offsetof(settings, external_id)},
    {"role_session_name", offsetof(settings, session_name)},
    {"duration_seconds", offsetof(settings, seconds)},
    {"mfa_serial", offsetof(settings, mfa)},
    {"web_identity_token_file", offsetof(settings, token_file)},
    {"region", offsetof(settings, region)},
    {"sso_session", offsetof(settings, sso_session)},
    {"sso_start_url", offsetof(settings, sso_start_url)},
    {"sso_region", offsetof(settings, sso_region)},
    {"sso_account_id", offsetof(settings, sso_account)},
    {"sso_role_name", offsetof(settings, sso_role)},
    {"credential_process", offsetof(settings, process)},
};
enum { N_MEMBERS = sizeof members / sizeof *members };

static char **member(settings *s, size_t i)
{
    return (char **)(void *)((char *)s + members[i].at);
}

static void settings_free(settings *s)
{
    for (size_t i = 0; i < N_MEMBERS; i++)
        free_secret(*member(s, i));
    *s = (settings){0};
}

/* Free in any case. */
static int settings_read(settings *s, const aws_files *f, const char *profile, cz_error *err)
{
    int rc = CZ_OK;
    *s = (settings){0};
    for (size_t i = 0; rc == CZ_OK && i < N_MEMBERS; i++)
        rc = aws_profile_value(member(s, i), f, profile, members[i].name, err);
    return rc;
}

static bool has_keys(const settings *s)
{
    return s->id && s->secret;
}

static bool has_sso(const settings *s)
{
    return s->sso_account && s->sso_role && (s->sso_session || s->sso_start_url);
}

int aws_profile_has_credentials(bool *out, const aws_files *f, const char *profile, cz_error *err)
{
    settings s;
    const int rc = settings_read(&s, f, profile, err);
    *out = s.role || has_keys(&s) || has_sso(&s) || s.process;
    settings_free(&s);
    return rc;
}

/* ---- Its kinds ------------------------------------------------------------------------------- */

static int resolve(credential *out, renewal *r, const char *profile, cz_error *err);

static int copy_keys(credential *out, const settings *s, cz_error *err)
{
    const credential keys = {.id = s->id, .secret = s->secret, .token = s->token};
    return credential_copy(out, &keys, err);
}

/* Temporary keys in a file have no time of expiry. They were rejected if they are asked for again;
 * another program may have replaced them. */
static int from_keys(credential *out, renewal *r, const settings *s, cz_error *err)
{
    aws_source *source = r->source;
    if (s->token && source->last_token && strcmp(source->last_token, s->token) == 0) {
        (void)cz_fail(err, CZ_DENIED, "its session token has expired");
        cz_hint(err, "put new keys into the file, then run the same command again");
        return CZ_DENIED;
    }
    int rc = copy_keys(out, s, err);
    if (rc == CZ_OK && r->depth == 1 && s->token) { /* not those that a role is assumed with */
        free_secret(source->last_token);
        source->last_token = strdup(s->token);
        if (!source->last_token) {
            credential_free(out);
            rc = cz_fail_memory(err, "credentials");
        }
    }
    return rc;
}

static int from_environment(credential *out, cz_error *err)
{
    const credential keys = {.id = (char *)(uintptr_t)environment("AWS_ACCESS_KEY_ID"),
                             .secret = (char *)(uintptr_t)environment("AWS_SECRET_ACCESS_KEY"),
                             .token = (char *)(uintptr_t)environment("AWS_SESSION_TOKEN")};
    if (!keys.id || !keys.secret)
        return cz_fail(err, CZ_DENIED, "AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set");
    return credential_copy(out, &keys, err);
}

static int from_instance(credential *out, const renewal *r, instance_kind kind, cz_error *err)
{
    credential_source source;
    int rc = instance_credentials_open(&source, kind, r->source->region, r->source->t, err);
    if (rc == CZ_OK) {
        rc = source.renew(source.ctx, r->once, out, err);
        source.close(source.ctx);
    }
    return rc;
}

/* The keys that a role is assumed with. */
static int source_keys(credential *out, renewal *r, const char *profile, const settings *s,
                       cz_error *err)
{
    const char *from = s->credential_source;
    if (s->source_profile && strcmp(s->source_profile, profile) == 0 && has_keys(s))
        return copy_keys(out, s, err);
    if (s->source_profile)
        return resolve(out, r, s->source_profile, err);
    if (from && strcmp(from, "Environment") == 0)
        return from_environment(out, err);
    if (from && strcmp(from, "Ec2InstanceMetadata") == 0)
        return from_instance(out, r, INSTANCE_EC2, err);
    if (from && strcmp(from, "EcsContainer") == 0)
        return from_instance(out, r, INSTANCE_CONTAINER, err);
    return cz_fail(err, CZ_DENIED,
                   "role_arn without source_profile, credential_source or "
                   "web_identity_token_file");
}

static int from_role(credential *out, renewal *r, const char *profile, const settings *s,
                     cz_error *err)
{
    const char *given = environment("AWS_ENDPOINT_URL_STS");
    const char *region = s->region ? s->region : r->source->region;
    credential keys = {0};
    buf usual = {0};
    if (s->mfa) {
        (void)cz_fail(err, CZ_DENIED, "its role needs a code (mfa_serial), which is not supported");
        cz_hint(err, EXPORT_HINT);
        return CZ_DENIED;
    }
    buf_printf(&usual, "https://sts.%s.amazonaws.com", region);
    const aws_role role = {.url = given ? given : buf_text(&usual),
                           .region = region,
                           .arn = s->role,
                           .session = s->session_name,
                           .external_id = s->external_id,
                           .seconds = s->seconds,
                           .token_file = s->token_file};
    int rc = role.url ? CZ_OK : cz_fail_memory(err, "credentials");
    if (rc == CZ_OK && s->token_file) {
        rc = aws_role_web_identity(out, &role, r->source->t, r->once, err);
    } else if (rc == CZ_OK) {
        rc = source_keys(&keys, r, profile, s, err);
        if (rc == CZ_OK)
            rc = aws_role_assume(out, &role, &keys, r->source->t, r->once, err);
    }
    credential_free(&keys);
    buf_free(&usual);
    return rc;
}

static int from_sso(credential *out, renewal *r, settings *s, cz_error *err)
{
    int rc = CZ_OK;
    if (s->sso_session) {
        free(s->sso_start_url);
        free(s->sso_region);
        s->sso_start_url = s->sso_region = NULL;
        rc = aws_section_value(&s->sso_start_url, &r->files, "sso-session", s->sso_session,
                               "sso_start_url", err);
        if (rc == CZ_OK)
            rc = aws_section_value(&s->sso_region, &r->files, "sso-session", s->sso_session,
                                   "sso_region", err);
    }
    if (rc == CZ_OK && (!s->sso_start_url || !s->sso_region))
        rc = cz_fail(err, CZ_DENIED, "sso_start_url or sso_region is not set");
    const aws_sso sso = {s->sso_session, s->sso_start_url, s->sso_region, s->sso_account,
                         s->sso_role};
    return rc == CZ_OK ? aws_sso_credentials(out, &sso, r->source->t, r->once, err) : rc;
}

static int by_kind(credential *out, renewal *r, const char *profile, settings *s, cz_error *err)
{
    if (s->role)
        return from_role(out, r, profile, s, err);
    if (has_keys(s))
        return from_keys(out, r, s, err);
    if (has_sso(s))
        return from_sso(out, r, s, err);
    if (s->process)
        return aws_process_run(out, s->process, err);
    return cz_fail(err, CZ_DENIED, "has no credentials");
}

static int resolve(credential *out, renewal *r, const char *profile, cz_error *err)
{
    settings s = {0};
    cz_error why = {0};
    int rc = r->depth < DEPTH_MAX ? settings_read(&s, &r->files, profile, &why)
                                  : cz_fail(&why, CZ_DENIED, "source_profile: too many in a row");
    r->depth++;
    if (rc == CZ_OK)
        rc = by_kind(out, r, profile, &s, &why);
    r->depth--;
    settings_free(&s);
    if (rc < 0) {
        (void)cz_fail(err, rc, "profile %.64s: %s", profile, why.message);
        cz_hint(err, "%s", why.hint);
    }
    return rc;
}

/* ---- The source ------------------------------------------------------------------------------ */

static int renew(void *ctx, bool once, credential *out, cz_error *err)
{
    renewal r = {.source = ctx, .once = once};
    int rc = aws_files_read(&r.files, err);
    if (rc == CZ_OK)
        rc = resolve(out, &r, r.source->profile, err);
    aws_files_close(&r.files);
    return rc;
}

static void source_close(void *ctx)
{
    aws_source *s = ctx;
    free(s->profile);
    free(s->region);
    free_secret(s->last_token);
    free(s);
}

int aws_source_open(credential_source *out, const char *profile, const char *region, transport *t,
                    cz_error *err)
{
    aws_source *s = calloc(1, sizeof *s);
    if (s)
        *s = (aws_source){.profile = strdup(profile), .region = strdup(region), .t = t};
    if (!s || !s->profile || !s->region) {
        if (s)
            source_close(s);
        return cz_fail_memory(err, "credentials");
    }
    *out = (credential_source){renew, source_close, s};
    return CZ_OK;
}
