#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>

struct digest {
    EVP_MD_CTX *ctx;
    const EVP_MD *md;
    const char *name;
    bool bad; /* libcrypto failed since the start of this digest */
};

/* libcrypto has either no such digest, as MD5 in FIPS mode, or no memory: a provider that could not
 * be loaded for lack of it is reported as unsupported, too. */
static int refused(bool md5, const char *name, cz_error *err)
{
    if (md5 && ERR_GET_REASON(ERR_peek_error()) == ERR_R_UNSUPPORTED)
        return cz_fail(err, CZ_UNSUPPORTED, "%s: libcrypto refuses it (FIPS mode?)", name);
    return cz_fail_memory(err, "%s", name);
}

int digest_new(digest **out, digest_kind kind, cz_error *err)
{
    *out = NULL;
    static const char *const names[] = {
        [DIGEST_MD5] = "MD5", [DIGEST_SHA256] = "SHA-256", [DIGEST_SHA1] = "SHA-1"};
    const bool md5 = kind == DIGEST_MD5;
    const char *name = names[kind];
    digest *d = calloc(1, sizeof *d);
    /* OpenSSL 3.0 crashes in a fetch when it ran out of memory while it was set up. */
    const bool ready = OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) == 1;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int rc = CZ_OK;
    if (!d || !ctx || !ready) {
        rc = cz_fail_memory(err, "%s", name);
        goto end;
    }
    const EVP_MD *md = md5 ? EVP_md5() : kind == DIGEST_SHA1 ? EVP_sha1() : EVP_sha256();
    ERR_clear_error();
    if (EVP_DigestInit_ex(ctx, md, NULL) != 1) {
        rc = refused(md5, name, err);
        goto end;
    }
    *d = (digest){.ctx = ctx, .md = md, .name = name};
    *out = d;
    d = NULL;
    ctx = NULL;
end:
    EVP_MD_CTX_free(ctx);
    free(d);
    return rc;
}

void digest_update(digest *d, const void *p, size_t n)
{
    if (n && EVP_DigestUpdate(d->ctx, p, n) != 1)
        d->bad = true;
}

int digest_final_hex(digest *d, char *hex, cz_error *err)
{
    static const char digit[] = "0123456789abcdef";
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    const bool good = EVP_DigestFinal_ex(d->ctx, sum, &n) == 1 && !d->bad;
    d->bad = EVP_DigestInit_ex(d->ctx, d->md, NULL) != 1;
    if (!good) {
        hex[0] = '\0';
        return cz_fail(err, CZ_IO, "%s: libcrypto failed", d->name);
    }
    for (unsigned int i = 0; i < n; i++) {
        *hex++ = digit[sum[i] >> 4];
        *hex++ = digit[sum[i] & 15];
    }
    *hex = '\0';
    return CZ_OK;
}

void digest_free(digest **d)
{
    if (!d || !*d)
        return;
    EVP_MD_CTX_free((*d)->ctx);
    free(*d);
    *d = NULL;
}

static int hex_of(digest_kind kind, char *hex, const void *p, size_t n, cz_error *err)
{
    digest *d = NULL;
    int rc = digest_new(&d, kind, err);
    if (!d)
        return rc;
    digest_update(d, p, n);
    rc = digest_final_hex(d, hex, err);
    digest_free(&d);
    return rc;
}

int sha256_hex(char hex[SHA256_HEX + 1], const void *p, size_t n, cz_error *err)
{
    return hex_of(DIGEST_SHA256, hex, p, n, err);
}

int sha1_hex(char hex[SHA1_HEX + 1], const void *p, size_t n, cz_error *err)
{
    return hex_of(DIGEST_SHA1, hex, p, n, err);
}
