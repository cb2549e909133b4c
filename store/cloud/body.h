/* Headers that describe the body of a request. */
#ifndef CZ_STORE_CLOUD_BODY_H
#define CZ_STORE_CLOUD_BODY_H

#include "store/cloud/provider.h"

bool body_is_sent(const provider_request *r);

/* SHA-256 in lower-case hex; of no bytes if no body is sent. Errors: NOMEM, IO. */
int body_sha256(char hex[SHA256_HEX + 1], const provider_request *r, cz_error *err);
/* Append the value of Content-MD5, which services check the body against; nothing if libcrypto has
 * no MD5 (FIPS). Errors: NOMEM, IO. */
int body_md5(buf *out, const provider_request *r, cz_error *err);

/* Content-Type of an object. */
const char *body_type(const char *key);

#endif
