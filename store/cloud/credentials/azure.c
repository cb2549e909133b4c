#include <stdlib.h>
#include <string.h>

#include "store/text/encode.h"
#include "base/environment.h"
#include "store/cloud/credentials/instance.h"

/* The emulator's account and key, which are public (Microsoft: "Use the Azurite emulator"). */
#define EMULATOR_ACCOUNT "devstoreaccount1"
#define EMULATOR_KEY                                                                               \
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
#define EMULATOR_ENDPOINT "http://127.0.0.1:10000/" EMULATOR_ACCOUNT

/* ---- AZURE_STORAGE_CONNECTION_STRING --------------------------------------------------------- */

/* A value of "Name=value;Name=value", or NULL; the caller frees it. */
static int value_of(char **out, const char *text, const char *name, cz_error *err)
{
    const size_t n = strlen(name);
    *out = NULL;
    while (text && *text) {
        const size_t part = strcspn(text, ";");
        if (part > n && strncmp(text, name, n) == 0 && text[n] == '=') {
            *out = strndup(text + n + 1, part - n - 1);
            if (!*out)
                return cz_fail_memory(err, "AZURE_STORAGE_CONNECTION_STRING");
            return CZ_OK;
        }
        text += part + (text[part] ? 1 : 0);
    }
    return CZ_OK;
}

static int from_connection(azure_settings *s, credential *c, const char *text, cz_error *err)
{
    char *emulator = NULL;
    int rc = value_of(&s->account, text, "AccountName", err);
    if (rc == CZ_OK)
        rc = value_of(&c->secret, text, "AccountKey", err);
    if (rc == CZ_OK)
        rc = value_of(&s->sas, text, "SharedAccessSignature", err);
    if (rc == CZ_OK)
        rc = value_of(&s->endpoint, text, "BlobEndpoint", err);
    if (rc == CZ_OK)
        rc = value_of(&emulator, text, "UseDevelopmentStorage", err);
    if (rc == CZ_OK && emulator && strcmp(emulator, "true") == 0) {
        free(s->account);
        free(s->endpoint);
        free_secret(c->secret);
        s->account = strdup(EMULATOR_ACCOUNT);
        s->endpoint = strdup(EMULATOR_ENDPOINT);
        c->secret = strdup(EMULATOR_KEY);
        if (!s->account || !s->endpoint || !c->secret)
            rc = cz_fail_memory(err, "AZURE_STORAGE_CONNECTION_STRING");
    }
    free(emulator);
    return rc;
}

/* ---- Other variables -------------------------------------------------------------------- */

/* Copy a variable unless the value is known. */
static int fill(char **out, const char *name, cz_error *err)
{
    return *out ? CZ_OK : environment_copy(out, name, err);
}

static int default_endpoint(char **out, const char *account, cz_error *err)
{
    buf url = {0};
    buf_printf(&url, "https://%s.blob.core.windows.net", account);
    const char *text = buf_text(&url);
    *out = text && !url.bad ? strdup(text) : NULL;
    buf_free(&url);
    return *out ? CZ_OK : cz_fail_memory(err, "account %s", account);
}

static int find_account(azure_settings *s, cz_error *err)
{
    int rc = fill(&s->account, "AZURE_STORAGE_ACCOUNT", err);
    if (rc == CZ_OK)
        rc = fill(&s->endpoint, "AZURE_STORAGE_BLOB_ENDPOINT", err);
    if (rc < 0)
        return rc;
    if (!s->account && !s->endpoint) {
        cz_fail(err, CZ_USAGE, "az://: no storage account");
        cz_hint(err, "set AZURE_STORAGE_ACCOUNT, or AZURE_STORAGE_CONNECTION_STRING");
        return CZ_USAGE;
    }
    return s->endpoint ? CZ_OK : default_endpoint(&s->endpoint, s->account, err);
}

/* Portals show a SAS with a leading '?'; it is appended to a query. */
static void strip_question_mark(char *sas)
{
    if (sas && sas[0] == '?')
        memmove(sas, sas + 1, strlen(sas));
}

static int find_keys(azure_settings *s, credential *c, transport *t, cz_error *err)
{
    credential_source source;
    const bool anonymous = environment_yes("AZURE_NO_SIGN_REQUEST");
    int rc = CZ_OK;
    if (!anonymous && !s->sas)
        rc = fill(&c->secret, "AZURE_STORAGE_KEY", err);
    if (rc == CZ_OK && !anonymous && !c->secret)
        rc = fill(&s->sas, "AZURE_STORAGE_SAS_TOKEN", err);
    if (rc == CZ_OK && anonymous) {
        credential_free(c);
        free_secret(s->sas);
        s->sas = NULL;
    }
    if (c->secret) { /* the key has all permissions, and signs the whole request */
        free_secret(s->sas);
        s->sas = NULL;
    }
    strip_question_mark(s->sas);
    if (rc == CZ_OK && c->secret && !s->account) {
        cz_fail(err, CZ_USAGE, "az://: key without a storage account");
        cz_hint(err, "set AZURE_STORAGE_ACCOUNT");
        return CZ_USAGE;
    }
    if (rc == CZ_OK && (anonymous || c->secret || s->sas))
        return credentials_fixed(&s->keys, c, err);
    if (rc == CZ_OK)
        rc = instance_credentials_open(&source, INSTANCE_AZURE, "", t, err);
    return rc == CZ_OK ? credentials_renewed(&s->keys, source, err) : rc;
}

int azure_settings_find(azure_settings *out, transport *t, cz_error *err)
{
    azure_settings s = {0};
    credential c = {0};
    const char *connection = environment("AZURE_STORAGE_CONNECTION_STRING");
    int rc = connection ? from_connection(&s, &c, connection, err) : CZ_OK;
    if (rc == CZ_OK)
        rc = find_account(&s, err);
    if (rc == CZ_OK)
        rc = find_keys(&s, &c, t, err);
    credential_free(&c);
    if (rc < 0)
        azure_settings_free(&s);
    *out = s;
    return rc;
}

void azure_settings_free(azure_settings *s)
{
    credentials_close(&s->keys);
    free(s->account);
    free_secret(s->sas);
    free(s->endpoint);
    *s = (azure_settings){0};
}
