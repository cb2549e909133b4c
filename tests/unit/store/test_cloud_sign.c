/* store/cloud/credentials/sigv4.c, store/cloud/shared_key.c and store/text/encode.c against
 * published requests and their signatures. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "store/cloud/shared_key.h"
#include "store/cloud/credentials/sigv4.h"
#include "tests/unit/support/alloc_fail.h"

/* Amazon S3, API reference, "Signature calculations for the Authorization header": its examples,
 * with the keys that they are made with. */
#define KEY_ID "AKIAIOSFODNN7EXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define WHEN "20130524T000000Z"
#define HOST "examplebucket.s3.amazonaws.com"

static void expect_signature(sigv4_request *r, const char *hash, const char *headers,
                             const char *signature)
{
    buf text = {0};
    cr_assert_eq(sigv4_string_to_sign(&text, &sigv4_aws, r, WHEN, "us-east-1", NULL), CZ_OK);
    char want[512];
    (void)snprintf(want, sizeof want,
                   "AWS4-HMAC-SHA256\n" WHEN "\n20130524/us-east-1/s3/aws4_request\n%s", hash);
    cr_assert_str_eq(buf_text(&text), want);
    text.len = 0;
    cr_assert_eq(sigv4_sign(&text, &sigv4_aws, r, WHEN, "us-east-1", KEY_ID, SECRET, NULL), CZ_OK);
    (void)snprintf(want, sizeof want,
                   "AWS4-HMAC-SHA256 Credential=" KEY_ID
                   "/20130524/us-east-1/s3/aws4_request, SignedHeaders=%s, Signature=%s",
                   headers, signature);
    cr_assert_str_eq(buf_text(&text), want);
    buf_free(&text);
}

