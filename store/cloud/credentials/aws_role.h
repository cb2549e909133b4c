/* Roles assumed at AWS STS: temporary keys for the keys of another identity, or for a token. */
#ifndef CZ_STORE_CLOUD_CREDENTIALS_AWS_ROLE_H
#define CZ_STORE_CLOUD_CREDENTIALS_AWS_ROLE_H

#include "store/cloud/credentials/credentials.h"

/* What is not set is NULL. */
typedef struct aws_role {
    const char *url; /* of STS, without a path: "https://sts.us-east-1.amazonaws.com" */
    const char *region;
    const char *arn;
    const char *session;     /* NULL: "camzarr" */
    const char *external_id; /* of aws_role_assume() */
    const char *seconds;     /* until the keys expire; decimal. NULL: the service's default */
    const char *token_file;  /* of aws_role_web_identity() */
} aws_role;

/* AssumeRole, signed with the keys of `source`. Errors: DENIED, UNREACHABLE, FORMAT, NOMEM. */
int aws_role_assume(credential *out, const aws_role *r, const credential *source, transport *t,
                    bool once, cz_error *err);
/* AssumeRoleWithWebIdentity, with the token in a file. Errors: the same. */
int aws_role_web_identity(credential *out, const aws_role *r, transport *t, bool once,
                          cz_error *err);

#endif
