/* The header of an HTTP request, and the response to it, as text.
 *
 * A provider fills an http_message and reads an http_answer; it has no other access to the
 * network. */
#ifndef CZ_STORE_HTTP_MESSAGE_H
#define CZ_STORE_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum {
    HTTP_HEADERS_MAX = 32,
    HTTP_VALUE_MAX = 64 << 10, /* session tokens of several kilobytes are common */
};

/* A request's method, URL and headers. Zero-initialised and freed by the transport, filled by
 * http_request.build(), which may leave it incomplete when it fails. */
typedef struct http_message {
    const char *method;             /* "GET", "HEAD", "PUT", "POST", "DELETE"; static */
    buf url;                        /* as sent: everything percent-encoded, query included */
    char *header[HTTP_HEADERS_MAX]; /* "Name: value", in the order of addition */
    size_t n_headers;
    bool bad;    /* a header is missing: out of memory, too many, or an invalid value */
    bool follow; /* follow redirects to http and https; never set for signed requests */
    bool netrc;  /* take user and password for the host from ~/.netrc */
    bool direct; /* ignore proxies that the environment names */
} http_message;

/* Add a header. The transport adds Content-Length, Host and Expect. Failure sets m->bad. */
void http_message_header(http_message *m, const char *name, const char *fmt, ...) CZ_PRINTF(3, 4);
/* Add "Range: bytes=FIRST-LAST". */
void http_message_range(http_message *m, uint64_t first, uint64_t last);
/* The value of an added header, or NULL. Names are case-insensitive. */
const char *http_message_find(const http_message *m, const char *name);
void http_message_free(http_message *m); /* NULL-safe; leaves it empty */

/* A response. Owned by the transport; valid only during http_request.classify(). */
typedef struct http_answer {
    int status;          /* 200, 404, ... */
    const uint8_t *body; /* of an error, or of any response with http_request.all; never NULL */
    size_t body_len;     /* an error's body is cut to HTTP_ERROR_BODY bytes */
    buf headers;         /* of the last response (after redirects): "Name: value", NUL-terminated */
} http_answer;

enum { HTTP_ERROR_BODY = 64 << 10 };

/* The value of a header, or NULL. Names are case-insensitive. */
const char *http_answer_header(const http_answer *a, const char *name);

/* Content-Length; false if it is missing or malformed. */
bool http_answer_length(const http_answer *a, uint64_t *ret_length);
/* Content-Range ("bytes 0-9/100"); false if it is missing or malformed. *ret_total is UINT64_MAX if
 * the server does not know it ("*"). */
bool http_answer_range(const http_answer *a, uint64_t *ret_first, uint64_t *ret_last,
                       uint64_t *ret_total);

#endif
