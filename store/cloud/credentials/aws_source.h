/* Credentials of an AWS profile, in any of the forms that profiles have.
 *
 *   keys      aws_access_key_id, aws_secret_access_key, aws_session_token
 *   role      role_arn with source_profile (of any kind, up to five deep) or credential_source
 *             (Environment, Ec2InstanceMetadata, EcsContainer); external_id, role_session_name,
 *             duration_seconds. With mfa_serial: not supported
 *   web       role_arn with web_identity_token_file
 *   SSO       sso_session or sso_start_url and sso_region; sso_account_id, sso_role_name
 *   process   credential_process
 *
 * A profile with several is the first of: role or web, keys, SSO, process. */
#ifndef CZ_STORE_CLOUD_CREDENTIALS_AWS_SOURCE_H
#define CZ_STORE_CLOUD_CREDENTIALS_AWS_SOURCE_H

#include "store/cloud/credentials/aws_profile.h"
#include "store/cloud/credentials/credentials.h"

/* Whether the profile has any of these. Errors: NOMEM. */
int aws_profile_has_credentials(bool *out, const aws_files *f, const char *profile, cz_error *err);

/* The files are read again for each renewal, so keys that another program replaces are found. Makes
 * no request. region: of STS, if the profile has none. Errors: NOMEM. Errors of renew(): DENIED,
 * UNREACHABLE, FORMAT, NOMEM; the message names the profile. */
int aws_source_open(credential_source *out, const char *profile, const char *region, transport *t,
                    cz_error *err);

#endif
