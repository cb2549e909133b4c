/* What the headers of a request say of the body that it sends. */
#ifndef CZ_STORE_CLOUD_BODY_H
#define CZ_STORE_CLOUD_BODY_H

#include "store/cloud/provider.h"

bool body_is_sent(const provider_request *r);

/* SHA-256 as lower-case hex; of nothing where no body is sent. Errors: NOMEM, IO. */
int body_sha256(char hex[SHA256_HEX + 1], const provider_request *r, cz_error *err);
/* MD5 as Content-MD5 has it, which services hold the body against; nothing is appended where
 * libcrypto has no MD5 (FIPS). Errors: NOMEM, IO. */
int body_md5(buf *out, const provider_request *r, cz_error *err);

/* What browsers and other readers learn of an object. */
const char *body_type(const char *key);

#endif
