/* A cache of open files: opening and closing one costs as much as reading 50 KB of it.
 *
 * A descriptor is found by the name that it was opened by, and comes with the file's identity
 * (device and inode). The caller checks that the name still refers to that file, so that a replaced
 * or removed object is never read. A descriptor that was taken belongs to the caller; two threads
 * that read one file have one each.
 *
 * Thread-safe. No thread blocks on the lock: a busy cache counts as empty. So the child of a
 * fork(), in which the lock may be held for ever, works without it. The disk space of a removed
 * file is freed when its descriptor is evicted or the store is closed. */
#ifndef CZ_STORE_OBJECTS_FD_CACHE_H
#define CZ_STORE_OBJECTS_FD_CACHE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { FD_CACHE_MAX = 128 };

/* An open file, and the name that it was opened by. */
typedef struct fd_file {
    uint64_t name; /* fd_cache_name() of it */
    dev_t dev;
    ino_t ino;
    int fd; /* -1: none */
} fd_file;

typedef struct fd_cache {
    pthread_mutex_t lock;
    size_t n;
    fd_file at[FD_CACHE_MAX]; /* least recently used first */
} fd_cache;

/* 0, or an errno. */
int fd_cache_init(fd_cache *c);
void fd_cache_destroy(fd_cache *c); /* closes all descriptors */

/* The hash by which names are compared. After a collision the caller's check of the file's identity
 * fails, as for a replaced file. */
uint64_t fd_cache_name(const char *name);
/* Take a file that was opened by this name; the caller owns it. fd is -1 if there is none. */
fd_file fd_cache_take(fd_cache *c, uint64_t name);
/* Return a file, or add a new one; the cache owns it. */
void fd_cache_give(fd_cache *c, const fd_file *file);

#endif
