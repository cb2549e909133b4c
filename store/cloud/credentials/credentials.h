/* Credentials: found where the providers' own tools find them, and renewed before they expire.
 *
 * The first source that is present is used:
 *   AWS     AWS_NO_SIGN_REQUEST; AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN;
 *           AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN (EKS); the profile AWS_PROFILE of
 *           ~/.aws/credentials and ~/.aws/config; AWS_CONTAINER_CREDENTIALS_* (ECS, EKS); the
 *           instance's role (IMDSv2).
 *   Azure   AZURE_NO_SIGN_REQUEST; AZURE_STORAGE_CONNECTION_STRING; AZURE_STORAGE_KEY;
 *           AZURE_STORAGE_SAS_TOKEN; the managed identity.
 *   Google  GS_NO_SIGN_REQUEST; GS_ACCESS_KEY_ID, GS_SECRET_ACCESS_KEY;
 *           GOOGLE_OAUTH_ACCESS_TOKEN; the instance's service account.
 *
 * The environment and the files are read at opening. Instance credentials are requested when they
 * are first needed, and renewed before they expire.
 *
 * Secrets are never written to messages or hints, and their memory is overwritten when freed. */
#ifndef CZ_STORE_CLOUD_CREDENTIALS_CREDENTIALS_H
#define CZ_STORE_CLOUD_CREDENTIALS_CREDENTIALS_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "store/http/transport.h"

/* One credential; absent members are NULL. All NULL: anonymous. */
typedef struct credential {
    char *id;       /* of the access key */
    char *secret;   /* the key that signs */
    char *token;    /* session token of the key; without a key, a bearer token */
    time_t expires; /* 0: never */
} credential;
void credential_free(credential *c); /* overwrites secrets; NULL-safe; leaves it empty */
int credential_copy(credential *out, const credential *from, cz_error *err);

/* A source of renewed credentials. renew() is called by one thread at a time. With `once` the
 * present ones are still valid, so it makes a single attempt. */
typedef struct credential_source {
    int (*renew)(void *ctx, bool once, credential *out, cz_error *err);
    void (*close)(void *ctx); /* may be NULL */
    void *ctx;                /* the source's own */
} credential_source;

/* Thread-safe. */
typedef struct credentials credentials;

/* Fixed credentials: `c` is moved, also on failure. Errors: NOMEM. */
int credentials_fixed(credentials **out, credential *c, cz_error *err);
/* Renewed credentials: `source` is moved, also on failure. */
int credentials_renewed(credentials **out, credential_source source, cz_error *err);
void credentials_close(credentials **c);

/* A copy of the current credential; the caller frees it. It is renewed within five minutes of its
 * expiry; if that fails while it is still valid, it is used, and renewal is tried again after half
 * a minute. Errors: those of the source, NOMEM. */
int credentials_take(credential *out, credentials *c, cz_error *err);
/* The service reports that they have expired: the next credentials_take() renews them. False if
 * they are fixed. */
bool credentials_expired(credentials *c);

/* ---- Where they are found -------------------------------------------------------------------- */

/* t is used to request instance credentials, and must outlive the keys. Strings are owned; NULL if
 * not set. Free with the functions below. */
typedef struct aws_settings {
    credentials *keys;
    char *region;   /* default: "us-east-1" */
    char *endpoint; /* AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or the profile's endpoint_url */
    bool path_style, host_style; /* AWS_VIRTUAL_HOSTING=NO or YES */
    bool requester_pays;         /* AWS_REQUEST_PAYER=requester */
} aws_settings;
int aws_settings_find(aws_settings *out, transport *t, cz_error *err);
void aws_settings_free(aws_settings *s);

typedef struct azure_settings {
    credentials
        *keys; /* .secret: the account's key, or .token: the identity's; neither for a SAS */
    char *account;
    char *sas;      /* without leading '?' */
    char *endpoint; /* of the Blob service: BlobEndpoint, AZURE_STORAGE_BLOB_ENDPOINT */
} azure_settings;
/* Errors: USAGE (no account), NOMEM. */
int azure_settings_find(azure_settings *out, transport *t, cz_error *err);
void azure_settings_free(azure_settings *s);

typedef struct gs_settings {
    credentials *keys; /* .id and .secret of an HMAC key, or .token: a bearer token */
    char *endpoint;    /* GS_ENDPOINT_URL */
    char *payer;       /* GS_USER_PROJECT: requester pays */
} gs_settings;
int gs_settings_find(gs_settings *out, transport *t, cz_error *err);
void gs_settings_free(gs_settings *s);

#endif
