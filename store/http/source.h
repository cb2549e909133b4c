/* Inside of sources over http(s): source.c opens and reads ranges, ahead.c reads front to back. */
#ifndef CZ_STORE_HTTP_SOURCE_H
#define CZ_STORE_HTTP_SOURCE_H

#include "store/http/dialect.h"
#include "store/source_backend.h"

typedef struct ahead ahead;

/* Every range is asked of the file that was opened, and of no other: by its strong ETag where it has one,
 * else by its time; each answer's ETag, time and length are held against those of the first. */
typedef struct http_source {
    source base;
    dialect shown; /* for messages: its address */
    transport *transport;
    unsigned connections;
    char *url;         /* as it is sent */
    char etag[128];    /* "" where it has none */
    char modified[64]; /* likewise */
    ahead *ahead;      /* NULL until somebody reads front to back */
} http_source;

/* Fill r for a range; `user` is taken. */
void http_source_request(http_request *r, http_source *s, uint64_t offset, void *to, size_t len);
/* The transport's failure in a source's words. */
int http_source_failed(const http_source *s, int rc, cz_error *err);

/* Errors: NOMEM. */
int ahead_open(ahead **out, http_source *s, uint64_t offset, size_t memory, cz_error *err);
void ahead_close(ahead **a); /* NULL-safe */
/* A read that goes on from where reading is: *ret_rc is what came of it. False: it is no such read, or
 * this is a child of the process that reads ahead. */
bool ahead_read(int *ret_rc, ahead *a, uint64_t offset, void *to, size_t len, cz_error *err);

#endif
