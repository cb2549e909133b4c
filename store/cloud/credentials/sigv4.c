#include "store/cloud/credentials/sigv4.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

const sigv4_kind sigv4_aws = {"AWS4", "aws4_request", "s3"};
const sigv4_kind sigv4_sts = {"AWS4", "aws4_request", "sts"};
const sigv4_kind sigv4_google = {"GOOG4", "goog4_request", "storage"};

void sigv4_time(char out[SIGV4_TIME], time_t now)
{
    struct tm t;
    if (!gmtime_r(&now, &t) || strftime(out, SIGV4_TIME, "%Y%m%dT%H%M%SZ", &t) == 0)
        out[0] = '\0';
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const http_pair *)a)->name, ((const http_pair *)b)->name);
}

/* Trim spaces, and collapse runs of them to one. */
static void add_trimmed(buf *out, const char *value)
{
    value += strspn(value, " ");
    while (*value) {
        const size_t word = strcspn(value, " ");
        buf_add(out, value, word);
        value += word;
        value += strspn(value, " ");
        if (*value)
            buf_add(out, " ", 1);
    }
}

static void add_signed_names(buf *out, const sigv4_request *r)
{
    for (size_t i = 0; i < r->n_headers; i++)
        buf_printf(out, "%s%s", i > 0 ? ";" : "", r->header[i].name);
}

void sigv4_canonical(buf *out, sigv4_request *r)
{
    qsort(r->header, r->n_headers, sizeof *r->header, by_name);
    buf_printf(out, "%s\n%s\n%s\n", r->method, r->path, r->query);
    for (size_t i = 0; i < r->n_headers; i++) {
        buf_printf(out, "%s:", r->header[i].name);
        add_trimmed(out, r->header[i].value);
        buf_add(out, "\n", 1);
    }
    buf_add(out, "\n", 1);
    add_signed_names(out, r);
    buf_printf(out, "\n%s", r->payload_hash);
}

static void add_scope(buf *out, const sigv4_kind *kind, const char *when, const char *region)
{
    buf_printf(out, "%.8s/%s/%s/%s", when, region, kind->service, kind->request);
}

int sigv4_string_to_sign(buf *out, const sigv4_kind *kind, sigv4_request *r, const char *when,
                         const char *region, cz_error *err)
{
    char hex[SHA256_HEX + 1];
    buf canonical = {0};
    sigv4_canonical(&canonical, r);
    int rc = canonical.bad ? cz_fail_memory(err, "signature")
                           : sha256_hex(hex, canonical.at, canonical.len, err);
    buf_free(&canonical);
    if (rc < 0)
        return rc;
    buf_printf(out, "%s-HMAC-SHA256\n%s\n", kind->scheme, when);
    add_scope(out, kind, when, region);
    buf_printf(out, "\n%s", hex);
    return out->bad ? cz_fail_memory(err, "signature") : CZ_OK;
}

/* The signing key of a day, region and service: an HMAC chain from the secret. */
static int signing_key(uint8_t key[HMAC_LEN], const sigv4_kind *kind, const char *when,
                       const char *region, const char *secret, cz_error *err)
{
    buf first = {0};
    buf_printf(&first, "%s%s", kind->scheme, secret);
    int rc = first.bad ? cz_fail_memory(err, "signature")
                       : hmac_sha256(key, first.at, first.len, when, 8, err);
    const char *const step[] = {region, kind->service, kind->request};
    for (size_t i = 0; rc == CZ_OK && i < sizeof step / sizeof *step; i++) {
        uint8_t next[HMAC_LEN];
        rc = hmac_sha256(next, key, HMAC_LEN, step[i], strlen(step[i]), err);
        memcpy(key, next, HMAC_LEN);
    }
    buf_free_secret(&first);
    return rc;
}

int sigv4_sign(buf *out, const sigv4_kind *kind, sigv4_request *r, const char *when,
               const char *region, const char *key_id, const char *secret, cz_error *err)
{
    uint8_t key[HMAC_LEN], signature[HMAC_LEN] = {0};
    buf text = {0};
    int rc = sigv4_string_to_sign(&text, kind, r, when, region, err);
    if (rc == CZ_OK)
        rc = signing_key(key, kind, when, region, secret, err);
    if (rc == CZ_OK)
        rc = hmac_sha256(signature, key, sizeof key, text.at, text.len, err);
    buf_free(&text);
    if (rc < 0)
        return rc;
    buf_printf(out, "%s-HMAC-SHA256 Credential=%s/", kind->scheme, key_id);
    add_scope(out, kind, when, region);
    buf_printf(out, ", SignedHeaders=");
    add_signed_names(out, r);
    buf_printf(out, ", Signature=");
    for (size_t i = 0; i < HMAC_LEN; i++)
        buf_printf(out, "%02x", signature[i]);
    return out->bad ? cz_fail_memory(err, "signature") : CZ_OK;
}
