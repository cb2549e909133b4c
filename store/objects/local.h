/* Internal to the local backend: local.c opens and reads, local_put.c writes and removes,
 * local_list.c lists, local_prune.c removes empty folders, local_path.c resolves keys to files,
 * local_sync.c makes them durable, local_lock.c locks folders.
 *
 * No operation leaves the root folder: paths below it are resolved without following symbolic
 * links, and calls that modify a folder (create, rename, link, unlink, mkdir, rmdir) use the
 * descriptor of the resolved folder and a name of one segment. So replacing a folder by a link in
 * the meantime does not redirect them. The root itself may be a link. Hard links cannot be
 * distinguished from files, and mounts, which only an administrator can create, are followed. */
#ifndef CZ_STORE_OBJECTS_LOCAL_H
#define CZ_STORE_OBJECTS_LOCAL_H

#include <pthread.h>

#include "store/objects/fd_cache.h"
#include "store/objects/object_store.h"

typedef struct local {
    object_store base;
    int root;         /* descriptor; kept open, so that syncfs() reports every lost write since */
    bool has_openat2; /* openat2() can resolve paths without links */
    bool syncs_each;  /* sync each file and folder: see local_sync.c */
    fd_cache files;   /* read recently */
    pthread_mutex_t sync;
    int lost; /* under `sync`: errno of the first failed sync; see local_sync_all() */
} local;

/* Paths are keys, folders with trailing '/', or "." for the root. Functions return -1 and set errno
 * on failure; ELOOP: the path contains a symbolic link. */

/* Is openat2() available and permitted? */
bool local_has_openat2(int root);
/* Open a file or a folder; flags as for open(), without O_CREAT. */
int local_open(const local *l, const char *path, int flags);
/* Open the parent folder of a path, for *at() calls only (O_PATH). With `make`, missing folders are
 * created; ENOENT: another process removed one meanwhile. */
int local_folder(const local *l, const char *path, bool make);
/* The last segment of a path. */
const char *local_name(const char *path);

/* Is the name in this folder a symbolic link? */
bool local_is_link(int dir, const char *name);

/* Set err for a call that failed with errno `why`. ELOOP is DENIED, and the message names the link.
 * step: the operation ("remove"); NULL: open. */
int local_failed(const local *l, const char *path, const char *step, int why, cz_error *err);

/* Must each file and folder be synced separately? */
bool local_syncs_each(int root);
/* Make a file's contents durable: now, or with the next local_sync_all(). */
int local_sync_file(const local *l, int fd, size_t len);
/* Make all earlier writes durable. */
int local_sync_all(local *l);
/* Make a folder's entries durable; dir may be an O_PATH descriptor. */
int local_sync_folder(int dir);

int local_put(object_store *os, const char *key, const os_body *body, os_put_mode mode,
              cz_error *err);
/* os_prune() */
int local_prune(object_store *os, const char *prefix, size_t *ret_removed, cz_error *err);
/* os_lock(), os_unlock() and os_is_locked(); see local_lock.c. */
int local_lock(object_store *os, const char *prefix, int *ret_lock, cz_error *err);
void local_unlock(object_store *os, const char *prefix, int lock);
bool local_is_locked(object_store *os, const char *prefix);
int local_remove(object_store *os, const char *key, cz_error *err);
int local_list(object_store *os, const char *prefix, bool delimiter,
               int (*each)(void *user, const os_object *o), void *user, cz_error *err);

#endif
