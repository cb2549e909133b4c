#include "store/text/encode.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void uri_encode(buf *out, const char *text, bool keep_slash)
{
    static const char digit[] = "0123456789ABCDEF";
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        const char code[3] = {'%', digit[c >> 4], digit[c & 15]};
        if (is_unreserved(*text) || (keep_slash && *text == '/'))
            buf_add(out, text, 1);
        else
            buf_add(out, code, sizeof code);
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool uri_decode(char *text)
{
    char *to = text;
    for (; *text; text++) {
        if (*text != '%') {
            *to++ = *text;
            continue;
        }
        const int high = hex_value(text[1]);
        const int low = high < 0 ? -1 : hex_value(text[2]);
        if (low < 0 || (high == 0 && low == 0))
            return false;
        *to++ = (char)(high << 4 | low);
        text += 2;
    }
    *to = '\0';
    return true;
}

/* All names are ASCII, for which encoding does not change the order. */
static int by_name(const void *a, const void *b)
{
    const http_pair *x = a, *y = b;
    const int names = strcmp(x->name, y->name);
    return names ? names : strcmp(x->value, y->value);
}

void query_text(buf *out, http_pair *pair, size_t n)
{
    qsort(pair, n, sizeof *pair, by_name);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_add(out, "&", 1);
        uri_encode(out, pair[i].name, false);
        buf_add(out, "=", 1);
        uri_encode(out, pair[i].value, false);
    }
}

void base64_encode(buf *out, const void *p, size_t n)
{
    enum { BLOCK = 3 << 20 }; /* EVP_EncodeBlock() counts in int; no block but the last is padded */
    for (const uint8_t *at = p; n > 0;) {
        const size_t len = n < BLOCK ? n : BLOCK, text_len = (len + 2) / 3 * 4;
        uint8_t *to = buf_grow(out, text_len + 1);
        if (!to)
            return;
        (void)EVP_EncodeBlock(to, at, (int)len);
        out->len--; /* the NUL that EVP_EncodeBlock() appends */
        at += len;
        n -= len;
    }
}

/* EVP_DecodeBlock() skips white space, takes '=' for zero bits, and counts them, so the text is
 * checked before. */
bool base64_decode(buf *out, const char *text)
{
    const size_t n = strlen(text);
    const size_t digits =
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    const size_t padding = strspn(text + digits, "=");
    if (n % 4 != 0 || padding > 2 || digits + padding != n || n > INT_MAX)
        return false;
    if (n == 0)
        return true;
    uint8_t *to = buf_grow(out, n / 4 * 3);
    if (!to)
        return true; /* out is bad */
    const bool decoded = EVP_DecodeBlock(to, (const uint8_t *)text, (int)n) == (int)(n / 4 * 3);
    out->len -= decoded ? padding : n / 4 * 3;
    return decoded;
}

void base64_of_hex(buf *out, const char *hex)
{
    uint8_t raw[64];
    size_t n = 0;
    for (; n < sizeof raw && hex[2 * n]; n++) {
        const unsigned high = (unsigned)hex_value(hex[2 * n]);
        const unsigned low = (unsigned)hex_value(hex[2 * n + 1]);
        raw[n] = (uint8_t)(high << 4 | low);
    }
    base64_encode(out, raw, n);
}

int hmac_sha256(uint8_t out[HMAC_LEN], const void *key, size_t key_len, const void *data,
                size_t len, cz_error *err)
{
    unsigned n = HMAC_LEN;
    /* For libcrypto a NULL key means the previous one. */
    if (!HMAC(EVP_sha256(), key ? key : "", (int)key_len, data, len, out, &n) || n != HMAC_LEN)
        return cz_fail(err, CZ_IO, "HMAC-SHA-256: libcrypto failed");
    return CZ_OK;
}

void free_secret(char *text)
{
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
}

void buf_free_secret(buf *b)
{
    if (b->at)
        OPENSSL_cleanse(b->at, b->cap);
    buf_free(b);
}

bool parse_decimal(uint64_t *out, const char *text)
{
    uint64_t v = 0;
    if (*text == '\0')
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || v > (UINT64_MAX - 9) / 10)
            return false;
        v = 10 * v + (uint64_t)(*text - '0');
    }
    *out = v;
    return true;
}
