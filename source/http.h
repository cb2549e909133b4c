/* Inside of sources over http(s): source.c opens and reads ranges, stream.c has several under
 * way. */
#ifndef CZ_SOURCE_HTTP_H
#define CZ_SOURCE_HTTP_H

#include "store/cloud/provider.h"
#include "source/backend.h"

/* Every range is asked of the file that was opened, and of no other: by its strong ETag where it
 * has one, else by its time; each answer's ETag, time and length are held against those of the
 * first. */
typedef struct http_source {
    source base;
    provider shown; /* for messages: its address */
    transport *transport;
    char *url;         /* as it is sent */
    char etag[128];    /* "" where it has none */
    char modified[64]; /* likewise */
} http_source;

/* Fill r for a range; `user` is taken. */
void http_source_request(http_request *r, http_source *s, uint64_t offset, void *to, size_t len);
/* The transport's failure in a source's words. */
int http_source_failed(const http_source *s, int rc, cz_error *err);

/* As source_ops has them. */
int http_stream_open(void **out, source *s, size_t n, cz_error *err);
void http_stream_ask(void *stream, size_t slot, const source_range *r);
int http_stream_wait(void *stream, size_t slot, cz_error *err);
void http_stream_close(void *stream);

#endif
