/* GET and HEAD of whole objects at http(s) addresses, many at a time over one transport. */
#ifndef CZ_MANIFEST_WEB_H
#define CZ_MANIFEST_WEB_H

#include <camzarr.h>

#include "store/cloud/provider.h"

enum {
    WEB_CONNECTIONS = 4,     /* default: a listing is not worth more of the server */
    WEB_PAGE_MAX = 16 << 20, /* bytes of one page */
};

/* A request; zero-initialise it, call web_get() or web_head(), then web_run(). It must stay in
 * place until then. Free with web_request_free(). */
typedef struct web_request {
    http_request http; /* first: its rc and err are the result */
    char *url;
    provider shown; /* the address for messages */
    bool head;
    buf body;      /* GET */
    int status;    /* of the last response; 0: none */
    uint64_t size; /* HEAD: Content-Length; UINT64_MAX: not given */
    bool is_html;  /* by its Content-Type */
} web_request;

/* network may be NULL. connections: if network has none. Errors: NOMEM, UNSUPPORTED. */
int web_open(transport **out, const cz_network *network, unsigned connections, cz_error *err);

/* Prepare a request; at most `max` bytes are received. Errors: NOMEM. */
int web_get(web_request *r, const char *url, size_t max, cz_error *err);
int web_head(web_request *r, const char *url, cz_error *err);
/* Run n requests at once; blocks until all have ended. Returns CZ_OK; each request has its own
 * result. Errors: NOMEM, and then the results are not set. */
int web_run(transport *t, web_request *r, size_t n, cz_error *err);
void web_request_free(web_request *r); /* NULL-safe */

/* Whether a text is an http(s) address. */
bool web_is_address(const char *text);

#endif
