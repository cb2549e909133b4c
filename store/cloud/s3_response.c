#include <string.h>

#include "store/cloud/body.h"
#include "store/cloud/s3.h"
#include "store/cloud/service_error.h"

/* Error codes of the XML APIs of S3 and Google ("Error responses"). A missing bucket is not an
 * absent object, which could be created: the address is wrong. */
static const service_error_map error_maps[] = {
    {"NoSuchBucket", CZ_USAGE, "no such bucket", "make the bucket first, or check its name"},
    {"NoSuchKey", CZ_ABSENT, "no such object", NULL},
    {"NoSuchUpload", CZ_ABSENT, "the upload was aborted meanwhile", NULL},
    {"InvalidBucketName", CZ_USAGE, "invalid bucket name", NULL},
    {"InvalidAccessKeyId", CZ_DENIED, "unknown access key",
     "check the key and the endpoint that it belongs to"},
    {"XAdminUserNotFound", CZ_DENIED, "unknown access key",
     "check the key and the endpoint that it belongs to"}, /* versitygw, with a status of 404 */
    {"SignatureDoesNotMatch", CZ_DENIED, "the secret key does not match the access key",
     "check the secret key, and that no proxy modifies requests"},
    {"InvalidToken", CZ_DENIED, "invalid session token",
     "get new temporary credentials; a session token belongs to one access key"},
    {"InvalidSecurity", CZ_DENIED, "invalid credentials", NULL},
    {"ConditionalRequestConflict", CZ_UNREACHABLE, "conflict with another writer", NULL},
    {"OperationAborted", CZ_UNREACHABLE, "conflict with another operation", NULL},
    /* Of gateways to a file system, where a key can conflict with a folder. */
    {"ExistingObjectIsDirectory", CZ_EXISTS, "a folder of that name exists", NULL},
    {"ObjectParentIsFile", CZ_EXISTS, "an object has the name of its folder", NULL},
    {"BadDigest", CZ_UNREACHABLE, "checksum mismatch in transit", NULL},
    {"IncompleteBody", CZ_UNREACHABLE, "incomplete body", NULL},
    {"XAmzContentSHA256Mismatch", CZ_UNREACHABLE, "checksum mismatch in transit", NULL},
    {"InvalidRange", CZ_CORRUPT, "the object ends before the range does", NULL},
    {"SlowDown", CZ_UNREACHABLE, "too many requests", NULL},
    {"TooManyRequests", CZ_UNREACHABLE, "too many requests", NULL},
    {"InternalError", CZ_UNREACHABLE, "internal error of the service", NULL},
    {"ServiceUnavailable", CZ_UNREACHABLE, "service unavailable", NULL},
    {"RequestTimeout", CZ_UNREACHABLE, "timeout while sending the body", NULL},
    {"NotImplemented", CZ_UNSUPPORTED, "not implemented by the service", NULL},
    {"EntityTooLarge", CZ_UNSUPPORTED, "object too large for the service", NULL},
    {"QuotaExceeded", CZ_FULL, "no space left", NULL},
    {"InsufficientCapacity", CZ_FULL, "no space left", NULL},
    {"XMinioStorageFull", CZ_FULL, "no space left", NULL},
};

static bool is(const service_error *e, const char *code)
{
    return strcmp(e->code, code) == 0;
}

static int wrong_region(const s3 *s, const provider_request *r, const http_answer *a,
                        const service_error *e, cz_error *err)
{
    provider_fail(err, CZ_DENIED, &s->base, r, a,
                  "the bucket isn't in region %s, which the request was signed for", s->region);
    if (e->region[0])
        cz_hint(err, "AWS_REGION=%s", e->region);
    else
        cz_hint(err, "set AWS_REGION to the bucket's region");
    return CZ_DENIED;
}

/* Expired credentials: retry if their source can renew them. */
static int expired(const s3 *s, const provider_request *r, const http_answer *a, cz_error *err)
{
    if (credentials_expired(s->keys))
        return provider_fail(err, CZ_UNREACHABLE, &s->base, r, a, "the credentials have expired");
    provider_fail(err, CZ_DENIED, &s->base, r, a, "the session token has expired");
    cz_hint(err, "get new temporary credentials (aws sso login, aws sts ...), and start again");
    return CZ_DENIED;
}

static int wrong_key(const s3 *s, const provider_request *r, const http_answer *a, const char *why,
                     const char *hint, cz_error *err)
{
    provider_fail(err, CZ_DENIED, &s->base, r, a, "%s", why);
    cz_hint(err, "%s", hint);
    return CZ_DENIED;
}

