/* The interface of storage backends: the local file system, S3, Google, Azure, HTTP, memory.
 *
 * An object is named by a key ("clips/NAME/zarr.json"): segments joined by '/', none of them empty,
 * "." or "..", at most OS_SEGMENT_MAX bytes each and OS_KEY_MAX in all, without control characters.
 * Objects are put whole and read by ranges; puts are atomic. Callers do not depend on the backend.
 *
 * Thread-safety: one object_store may be used by any number of threads at once. After fork() a
 * child may read from it. */
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

/* A range of an object, and its result; `to` is the caller's, len bytes. */
typedef struct os_read {
    const char *key;
    uint64_t offset;
    size_t len;
    void *to;
    int rc;       /* result */
    cz_error err; /* set if rc isn't CZ_OK */
    void *user;   /* the caller's */
} os_read;

typedef enum os_put_mode {
    OS_OVERWRITE, /* replace an existing object */
    OS_CREATE,    /* fail with CZ_EXISTS if the object exists */
    OS_COMMIT,    /* OVERWRITE, and a barrier: the object becomes visible after all earlier puts are
                   * durable, and is durable itself when the call returns */
    OS_COMMIT_NEW, /* CREATE, with the same barrier */
} os_put_mode;

/* The contents of an object to put. */
typedef struct os_body {
    const void *data;
    size_t len;
    const char *sha256; /* of data, 64 lower-case digits; NULL: computed if the backend needs it */
} os_body;

typedef struct os_object {
    const char *key;
    uint64_t size;
    int64_t modified; /* when it was put, by the service's clock: ns since 1970; 0: unknown */
} os_object;

/* The functions of a backend. Any of them may also fail with UNREACHABLE, DENIED, IO or NOMEM. */
typedef struct object_store_ops {
    /* Read n ranges. Each is read completely or sets its rc: ABSENT (no such object), CORRUPT (the
     * object ends before the range; the contents of `to` are undefined). done() (may be NULL) is
     * called once for each range, in any order, from any thread, one call at a time; all have ended
     * when get() returns. Returns the code of the first failure, or CZ_OK. Ranges of one object are
     * cheapest if adjacent in the array. */
    int (*get)(object_store *os, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err);
    /* Append a whole object to out, in one request. Errors: ABSENT; CORRUPT if it has more than max
     * bytes. On failure out is unchanged. */
    int (*get_all)(object_store *os, const char *key, size_t max, buf *out, cz_error *err);
    int (*stat)(object_store *os, const char *key, uint64_t *ret_size, cz_error *err); /* ABSENT */
    /* Errors: EXISTS (see os_put_mode; in a folder tree also if a folder has the key's name, or a
     * file the name of one of its folders), FULL. On failure an existing object is unchanged. */
    int (*put)(object_store *os, const char *key, const os_body *body, os_put_mode mode,
               cz_error *err);
    /* Call each() for every object whose key begins with prefix ("" for all), in ascending order of
     * bytes; a non-zero result ends the listing and is returned. With `delimiter`, keys end after
     * the first '/' that follows the prefix, and each such "folder/" is listed once, with size 0.
     * each() may put and remove; whether new objects are listed is undefined. */
    int (*list)(object_store *os, const char *prefix, bool delimiter,
                int (*each)(void *user, const os_object *o), void *user, cz_error *err);
    int (*remove)(object_store *os, const char *key, cz_error *err); /* ABSENT */
    /* Compare an object with these bytes, by a digest of the service if there is one, else by
     * reading it. An absent object differs. NULL: always read. */
    int (*same)(object_store *os, const char *key, const void *data, size_t len, bool *ret_same,
                cz_error *err);
    /* See os_prune(). NULL: the backend has no folders. */
    int (*prune)(object_store *os, const char *prefix, size_t *ret_removed, cz_error *err);
    /* See os_lock(). NULL, all three: the backend has no locks. */
    int (*lock)(object_store *os, const char *prefix, int *ret_lock, cz_error *err);
    void (*unlock)(object_store *os, const char *prefix, int lock);
    bool (*is_locked)(object_store *os, const char *prefix);
    /* Add the counters of the network. NULL: the backend uses no network. */
    void (*statistics)(object_store *os, net_statistics *out);
    void (*close)(object_store *os);
} object_store_ops;

