/* IAM Identity Center (SSO): temporary keys for the token that `aws sso login` has cached. */
#ifndef CZ_STORE_CLOUD_CREDENTIALS_AWS_SSO_H
#define CZ_STORE_CLOUD_CREDENTIALS_AWS_SSO_H

#include "store/cloud/credentials/credentials.h"

/* Settings of a profile or an [sso-session]. */
typedef struct aws_sso {
    const char *session; /* NULL: a profile without sso_session */
    const char *start_url, *region, *account, *role;
} aws_sso;

/* Read the token from ~/.aws/sso/cache and exchange it for keys (GetRoleCredentials). A token that
 * has expired, or will within five minutes, is refreshed first, if the cache has what that takes,
 * and the cache is updated as the AWS command does it. The token never appears in messages.
 *
 * AWS_ENDPOINT_URL_SSO and AWS_ENDPOINT_URL_SSO_OIDC name other services. Errors: DENIED (no token,
 * or it has expired and cannot be refreshed), UNREACHABLE, FORMAT, NOMEM. */
int aws_sso_credentials(credential *out, const aws_sso *s, transport *t, bool once, cz_error *err);

#endif