static int not_permitted(const s3 *s, const provider_request *r, const http_answer *a,
                         const service_error *e, cz_error *err)
{
    if (strcasestr(e->message, "no such key")) /* Garage: "Forbidden: No such key: GK..." */
        return wrong_key(s, r, a, "unknown access key",
                         "check the key and the endpoint that it belongs to", err);
    if (strcasestr(e->message, "invalid signature"))
        return wrong_key(s, r, a, "the secret key does not match the access key",
                         "check the secret key, and that no proxy modifies requests", err);
    provider_fail(err, CZ_DENIED, &s->base, r, a, "not permitted%s%s", e->message[0] ? ": " : "",
                  e->message);
    if (r->op == PROVIDER_LIST)
        cz_hint(err, "listing needs s3:ListBucket for the bucket %s", s->bucket);
    else if (r->op == PROVIDER_REMOVE)
        cz_hint(err, "removing needs s3:DeleteObject for %s/%s*", s->bucket, s->prefix);
    else if (r->op == PROVIDER_PUT ||
             (r->op >= PROVIDER_PARTS_BEGIN && r->op <= PROVIDER_PARTS_ABORT))
        cz_hint(err, "writing needs s3:PutObject for %s/%s*", s->bucket, s->prefix);
    else
        cz_hint(err, "reading needs s3:GetObject; without s3:ListBucket, S3 says this of absent "
                     "objects, too");
    return CZ_DENIED;
}

/* 2xx. Long operations send the status before their result is known, and some proxies turn errors
 * into successes. A stored object has an ETag, and no camzarr object is an <Error> document. */
static int classify_success(const s3 *s, const provider_request *r, const http_answer *a,
                            const service_error *e, cz_error *err)
{
    const bool stores = r->op == PROVIDER_PUT || r->op == PROVIDER_PART;
    if (e->code[0])
        return provider_fail(err, CZ_UNREACHABLE, &s->base, r, a,
                             "success status with an error: %s: %s", e->code, e->message);
    if (!stores || http_answer_header(a, "ETag"))
        return CZ_OK;
    /* Not retried: remote_put() looks whether the object is there. */
    provider_fail(err, CZ_IO, &s->base, r, a, "the response to a put has no ETag");
    cz_hint(err, "check that an object store answers at this endpoint, and not another web server");
    return CZ_IO;
}

static int precondition(const s3 *s, const provider_request *r, const http_answer *a, cz_error *err)
{
    if (r->op == PROVIDER_GET || r->op == PROVIDER_GET_ALL)
        return provider_fail(err, CZ_CHANGED, &s->base, r, a, "object changed while it was read");
    return provider_fail(err, CZ_EXISTS, &s->base, r, a, "exists already");
}

/* "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock
 * parameters": the next attempt sends it. */
static bool wants_md5(s3 *s, const provider_request *r, const service_error *e)
{
    const bool was_sent = !r->sums || r->sums->md5[0];
    if (was_sent || !body_is_sent(r) || !strcasestr(e->message, "Content-MD5"))
        return false;
    atomic_store(&s->wants_md5, true);
    return true;
}

int s3_classify(provider *d, const provider_request *r, const http_answer *a, cz_error *err)
{
    static const char *const expiry[] = {"ExpiredToken", "ExpiredTokenException",
                                         "TokenRefreshRequired"};
    static const char *const regions[] = {"AuthorizationHeaderMalformed", "PermanentRedirect",
                                          "TemporaryRedirect",
                                          "IllegalLocationConstraintException"};
    s3 *s = (s3 *)d;
    service_error e;
    service_error_read(&e, a);
    const int status = a->status;
    if (status >= 200 && status < 300)
        return classify_success(s, r, a, &e, err);
    if (is(&e, "RequestTimeTooSkewed") || (status == 403 && service_error_clock_off(a)))
        return service_error_clock(err, d, r, a);
    if (service_error_is(&e, expiry, sizeof expiry / sizeof *expiry))
        return expired(s, r, a, err);
    if (service_error_is(&e, regions, sizeof regions / sizeof *regions) || status == 301 ||
        status == 307 || (status == 400 && e.region[0] && strcmp(e.region, s->region) != 0))
        return wrong_region(s, r, a, &e, err);
    if (status == 400 && wants_md5(s, r, &e))
        return provider_fail(err, CZ_UNREACHABLE, d, r, a, "the bucket requires Content-MD5");
    if (status == 412)
        return precondition(s, r, a, err);
    const int rc =
        service_error_fail(err, &e, error_maps, sizeof error_maps / sizeof *error_maps, d, r, a);
    if (rc < 0)
        return rc;
    if (status == 403 || status == 401)
        return not_permitted(s, r, a, &e, err);
    return provider_classify_status(err, d, r, a, e.message);
}
