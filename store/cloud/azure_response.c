#include <string.h>
#include <time.h>

#include "base/timestamp.h"
#include "store/cloud/azure.h"
#include "store/cloud/service_error.h"
#include "store/text/encode.h"

/* Error codes of the Blob service ("Blob service error codes", "Common REST API error codes"). */
static const service_error_map error_maps[] = {
    {"BlobNotFound", CZ_ABSENT, "no such object", NULL},
    {"ContainerNotFound", CZ_USAGE, "no such container",
     "make the container first, or check its name"},
    {"ResourceNotFound", CZ_USAGE, "no such container, or no public one",
     "anonymous access needs a container that is public; otherwise set AZURE_STORAGE_KEY or "
     "AZURE_STORAGE_SAS_TOKEN"},
    {"ContainerBeingDeleted", CZ_UNREACHABLE, "the container is being deleted", NULL},
    {"BlobAlreadyExists", CZ_EXISTS, "exists already", NULL},
    {"InvalidResourceName", CZ_USAGE, "invalid container or object name", NULL},
    {"InvalidRange", CZ_CORRUPT, "the object ends before the range does", NULL},
    {"Md5Mismatch", CZ_UNREACHABLE, "checksum mismatch in transit", NULL},
    {"ServerBusy", CZ_UNREACHABLE, "too many requests", NULL},
    {"InternalError", CZ_UNREACHABLE, "internal error of the service", NULL},
    {"OperationTimedOut", CZ_UNREACHABLE, "timeout of the service", NULL},
    {"RequestBodyTooLarge", CZ_UNSUPPORTED, "object too large for the service", NULL},
    {"InvalidBlockList", CZ_CHANGED, "another writer replaced the blocks", NULL},
    {"DirectoryIsNotEmpty", CZ_EXISTS, "a folder of that name exists", NULL},
    {"SnapshotsPresent", CZ_DENIED, "the object has snapshots", "delete those first"},
    {"LeaseIdMissing", CZ_DENIED, "the object has an active lease", "end the lease first"},
    {"BlobImmutableDueToPolicy", CZ_DENIED, "a policy forbids changing this object", NULL},
    {"AuthorizationPermissionMismatch", CZ_DENIED, "the credentials don't permit this operation",
     "a SAS needs the rights racwdl, an identity the role Storage Blob Data Contributor"},
    {"AuthorizationServiceMismatch", CZ_DENIED, "the SAS is for another service",
     "get one for the service blob"},
    {"AuthorizationResourceTypeMismatch", CZ_DENIED, "the SAS doesn't cover this kind of operation",
     "get one for containers and objects (srt=co)"},
    {"AuthorizationFailure", CZ_DENIED, "not permitted",
     "check the key, the rights, and whether the account's firewall lets this machine in"},
    {"AuthorizationProtocolMismatch", CZ_DENIED, "the SAS is for https only", "use https"},
    {"NoAuthenticationInformation", CZ_DENIED, "not public, and no credentials were sent",
     "set AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN"},
    {"PublicAccessNotPermitted", CZ_DENIED, "the account permits no anonymous access",
     "set AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN"},
    {"AccountIsDisabled", CZ_DENIED, "the account is disabled", NULL},
    {"InvalidAuthenticationInfo", CZ_DENIED, "invalid credentials", NULL},
};

/* When the SAS expires: its member se, such as 2021-01-01T00%3A00%3A00Z, as text.
 * False if it is not known, or in the future. */
static bool sas_has_expired(char out[TIMESTAMP_TEXT_MAX], const char *sas)
{
    char text[64] = "";
    int64_t when;
    const char *at = strncmp(sas, "se=", 3) == 0 ? sas : strstr(sas, "&se=");
    if (!at)
        return false;
    at += *at == '&' ? 4 : 3;
    const size_t n = strcspn(at, "&");
    if (n >= sizeof text)
        return false;
    memcpy(text, at, n);
    if (!uri_decode(text) || !timestamp_parse(&when, text) || when / 1000000000 > time(NULL))
        return false;
    timestamp_format(out, when);
    return true;
}

static int expired_sas(const azure *s, const provider_request *r, const http_answer *a,
                       const char *when, cz_error *err)
{
    provider_fail(err, CZ_DENIED, &s->base, r, a, "the SAS has expired, at %s", when);
    cz_hint(err, "get a new one, and set AZURE_STORAGE_SAS_TOKEN");
    return CZ_DENIED;
}

static int refused(const azure *s, const provider_request *r, const http_answer *a, cz_error *err)
{
    if (service_error_clock_off(a))
        return service_error_clock(err, &s->base, r, a);
    if (!s->sas && credentials_expired(s->keys))
        return provider_fail(err, CZ_UNREACHABLE, &s->base, r, a, "the credentials have expired");
    if (s->sas) {
        provider_fail(err, CZ_DENIED, &s->base, r, a, "the SAS isn't valid, or has expired");
        cz_hint(err, "get a new one for this account, and set AZURE_STORAGE_SAS_TOKEN");
    } else {
        provider_fail(err, CZ_DENIED, &s->base, r, a, "the key does not match the account");
        cz_hint(err, "check AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY");
    }
    return CZ_DENIED;
}

static int classify_success(const azure *s, const provider_request *r, const http_answer *a,
                            const service_error *e, cz_error *err)
{
    const bool stores =
        r->op == PROVIDER_PUT || r->op == PROVIDER_PART || r->op == PROVIDER_PARTS_END;
    if (e->code[0])
        return provider_fail(err, CZ_UNREACHABLE, &s->base, r, a,
                             "success status with an error: %s: %s", e->code, e->message);
    if (stores && a->status != 201)
        return provider_fail(err, CZ_UNREACHABLE, &s->base, r, a, "the object was not stored");
    return CZ_OK;
}

int azure_classify(provider *d, const provider_request *r, const http_answer *a, cz_error *err)
{
    const azure *s = (const azure *)d;
    char when[TIMESTAMP_TEXT_MAX];
    service_error e;
    service_error_read(&e, a);
    if (a->status >= 200 && a->status < 300)
        return classify_success(s, r, a, &e, err);
    if ((a->status == 401 || a->status == 403) && s->sas && sas_has_expired(when, s->sas))
        return expired_sas(s, r, a, when, err);
    if (a->status == 401 || strcmp(e.code, "AuthenticationFailed") == 0)
        return refused(s, r, a, err);
    if (a->status == 412 && (r->op == PROVIDER_GET || r->op == PROVIDER_GET_ALL))
        return provider_fail(err, CZ_CHANGED, d, r, a, "object changed while it was read");
    if (a->status == 412 && r->mode == OS_CREATE)
        return provider_fail(err, CZ_EXISTS, d, r, a, "exists already");
    const int rc =
        service_error_fail(err, &e, error_maps, sizeof error_maps / sizeof *error_maps, d, r, a);
    return rc < 0 ? rc : provider_classify_status(err, d, r, a, e.message);
}
