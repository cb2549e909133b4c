/* Comparing an object with local data, so that a resumed conversion need not read back what it put.
 */
#include <stdio.h>
#include <string.h>

#include "store/text/encode.h"
#include "store/cloud/remote_request.h"

static bool is_hex(const char *text, size_t n)
{
    return strspn(text, "0123456789abcdef") >= n;
}

/* Azure returns the Content-MD5 that a blob was put with. The ETag of S3 and Google is the MD5 (32
 * digits in quotes) of an object that was put in one request and is not encrypted with a customer's
 * key. Other ETags may look like an MD5 by chance: so a match proves equality, but a mismatch
 * proves nothing. */
void remote_read_md5(char md5[MD5_HEX + 1], const http_answer *a)
{
    const char *etag = http_answer_header(a, "ETag"), *kept = http_answer_header(a, "Content-MD5");
    buf raw = {0};
    md5[0] = '\0';
    if (kept && base64_decode(&raw, kept) && raw.len == MD5_HEX / 2 && !raw.bad) {
        for (size_t i = 0; i < raw.len; i++)
            (void)snprintf(md5 + 2 * i, 3, "%02x", raw.at[i]);
    } else if (etag && strlen(etag) == MD5_HEX + 2 && etag[0] == '"' && is_hex(etag + 1, MD5_HEX)) {
        memcpy(md5, etag + 1, MD5_HEX);
        md5[MD5_HEX] = '\0';
    }
    buf_free(&raw);
}

static bool has_md5(const void *data, size_t len, const char *md5)
{
    char hex[MD5_HEX + 1];
    digest *d = NULL;
    if (md5[0] == '\0' || digest_new(&d, DIGEST_MD5, NULL) < 0)
        return false;
    digest_update(d, data, len);
    const bool same = digest_final_hex(d, hex, NULL) == CZ_OK && strcmp(hex, md5) == 0;
    digest_free(&d);
    return same;
}

int remote_same(object_store *os, const char *key, const void *data, size_t len, bool *ret_same,
                cz_error *err)
{
    remote_request r;
    remote_prepare(&r, (remote *)os, PROVIDER_STAT, key);
    const int rc = remote_run(&r, err);
    *ret_same = rc == CZ_OK && r.size == len && has_md5(data, len, r.md5);
    if (rc == CZ_ABSENT)
        return CZ_OK;
    if (rc == CZ_OK && r.size == len && !*ret_same)
        return os_same_read(os, key, data, len, ret_same, err);
    return rc;
}
