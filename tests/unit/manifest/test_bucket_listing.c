/* manifest/bucket_listing.c: pages of S3 and Azure. */
#include "manifest/bucket_listing.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"
#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/guard.h"

static int describe(void *user, const bucket_entry *e, cz_error *err)
{
    char time[TIMESTAMP_TEXT_MAX] = "-";
    (void)err;
    if (e->modified)
        timestamp_format(time, e->modified);
    buf_printf(user, "%s ", e->key);
    if (e->has_size)
        buf_printf(user, "%" PRIu64, e->size);
    buf_printf(user, " %s%s;", time, e->has_md5 ? " md5" : "");
    return CZ_OK;
}

static int parse(buf *got, buf *next, const char *page, size_t n, cz_error *err)
{
    guard g = guard_copy(page, n);
    const int rc = bucket_page_parse(g.at, g.len, "page", next, describe, got, err);
    guard_free(&g);
    return rc;
}

static void page_is(const char *page, int code, const char *entries, const char *token)
{
    buf got = {0}, next = {0};
    cz_error err = {0};
    cr_assert_eq(parse(&got, &next, page, strlen(page), &err), code, "%s: %s", page, err.message);
    if (code == CZ_OK) {
        cr_assert_str_eq(buf_text(&got), entries);
        cr_assert_str_eq(buf_text(&next), token);
    }
    buf_free(&got);
    buf_free(&next);
}

static const char s3[] =
    "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>true</IsTruncated>"
    "<Contents><Key>raw/a+b%2Fc.mov</Key><LastModified>2018-07-12T00:16:05.000Z</LastModified>"
    "<ETag>&quot;x&quot;</ETag><Size>9223372036854775807</Size></Contents>"
    "<Contents><Key>d.mov</Key></Contents><NextContinuationToken>1==</NextContinuationToken>"
    "<EncodingType>url</EncodingType></ListBucketResult>";
static const char azure[] =
    "<EnumerationResults><Blobs><Blob><Name>a b+c.mov</Name><Properties>"
    "<Last-Modified>Thu, 12 Jul 2018 00:16:00 GMT</Last-Modified>"
    "<Content-Length>7</Content-Length><Content-MD5>AAECAwQFBgcICQoLDA0ODw==</Content-MD5>"
    "</Properties></Blob><Blob><Name>d.mov</Name><Properties><Content-MD5>AAEC</Content-MD5>"
    "<Last-Modified>yesterday</Last-Modified></Properties></Blob></Blobs>"
    "<NextMarker>2!</NextMarker></EnumerationResults>";

Test(bucket_listing, pages)
{
    page_is(s3, CZ_OK, "raw/a b/c.mov 9223372036854775807 2018-07-12T00:16:05Z;d.mov  -;", "1==");
    page_is(azure, CZ_OK, "a b+c.mov 7 2018-07-12T00:16:00Z md5;d.mov  -;", "2!");
    page_is("<ListBucketResult/>", CZ_OK, "", "");
    page_is("<EnumerationResults><NextMarker/></EnumerationResults>", CZ_OK, "", "");
    page_is("<ListBucketResult><NextContinuationToken>stale</NextContinuationToken>"
            "<IsTruncated>false</IsTruncated></ListBucketResult>",
            CZ_OK, "", "");
}

Test(bucket_listing, malformed_pages)
{
    static const char *const pages[] = {
        "",
        "<html/>",
        "<Error><Code>AccessDenied</Code></Error>",
        "<!DOCTYPE a><ListBucketResult/>",
        "<ListBucketResult><Contents><Key>a</Key>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListBucketResult><Contents><Size>-1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Size>18446744073709551615</Size></Contents>"
        "</ListBucketResult>",
        "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%zz</Key></Contents>"
        "</ListBucketResult>",
        "<EnumerationResults><Blobs><Blob><Properties><Content-Length>x</Content-Length>"
        "</Properties></Blob></Blobs></EnumerationResults>",
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        page_is(pages[i], CZ_FORMAT, "", "");
}

Test(bucket_listing, every_cut_of_a_page)
{
    static const char *const pages[] = {s3, azure};
    for (size_t i = 0; i < 2; i++)
        for (size_t n = 0; n < strlen(pages[i]); n++) {
            buf got = {0}, next = {0};
            cr_assert_eq(parse(&got, &next, pages[i], n, NULL), CZ_FORMAT, "%zu bytes", n);
            buf_free(&got);
            buf_free(&next);
        }
}

Test(bucket_listing, without_memory)
{
    for (size_t n = 1;; n++) {
        buf got = {0}, next = {0};
        cz_error err;
        buf_printf(&got, "%500s", "");
        alloc_fail_at(n);
        const int rc =
            bucket_page_parse(azure, sizeof azure - 1, "page", &next, describe, &got, &err);
        const bool failed = alloc_fail_end();
        const bool lost_digest = rc == CZ_OK && failed; /* base64 without memory: no digest */
        cr_assert(rc == CZ_NOMEM || !failed || lost_digest, "allocation %zu: %d", n, rc);
        buf_free(&got);
        buf_free(&next);
        if (!failed)
            break;
    }
}

/* Not the key of the entry before it. */
Test(bucket_listing, an_entry_without_a_key)
{
    page_is("<ListBucketResult><Contents><Key>a.mov</Key></Contents><Contents><Size>7</Size>"
            "</Contents></ListBucketResult>",
            CZ_FORMAT, "", "");
    page_is("<EnumerationResults><Blobs><Blob><Name>a.mov</Name></Blob><Blob></Blob></Blobs>"
            "</EnumerationResults>",
            CZ_FORMAT, "", "");
}