struct object_store {
    const object_store_ops *ops;
    char *url; /* for messages; holds no credential */
    /* The cost of one more range, in bytes that could be read in the same time: ranges with a
     * smaller gap are better read as one. */
    size_t range_cost;
    /* Useful number of concurrent puts, for backends with latency; 0: the number of processors. */
    unsigned puts;
};

/* Open by address: a path, or file:// and an absolute path (not percent-decoded); s3://, gs://,
 * az://; http:// and https://, read-only. With create, a missing folder is created if its parent
 * exists. network may be NULL: all defaults. Errors: UNSUPPORTED (another scheme), ABSENT (no such
 * folder), FORMAT (not a folder), USAGE, and those of the provider. */
int os_open(object_store **out, const char *url, bool create, const cz_network *network,
            cz_error *err);
void os_close(object_store **os); /* NULL-safe */

/* Does the backend use the network? */
bool os_is_remote(const object_store *os);
bool os_key_valid(const char *key);

/* The operations, see object_store_ops. An invalid key is USAGE for every backend; then nothing is
 * done, and neither done() is called nor rc set. */
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
/* As os_same(), always by reading; the object must have len bytes. */
int os_same_read(object_store *os, const char *key, const void *data, size_t len, bool *ret_same,
                 cz_error *err);
void os_statistics(object_store *os, net_statistics *out);

/* Remove empty folders below a prefix that ends with '/', and the prefix's own folder if it becomes
 * empty; os_remove() may leave some behind. *ret_removed is their number; 0 in a backend without
 * folders. Errors: USAGE, and those of os_remove(). */
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
/* Does another holder have the lock at present? Changes nothing; false if that is unknown. */
bool os_is_locked(object_store *os, const char *prefix);

/* The local file system (store/objects/local*.c).
 *
 * put() writes a file named ".<name>.part" in the same folder, holding a lock (flock) on it, and
 * renames it; writers of one key run one after the other. A .part that a killed writer left is
 * listed like other files, and removed by the next put or remove of the key; remove() of a .part in
 * use does nothing and is CZ_OK. remove() also removes folders that become empty. CREATE is atomic
 * without hard links, too (see publish_new() in local_put.c).
 *
 * COMMIT syncs the file system once, if the system has such a call, instead of each file. get()
 * keeps up to FD_CACHE_MAX files open (fd_cache.h).
 *
 * Symbolic links: the root may be one. Below it none is followed, replaced or removed: every
 * operation on a link, or on a key below one, is DENIED, and the message names the link. list()
 * reports a link as an empty object, so that operations on all objects of a store are refused. */
int os_local(object_store **out, const char *path, bool create, cz_error *err);

/* In memory (store/objects/memory.c), for tests, with fault injection. */
int os_memory(object_store **out, cz_error *err);
typedef enum os_op { OS_GET, OS_STAT, OS_PUT, OS_LIST, OS_REMOVE } os_op;
/* Called before each operation (OS_LIST: key is the prefix; OS_GET: for each range, and for
 * get_all()); a result other than CZ_OK makes the operation fail. It may use the store. Set it
 * while the store is not in use; NULL: no faults. */
typedef int (*os_fault)(void *user, os_op op, const char *key, cz_error *err);
void os_memory_fault(object_store *os, os_fault fault, void *user);
/* The bytes of an object, for inspection or damage, valid until the next put or remove of the key;
 * owned by the store. NULL: absent. */
uint8_t *os_memory_at(object_store *os, const char *key, size_t *ret_len);

#endif