Test(sigv4, get_of_a_range)
{
    http_pair header[] = {{"x-amz-date", WHEN},
                          {"range", "bytes=0-9"},
                          {"host", HOST},
                          {"x-amz-content-sha256", SIGV4_EMPTY_SHA256}};
    sigv4_request r = {"GET", "/test.txt", "", header, 4, SIGV4_EMPTY_SHA256};
    expect_signature(&r, "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
                     "host;range;x-amz-content-sha256;x-amz-date",
                     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

Test(sigv4, put_of_a_key_that_is_escaped)
{
    static const char hash[] = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
    http_pair header[] = {{"host", HOST},
                          {"date", "Fri, 24 May 2013 00:00:00 GMT"},
                          {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                          {"x-amz-content-sha256", hash},
                          {"x-amz-date", WHEN}};
    buf path = {0};
    uri_encode(&path, "/test$file.text", true);
    cr_assert_str_eq(buf_text(&path), "/test%24file.text");
    sigv4_request r = {"PUT", buf_text(&path), "", header, 5, hash};
    expect_signature(&r, "9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d",
                     "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    buf_free(&path);
}

static void expect_query(http_pair *pair, size_t n, const char *query, const char *hash,
                         const char *signature)
{
    http_pair header[] = {
        {"host", HOST}, {"x-amz-content-sha256", SIGV4_EMPTY_SHA256}, {"x-amz-date", WHEN}};
    buf text = {0};
    query_text(&text, pair, n);
    cr_assert_str_eq(buf_text(&text), query);
    sigv4_request r = {"GET", "/", buf_text(&text), header, 3, SIGV4_EMPTY_SHA256};
    expect_signature(&r, hash, "host;x-amz-content-sha256;x-amz-date", signature);
    buf_free(&text);
}

Test(sigv4, queries)
{
    http_pair lifecycle[] = {{"lifecycle", ""}};
    expect_query(lifecycle, 1,
                 "lifecycle=", "9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca",
                 "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    http_pair list[] = {{"prefix", "J"}, {"max-keys", "2"}};
    expect_query(list, 2, "max-keys=2&prefix=J",
                 "df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7",
                 "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

/* Made with Python's hmac from the canonical request as Google's manual has it. */
Test(sigv4, google_prefixes)
{
    static const char hash[] = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    http_pair header[] = {{"host", "storage.googleapis.com"},
                          {"x-goog-if-generation-match", "0"},
                          {"x-goog-date", "20240102T030405Z"},
                          {"x-goog-content-sha256", hash}};
    sigv4_request r = {"PUT", "/bucket/a/b%20c.json", "", header, 4, hash};
    buf text = {0};
    cr_assert_eq(sigv4_sign(&text, &sigv4_google, &r, "20240102T030405Z", "auto", "GOOG1EXAMPLE",
                            "bGoa+V7g/yqDXvKRqq+JTFn4uQZbPiQJo4pf9RzJ", NULL),
                 CZ_OK);
    cr_assert_str_eq(
        buf_text(&text),
        "GOOG4-HMAC-SHA256 Credential=GOOG1EXAMPLE/20240102/auto/storage/goog4_request, "
        "SignedHeaders=host;x-goog-content-sha256;x-goog-date;x-goog-if-generation-match, "
        "Signature=4290234f15c8a39f5b9602e6c61c3081a3892497154d78f6aa11b7c508812f23");
    buf_free(&text);
}

/* The signature suite's "get-header-value-trim". */
Test(sigv4, spaces_in_values_are_trimmed)
{
    http_pair header[] = {{"my-header2", " \"a   b   c\" "}, {"my-header1", " value1"}};
    sigv4_request r = {"GET", "/", "", header, 2, SIGV4_EMPTY_SHA256};
    buf text = {0};
    sigv4_canonical(&text, &r);
    cr_assert_str_eq(buf_text(&text), "GET\n/\n\nmy-header1:value1\nmy-header2:\"a b c\"\n\n"
                                      "my-header1;my-header2\n" SIGV4_EMPTY_SHA256);
    buf_free(&text);
}

Test(sigv4, times)
{
    char when[SIGV4_TIME];
    sigv4_time(when, 1369353600);
    cr_assert_str_eq(when, WHEN);
}

Test(sigv4, without_memory)
{
    http_pair header[] = {{"host", HOST}};
    sigv4_request r = {"GET", "/", "", header, 1, SIGV4_EMPTY_SHA256};
    for (size_t n = 1;; n++) {
        buf text = {0};
        alloc_fail_at(n);
        const int rc = sigv4_sign(&text, &sigv4_aws, &r, WHEN, "us-east-1", KEY_ID, SECRET, NULL);
        const bool failed = alloc_fail_end();
        buf_free(&text);
        cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK);
        if (!failed)
            break;
    }
}

/* Microsoft, "Authorize with Shared Key": the example of Get Container Metadata. The key is the
 * emulator's, and the signature is Python's hmac of that text. */
Test(shared_key, get_container_metadata)
{
    static const char key[] = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/"
                              "K1SZFPTOtr/KBHBeksoGMGw==";
    http_pair query[] = {{"restype", "container"}, {"timeout", "20"}, {"comp", "metadata"}};
    http_pair header[] = {{"x-ms-version", "2015-02-21"},
                          {"x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"}};
    shared_key_request r = {"GET", "/mycontainer", query, 3, 0, header, 2};
    buf text = {0};
    shared_key_string_to_sign(&text, &r, "myaccount");
    cr_assert_str_eq(buf_text(&text),
                     "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n"
                     "x-ms-version:2015-02-21\n/myaccount/mycontainer\ncomp:metadata\n"
                     "restype:container\ntimeout:20");
    text.len = 0;
    cr_assert_eq(shared_key_sign(&text, &r, "myaccount", key, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&text),
                     "SharedKey myaccount:1u9lui2jDxj0+fpbHjQ5m5NnastJRSYM+PSmfi8TXx4=");
    buf_free(&text);
}

/* The same page, Put Blob: where each of the other headers stands. */
Test(shared_key, put_blob)
{
    http_pair header[] = {{"content-md5", "md5"},
                          {"if-none-match", "*"},
                          {"content-type", "text/plain"},
                          {"x-ms-blob-type", "BlockBlob"},
                          {"range", "bytes=0-1"}};
    shared_key_request r = {"PUT", "/c/a%20b", NULL, 0, 11, header, 5};
    buf text = {0};
    shared_key_string_to_sign(&text, &r, "acc");
    cr_assert_str_eq(buf_text(&text), "PUT\n\n\n11\nmd5\ntext/plain\n\n\n\n*\n\nbytes=0-1\n"
                                      "x-ms-blob-type:BlockBlob\n/acc/c/a%20b");
    buf_free(&text);
}

Test(shared_key, invalid_key)
{
    http_pair header[] = {{"x-ms-date", "now"}};
    shared_key_request r = {"GET", "/c", NULL, 0, 0, header, 1};
    static const char *const none[] = {"abc", "ab=d", "a===", "a\xff==", "=abc", "abcd=abc"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        buf text = {0};
        cz_error err = {0};
        cr_assert_eq(shared_key_sign(&text, &r, "acc", none[i], &err), CZ_USAGE, "%s", none[i]);
        cr_assert_null(strstr(err.message, none[i]), "%s", err.message);
        buf_free(&text);
    }
}

/* RFC 4648, section 10. */
Test(encode, base64)
{
    static const char *const text[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        buf there = {0}, back = {0};
        base64_encode(&there, text[i][0], strlen(text[i][0]));
        cr_assert_str_eq(buf_text(&there), text[i][1]);
        cr_assert(base64_decode(&back, text[i][1]));
        cr_assert_str_eq(buf_text(&back), text[i][0]);
        buf_free(&there);
        buf_free(&back);
    }
    buf large = {0}, bytes = {0}; /* more than is encoded in one step */
    const size_t n = (3 << 20) + 1;
    memset(buf_grow(&bytes, n), 0xa5, n);
    base64_encode(&large, bytes.at, n);
    bytes.len = 0;
    cr_assert(base64_decode(&bytes, buf_text(&large)));
    cr_assert_eq(bytes.len, n);
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(bytes.at[i], 0xa5);
    buf_free(&large);
    buf_free(&bytes);
    buf md5 = {0};
    base64_of_hex(&md5, "d41d8cd98f00b204e9800998ecf8427e");
    cr_assert_str_eq(buf_text(&md5), "1B2M2Y8AsgTpgAmY7PhCfg==");
    buf_free(&md5);
}

/* libcrypto's decoder accepts some of these. */
Test(encode, base64_is_strict)
{
    static const char *const bad[] = {
        "Zg",       "Zg=",          "Zm9",   "Z===",     "====",
        "Zg==Zg==", "Z=g=",         " Zm9v", "Zm9v\n",   "Zm9v    ",
        "Zm 9",     "Zm9v\n\n\n\n", "Zm-_",  "Zm9v====", "\xc3\xa9\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        buf out = {0};
        buf_add(&out, "x", 1);
        cr_assert_not(base64_decode(&out, bad[i]), "\"%s\"", bad[i]);
        cr_assert_eq(out.len, 1, "\"%s\"", bad[i]);
        buf_free(&out);
    }
}

Test(encode, uris)
{
    buf text = {0};
    uri_encode(&text, "a/b+c=d e~\xc3\xa9%", false);
    cr_assert_str_eq(buf_text(&text), "a%2Fb%2Bc%3Dd%20e~%C3%A9%25");
    text.len = 0;
    uri_encode(&text, "a/b+c", true);
    cr_assert_str_eq(buf_text(&text), "a/b%2Bc");
    buf_free(&text);
    char good[] = "a%2Fb%20%c3%A9";
    cr_assert(uri_decode(good));
    cr_assert_str_eq(good, "a/b \xc3\xa9");
    char bad[][8] = {"%", "%2", "%zz", "a%00", "%4%"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(uri_decode(bad[i]), "%zu", i);
}

/* RFC 4231, test cases 2 and 6. */
Test(encode, hmac)
{
    uint8_t sum[HMAC_LEN], key[131];
    memset(key, 0xaa, sizeof key);
    cr_assert_eq(hmac_sha256(sum, "Jefe", 4, "what do ya want for nothing?", 28, NULL), CZ_OK);
    static const uint8_t two[4] = {0x5b, 0xdc, 0xc1, 0x46}, six[4] = {0x60, 0xe4, 0x31, 0x59};
    cr_assert_arr_eq(sum, two, sizeof two);
    static const char text[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    cr_assert_eq(hmac_sha256(sum, key, sizeof key, text, sizeof text - 1, NULL), CZ_OK);
    cr_assert_arr_eq(sum, six, sizeof six);
}
