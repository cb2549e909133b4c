/* Maps libcurl's result codes to error codes and messages. Internal to the transport. */
#ifndef CZ_STORE_HTTP_CURL_FAILURE_H
#define CZ_STORE_HTTP_CURL_FAILURE_H

#include <curl/curl.h>

#include "base/error.h"

typedef struct curl_failure {
    CURLcode curl;
    int code;         /* CZ_UNREACHABLE: transient, a retry may succeed; else permanent */
    const char *why;  /* used if libcurl gives no text of its own */
    const char *hint; /* or NULL */
} curl_failure;

/* Never NULL. Codes that are not listed count as network failures: UNREACHABLE. */
const curl_failure *curl_failure_of(CURLcode code);

#endif
