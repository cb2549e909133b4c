#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/text/encode.h"
#include "base/environment.h"
#include "store/cloud/credentials/instance.h"
#include "store/text/ini.h"

enum { FILE_MAX = 1 << 20 };

/* The contents of the two files, and the selected profile. */
typedef struct profile {
    const char *name;
    buf credentials, config;
} profile;

static int read_file(buf *out, const char *variable, const char *file, cz_error *err)
{
    buf path = {0};
    const char *given = environment(variable), *home = environment("HOME");
    if (given)
        buf_printf(&path, "%s", given);
    else if (home)
        buf_printf(&path, "%s/.aws/%s", home, file);
    const char *name = path.len ? buf_text(&path) : NULL;
    FILE *f = name ? fopen(name, "re") : NULL;
    int rc = path.bad ? cz_fail_memory(err, "~/.aws/%s", file) : CZ_OK;
    if (f) {
        uint8_t *to = buf_grow(out, FILE_MAX);
        if (to)
            out->len -= FILE_MAX - fread(to, 1, FILE_MAX, f);
        else
            rc = cz_fail_memory(err, "~/.aws/%s", file);
        (void)fclose(f);
    }
    buf_free(&path);
    return rc;
}

static int profile_open(profile *p, cz_error *err)
{
    const char *name = environment("AWS_PROFILE");
    *p = (profile){.name = name ? name : "default"};
    int rc = read_file(&p->credentials, "AWS_SHARED_CREDENTIALS_FILE", "credentials", err);
    if (rc == CZ_OK)
        rc = read_file(&p->config, "AWS_CONFIG_FILE", "config", err);
    return rc;
}

static void profile_close(profile *p)
{
    buf_free_secret(&p->credentials);
    buf_free_secret(&p->config);
}

/* A value of the profile, or NULL; the caller frees it. In the config file sections are named
 * "profile NAME", except "default". */
