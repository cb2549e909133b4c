/* Diagnoses a service, for camzarr doctor: its clock, and whether web pages may read it. */
#ifndef CZ_STORE_CLOUD_PROBE_H
#define CZ_STORE_CLOUD_PROBE_H

#include "store/objects/object_store.h"

typedef struct probe_answer {
    int64_t clock; /* the service's, in seconds since 1970; 0: unknown */
    int64_t here;  /* this machine's when the response arrived */
    bool cors;     /* web pages of other origins may read the object */
} probe_answer;

/* True for stores accessed by HTTP, S3 and Azure included. */
bool os_behind_http(object_store *os);

/* Request an existing object as a web page of another origin would. Errors: UNSUPPORTED (the store
 * is not accessed by HTTP), and those of os_stat(). */
int os_probe(object_store *os, const char *key, probe_answer *out, cz_error *err);

#endif
