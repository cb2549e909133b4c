/* Inside of the local backend: local.c opens and reads, local_put.c writes and removes,
 * local_list.c lists. Every path is a key, relative to the root's descriptor. */
#ifndef CZ_STORE_LOCAL_H
#define CZ_STORE_LOCAL_H

#include <pthread.h>

#include "store/fd_cache.h"
#include "store/object_store.h"

typedef struct local {
    object_store base;
    int root;       /* the folder; opened once, so that syncfs() reports every lost write since */
    fd_cache files; /* that were read before */
    pthread_mutex_t sync;
    int lost; /* under sync: errno of the first sync that failed; see settle() in local_put.c */
} local;

int local_put(object_store *os, const char *key, const os_body *body, os_put_mode mode,
              cz_error *err);
int local_remove(object_store *os, const char *key, cz_error *err);
int local_list(object_store *os, const char *prefix, bool delimiter,
               int (*each)(void *user, const os_object *o), void *user, cz_error *err);

#endif
