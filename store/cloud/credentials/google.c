#include <stdlib.h>

#include "base/environment.h"
#include "store/cloud/credentials/instance.h"

static int find_keys(credentials **out, transport *t, cz_error *err)
{
    credential c = {0};
    credential_source source;
    const bool anonymous = environment_yes("GS_NO_SIGN_REQUEST");
    const bool has_key = environment("GS_ACCESS_KEY_ID") && environment("GS_SECRET_ACCESS_KEY");
    int rc = CZ_OK;
    if (!anonymous && has_key) {
        rc = environment_copy(&c.id, "GS_ACCESS_KEY_ID", err);
        if (rc == CZ_OK)
            rc = environment_copy(&c.secret, "GS_SECRET_ACCESS_KEY", err);
    } else if (!anonymous) {
        rc = environment_copy(&c.token, "GOOGLE_OAUTH_ACCESS_TOKEN", err);
    }
    if (rc == CZ_OK && (anonymous || c.id || c.token))
        return credentials_fixed(out, &c, err);
    credential_free(&c);
    if (rc == CZ_OK)
        rc = instance_credentials_open(&source, INSTANCE_GOOGLE, "", t, err);
    return rc == CZ_OK ? credentials_renewed(out, source, err) : rc;
}

int gs_settings_find(gs_settings *out, transport *t, cz_error *err)
{
    gs_settings s = {0};
    int rc = environment_copy(&s.endpoint, "GS_ENDPOINT_URL", err);
    if (rc == CZ_OK)
        rc = environment_copy(&s.payer, "GS_USER_PROJECT", err);
    if (rc == CZ_OK)
        rc = find_keys(&s.keys, t, err);
    if (rc < 0)
        gs_settings_free(&s);
    *out = s;
    return rc;
}

void gs_settings_free(gs_settings *s)
{
    credentials_close(&s->keys);
    free(s->endpoint);
    free(s->payer);
    *s = (gs_settings){0};
}
