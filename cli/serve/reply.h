/* What the server answers, before it is sent. */
#ifndef CZ_CLI_SERVE_REPLY_H
#define CZ_CLI_SERVE_REPLY_H

#include <stdint.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "cli/serve/body_cache.h"
#include "cli/serve/clips.h"
#include "store/objects/object_store.h"

enum { ETAG_MAX = 72 };

typedef struct reply {
    unsigned status;     /* of HTTP; 0: nothing yet */
    const char *type;    /* media type; static */
    buf body;            /* unless `object` is set */
    char etag[ETAG_MAX]; /* quoted; "": none */
    bool
        is_immutable; /* the address gives the same bytes for as long as the clip is not replaced */
    char time[TIMESTAMP_TEXT_MAX]; /* of the frame; "": none */
    buf location;                  /* Content-Location, or Location of a 303; empty: none */
    /* A range of an object of the store, read while it is sent. */
    char *object;
    uint64_t offset, length, total;
} reply;

void reply_free(reply *r);

/* Everything that requests share. */
typedef struct site {
    cz_store *store;
    object_store *os; /* the store's */
    clips *clips;
    body_cache *cache;
} site;

/* Set the ETag of a frame: the same for the same bytes, which the clip's source, the frame and the
 * view, as text, determine, and the program. Errors: IO, NOMEM. */
int reply_set_etag(reply *r, const cz_facts *clip, uint64_t frame, const char *view, cz_error *err);
/* Whether nothing is to be made: `known`, the If-None-Match of the request or NULL, has the reply's
 * ETag (status 304), or the cache has the body. Sets the status, otherwise to 200. */
bool reply_is_made(reply *r, body_cache *cache, const char *known);
/* Replace the reply by an error: status by the code of err, its message and hint as JSON. */
void reply_error(reply *r, const cz_error *err);
/* The status of HTTP for a CZ_ code. */
unsigned reply_status(int code);

#endif
