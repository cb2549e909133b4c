/* Instance credentials: those that a machine's environment provides over HTTP.
 *
 * Each kind is a credential_source (credentials.h). Opening one makes no request. renew() makes
 * one, and gives up after a second if the service has never responded, since most machines have no
 * such service.
 *
 *   EC2       IMDSv2 at 169.254.169.254, or AWS_EC2_METADATA_SERVICE_ENDPOINT
 *   ECS, EKS  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI,
 *             AWS_CONTAINER_AUTHORIZATION_TOKEN or _TOKEN_FILE
 *   EKS       AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN: the token is exchanged at AWS STS
 *   Azure     IDENTITY_ENDPOINT, IDENTITY_HEADER; else 169.254.169.254, or
 *             AZURE_POD_IDENTITY_AUTHORITY_HOST; AZURE_CLIENT_ID selects one of several
 *   Google    metadata.google.internal, or GCE_METADATA_HOST */
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

/* Reads the environment. region: of STS, for INSTANCE_WEB. Errors: NOMEM. Errors of renew():
 * DENIED (no response, or a refusal; the hint names the remedy), FORMAT, NOMEM. */
int instance_credentials_open(credential_source *out, instance_kind kind, const char *region,
                              transport *t, cz_error *err);

#endif
