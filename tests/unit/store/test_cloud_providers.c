/* store/cloud/s3*.c and store/cloud/azure*.c without sockets: the text of requests, and the parsing
 * of responses. tests/e2e checks them against servers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/cloud/remote_request.h"
#include "tests/unit/support/alloc_fail.h"

#define SECRET "c2VjcmV0LW9mLWFsbC1zZWNyZXRz"

static provider *opened(int (*open)(provider **, const char *, transport *, cz_error *),
                        const char *url)
{
    provider *d = NULL;
    cz_error err = {0};
    cr_assert_eq(open(&d, url, NULL, &err), CZ_OK, "%s", err.message);
    return d;
}

static void set(const char *name, const char *value)
{
    cr_assert_eq(setenv(name, value, 1), 0);
}

static provider *s3(const char *url)
{
    set("AWS_ACCESS_KEY_ID", "AKID");
    set("AWS_SECRET_ACCESS_KEY", SECRET);
    return opened(provider_s3, url);
}

static provider *azure(const char *url)
{
    set("AZURE_STORAGE_ACCOUNT", "acc");
    set("AZURE_STORAGE_KEY", SECRET);
    return opened(provider_azure, url);
}

static void no_environment(void)
{
    cr_assert_eq(clearenv(), 0);
}
TestSuite(providers, .init = no_environment);

/* ---- Requests -------------------------------------------------------------------------------- */

static provider_request asking(provider_op op, const char *key)
{
    return (provider_request){.op = op, .key = key, .if_match = "", .token = "", .upload = ""};
}

/* A message as a text: method, address and the headers of these names. */
static void builds(provider *d, const provider_request *r, const char *address)
{
    http_message m = {0};
    cz_error err = {0};
    char is[512];
    cr_assert_eq(d->ops->build(d, r, &m, &err), CZ_OK, "%s", err.message);
    (void)snprintf(is, sizeof is, "%s %s", m.method, buf_text(&m.url));
    cr_assert_str_eq(is, address);
    cr_assert_null(http_message_find(&m, "Host"), "that one is the transport's");
    for (size_t i = 0; i < m.n_headers; i++)
        cr_assert_null(strstr(m.header[i], SECRET));
    http_message_free(&m);
}

static void header_is(provider *d, const provider_request *r, const char *name, const char *want)
{
    http_message m = {0};
    cr_assert_eq(d->ops->build(d, r, &m, NULL), CZ_OK);
    const char *is = http_message_find(&m, name);
    if (want)
        cr_assert_str_eq(is ? is : "(none)", want, "%s", name);
    else
        cr_assert_null(is, "%s: %s", name, is);
    http_message_free(&m);
}

static void header_has(provider *d, const provider_request *r, const char *name, const char *part)
{
    http_message m = {0};
    cr_assert_eq(d->ops->build(d, r, &m, NULL), CZ_OK);
    const char *is = http_message_find(&m, name);
    cr_assert_not_null(is ? strstr(is, part) : NULL, "%s: %s", name, is ? is : "(none)");
    http_message_free(&m);
}

Test(providers, s3_addresses)
{
    provider_request get = asking(PROVIDER_GET, "a b/c+d=e");
    provider *d = s3("s3://bucket/pre/fix/");
    cr_assert_str_eq(d->url, "s3://bucket/pre/fix");
    builds(d, &get, "GET https://bucket.s3.us-east-1.amazonaws.com/pre/fix/a%20b/c%2Bd%3De");
    d->ops->close(d);
    d = s3("s3://bucket.with.dots");
    builds(d, &get, "GET https://s3.us-east-1.amazonaws.com/bucket.with.dots/a%20b/c%2Bd%3De");
    d->ops->close(d);
    set("AWS_REGION", "cn-north-1");
    d = s3("s3://bucket");
    builds(d, &get, "GET https://bucket.s3.cn-north-1.amazonaws.com.cn/a%20b/c%2Bd%3De");
    d->ops->close(d);
    set("AWS_ENDPOINT_URL", "http://127.0.0.1:9000/base/");
    d = s3("s3://bucket/x");
    builds(d, &get, "GET http://127.0.0.1:9000/base/bucket/x/a%20b/c%2Bd%3De");
    d->ops->close(d);
    set("AWS_VIRTUAL_HOSTING", "YES");
    set("AWS_ENDPOINT_URL", "https://s3.example.org:443");
    d = s3("s3://bucket/x");
    builds(d, &get, "GET https://bucket.s3.example.org:443/x/a%20b/c%2Bd%3De");
    d->ops->close(d);
}

