#include <stdlib.h>
#include <string.h>

#include "base/environment.h"
#include "store/cloud/credentials/aws_source.h"
#include "store/cloud/credentials/instance.h"

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

static const char *profile_name(void)
{
    const char *name = environment("AWS_PROFILE");
    return name ? name : "default";
}

/* *out stays NULL if the default profile has no credentials. */
static int from_profile(credentials **out, const aws_files *f, const char *region, transport *t,
                        cz_error *err)
{
    const char *name = profile_name();
    credential_source source;
    bool found = false;
    int rc = aws_profile_has_credentials(&found, f, name, err);
    if (rc == CZ_OK && found)
        rc = aws_source_open(&source, name, region, t, err);
    if (rc == CZ_OK && found)
        return credentials_renewed(out, source, err);
    if (rc < 0 || !environment("AWS_PROFILE"))
        return rc;
    cz_fail(err, CZ_DENIED, "AWS_PROFILE: %s %.64s%s",
            aws_profile_exists(f, name) ? "the profile" : "no profile", name,
            aws_profile_exists(f, name) ? " has no credentials" : "");
    cz_hint(err, "profiles are read from ~/.aws/credentials and ~/.aws/config; eval \"$(aws "
                 "configure export-credentials --format env)\" gives the keys of one once");
    return CZ_DENIED;
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

static int find_keys(credentials **out, const aws_files *f, const char *region, transport *t,
                     cz_error *err)
{
    credential c = {0};
    const bool anonymous = environment_yes("AWS_NO_SIGN_REQUEST");
    int rc = anonymous ? CZ_OK : from_environment(&c, err);
    if (rc == CZ_OK && !anonymous && !c.id) {
        if (!environment("AWS_WEB_IDENTITY_TOKEN_FILE"))
            rc = from_profile(out, f, region, t, err);
        return rc == CZ_OK && !*out ? from_instance(out, region, t, err) : rc;
    }
    if (rc == CZ_OK)
        return credentials_fixed(out, &c, err);
    credential_free(&c);
    return rc;
}

/* ---- Other settings -------------------------------------------------------------------------- */

/* AWS_REGION, AWS_DEFAULT_REGION, the profile's, or the usual one. */
static int find_region(char **out, const aws_files *f, cz_error *err)
{
    int rc =
        environment_copy(out, environment("AWS_REGION") ? "AWS_REGION" : "AWS_DEFAULT_REGION", err);
    if (rc == CZ_OK && !*out)
        rc = aws_profile_value(out, f, profile_name(), "region", err);
    if (rc < 0 || *out)
        return rc;
    *out = strdup("us-east-1");
    return *out ? CZ_OK : cz_fail_memory(err, "AWS_REGION");
}

static int find_endpoint(char **out, const aws_files *f, cz_error *err)
{
    const char *first = "AWS_ENDPOINT_URL_S3";
    if (environment_yes("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))
        return CZ_OK;
    int rc = environment_copy(out, environment(first) ? first : "AWS_ENDPOINT_URL", err);
    if (rc == CZ_OK && !*out)
        rc = aws_profile_endpoint(out, f, profile_name(), "s3", err);
    return rc;
}

int aws_settings_find(aws_settings *out, transport *t, cz_error *err)
{
    aws_files f;
    credentials *keys = NULL;
    const char *virtual_host = environment("AWS_VIRTUAL_HOSTING");
    const char *payer = environment("AWS_REQUEST_PAYER");
    aws_settings s = {.host_style = environment_yes("AWS_VIRTUAL_HOSTING"),
                      .requester_pays = payer && strcmp(payer, "requester") == 0};
    s.path_style = virtual_host && !s.host_style;
    int rc = aws_files_read(&f, err);
    if (rc == CZ_OK)
        rc = find_region(&s.region, &f, err);
    if (rc == CZ_OK)
        rc = find_endpoint(&s.endpoint, &f, err);
    if (rc == CZ_OK)
        rc = find_keys(&keys, &f, s.region, t, err);
    s.keys = keys;
    aws_files_close(&f);
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
