/* Inside of the local backend: local.c opens and reads, local_put.c writes and removes,
 * local_list.c lists, local_path.c resolves keys to files, local_sync.c makes them durable,
 * local_lock.c locks folders.
 *
 * No operation leaves the root's folder: a path below it is resolved without following a symbolic
 * link, and what changes a folder (create, rename, link, unlink, mkdir, rmdir) acts on the
 * descriptor of the folder that was resolved so, with a name of one segment. Exchanging a folder
 * for a link in the meantime doesn't lead them out either. The root itself may be a link. Hard
 * links can't be told from files, and mounts, which only an administrator makes, are followed. */
#ifndef CZ_STORE_OBJECTS_LOCAL_H
#define CZ_STORE_OBJECTS_LOCAL_H

#include <pthread.h>

#include "store/objects/fd_cache.h"
#include "store/objects/object_store.h"

typedef struct local {
    object_store base;
    int root;         /* the folder; opened once, so that syncfs() reports every lost write since */
    bool has_openat2; /* the kernel resolves a path without links in one call */
    bool syncs_each;  /* files and folders are synced one by one: see local_sync.c */
    fd_cache files;   /* that were read before */
    pthread_mutex_t sync;
    int lost; /* under sync: errno of the first sync that failed; see local_sync_all() */
} local;

/* Paths are keys, folders with their '/', or "." for the root. On failure these are -1 with an
 * errno; ELOOP: a symbolic link is in the way. */

/* Does the kernel have openat2(), and may it be called here? */
bool local_has_openat2(int root);
/* Open a file or a folder; flags as for open(), without O_CREAT. */
int local_open(const local *l, const char *path, int flags);
/* The folder that a path's last segment lies in, for the *at() calls only (O_PATH). With make,
 * folders that are missing are made; ENOENT: another process removed one meanwhile. */
int local_folder(const local *l, const char *path, bool make);
/* The last segment of a path. */
const char *local_name(const char *path);

/* Is the name a link's, in this folder? */
bool local_is_link(int dir, const char *name);

/* The error of a call that failed for `path`: ELOOP as DENIED, and the message names the link. step
 * says what was done ("remove"), NULL: it was opened. */
int local_failed(const local *l, const char *path, const char *step, int why, cz_error *err);

/* Is each file and folder to be synced by itself? */
bool local_syncs_each(int root);
/* What was written to a file is durable: now, or with the next local_sync_all(). */
int local_sync_file(const local *l, int fd, size_t len);
/* All that was written before is durable. */
int local_sync_all(local *l);
/* A folder's entries are; a descriptor of any kind. */
int local_sync_folder(int dir);

int local_put(object_store *os, const char *key, const os_body *body, os_put_mode mode,
              cz_error *err);
/* os_lock() and os_unlock(); see local_lock.c. */
int local_prune(object_store *os, const char *prefix, size_t *ret_removed, cz_error *err);
/* os_lock(), os_unlock() and os_is_locked(); see local_lock.c. */
int local_lock(object_store *os, const char *prefix, int *ret_lock, cz_error *err);
void local_unlock(object_store *os, const char *prefix, int lock);
bool local_is_locked(object_store *os, const char *prefix);
int local_remove(object_store *os, const char *key, cz_error *err);
int local_list(object_store *os, const char *prefix, bool delimiter,
               int (*each)(void *user, const os_object *o), void *user, cz_error *err);

#endif