Test(providers, s3_requests)
{
    set("AWS_ENDPOINT_URL", "http://h");
    set("AWS_SESSION_TOKEN", "session");
    set("AWS_REQUEST_PAYER", "requester");
    provider *d = s3("s3://b/p");
    provider_request r = asking(PROVIDER_GET, "k");
    r.first = 5;
    r.last = 9;
    header_is(d, &r, "Range", "bytes=5-9");
    header_is(d, &r, "If-Match", NULL);
    header_is(d, &r, "x-amz-security-token", "session");
    header_is(d, &r, "x-amz-request-payer", "requester");
    header_has(d, &r, "Authorization", "AWS4-HMAC-SHA256 Credential=AKID/");
    header_has(d, &r, "Authorization",
               "/us-east-1/s3/aws4_request, SignedHeaders="
               "host;x-amz-content-sha256;x-amz-date;x-amz-request-payer;"
               "x-amz-security-token, Signature=");
    r.if_match = "\"etag\"";
    header_is(d, &r, "If-Match", "\"etag\"");
    r = asking(PROVIDER_PUT, "k.json");
    r.body = "{}";
    r.body_len = 2;
    builds(d, &r, "PUT http://h/b/p/k.json");
    header_is(d, &r, "Content-MD5", NULL);
    header_is(d, &r, "Content-Type", "application/json");
    header_is(d, &r, "x-amz-content-sha256",
              "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    header_is(d, &r, "If-None-Match", NULL);
    r.mode = OS_CREATE;
    header_is(d, &r, "If-None-Match", "*");
    r = asking(PROVIDER_LIST, "clips/");
    builds(d, &r, "GET http://h/b?encoding-type=url&list-type=2&prefix=p%2Fclips%2F");
    r.delimiter = true;
    r.token = "a+/=";
    builds(d, &r,
           "GET http://h/b?continuation-token=a%2B%2F%3D&delimiter=%2F&encoding-type=url&"
           "list-type=2&prefix=p%2Fclips%2F");
    r = asking(PROVIDER_PARTS_BEGIN, "k");
    builds(d, &r, "POST http://h/b/p/k?uploads=");
    r = asking(PROVIDER_PART, "k");
    r.upload = "u/1";
    r.part = 7;
    builds(d, &r, "PUT http://h/b/p/k?partNumber=7&uploadId=u%2F1");
    r.op = PROVIDER_PARTS_END;
    builds(d, &r, "POST http://h/b/p/k?uploadId=u%2F1");
    r.op = PROVIDER_PARTS_ABORT;
    builds(d, &r, "DELETE http://h/b/p/k?uploadId=u%2F1");
    r = asking(PROVIDER_STAT, "k");
    builds(d, &r, "HEAD http://h/b/p/k");
    r = asking(PROVIDER_REMOVE, "k");
    builds(d, &r, "DELETE http://h/b/p/k");
    cr_assert(d->remove_silent && d->has_begin && d->writes);
    d->ops->close(d);
}

Test(providers, digests_of_a_body_are_kept_for_retries)
{
    set("GS_ACCESS_KEY_ID", "GOOG1");
    set("GS_SECRET_ACCESS_KEY", SECRET);
    provider *both[] = {opened(provider_gs, "gs://b"), azure("az://b")};
    for (size_t i = 0; i < 2; i++) {
        body_digests sums = {0};
        provider_request r = asking(PROVIDER_PUT, "k");
        r.body = "abc";
        r.body_len = 3;
        r.sums = &sums;
        header_is(both[i], &r, "Content-MD5", "kAFQmDzST7DWlj99KOF/cg==");
        cr_assert_str_eq(sums.md5, "900150983cd24fb0d6963f7d28e17f72");
        r.body = "not looked at again";
        header_is(both[i], &r, "Content-MD5", "kAFQmDzST7DWlj99KOF/cg==");
        both[i]->ops->close(both[i]);
    }
    static const char sha256[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    body_digests sums = {0};
    provider_request r = asking(PROVIDER_PUT, "k");
    provider *d = s3("s3://b");
    r.body = "abc";
    r.body_len = 3;
    r.sums = &sums;
    header_is(d, &r, "x-amz-content-sha256", sha256);
    r.body = "not looked at again";
    header_is(d, &r, "x-amz-content-sha256", sha256);
    d->ops->close(d);
}

Test(providers, anonymous_requests_arent_signed)
{
    set("AWS_NO_SIGN_REQUEST", "YES");
    provider_request r = asking(PROVIDER_GET, "k");
    provider *d = s3("s3://b");
    header_is(d, &r, "Authorization", NULL);
    header_is(d, &r, "x-amz-date", NULL);
    d->ops->close(d);
    set("GS_NO_SIGN_REQUEST", "YES");
    d = opened(provider_gs, "gs://b");
    builds(d, &r, "GET https://storage.googleapis.com/b/k");
    header_is(d, &r, "Authorization", NULL);
    d->ops->close(d);
    set("AZURE_NO_SIGN_REQUEST", "YES");
    d = azure("az://b");
    header_is(d, &r, "Authorization", NULL);
    d->ops->close(d);
}

Test(providers, google)
{
    set("GS_ACCESS_KEY_ID", "GOOG1");
    set("GS_SECRET_ACCESS_KEY", SECRET);
    set("GS_USER_PROJECT", "pays");
    provider_request r = asking(PROVIDER_PUT, "k");
    r.mode = OS_CREATE;
    provider *d = opened(provider_gs, "gs://b/p");
    builds(d, &r, "PUT https://storage.googleapis.com/b/p/k");
    header_is(d, &r, "x-goog-if-generation-match", "0");
    header_is(d, &r, "If-None-Match", NULL);
    header_is(d, &r, "x-goog-user-project", "pays");
    header_has(d, &r, "Authorization", "GOOG4-HMAC-SHA256 Credential=GOOG1/");
    header_has(d, &r, "Authorization",
               "/auto/storage/goog4_request, SignedHeaders=content-md5;"
               "content-type;host;x-goog-content-sha256;x-goog-date;"
               "x-goog-if-generation-match;x-goog-user-project, Signature=");
    cr_assert_not(d->remove_silent);
    d->ops->close(d);
    set("GS_ACCESS_KEY_ID", "");
    set("GOOGLE_OAUTH_ACCESS_TOKEN", "bearer");
    d = opened(provider_gs, "gs://b/p");
    header_is(d, &r, "Authorization", "Bearer bearer");
    d->ops->close(d);
}

Test(providers, azure_requests)
{
    set("AZURE_STORAGE_BLOB_ENDPOINT", "http://h/acc");
    provider *d = azure("az://box/p");
    provider_request r = asking(PROVIDER_GET, "a b");
    r.first = 5;
    r.last = 9;
    builds(d, &r, "GET http://h/acc/box/p/a%20b");
    header_is(d, &r, "x-ms-range", "bytes=5-9");
    header_is(d, &r, "Range", NULL);
    header_is(d, &r, "x-ms-version", "2021-08-06");
    header_has(d, &r, "Authorization", "SharedKey acc:");
    r = asking(PROVIDER_PUT, "k");
    r.mode = OS_CREATE;
    header_is(d, &r, "If-None-Match", "*");
    header_is(d, &r, "x-ms-blob-type", "BlockBlob");
    header_is(d, &r, "Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==");
    r = asking(PROVIDER_LIST, "clips/");
    r.delimiter = true;
    r.token = "2!a";
    builds(d, &r,
           "GET http://h/acc/box?comp=list&delimiter=%2F&marker=2%21a&prefix=p%2Fclips%2F&"
           "restype=container");
    r = asking(PROVIDER_PART, "k");
    r.part = 12;
    r.body = "abc";
    r.body_len = 3;
    builds(d, &r, "PUT http://h/acc/box/p/k?blockid=MDAwMDEyYmE3ODE2YmY4ZjAxY2ZlYTQx&comp=block");
    r.op = PROVIDER_PARTS_END;
    builds(d, &r, "PUT http://h/acc/box/p/k?comp=blocklist");
    d->ops->close(d);

    set("AZURE_STORAGE_SAS_TOKEN", "sv=1&sig=%2B");
    set("AZURE_STORAGE_KEY", "");
    d = opened(provider_azure, "az://box");
    r = asking(PROVIDER_STAT, "k");
    builds(d, &r, "HEAD http://h/acc/box/k?sv=1&sig=%2B");
    header_is(d, &r, "Authorization", NULL);
    d->ops->close(d);
}

Test(providers, invalid_addresses)
{
    static const char *const none[] = {"s3://",         "s3:///a",         "s3://b//a",
                                       "s3://b/a/../c", "s3://id:key@b/a", "s3://b?x=key@",
                                       "s3://b/a#x"};
    set("AWS_NO_SIGN_REQUEST", "YES");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        provider *d = NULL;
        cz_error err = {0};
        cr_assert_eq(provider_s3(&d, none[i], NULL, &err), CZ_USAGE, "%s", none[i]);
        cr_assert_null(strstr(err.message, "key@"), "%s", err.message);
    }
    static const char *const endpoints[] = {"h", "ftp://h", "http://", "http://u:key@h",
                                            "http://h?x"};
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
        provider *d = NULL;
        cz_error err = {0};
        set("AWS_ENDPOINT_URL", endpoints[i]);
        cr_assert_eq(provider_s3(&d, "s3://b", NULL, &err), CZ_USAGE, "%s", endpoints[i]);
        cr_assert_null(strstr(err.message, "key@"), "%s", err.message);
    }
}

