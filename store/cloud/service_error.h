/* Errors of S3, Google and Azure: the XML in the body of an error response. */
#ifndef CZ_STORE_CLOUD_SERVICE_ERROR_H
#define CZ_STORE_CLOUD_SERVICE_ERROR_H

#include "store/cloud/provider.h"

typedef struct service_error {
    char code[64];     /* "NoSuchKey"; "": the response has no such XML */
    char message[256]; /* the service's */
    char region[32];   /* of the bucket; "": unknown */
} service_error;

/* Maps a service's code to an error code and message. */
typedef struct service_error_map {
    const char *code;
    int rc;
    const char *why, *hint; /* hint may be NULL */
} service_error_map;

/* Read the body or, for responses without one (HEAD), x-ms-error-code and x-amz-bucket-region. */
void service_error_read(service_error *out, const http_answer *a);
/* Is the code one of these n? */
bool service_error_is(const service_error *e, const char *const *codes, size_t n);
/* Set err by a table of n codes, and return its code. CZ_OK: the code is not in the table, and err
 * is unchanged. */
int service_error_fail(cz_error *err, const service_error *e, const service_error_map *table,
                       size_t n, const provider *d, const provider_request *r,
                       const http_answer *a);

/* Fail with DENIED because of this machine's clock; the message has the difference if the response
 * has a Date. */
int service_error_clock(cz_error *err, const provider *d, const provider_request *r,
                        const http_answer *a);
/* Does the response's Date differ from this machine's clock by more than services tolerate? */
bool service_error_clock_off(const http_answer *a);

#endif
