/* Inside of the remote store: remote.c reads, lists and removes, remote_put.c puts,
 * remote_same.c compares. */
#ifndef CZ_STORE_CLOUD_REMOTE_REQUEST_H
#define CZ_STORE_CLOUD_REMOTE_REQUEST_H

#include <stdatomic.h>

#include "base/digest.h"
#include "store/cloud/provider.h"

typedef struct remote {
    object_store base;
    provider *provider;
    transport *transport;
    atomic_bool no_create; /* the service knows no conditional put */
} remote;

/* A request, from what is asked to what came of it. Stays where it is while it is under way. */
typedef struct remote_request {
    http_request http;
    provider_request spec;
    body_digests sums; /* ask.sums, while it is under way */
    remote *remote;
    int status;            /* of the last answer */
    uint64_t size;         /* STAT */
    char md5[MD5_HEX + 1]; /* STAT: of the object, as the service keeps it; "" where it doesn't */
    provider_part part;    /* PART */
    os_read *read;         /* GET */
    void (*done)(os_read *r);
} remote_request;

/* The remote store behind os, or NULL: it is of another kind. */
remote *remote_of(object_store *os);

/* Fill r; what else the operation needs is the caller's to set in r->ask and r->http. */
void remote_prepare(remote_request *r, remote *m, provider_op op, const char *key);
int remote_run(remote_request *r, cz_error *err);

/* DENIED where the dialect only reads. */
int remote_writes(const remote *m, provider_op op, const char *key, cz_error *err);
int remote_put(object_store *os, const char *key, const os_body *body, os_put_mode mode,
               cz_error *err);

/* remote_same.c */
void remote_read_md5(char md5[MD5_HEX + 1], const http_answer *a);
int remote_same(object_store *os, const char *key, const void *data, size_t len, bool *ret_same,
                cz_error *err);

#endif