/* ---- Answers --------------------------------------------------------------------------------- */

static int judged(provider *d, const provider_request *r, int status, const char *headers, size_t n,
                  const char *body, cz_error *err)
{
    http_answer a = {.status = status, .body = (const uint8_t *)body, .body_len = strlen(body)};
    buf_add(&a.headers, headers, n);
    *err = (cz_error){0};
    const int rc = d->ops->classify(d, r, &a, err);
    buf_free(&a.headers);
    cr_assert_null(strstr(err->message, SECRET));
    cr_assert_null(strstr(err->hint, SECRET));
    return rc;
}

static void means(provider *d, provider_op op, os_put_mode mode, int status, const char *code,
                  int rc, const char *why)
{
    provider_request r = asking(op, "the/key");
    char body[256];
    cz_error err;
    r.mode = mode;
    (void)snprintf(body, sizeof body, "<?xml version='1.0'?><Error><Code>%s</Code></Error>", code);
    cr_assert_eq(judged(d, &r, status, "", 0, *code ? body : "", &err), rc, "%d %s: %d %s", status,
                 code, err.code, err.message);
    if (rc < 0) {
        cr_assert_not_null(strstr(err.message, why), "%s: %s", code, err.message);
        cr_assert_eq(strncmp(err.message, "the/key: ", 9), 0, "%s", err.message);
    }
}

