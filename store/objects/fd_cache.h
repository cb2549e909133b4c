/* Files that stay open between reads: opening and closing one costs as much as reading 50 KB of it.
 *
 * A descriptor is found by the name that it was opened by, and comes with the file that it is open
 * on: the caller looks up which file the name means now, and a replaced or removed object is never
 * met again. A caller has the descriptor to itself; two threads in one file have one each.
 * No thread waits for the lock: a cache that is busy is passed by. So a child that was forked while
 * another thread was in here goes on without it. A removed file keeps its space on the disk until
 * it falls out of here or the store is closed. */
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
    fd_file at[FD_CACHE_MAX]; /* the one least recently given first */
} fd_cache;

/* 0, or an errno. */
int fd_cache_init(fd_cache *c);
void fd_cache_destroy(fd_cache *c); /* closes all that are in it */

/* Names are compared by a number. Two may have the same one: then the file that comes is another
 * than the name means, as if it had been replaced. */
uint64_t fd_cache_name(const char *name);
/* A file that was opened by this name, now the caller's; its fd is -1 if there is none. */
fd_file fd_cache_take(fd_cache *c, uint64_t name);
/* Give one back, or in for the first time. */
void fd_cache_give(fd_cache *c, const fd_file *file);

#endif
