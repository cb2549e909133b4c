#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "store/text/encode.h"
#include "store/cloud/credentials/instance_parse.h"
#include "store/text/xml.h"
#include "store/json/json.h"

#define RESPONSE "the identity service's response"

time_t instance_parse_time(const char *when)
{
    int64_t ns;
    return timestamp_parse(&ns, when) ? (time_t)(ns / 1000000000) : 1;
}

static int copied(credential *c, cz_error *err)
{
    if (c->token)
        return CZ_OK;
    credential_free(c);
    return cz_fail_memory(err, RESPONSE);
}

int instance_parse_aws(credential *out, const void *body, size_t n, cz_error *err)
{
    cJSON *doc = NULL;
    const char *id, *secret, *token, *expires;
    int rc = json_parse(&doc, body, n, RESPONSE, err);
    if (rc == CZ_OK)
        rc = json_text(&id, doc, "AccessKeyId", RESPONSE, err);
    if (rc == CZ_OK)
        rc = json_text(&secret, doc, "SecretAccessKey", RESPONSE, err);
    if (rc == CZ_OK)
        rc = json_text(&token, doc, "Token", RESPONSE, err);
    if (rc == CZ_OK)
        rc = json_text(&expires, doc, "Expiration", RESPONSE, err);
    if (rc == CZ_OK) {
        const credential found = {.id = (char *)(uintptr_t)id,
                                  .secret = (char *)(uintptr_t)secret,
                                  .token = (char *)(uintptr_t)token,
                                  .expires = instance_parse_time(expires)};
        rc = credential_copy(out, &found, err);
    }
    json_free(doc);
    return rc;
}

/* A number, or a number in a string, as Azure sends it. */
static bool number_at(uint64_t *out, const cJSON *doc, const char *name)
{
    const cJSON *item = json_at(doc, name);
    if (item && cJSON_IsString(item))
        return parse_decimal(out, item->valuestring);
    return item && json_u64(out, doc, name, RESPONSE, NULL) == CZ_OK;
}

int instance_parse_bearer(credential *out, const void *body, size_t n, time_t now, cz_error *err)
{
    cJSON *doc = NULL;
    const char *token;
    uint64_t t;
    credential c = {.expires = 1};
    int rc = json_parse(&doc, body, n, RESPONSE, err);
    if (rc == CZ_OK)
        rc = json_text(&token, doc, "access_token", RESPONSE, err);
    if (rc == CZ_OK) {
        if (number_at(&t, doc, "expires_on") && t < INT64_MAX)
            c.expires = (time_t)t;
        else if (number_at(&t, doc, "expires_in") && t < (UINT64_C(1) << 32))
            c.expires = now + (time_t)t;
        c.token = strdup(token);
        rc = copied(&c, err);
    }
    if (rc == CZ_OK)
        *out = c;
    json_free(doc);
    return rc;
}

/* A copy of an element's text; NULL if there is none. */
static char *element(const void *body, size_t n, const char *name)
{
    buf text = {0};
    const char *found = xml_find(&text, body, n, name) ? buf_text(&text) : NULL;
    char *copy = found ? strdup(found) : NULL;
    buf_free_secret(&text);
    return copy;
}

int instance_parse_sts(credential *out, const void *body, size_t n, cz_error *err)
{
    char *expires = element(body, n, "Expiration");
    credential c = {.id = element(body, n, "AccessKeyId"),
                    .secret = element(body, n, "SecretAccessKey"),
                    .token = element(body, n, "SessionToken"),
                    .expires = expires ? instance_parse_time(expires) : 1};
    free(expires);
    if (!c.id || !c.secret || !c.token) {
        credential_free(&c);
        return cz_fail(err, CZ_FORMAT, RESPONSE ": no credentials");
    }
    *out = c;
    return CZ_OK;
}
