#include "store/fd_cache.h"

#include <string.h>
#include <unistd.h>

int fd_cache_init(fd_cache *c)
{
    c->n = 0;
    return pthread_mutex_init(&c->lock, NULL);
}

void fd_cache_destroy(fd_cache *c)
{
    for (size_t i = 0; i < c->n; i++)
        (void)close(c->at[i].fd);
    (void)pthread_mutex_destroy(&c->lock);
}

/* Take place i out; the later ones move up. */
static int take_out(fd_cache *c, size_t i)
{
    const int fd = c->at[i].fd;
    c->n--;
    memmove(&c->at[i], &c->at[i + 1], (c->n - i) * sizeof c->at[0]);
    return fd;
}

int fd_cache_take(fd_cache *c, const struct stat *file)
{
    int fd = -1;
    if (pthread_mutex_trylock(&c->lock) != 0)
        return fd;
    for (size_t i = c->n; i > 0 && fd < 0; i--)
        if (c->at[i - 1].ino == file->st_ino && c->at[i - 1].dev == file->st_dev)
            fd = take_out(c, i - 1);
    pthread_mutex_unlock(&c->lock);
    return fd;
}

void fd_cache_give(fd_cache *c, const struct stat *file, int fd)
{
    int oldest = fd;
    if (pthread_mutex_trylock(&c->lock) == 0) {
        oldest = c->n == FD_CACHE_MAX ? take_out(c, 0) : -1;
        c->at[c->n].dev = file->st_dev;
        c->at[c->n].ino = file->st_ino;
        c->at[c->n].fd = fd;
        c->n++;
        pthread_mutex_unlock(&c->lock);
    }
    if (oldest >= 0)
        (void)close(oldest);
}
