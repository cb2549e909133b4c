/* Internal to the remote store: remote.c reads, lists and removes, remote_put.c puts, remote_same.c
 * compares. */
#ifndef CZ_STORE_CLOUD_REMOTE_REQUEST_H
#define CZ_STORE_CLOUD_REMOTE_REQUEST_H

#include <stdatomic.h>

#include "base/digest.h"
#include "store/cloud/provider.h"

typedef struct remote {
    object_store base;
    provider *provider;
    transport *transport;
    atomic_bool no_create; /* the service has no conditional put */
} remote;

/* A request of the store and its result. Must stay in place while it is in progress. */
typedef struct remote_request {
    http_request http;
    provider_request spec;
    body_digests sums; /* spec.sums points here while it is in progress */
    remote *remote;
    int status;            /* of the last response */
    uint64_t size;         /* STAT */
    char md5[MD5_HEX + 1]; /* STAT: the service's digest of the object; "": none */
    provider_part part;    /* PART */
    os_read *read;         /* GET */
    void (*done)(os_read *r);
} remote_request;

/* The remote store behind os; NULL if os is another backend. */
remote *remote_of(object_store *os);

/* Initialise r; the caller sets what else the operation needs in r->spec and r->http. */
void remote_prepare(remote_request *r, remote *m, provider_op op, const char *key);
/* Run r; blocks. */
int remote_run(remote_request *r, cz_error *err);

/* DENIED if the provider is read-only. */
int remote_writes(const remote *m, provider_op op, const char *key, cz_error *err);
int remote_put(object_store *os, const char *key, const os_body *body, os_put_mode mode,
               cz_error *err);

/* The object's MD5 from a response's headers; "" if there is none. */
void remote_read_md5(char md5[MD5_HEX + 1], const http_answer *a);
int remote_same(object_store *os, const char *key, const void *data, size_t len, bool *ret_same,
                cz_error *err);

#endif
