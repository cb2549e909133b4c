/* A web server on loopback with scripted failures, for tests of HTTP clients.
 *
 * It has one object, under every path, with an ETag; it returns the object whole or by ranges,
 * obeys If-Match, and replaces the object on PUT (with If-None-Match: * only if there is none).
 * Scripted responses come first: one for each request, in the order of the requests. */
#ifndef CZ_TESTS_UNIT_SUPPORT_HTTP_SERVER_H
#define CZ_TESTS_UNIT_SUPPORT_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct http_fault {
    int status;          /* 0: answer as without a script, but for what follows */
    const char *headers; /* more of them, each with \r\n behind it; or NULL */
    const char *body;    /* of an answer with a status; or NULL */
    size_t cut;          /* close the connection after so many bytes of the body; 0: don't */
    bool drop;           /* do what is asked, and close the connection without an answer */
    bool hang;           /* never answer */
    unsigned trickle_ms; /* give the body by the byte, after so long each */
    const char *etag;    /* from here on the object's; or NULL */
    size_t together;     /* don't answer before so many requests of this script have come */
    const char *raw;     /* sent as it is, instead of an answer; or NULL */
    const char *forever; /* sent after raw, again and again, until the connection is closed */
    unsigned forever_ms; /* between two of them */
} http_fault;

typedef struct http_server http_server;

/* Each of these aborts if it can't do what it is asked. NULL: there is no object. */
http_server *http_server_start(const void *object, size_t len);
/* Ends connections and threads. */
void http_server_stop(http_server *s);
/* "http://127.0.0.1:PORT". */
const char *http_server_url(const http_server *s);
void http_server_script(http_server *s, const http_fault *fault, size_t n);

/* Read what is sent from here on like a slow line: so many bytes, a pause, and so on. */
void http_server_read_slowly(http_server *s, size_t bytes, unsigned pause_ms);

size_t http_server_requests(http_server *s);
/* Does the head of request i, from 0 on, hold this text? */
bool http_server_saw(http_server *s, size_t i, const char *text);
/* Connections that were accepted, and the most that were open at once. */
size_t http_server_connections(http_server *s);
size_t http_server_most(http_server *s);

#endif