/* A bucket with a lock on its objects wants an MD5 in spite of the hash that was signed. */
Test(providers, s3_sends_content_md5_if_required)
{
    static const char locked[] =
        "<Error><Code>InvalidRequest</Code><Message>Content-MD5 OR x-amz-checksum- HTTP header is "
        "required for Put Object requests with Object Lock parameters</Message></Error>";
    body_digests sums = {0};
    cz_error err;
    provider *d = s3("s3://b");
    provider_request get = asking(PROVIDER_GET, "k"), r = asking(PROVIDER_PUT, "k");
    r.body = "abc";
    r.body_len = 3;
    r.sums = &sums;
    header_is(d, &r, "Content-MD5", NULL);
    cr_expect_eq(judged(d, &get, 400, "", 0, locked, &err), CZ_IO, "no body, no MD5");
    header_is(d, &r, "Content-MD5", NULL);
    cr_expect_eq(judged(d, &r, 400, "", 0, locked, &err), CZ_UNREACHABLE, "to be tried again");
    header_is(d, &r, "Content-MD5", "kAFQmDzST7DWlj99KOF/cg==");
    cr_expect_eq(judged(d, &r, 400, "", 0, locked, &err), CZ_IO, "%s", err.message);
    d->ops->close(d);
    set("AWS_NO_SIGN_REQUEST", "YES");
    d = s3("s3://b");
    header_is(d, &r, "Content-MD5", "kAFQmDzST7DWlj99KOF/cg==");
    d->ops->close(d);
}

