#include "store/cloud/shared_key.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(((const http_pair *)a)->name, ((const http_pair *)b)->name);
}

static const char *header_value(const shared_key_request *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++)
        if (strcmp(r->header[i].name, name) == 0)
            return r->header[i].value;
    return "";
}

void shared_key_string_to_sign(buf *out, shared_key_request *r, const char *account)
{
    static const char *const before[] = {"content-encoding", "content-language"};
    static const char *const behind[] = {"content-md5",         "content-type", "date",
                                         "if-modified-since",   "if-match",     "if-none-match",
                                         "if-unmodified-since", "range"};
    buf_printf(out, "%s\n", r->method);
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        buf_printf(out, "%s\n", header_value(r, before[i]));
    if (r->length > 0)
        buf_printf(out, "%" PRIu64, r->length);
    buf_printf(out, "\n");
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
        buf_printf(out, "%s\n", header_value(r, behind[i]));
    qsort(r->header, r->n_headers, sizeof *r->header, by_name);
    for (size_t i = 0; i < r->n_headers; i++)
        if (strncmp(r->header[i].name, "x-ms-", 5) == 0)
            buf_printf(out, "%s:%s\n", r->header[i].name, r->header[i].value);
    buf_printf(out, "/%s%s", account, r->path);
    if (r->n_query > 0)
        qsort(r->query, r->n_query, sizeof *r->query, by_name);
    for (size_t i = 0; i < r->n_query; i++)
        buf_printf(out, "\n%s:%s", r->query[i].name, r->query[i].value);
}

int shared_key_sign(buf *out, shared_key_request *r, const char *account, const char *key,
                    cz_error *err)
{
    uint8_t signature[HMAC_LEN];
    buf text = {0}, secret = {0};
    int rc = CZ_OK;
    if (!base64_decode(&secret, key))
        rc = cz_fail(err, CZ_USAGE, "account %s: the key is not base64", account);
    shared_key_string_to_sign(&text, r, account);
    if (rc == CZ_OK && (text.bad || secret.bad))
        rc = cz_fail_memory(err, "signature");
    if (rc == CZ_OK)
        rc = hmac_sha256(signature, secret.at, secret.len, text.at, text.len, err);
    if (rc == CZ_OK) {
        buf_printf(out, "SharedKey %s:", account);
        base64_encode(out, signature, sizeof signature);
        if (out->bad)
            rc = cz_fail_memory(err, "signature");
    }
    buf_free(&text);
    buf_free_secret(&secret);
    return rc;
}
