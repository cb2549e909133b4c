/* What a service says beside its answers: for who diagnoses (camzarr doctor). */
#ifndef CZ_STORE_CLOUD_PROBE_H
#define CZ_STORE_CLOUD_PROBE_H

#include "store/objects/object_store.h"

typedef struct probe_answer {
    int64_t clock; /* the service's, in seconds since 1970; 0: it doesn't say */
    int64_t here;  /* ours when its answer came */
    bool cors;     /* pages of other origins may read the object */
} probe_answer;

bool os_behind_http(object_store *os);

/* Ask for an object that is there, as a web page of another origin would. Errors: UNSUPPORTED (a
 * store that isn't behind HTTP), and what a stat() says. */
int os_probe(object_store *os, const char *key, probe_answer *out, cz_error *err);

#endif