static int profile_value(char **out, const profile *p, const char *name, cz_error *err)
{
    buf value = {0}, section = {0};
    const bool is_default = strcmp(p->name, "default") == 0;
    buf_printf(&section, "%s%s", is_default ? "" : "profile ", p->name);
    const char *in_config = buf_text(&section);
    bool found =
        ini_value(&value, (const char *)p->credentials.at, p->credentials.len, p->name, name);
    if (!found && in_config)
        found = ini_value(&value, (const char *)p->config.at, p->config.len, in_config, name);
    const char *text = found ? buf_text(&value) : NULL;
    *out = text ? strdup(text) : NULL;
    const bool bad = section.bad || value.bad || !in_config || (found && !*out);
    buf_free_secret(&value);
    buf_free(&section);
    if (bad) {
        free_secret(*out);
        *out = NULL;
        return cz_fail_memory(err, "profile %.64s", p->name);
    }
    return CZ_OK;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static int from_environment(credential *out, cz_error *err)
{
    const char *const secret = environment("AWS_SECRET_ACCESS_KEY");
    if (!environment("AWS_ACCESS_KEY_ID"))
        return CZ_OK;
    if (!secret) {
        cz_fail(err, CZ_DENIED, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
        return CZ_DENIED;
    }
    int rc = environment_copy(&out->id, "AWS_ACCESS_KEY_ID", err);
    if (rc == CZ_OK)
        rc = environment_copy(&out->secret, "AWS_SECRET_ACCESS_KEY", err);
    if (rc == CZ_OK)
        rc = environment_copy(&out->token, "AWS_SESSION_TOKEN", err);
    return rc;
}

static int from_profile(credential *out, const profile *p, cz_error *err)
{
    int rc = profile_value(&out->id, p, "aws_access_key_id", err);
    if (rc == CZ_OK)
        rc = profile_value(&out->secret, p, "aws_secret_access_key", err);
    if (rc == CZ_OK)
        rc = profile_value(&out->token, p, "aws_session_token", err);
    if (rc == CZ_OK && (!out->id || !out->secret))
        credential_free(out);
    if (rc == CZ_OK && !out->id && environment("AWS_PROFILE")) {
        cz_fail(err, CZ_DENIED, "AWS_PROFILE: the profile %.64s has no keys", p->name);
        cz_hint(err, "keys are read from ~/.aws/credentials and ~/.aws/config; for a profile of "
                     "another kind: eval \"$(aws configure export-credentials --format env)\"");
        return CZ_DENIED;
    }
    return rc;
}

static int from_instance(credentials **out, const char *region, transport *t, cz_error *err)
{
    credential_source source;
    const bool web = environment("AWS_WEB_IDENTITY_TOKEN_FILE") && environment("AWS_ROLE_ARN");
    const bool container = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
                           environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    const instance_kind kind = web ? INSTANCE_WEB : container ? INSTANCE_CONTAINER : INSTANCE_EC2;
    if (kind == INSTANCE_EC2 && environment_yes("AWS_EC2_METADATA_DISABLED")) {
        cz_fail(err, CZ_DENIED, "no credentials are set");
        cz_hint(err,
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; for a public "
                "bucket AWS_NO_SIGN_REQUEST=YES");
        return CZ_DENIED;
    }
    const int rc = instance_credentials_open(&source, kind, region, t, err);
    return rc == CZ_OK ? credentials_renewed(out, source, err) : rc;
}

static int find_keys(credentials **out, const profile *p, const char *region, transport *t,
                     cz_error *err)
{
    credential c = {0};
    const bool anonymous = environment_yes("AWS_NO_SIGN_REQUEST");
    int rc = anonymous ? CZ_OK : from_environment(&c, err);
    if (rc == CZ_OK && !anonymous && !c.id && !environment("AWS_WEB_IDENTITY_TOKEN_FILE"))
        rc = from_profile(&c, p, err);
    if (rc == CZ_OK && !anonymous && !c.id)
        return from_instance(out, region, t, err);
    if (rc == CZ_OK)
        return credentials_fixed(out, &c, err);
    credential_free(&c);
    return rc;
}

/* ---- Other settings
 * -------------------------------------------------------------------------------- */

/* The first of two variables that is set, else the profile's value, else `fallback` (or NULL). */
static int find(char **out, const char *first, const char *second, const profile *p,
                const char *name, const char *fallback, cz_error *err)
{
    int rc = environment_copy(out, environment(first) ? first : second, err);
    if (rc == CZ_OK && !*out)
        rc = profile_value(out, p, name, err);
    if (rc == CZ_OK && !*out && fallback && !(*out = strdup(fallback)))
        rc = cz_fail_memory(err, "%s", first);
    return rc;
}

int aws_settings_find(aws_settings *out, transport *t, cz_error *err)
{
    profile p;
    const char *virtual_host = environment("AWS_VIRTUAL_HOSTING");
    const char *payer = environment("AWS_REQUEST_PAYER");
    aws_settings s = {.host_style = environment_yes("AWS_VIRTUAL_HOSTING"),
                      .requester_pays = payer && strcmp(payer, "requester") == 0};
    s.path_style = virtual_host && !s.host_style;
    int rc = profile_open(&p, err);
    if (rc == CZ_OK)
        rc = find(&s.region, "AWS_REGION", "AWS_DEFAULT_REGION", &p, "region", "us-east-1", err);
    if (rc == CZ_OK)
        rc = find(&s.endpoint, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", &p, "endpoint_url", NULL,
                  err);
    if (rc == CZ_OK)
        rc = find_keys(&s.keys, &p, s.region, t, err);
    profile_close(&p);
    if (rc < 0)
        aws_settings_free(&s);
    *out = s;
    return rc;
}

void aws_settings_free(aws_settings *s)
{
    credentials_close(&s->keys);
    free(s->region);
    free(s->endpoint);
    *s = (aws_settings){0};
}
