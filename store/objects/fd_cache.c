#include "store/objects/fd_cache.h"

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

/* A multiplicative hash, eight bytes per step. */
uint64_t fd_cache_name(const char *name)
{
    uint64_t sum = 0;
    for (size_t left = strlen(name); left;) {
        uint64_t some = 0;
        const size_t n = left < sizeof some ? left : sizeof some;
        memcpy(&some, name, n);
        sum = (sum ^ some) * UINT64_C(0x9E3779B97F4A7C15);
        sum ^= sum >> 29;
        name += n;
        left -= n;
    }
    return sum;
}

/* Remove entry i; later ones move down. */
static fd_file remove_at(fd_cache *c, size_t i)
{
    const fd_file file = c->at[i];
    c->n--;
    memmove(&c->at[i], &c->at[i + 1], (c->n - i) * sizeof c->at[0]);
    return file;
}

fd_file fd_cache_take(fd_cache *c, uint64_t name)
{
    fd_file file = {.fd = -1};
    if (pthread_mutex_trylock(&c->lock) != 0)
        return file;
    for (size_t i = c->n; i > 0 && file.fd < 0; i--)
        if (c->at[i - 1].name == name)
            file = remove_at(c, i - 1);
    pthread_mutex_unlock(&c->lock);
    return file;
}

void fd_cache_give(fd_cache *c, const fd_file *file)
{
    int oldest = file->fd;
    if (pthread_mutex_trylock(&c->lock) == 0) {
        oldest = c->n == FD_CACHE_MAX ? remove_at(c, 0).fd : -1;
        c->at[c->n++] = *file;
        pthread_mutex_unlock(&c->lock);
    }
    if (oldest >= 0)
        (void)close(oldest);
}
