#include "store/cloud/body.h"

#include <string.h>

#include "store/text/encode.h"

bool body_is_sent(const provider_request *r)
{
    return r->op == PROVIDER_PUT || r->op == PROVIDER_PART || r->op == PROVIDER_PARTS_END;
}

int body_sha256(char hex[SHA256_HEX + 1], const provider_request *r, cz_error *err)
{
    const size_t n = body_is_sent(r) ? r->body_len : 0;
    if (r->sums && r->sums->sha256[0]) {
        memcpy(hex, r->sums->sha256, SHA256_HEX + 1);
        return CZ_OK;
    }
    const int rc = sha256_hex(hex, r->body, n, err);
    if (rc == CZ_OK && r->sums)
        memcpy(r->sums->sha256, hex, SHA256_HEX + 1);
    return rc;
}

static int compute_md5(char hex[MD5_HEX + 1], const provider_request *r, cz_error *err)
{
    digest *d = NULL;
    int rc = digest_new(&d, DIGEST_MD5, err);
    if (rc < 0)
        return rc;
    digest_update(d, r->body, r->body_len);
    rc = digest_final_hex(d, hex, err);
    digest_free(&d);
    return rc;
}

int body_md5(buf *out, const provider_request *r, cz_error *err)
{
    char hex[MD5_HEX + 1];
    int rc = CZ_OK;
    if (r->sums && r->sums->md5[0])
        memcpy(hex, r->sums->md5, sizeof hex);
    else
        rc = compute_md5(hex, r, err);
    if (rc == CZ_UNSUPPORTED)
        return CZ_OK;
    if (rc < 0)
        return rc;
    if (r->sums)
        memcpy(r->sums->md5, hex, sizeof hex);
    base64_of_hex(out, hex);
    return out->bad ? cz_fail_memory(err, "%s: headers", r->key) : CZ_OK;
}

const char *body_type(const char *key)
{
    const size_t n = strlen(key), suffix = strlen(".json");
    const bool json = n >= suffix && strcmp(key + n - suffix, ".json") == 0;
    return json ? "application/json" : "application/octet-stream";
}
