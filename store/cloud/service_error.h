/* What a service says when it refuses: the XML that S3, Google and Azure put into an error's body.
 */
#ifndef CZ_STORE_CLOUD_SERVICE_ERROR_H
#define CZ_STORE_CLOUD_SERVICE_ERROR_H

#include "store/cloud/provider.h"

typedef struct service_error {
    char code[64];     /* "NoSuchKey"; "" where the answer holds no such XML */
    char message[256]; /* in the service's words */
    char region[32];   /* that the bucket lies in, where it says so */
} service_error;

/* What one of its codes means to us. */
typedef struct service_error_meaning {
    const char *code;
    int rc;
    const char *why, *hint; /* hint may be NULL */
} service_error_meaning;

/* Of the body, and for what has none (HEAD) of x-ms-error-code and x-amz-bucket-region. */
void service_error_read(service_error *out, const http_answer *a);
bool service_error_is(const service_error *e, const char *const *codes, size_t n);
/* Tell it as a table of n codes has it. CZ_OK: it isn't in there, and nothing is told. */
int service_error_tell(cz_error *err, const service_error *e, const service_error_meaning *table,
                       size_t n, const provider *d, const provider_request *r,
                       const http_answer *a);

/* DENIED because of the clock: says by how much it is wrong, as far as the answer's Date tells. */
int service_error_clock(cz_error *err, const provider *d, const provider_request *r,
                        const http_answer *a);
/* Does the answer's Date differ from our clock by more than services allow? */
bool service_error_clock_off(const http_answer *a);

#endif