Test(providers, s3_responses)
{
    provider *d = s3("s3://b/p");
    means(d, PROVIDER_GET, OS_OVERWRITE, 206, "", CZ_OK, "");
    means(d, PROVIDER_GET, OS_OVERWRITE, 404, "NoSuchKey", CZ_ABSENT, "no such object");
    means(d, PROVIDER_GET, OS_OVERWRITE, 404, "NoSuchBucket", CZ_USAGE, "bucket");
    means(d, PROVIDER_STAT, OS_OVERWRITE, 404, "", CZ_ABSENT, "no such object");
    means(d, PROVIDER_GET, OS_OVERWRITE, 412, "PreconditionFailed", CZ_CHANGED, "");
    means(d, PROVIDER_GET, OS_OVERWRITE, 416, "InvalidRange", CZ_CORRUPT, "ends before");
    means(d, PROVIDER_PUT, OS_CREATE, 412, "PreconditionFailed", CZ_EXISTS, "exists");
    means(d, PROVIDER_PUT, OS_CREATE, 409, "ConditionalRequestConflict", CZ_UNREACHABLE, "");
    means(d, PROVIDER_PUT, OS_OVERWRITE, 409, "ExistingObjectIsDirectory", CZ_EXISTS, "folder");
    means(d, PROVIDER_PUT, OS_CREATE, 501, "NotImplemented", CZ_UNSUPPORTED, "");
    means(d, PROVIDER_PUT, OS_OVERWRITE, 400, "BadDigest", CZ_UNREACHABLE, "mismatch");
    means(d, PROVIDER_PUT, OS_OVERWRITE, 400, "RequestTimeout", CZ_UNREACHABLE, "");
    means(d, PROVIDER_PUT, OS_OVERWRITE, 503, "SlowDown", CZ_UNREACHABLE, "too many");
    means(d, PROVIDER_PUT, OS_OVERWRITE, 500, "", CZ_UNREACHABLE, "");
    means(d, PROVIDER_PUT, OS_OVERWRITE, 403, "QuotaExceeded", CZ_FULL, "space");
    means(d, PROVIDER_PUT, OS_OVERWRITE, 200, "InternalError", CZ_UNREACHABLE, "InternalError");
    means(d, PROVIDER_PUT, OS_OVERWRITE, 200, "", CZ_IO, "ETag");
    means(d, PROVIDER_PARTS_END, OS_OVERWRITE, 200, "InternalError", CZ_UNREACHABLE, "");
    means(d, PROVIDER_GET, OS_OVERWRITE, 403, "InvalidAccessKeyId", CZ_DENIED, "access key");
    means(d, PROVIDER_GET, OS_OVERWRITE, 403, "SignatureDoesNotMatch", CZ_DENIED, "secret key");
    means(d, PROVIDER_GET, OS_OVERWRITE, 400, "ExpiredToken", CZ_DENIED, "expired");
    means(d, PROVIDER_GET, OS_OVERWRITE, 403, "RequestTimeTooSkewed", CZ_DENIED, "clock");
    means(d, PROVIDER_LIST, OS_OVERWRITE, 403, "AccessDenied", CZ_DENIED, "not permitted");
    means(d, PROVIDER_STAT, OS_OVERWRITE, 403, "", CZ_DENIED, "not permitted");
    provider_request r = asking(PROVIDER_PUT, "k");
    cz_error err;
    static const char etag[] = "ETag: \"x\"";
    cr_assert_eq(judged(d, &r, 200, etag, sizeof etag, "", &err), CZ_OK);
    d->ops->close(d);
}

Test(providers, s3_names_the_region)
{
    static const char region[] = "x-amz-bucket-region: eu-west-3";
    provider *d = s3("s3://b/p");
    provider_request r = asking(PROVIDER_STAT, "k");
    cz_error err;
    cr_assert_eq(judged(d, &r, 301, region, sizeof region, "", &err), CZ_DENIED);
    cr_assert_str_eq(err.hint, "AWS_REGION=eu-west-3");
    cr_assert_not_null(strstr(err.message, "us-east-1"), "%s", err.message);
    cr_assert_eq(judged(d, &r, 400, "", 0,
                        "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region>"
                        "</Error>",
                        &err),
                 CZ_DENIED);
    cr_assert_str_eq(err.hint, "AWS_REGION=eu-west-1");
    d->ops->close(d);
}

Test(providers, wrong_clock_is_reported)
{
    char date[64], full[80];
    const time_t then = time(NULL) - 3600;
    struct tm t;
    cr_assert_not_null(gmtime_r(&then, &t));
    cr_assert_gt(strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &t), 0);
    const int n = snprintf(full, sizeof full, "Date: %s", date);
    provider *both[] = {s3("s3://b"), azure("az://b")};
    static const char *const body[] = {"<Error><Code>RequestTimeTooSkewed</Code></Error>",
                                       "<Error><Code>AuthenticationFailed</Code></Error>"};
    for (size_t i = 0; i < 2; i++) {
        provider_request r = asking(PROVIDER_GET, "k");
        cz_error err;
        cr_assert_eq(judged(both[i], &r, 403, full, (size_t)n + 1, body[i], &err), CZ_DENIED);
        cr_assert_not_null(strstr(err.message, "36"), "%s", err.message); /* 3600 s, or 3601 */
        cr_assert_not_null(strstr(err.message, "ahead of"), "%s", err.message);
        cr_assert_not_null(strstr(err.hint, "set the clock"));
        both[i]->ops->close(both[i]);
    }
}

