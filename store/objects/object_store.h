/* The seam between the store and where its objects lie.
 *
 * An object is named by a key ("clips/NAME/zarr.json"): segments joined by '/', none of them empty,
 * "." or "..", none over OS_SEGMENT_MAX bytes, all of it no longer than OS_KEY_MAX, without control
 * characters. Objects are put whole and read by ranges; they appear whole or not at all.
 * Backends differ behind the table of functions; what is above never asks which one it has.
 *
 * Thread-safety: one object_store may be used by any number of threads at once. A child may go on
 * reading from it after a fork. */
#ifndef CZ_STORE_OBJECTS_OBJECT_STORE_H
#define CZ_STORE_OBJECTS_OBJECT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/statistics.h"

enum { OS_KEY_MAX = 1024, OS_SEGMENT_MAX = 255 };

typedef struct object_store object_store;

/* One range of one object; `to` is the caller's, len bytes. */
typedef struct os_read {
    const char *key;
    uint64_t offset;
    size_t len;
    void *to;
    int rc;       /* set when done: CZ_OK or what went wrong */
    cz_error err; /* set when rc isn't CZ_OK */
    void *user;   /* the caller's own */
} os_read;

typedef enum os_put_mode {
    OS_OVERWRITE,  /* replaces what is there */
    OS_CREATE,     /* CZ_EXISTS when something is there */
    OS_COMMIT,     /* OVERWRITE, and a barrier: it becomes visible after everything that was put
                    * before is durable, and is durable itself when the call returns */
    OS_COMMIT_NEW, /* the same barrier, and as CREATE: EXISTS when something is there */
} os_put_mode;

/* What is put. */
typedef struct os_body {
    const void *data;
    size_t len;
    const char *sha256; /* of it, as 64 lower-case digits, for services that want it; NULL: who
                         * needs it computes it */
} os_body;

typedef struct os_object {
    const char *key;
    uint64_t size;
} os_object;

/* What a backend supplies. All of them: CZ_UNREACHABLE, CZ_DENIED, CZ_IO, CZ_NOMEM as well. */
typedef struct object_store_ops {
    /* Each range exactly its length or an error in its rc: ABSENT (no such object), CORRUPT (the
     * object ends before the range does; what was written to `to` is undefined). Completions in any
     * order, done() (may be NULL) called once for each, from any thread, never two at a time; all
     * are over when it returns. Returns the first failure's code, CZ_OK without one. Ranges of one
     * object cost least side by side in the array. */
    int (*get)(object_store *os, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err);
    /* A whole object in one request, appended to out. ABSENT; CORRUPT when it has more than max
     * bytes. On failure out is as it was. */
    int (*get_all)(object_store *os, const char *key, size_t max, buf *out, cz_error *err);
    int (*stat)(object_store *os, const char *key, uint64_t *ret_size, cz_error *err); /* ABSENT */
    /* EXISTS (see os_put_mode; in a folder tree also when a folder or a file is in the way), FULL.
     * On failure what was there before is still there. */
    int (*put)(object_store *os, const char *key, const os_body *body, os_put_mode mode,
               cz_error *err);
    /* Every object whose key begins with prefix ("" for all), in ascending order of bytes; each()
     * returning non-zero ends it and is returned. With `delimiter`, keys are cut behind the first
     * '/' after the prefix and each such "folder/" is given once, with size 0. A prefix without
     * objects: nothing. each() may put and remove; whether it meets what it put is undefined. */
    int (*list)(object_store *os, const char *prefix, bool delimiter,
                int (*each)(void *user, const os_object *o), void *user, cz_error *err);
    int (*remove)(object_store *os, const char *key, cz_error *err); /* ABSENT: it isn't there */
    /* Does the object hold exactly these bytes? A digest that the service keeps spares reading it.
     * NULL: it is read. One that is absent doesn't. */
    int (*same)(object_store *os, const char *key, const void *data, size_t len, bool *ret_same,
                cz_error *err);
    /* See os_prune(). NULL: the backend has no folders. */
    int (*prune)(object_store *os, const char *prefix, size_t *ret_removed, cz_error *err);
    /* See os_lock(). NULL, all three: the backend has no locks. */
    int (*lock)(object_store *os, const char *prefix, int *ret_lock, cz_error *err);
    void (*unlock)(object_store *os, const char *prefix, int lock);
    bool (*is_locked)(object_store *os, const char *prefix);
    /* Add what the network was used for. NULL: there is none. */
    void (*statistics)(object_store *os, net_statistics *out);
    void (*close)(object_store *os);
} object_store_ops;

struct object_store {
    const object_store_ops *ops;
    char *url; /* for messages; holds no credential */
    /* What a range costs beyond its bytes, in bytes that could be read in its stead: neighbours no
     * further apart than this are better read as one. */
    size_t range_cost;
    /* Puts that are worth having under way at once, because each one mostly waits; 0: no more than
     * there are processors. */
    unsigned puts;
};

