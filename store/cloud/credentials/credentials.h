/* Keys and tokens, from where users have them, and renewed while they are used.
 *
 * What is found first counts:
 *   AWS    AWS_NO_SIGN_REQUEST; AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN;
 *          AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN (EKS); the profile AWS_PROFILE of
 *          ~/.aws/credentials and ~/.aws/config; AWS_CONTAINER_CREDENTIALS_* (ECS, EKS); the
 *          instance's role (IMDSv2).
 *   Azure  AZURE_NO_SIGN_REQUEST; AZURE_STORAGE_CONNECTION_STRING; AZURE_STORAGE_KEY;
 *          AZURE_STORAGE_SAS_TOKEN; the managed identity.
 *   Google GS_NO_SIGN_REQUEST; GS_ACCESS_KEY_ID, GS_SECRET_ACCESS_KEY; GOOGLE_OAUTH_ACCESS_TOKEN;
 * the instance's service account. The environment and the files are read at opening; instance
 * identities are asked for by the first request that needs one, and again before they expire.
 *
 * No function here writes a secret anywhere: not to a message, not to a hint. Memory that held one
 * is overwritten. */
#ifndef CZ_STORE_CLOUD_CREDENTIALS_CREDENTIALS_H
#define CZ_STORE_CLOUD_CREDENTIALS_CREDENTIALS_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "store/http/transport.h"

/* One set of them. A NULL isn't there. All of them NULL: anonymous. */
typedef struct credential {
    char *id;       /* of the key that signs */
    char *secret;   /* that key */
    char *token;    /* goes along: a session's, or by itself a bearer's */
    time_t expires; /* 0: never */
} credential;
void credential_free(credential *c); /* overwrites it; NULL-safe, leaves it empty */
int credential_copy(credential *out, const credential *from, cz_error *err);

/* A way to get new ones: ctx is the source's own. Called by one thread at a time. With `once`,
 * others still hold: a failure does no harm, and is not worth waiting for. */
typedef struct credential_source {
    int (*renew)(void *ctx, bool once, credential *out, cz_error *err);
    void (*close)(void *ctx); /* may be NULL */
    void *ctx;
} credential_source;

/* Thread-safe. */
typedef struct credentials credentials;

/* Fixed ones: `c` is moved. Errors: NOMEM; then `c` is freed, too. */
int credentials_fixed(credentials **out, credential *c, cz_error *err);
/* Renewed ones: `source` is moved, also on failure. */
int credentials_renewed(credentials **out, credential_source source, cz_error *err);
void credentials_close(credentials **c);

/* A copy of those that count now, the caller's to free. Renewed when they end within five minutes;
 * when that fails, those that still hold are used, and half a minute passes before the next
 * attempt. Errors: the source's, NOMEM. */
int credentials_take(credential *out, credentials *c, cz_error *err);
/* The service says that they have expired: the next credentials_take() renews. False when they are
 * fixed ones, for which that won't help. */
bool credentials_expired(credentials *c);

/* ---- Where they are found -------------------------------------------------------------------- */

/* t is what identities are asked over; it outlives the keys. */

/* Strings are owned; NULL where nothing says. Free with the functions below. */
typedef struct aws_settings {
    credentials *keys;
    char *region;   /* "us-east-1" where nothing says otherwise */
    char *endpoint; /* AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or the profile's endpoint_url */
    bool path_style, host_style; /* AWS_VIRTUAL_HOSTING=NO or YES */
    bool requester_pays;         /* AWS_REQUEST_PAYER=requester */
} aws_settings;
int aws_settings_find(aws_settings *out, transport *t, cz_error *err);
void aws_settings_free(aws_settings *s);

typedef struct azure_settings {
    credentials *keys; /* .secret the account's key; or .token the identity's; neither for a SAS */
    char *account;
    char *sas;      /* without '?' */
    char *endpoint; /* of blobs: BlobEndpoint, AZURE_STORAGE_BLOB_ENDPOINT */
} azure_settings;
/* Errors: USAGE (no account is named), NOMEM. */
int azure_settings_find(azure_settings *out, transport *t, cz_error *err);
void azure_settings_free(azure_settings *s);

typedef struct gs_settings {
    credentials *keys; /* .id and .secret of an HMAC key; or .token a bearer's */
    char *endpoint;    /* GS_ENDPOINT_URL */
    char *payer;       /* GS_USER_PROJECT: requester pays */
} gs_settings;
int gs_settings_find(gs_settings *out, transport *t, cz_error *err);
void gs_settings_free(gs_settings *s);

#endif
