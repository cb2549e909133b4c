/* Who a machine is: credentials that its surroundings hand out over HTTP.
 *
 * Each of these is a credential_source (store/http/credentials.h): opened without a
 * request. renew() sends one, and gives up after a second if the service has never responded, since
 * most machines have no such service.
 *
 *   EC2       IMDSv2 at 169.254.169.254 (AWS_EC2_METADATA_SERVICE_ENDPOINT elsewhere)
 *   ECS, EKS  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI,
 * AWS_CONTAINER_AUTHORIZATION_TOKEN or _TOKEN_FILE EKS       AWS_WEB_IDENTITY_TOKEN_FILE,
 * AWS_ROLE_ARN: the token is exchanged at AWS STS Azure     IDENTITY_ENDPOINT, IDENTITY_HEADER;
 * else the same 169.254.169.254 (AZURE_POD_IDENTITY_AUTHORITY_HOST elsewhere); AZURE_CLIENT_ID
 * chooses one of several Google    metadata.google.internal (GCE_METADATA_HOST elsewhere) */
#ifndef CZ_STORE_CLOUD_CREDENTIALS_INSTANCE_H
#define CZ_STORE_CLOUD_CREDENTIALS_INSTANCE_H

#include "store/cloud/credentials/credentials.h"

typedef enum instance_kind {
    INSTANCE_EC2,
    INSTANCE_CONTAINER,
    INSTANCE_WEB,
    INSTANCE_AZURE,
    INSTANCE_GOOGLE,
} instance_kind;

/* The environment is read here, once. Errors of renew(): DENIED (no response, or a refusal; the
 * hint says what the user can do), FORMAT, NOMEM. region: of STS, for INSTANCE_WEB. */
int instance_credentials_open(credential_source *out, instance_kind kind, const char *region,
                              transport *t, cz_error *err);

/* What they answer, for tests: pure. `now` is what "expires_in" counts from. */
int instance_parse_aws(credential *out, const void *body, size_t n, cz_error *err);
int instance_parse_bearer(credential *out, const void *body, size_t n, time_t now, cz_error *err);
int instance_parse_sts(credential *out, const void *body, size_t n, cz_error *err);

#endif