Test(providers, azure_responses)
{
    provider *d = azure("az://b/p");
    means(d, PROVIDER_GET, OS_OVERWRITE, 404, "BlobNotFound", CZ_ABSENT, "no such object");
    means(d, PROVIDER_GET, OS_OVERWRITE, 404, "ContainerNotFound", CZ_USAGE, "container");
    means(d, PROVIDER_PUT, OS_CREATE, 409, "BlobAlreadyExists", CZ_EXISTS, "exists");
    means(d, PROVIDER_PUT, OS_CREATE, 412, "ConditionNotMet", CZ_EXISTS, "exists");
    means(d, PROVIDER_GET, OS_OVERWRITE, 412, "ConditionNotMet", CZ_CHANGED, "");
    means(d, PROVIDER_PUT, OS_OVERWRITE, 400, "Md5Mismatch", CZ_UNREACHABLE, "mismatch");
    means(d, PROVIDER_PUT, OS_OVERWRITE, 503, "ServerBusy", CZ_UNREACHABLE, "");
    means(d, PROVIDER_PUT, OS_OVERWRITE, 200, "", CZ_UNREACHABLE, "not stored");
    means(d, PROVIDER_PUT, OS_OVERWRITE, 201, "", CZ_OK, "");
    means(d, PROVIDER_PART, OS_OVERWRITE, 201, "", CZ_OK, "");
    means(d, PROVIDER_GET, OS_OVERWRITE, 403, "AuthenticationFailed", CZ_DENIED, "key");
    means(d, PROVIDER_GET, OS_OVERWRITE, 416, "InvalidRange", CZ_CORRUPT, "ends before");
    provider_request r = asking(PROVIDER_STAT, "the/key");
    cz_error err;
    static const char code[] = "x-ms-error-code: ContainerNotFound";
    cr_assert_eq(judged(d, &r, 404, code, sizeof code, "", &err), CZ_USAGE);
    cr_assert_not_null(strstr(err.message, "container"), "a HEAD has no body: %s", err.message);
    d->ops->close(d);
}

static void md5_is(const char *headers, size_t n, const char *want)
{
    char md5[MD5_HEX + 1];
    http_answer a = {.status = 200};
    buf_add(&a.headers, headers, n);
    remote_read_md5(md5, &a);
    cr_assert_str_eq(md5, want);
    buf_free(&a.headers);
}

/* What a service says of an object's digest, and what only looks like one. */
Test(providers, stored_digests)
{
    static const char s3_tag[] = "ETag: \"900150983cd24fb0d6963f7d28e17f72\"";
    static const char azure_md5[] = "ETag: \"0x8D\"\0Content-MD5: kAFQmDzST7DWlj99KOF/cg==";
    static const char parts[] = "ETag: \"900150983cd24fb0d6963f7d28e17f72-2\"";
    static const char bad[] = "Content-MD5: kAFQmDzST7DWlj99KOF/";
    static const char weak[] = "ETag: W/\"900150983cd24fb0d6963f7d28e17f\"";
    md5_is(s3_tag, sizeof s3_tag, "900150983cd24fb0d6963f7d28e17f72");
    md5_is(azure_md5, sizeof azure_md5, "900150983cd24fb0d6963f7d28e17f72");
    md5_is(parts, sizeof parts, "");
    md5_is(bad, sizeof bad, "");
    md5_is(weak, sizeof weak, "");
    md5_is("", 0, "");
}

/* ---- Listings -------------------------------------------------------------------------------- */

static int list_one(void *user, const os_object *o)
{
    buf_printf(user, "%s:%llu ", o->key, (unsigned long long)o->size);
    return CZ_OK;
}

