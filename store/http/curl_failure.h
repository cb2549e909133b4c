/* What libcurl's result codes mean here. Inside of the transport. */
#ifndef CZ_STORE_HTTP_CURL_FAILURE_H
#define CZ_STORE_HTTP_CURL_FAILURE_H

#include <curl/curl.h>

#include "base/error.h"

typedef struct curl_failure {
    CURLcode curl;
    int code;         /* CZ_UNREACHABLE: transient, another attempt may succeed; else permanent */
    const char *why;  /* where libcurl gives no text of its own */
    const char *hint; /* or NULL */
} curl_failure;

/* Never NULL. Codes that aren't listed are failures of the network: UNREACHABLE. */
const curl_failure *curl_failure_of(CURLcode code);

#endif
