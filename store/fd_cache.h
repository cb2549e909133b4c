/* Files that stay open between reads: opening and closing one costs as much as reading 50 KB of it.
 *
 * A descriptor is found by the file that it is open on, not by a name: who asks has just looked up
 * which file the name means, so a replaced or removed object is never met again. Whoever reads has
 * the descriptor for himself; two threads in one file have one each.
 * Nobody waits for the lock: a cache that is busy is passed by. So a child that was forked while
 * another thread was in here goes on without it. A removed file keeps its space on the disk until
 * it falls out of here or the store is closed. */
#ifndef CZ_STORE_FD_CACHE_H
#define CZ_STORE_FD_CACHE_H

#include <pthread.h>
#include <stddef.h>
#include <sys/stat.h>

enum { FD_CACHE_MAX = 128 };

typedef struct fd_cache {
    pthread_mutex_t lock;
    size_t n;
    struct {
        dev_t dev;
        ino_t ino;
        int fd;
    } at[FD_CACHE_MAX]; /* the one least recently given first */
} fd_cache;

/* 0, or an errno. */
int fd_cache_init(fd_cache *c);
void fd_cache_destroy(fd_cache *c); /* closes all that are in it */

/* A descriptor that is open on this file, now the caller's; -1: there is none. */
int fd_cache_take(fd_cache *c, const struct stat *file);
/* Give one back, or in for the first time. */
void fd_cache_give(fd_cache *c, const struct stat *file, int fd);

#endif