static void lists(provider *d, const char *body, const char *want, const char *next)
{
    buf all = {0};
    provider_page page = {.each = list_one, .user = &all};
    provider_request r = asking(PROVIDER_LIST, "");
    cz_error err = {0};
    cr_assert_eq(d->ops->parse_page(d, &r, body, strlen(body), &page, &err), CZ_OK, "%s",
                 err.message);
    cr_assert_str_eq(buf_text(&all), want);
    cr_assert_str_eq(buf_text(&page.next), next);
    buf_free(&all);
    buf_free(&page.next);
}

#define S3_LIST(inside) "<ListBucketResult xmlns='u'>" inside "</ListBucketResult>"
#define AZURE_LIST(inside, next)                                                                   \
    "\xef\xbb\xbf<?xml version='1.0'?><EnumerationResults><Blobs>" inside                          \
    "</Blobs><NextMarker>" next "</NextMarker></EnumerationResults>"

Test(providers, s3_pages)
{
    provider *d = s3("s3://b/p");
    lists(d, S3_LIST(""), "", "");
    lists(d,
          S3_LIST("<Name>b</Name><Prefix>p/</Prefix><IsTruncated>true</IsTruncated>"
                  "<NextContinuationToken>a=&amp;</NextContinuationToken>"
                  "<Contents><Key>p/c</Key><Size>3</Size><ETag>x</ETag></Contents>"
                  "<Contents><Key>p/</Key><Size>0</Size></Contents>"
                  "<Contents><Key>other/c</Key><Size>1</Size></Contents>"
                  "<CommonPrefixes><Prefix>p/b/</Prefix></CommonPrefixes>"),
          "b/:0 c:3 ", "a=&");
    lists(
        d,
        S3_LIST("<Contents><Key>p%2Fa+b%2Bc%C3%A9</Key><Size>18446744073709551600</Size></Contents>"
                "<EncodingType>url</EncodingType><NextContinuationToken>x</NextContinuationToken>"),
        "a b+c\xc3\xa9:18446744073709551600 ", "");
    lists(d, S3_LIST("<Contents><Key>p/a+b%20</Key><Size>1</Size></Contents>"), "a+b%20:1 ", "");
    d->ops->close(d);
}

Test(providers, azure_pages)
{
    provider *d = azure("az://b/p");
    lists(d, AZURE_LIST("", ""), "", "");
    lists(d,
          AZURE_LIST("<Blob><Name>p/new</Name><Properties><ResourceType>directory</ResourceType>"
                     "<Content-Length>0</Content-Length><Content-MD5>x</Content-MD5></Properties>"
                     "</Blob><Blob><Name>p/old</Name><Properties><Content-Length>0</Content-Length>"
                     "<Content-MD5/></Properties></Blob><Blob><Name>p/empty</Name><Properties>"
                     "<Content-Length>0</Content-Length><Content-MD5>x</Content-MD5></Properties>"
                     "</Blob>",
                     ""),
          "empty:0 ", "");
    lists(d,
          AZURE_LIST("<Blob><Name>p/a &amp; b</Name><Properties><Content-Length>7</Content-Length>"
                     "</Properties></Blob><BlobPrefix><Name>p/B/</Name></BlobPrefix>",
                     "2!8!x"),
          "B/:0 a & b:7 ", "2!8!x");
    d->ops->close(d);
}

static void no_list(provider *d, const char *body)
{
    buf all = {0};
    provider_page page = {.each = list_one, .user = &all};
    provider_request r = asking(PROVIDER_LIST, "");
    cr_assert_eq(d->ops->parse_page(d, &r, body, strlen(body), &page, NULL), CZ_FORMAT, "%s", body);
    cr_assert_eq(all.len, 0, "a page is told of whole or not at all");
    buf_free(&all);
    buf_free(&page.next);
}

Test(providers, malformed_list_pages)
{
    provider *d = s3("s3://b"), *z = azure("az://b");
    static const char *const none[] = {"", "<a/>", "<html><body>Login</body></html>", "{}"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        no_list(d, none[i]);
        no_list(z, none[i]);
    }
    no_list(d, "<ListBucketResult><Contents><Key>a</Key><Size>1</Size></Contents>");
    no_list(d, S3_LIST("<Contents><Key>a</Key><Size>-1</Size></Contents>"));
    no_list(d, S3_LIST("<Contents><Key>a</Key><Size>99999999999999999999</Size></Contents>"));
    no_list(d, S3_LIST("<EncodingType>url</EncodingType><Contents><Key>%zz</Key></Contents>"));
    no_list(d, S3_LIST("<IsTruncated>true</IsTruncated>"));
    no_list(z, AZURE_LIST("<Blob><Name>a</Name><Properties><Content-Length>x</Content-Length>"
                          "</Properties></Blob>",
                          ""));
    d->ops->close(d);
    z->ops->close(z);
}