/* Open by address: a path, or file:// and an absolute path, taken as it is; s3://, gs://, az://,
 * and http:// and https:// for reading (store/http/). Other schemes: UNSUPPORTED, named. With
 * create, the folder is made if it isn't there (its parent must be); without: ABSENT. A path that
 * is no folder: FORMAT. network may be NULL: all defaults. */
int os_open(object_store **out, const char *url, bool create, const cz_network *network,
            cz_error *err);
void os_close(object_store **os); /* NULL-safe */

/* Is there a network between? */
bool os_is_remote(const object_store *os);
bool os_key_valid(const char *key);

/* The operations, as the table above says. Keys are checked here, for every backend alike: USAGE,
 * and then nothing is done at all (no done(), no rc). */
int os_get(object_store *os, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err);
int os_get_all(object_store *os, const char *key, size_t max, buf *out, cz_error *err);
int os_stat(object_store *os, const char *key, uint64_t *ret_size, cz_error *err);
int os_put(object_store *os, const char *key, const void *data, size_t len, os_put_mode mode,
           cz_error *err);
int os_put_body(object_store *os, const char *key, const os_body *body, os_put_mode mode,
                cz_error *err);
int os_list(object_store *os, const char *prefix, bool delimiter,
            int (*each)(void *user, const os_object *o), void *user, cz_error *err);
int os_remove(object_store *os, const char *key, cz_error *err);
int os_same(object_store *os, const char *key, const void *data, size_t len, bool *ret_same,
            cz_error *err);
/* The same of an object that is known to have len bytes, by reading it: for what can't be told
 * otherwise. */
int os_same_read(object_store *os, const char *key, const void *data, size_t len, bool *ret_same,
                 cz_error *err);
void os_statistics(object_store *os, net_statistics *out);

/* Remove folders without any object below a prefix that ends with '/', and the prefix's own folder,
 * which remove() leaves behind when it fails to remove them. *ret_removed is their number; 0 in a
 * backend without folders. A folder that holds anything stays. Errors: USAGE, and as os_remove().
 */
int os_prune(object_store *os, const char *prefix, size_t *ret_removed, cz_error *err);

/* An advisory, exclusive lock on all objects below a prefix that ends with '/'. Only callers of
 * os_lock() respect it: readers, put() and remove() do not. It excludes other processes and other
 * object_stores of this one, and ends with the process.
 *
 * os_lock() does not block. *ret_lock is a lock, to be given to os_unlock(), or OS_LOCK_BUSY
 * (another holder has it) or OS_LOCK_NONE (this backend or file system has no locks); all three are
 * CZ_OK. In a folder tree the folder is made if it is missing, and removed by os_unlock() if it is
 * empty then. Errors: USAGE, and as os_put(). os_unlock() ignores OS_LOCK_BUSY and OS_LOCK_NONE. */
enum { OS_LOCK_NONE = -1, OS_LOCK_BUSY = -2 };
int os_lock(object_store *os, const char *prefix, int *ret_lock, cz_error *err);
void os_unlock(object_store *os, const char *prefix, int lock);
/* Another holder has the lock at this moment. Changes nothing; false where it cannot be told. */
bool os_is_locked(object_store *os, const char *prefix);

/* The local file system (store/local*.c). A put writes a file beside its place under the name
 * ".<name>.part", holds a lock (flock) on it while it does, and renames it; two writers of one key
 * take turns. A file of that name that a killed writer left is listed like any other, and goes with
 * the next put or remove of the key; remove() of one that a writer holds is CZ_OK and does nothing.
 * remove() takes away folders that it empties. CREATE is as safe without hard links (see
 * publish_new() in local_put.c).
 * COMMIT is one sync of the file system, where there is such a call, rather than one a file.
 * get() keeps up to FD_CACHE_MAX files open (store/fd_cache.h).
 * Symbolic links: the root may be one. Below it none is followed, replaced or removed: every
 * operation on a link, or on a key below one, is DENIED, and the message names the link. list()
 * gives a link as an object without bytes, so that an operation on all that is there is refused. */
int os_local(object_store **out, const char *path, bool create, cz_error *err);

/* In memory (store/memory.c), for tests: with scripted faults. */
int os_memory(object_store **out, cz_error *err);
typedef enum os_op { OS_GET, OS_STAT, OS_PUT, OS_LIST, OS_REMOVE } os_op;
/* Called before each operation (OS_LIST: key is the prefix; OS_GET: once a range, and for get_all);
 * what it returns other than CZ_OK is the operation's failure. It may use the store itself. Set it
 * while the store is not in use; NULL: no faults. */
typedef int (*os_fault)(void *user, os_op op, const char *key, cz_error *err);
void os_memory_fault(object_store *os, os_fault fault, void *user);
/* The bytes of an object, the store's own, to look at or damage; NULL if absent. Until the next put
 * or remove of that key. */
uint8_t *os_memory_at(object_store *os, const char *key, size_t *ret_len);

#endif
