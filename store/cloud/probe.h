/* Diagnoses a service: its clock, whether web pages may read it, whether it keeps versions. */
#ifndef CZ_STORE_CLOUD_PROBE_H
#define CZ_STORE_CLOUD_PROBE_H

#include "store/objects/object_store.h"

typedef struct probe_answer {
    int64_t clock;         /* the service's, in seconds since 1970; 0: unknown */
    int64_t here;          /* this machine's when the response arrived */
    bool cors;             /* web pages of other origins may read the object */
    bool keeps_versions;   /* an object that is removed or replaced stays as a version */
    char locked_until[40]; /* as the service writes it: until then the version cannot be removed;
                            * "": it is not locked, or that is not known */
} probe_answer;

/* True for stores accessed by HTTP, S3 and Azure included. */
bool os_behind_http(object_store *os);

/* Request an existing object as a web page of another origin would. Errors: UNSUPPORTED (the store
 * is not accessed by HTTP), and those of os_stat(). */
int os_probe(object_store *os, const char *key, probe_answer *out, cz_error *err);

#endif
