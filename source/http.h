/* Inside of sources over http(s): http.c opens them and reads ranges, http_stream.c keeps several
 * ranges in flight. */
#ifndef CZ_SOURCE_HTTP_H
#define CZ_SOURCE_HTTP_H

#include "store/cloud/provider.h"
#include "source/backend.h"

/* Every range must come from the file that was opened: it is requested by the strong ETag or,
 * without one, by the modification time; ETag, time and length of each response are compared with
 * those of the first. */
typedef struct http_source {
    source base;
    provider shown; /* its address, for messages */
    transport *transport;
    char *url;         /* as it is requested */
    char etag[128];    /* "": none */
    char modified[64]; /* "": none */
} http_source;

/* Fill r for a range. r->user is the source. */
void http_source_request(http_request *r, http_source *s, uint64_t offset, void *to, size_t len);
/* Convert an error of the transport to one of a source. */
int http_source_failed(const http_source *s, int rc, cz_error *err);

/* The members of source_ops. */
int http_stream_open(void **out, source *s, size_t n, cz_error *err);
void http_stream_request(void *stream, size_t slot, const source_range *r);
int http_stream_wait(void *stream, size_t slot, cz_error *err);
void http_stream_close(void *stream);

#endif