static int stop(void *user, const os_object *o)
{
    (void)user;
    return o->size == 1 ? 7 : CZ_OK;
}

Test(providers, callback_stops_a_page)
{
    static const char body[] = S3_LIST("<Contents><Key>a</Key><Size>1</Size></Contents>"
                                       "<Contents><Key>b</Key><Size>2</Size></Contents>");
    provider *d = s3("s3://b");
    provider_request r = asking(PROVIDER_LIST, "");
    provider_page page = {.each = stop};
    cr_assert_eq(d->ops->parse_page(d, &r, body, sizeof body - 1, &page, NULL), 7);
    buf_free(&page.next);
    d->ops->close(d);
}

Test(providers, multipart_uploads)
{
    static const char begun[] =
        "<InitiateMultipartUploadResult><Bucket>b</Bucket><UploadId>u&amp;1</UploadId>"
        "</InitiateMultipartUploadResult>";
    static const provider_part part[] = {{.etag = "\"a\""}, {.etag = "<b&"}};
    static const provider_part block[] = {
        {.sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {.sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}};
    buf text = {0};
    provider *d = s3("s3://b"), *z = azure("az://b");
    cr_assert_eq(d->ops->parse_upload(d, begun, sizeof begun - 1, &text, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&text), "u&1");
    cr_assert_eq(d->ops->parse_upload(d, "<a/>", 4, &text, NULL), CZ_FORMAT);
    text.len = 0;
    cr_assert_eq(d->ops->end_body(d, part, 2, &text, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&text),
                     "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag>"
                     "</Part><Part><PartNumber>2</PartNumber><ETag>&lt;b&amp;</ETag></Part>"
                     "</CompleteMultipartUpload>");
    text.len = 0;
    cr_assert_eq(z->ops->end_body(z, block, 2, &text, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&text), "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>"
                                      "<Latest>MDAwMDAxYmE3ODE2YmY4ZjAxY2ZlYTQx</Latest>"
                                      "<Latest>MDAwMDAyZTNiMGM0NDI5OGZjMWMxNDlh</Latest>"
                                      "</BlockList>");
    buf_free(&text);
    d->ops->close(d);
    z->ops->close(z);
}

/* ---- No memory ------------------------------------------------------------------------------- */

static int open_and_use(int (*open)(provider **, const char *, transport *, cz_error *),
                        const char *url, const char *body)
{
    provider *d = NULL;
    provider_request put = asking(PROVIDER_PUT, "k"), list = asking(PROVIDER_LIST, "k");
    buf all = {0};
    provider_page page = {.each = list_one, .user = &all};
    http_message m = {0}, n = {0};
    int rc = open(&d, url, NULL, NULL);
    if (rc == CZ_OK)
        rc = d->ops->build(d, &put, &m, NULL);
    if (rc == CZ_OK)
        rc = d->ops->build(d, &list, &n, NULL);
    if (rc == CZ_OK)
        rc = d->ops->parse_page(d, &list, body, strlen(body), &page, NULL);
    if (rc == CZ_OK && all.bad)
        rc = CZ_NOMEM;
    http_message_free(&m);
    http_message_free(&n);
    buf_free(&all);
    buf_free(&page.next);
    if (d)
        d->ops->close(d);
    return rc;
}

Test(providers, without_memory)
{
    provider *d = s3("s3://b/p"), *z = azure("az://b/p"); /* for their environment */
    d->ops->close(d);
    z->ops->close(z);
    static const char s3_body[] = S3_LIST("<Contents><Key>p/a</Key><Size>1</Size></Contents>");
    static const char azure_body[] =
        AZURE_LIST("<Blob><Name>p/a</Name><Properties><Content-Length>1</Content-Length>"
                   "</Properties></Blob>",
                   "x");
    for (int which = 0; which < 2; which++)
        for (size_t n = 1;; n++) {
            alloc_fail_at(n);
            const int rc = which ? open_and_use(provider_azure, "az://b/p", azure_body)
                                 : open_and_use(provider_s3, "s3://b/p", s3_body);
            const bool failed = alloc_fail_end();
            cr_assert_eq(rc, failed ? CZ_NOMEM : CZ_OK, "%d: %zu", which, n);
            if (!failed)
                break;
        }
}
