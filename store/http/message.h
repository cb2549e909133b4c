/* What is sent and what came back: the text of HTTP, without a socket.
 *
 * A dialect fills an http_message and reads an http_answer; it sees nothing else of the network. */
#ifndef CZ_STORE_HTTP_MESSAGE_H
#define CZ_STORE_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum {
    HTTP_HEADERS_MAX = 32,
    HTTP_VALUE_MAX = 64 << 10, /* tokens of some kilobytes are usual */
};

/* A request's head. Zero-initialised by the transport, filled by a build step, freed by the
 * transport: a build step that fails may leave it half filled. */
typedef struct http_message {
    const char *method; /* "GET", "HEAD", "PUT", "POST", "DELETE"; static */
    buf url;            /* as it goes over the wire: everything percent-encoded, query included */
    char *header[HTTP_HEADERS_MAX]; /* "Name: value", in the order in which they were added */
    size_t n_headers;
    bool bad;    /* a header is missing: no memory, or no room */
    bool follow; /* redirects, to http and https only; never set where the request is signed */
    bool netrc;  /* user and password from ~/.netrc, where it has the host */
    bool direct; /* not through a proxy, whatever the environment says */
} http_message;

/* Add a header. Content-Length, Host and Expect are the transport's. */
void http_message_header(http_message *m, const char *name, const char *fmt, ...) CZ_PRINTF(3, 4);
/* Add "Range: bytes=FIRST-LAST". */
void http_message_range(http_message *m, uint64_t first, uint64_t last);
/* The value of a header that was added, or NULL. Names are compared without regard to case. */
const char *http_message_find(const http_message *m, const char *name);
void http_message_free(http_message *m); /* NULL-safe; leaves it empty */

/* What came back. The transport owns it; it lives as long as the judge that is given it runs. */
typedef struct http_answer {
    int status;          /* 200, 404, ... */
    const uint8_t *body; /* an error's, or all of it where it was asked for; never NULL */
    size_t body_len;     /* of an error's body only the first HTTP_ERROR_BODY bytes are kept */
    buf headers;         /* of the last answer: "Name: value", each with a NUL behind it */
} http_answer;

enum { HTTP_ERROR_BODY = 64 << 10 };

/* The value of a header, or NULL. Names are compared without regard to case. */
const char *http_answer_header(const http_answer *a, const char *name);

/* Bytes of the body as Content-Length has them; false if it isn't there or no number. */
bool http_answer_length(const http_answer *a, uint64_t *ret_length);
/* "bytes 0-9/100". *ret_total is UINT64_MAX where the server doesn't tell ("*"). */
bool http_answer_range(const http_answer *a, uint64_t *ret_first, uint64_t *ret_last,
                       uint64_t *ret_total);

#endif
