/* The HTTP server of `camzarr serve`, over libmicrohttpd.
 *
 * Requests are answered by a fixed number of threads; a slow client holds none of them. A request
 * for a picture decodes and encodes it on its thread. GET, HEAD, OPTIONS, and POST to /capture. */
#ifndef CZ_CLI_SERVE_HTTP_SERVER_H
#define CZ_CLI_SERVE_HTTP_SERVER_H

#include <camzarr.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct http_server http_server;

typedef struct http_server_options {
    const char *address; /* to listen on: "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port;       /* 0: one that is free */
    /* Web pages of this origin may read the answers ("*": of all). NULL: pages of this machine. */
    const char *origin;
    unsigned threads; /* 0: twice the number of processors */
    uint64_t memory;  /* of the cache of pictures, in bytes */
    /* Called for each request, from any thread; may be NULL. */
    void (*log)(void *user, const char *method, const char *target, unsigned status);
    void *user;
} http_server_options;

/* Start serving. The store must outlive the server. Errors: USAGE (not an address), EXISTS (the
 * port is in use), DENIED (a port that needs privileges), IO, NOMEM. */
int http_server_start(http_server **out, cz_store *store, const http_server_options *options,
                      cz_error *err);
uint16_t http_server_port(const http_server *server);
/* Stop when the requests in progress have been answered. NULL-safe. */
void http_server_stop(http_server **server);

/* Is the address one of this machine's loopback interface? */
bool is_loopback_address(const char *address);

#endif
