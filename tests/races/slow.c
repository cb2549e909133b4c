/* Delays for the camzarr command: an LD_PRELOAD library that sleeps before or after some system
 * calls, which widens the moments in which two processes can meet. Linux with glibc only.
 *
 *     CZ_SLOW=SEED:KIND=MICROSECONDS[!][,KIND=MICROSECONDS[!]...]
 *
 * KIND is sync, link, rename, unlink, create (an open that may create), stat or net (send, recv,
 * connect). One call in three is delayed, by at most the given time and mostly by far less; which
 * one, how long and on which side of the call follow from SEED and the number of the call. With an
 * exclamation mark each call is delayed by all of the time, before it is made. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef enum kind { SYNC, LINK, RENAME, UNLINK, CREATE, STAT, NET, N_KINDS } kind;

static const char *const names[N_KINDS] = {"sync",   "link", "rename", "unlink",
                                           "create", "stat", "net"};
static unsigned long limit[N_KINDS]; /* microseconds; 0: no delay */
static int always[N_KINDS];
static uint64_t seed;
static atomic_uint_fast64_t calls;

__attribute__((constructor)) static void configure(void)
{
    const char *text = getenv("CZ_SLOW");
    if (!text)
        return;
    char *at;
    seed = strtoull(text, &at, 10);
    while (*at == ':' || *at == ',') {
        at++;
        const size_t n = strcspn(at, "=");
        for (size_t i = 0; i < N_KINDS; i++) {
            char *end;
            if (strlen(names[i]) != n || memcmp(names[i], at, n) != 0 || !at[n])
                continue;
            limit[i] = strtoul(at + n + 1, &end, 10);
            always[i] = *end == '!';
        }
        at += strcspn(at, ",");
    }
}

/* splitmix64 (Vigna): a well mixed number for each input. */
static uint64_t mixed(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* The delay of the next call of a kind, in microseconds; after the call if *ret_after. The square
 * of a uniform number makes short delays frequent and long ones possible. */
static unsigned long delay_of(kind k, int *ret_after)
{
    *ret_after = 0;
    if (always[k])
        return limit[k];
    const uint64_t chance = mixed(seed ^ mixed(atomic_fetch_add(&calls, 1) * N_KINDS + k));
    *ret_after = (int)(chance & 1);
    if (limit[k] == 0 || (chance >> 1) % 3 != 0)
        return 0;
    const double uniform = (double)(chance >> 32) / 4294967296.0;
    return (unsigned long)(uniform * uniform * (double)limit[k]);
}

/* Whatever the call left in errno stays. */
static void wait_us(unsigned long us)
{
    if (us == 0)
        return;
    const int kept = errno;
    struct timespec left = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
    errno = kept;
}

/* The next definition of a function. A data pointer isn't converted to a function pointer in ISO C;
 * POSIX has dlsym() do it by way of the object representation. */
#define NEXT(name)                                                                                 \
    void *found = dlsym(RTLD_NEXT, #name);                                                         \
    __typeof__(&(name)) next;                                                                      \
    memcpy(&next, &found, sizeof next)

#define SLOWED(type, name, kind, parameters, arguments)                                            \
    type name parameters                                                                           \
    {                                                                                              \
        NEXT(name);                                                                                \
        int after;                                                                                 \
        const unsigned long us = delay_of(kind, &after);                                           \
        wait_us(after ? 0 : us);                                                                   \
        const type rc = next arguments;                                                            \
        wait_us(after ? us : 0);                                                                   \
        return rc;                                                                                 \
    }

SLOWED(int, syncfs, SYNC, (int fd), (fd))
SLOWED(int, fsync, SYNC, (int fd), (fd))
SLOWED(int, link, LINK, (const char *from, const char *to), (from, to))
SLOWED(int, linkat, LINK, (int a, const char *from, int b, const char *to, int flags),
       (a, from, b, to, flags))
SLOWED(int, rename, RENAME, (const char *from, const char *to), (from, to))
SLOWED(int, renameat, RENAME, (int a, const char *from, int b, const char *to), (a, from, b, to))
SLOWED(int, renameat2, RENAME, (int a, const char *from, int b, const char *to, unsigned flags),
       (a, from, b, to, flags))
SLOWED(int, unlink, UNLINK, (const char *path), (path))
SLOWED(int, unlinkat, UNLINK, (int folder, const char *path, int flags), (folder, path, flags))
SLOWED(int, fstatat, STAT, (int folder, const char *path, struct stat *st, int flags),
       (folder, path, st, flags))
SLOWED(int, fstatat64, STAT, (int folder, const char *path, struct stat64 *st, int flags),
       (folder, path, st, flags))
SLOWED(int, connect, NET, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size))
SLOWED(ssize_t, send, NET, (int fd, const void *data, size_t n, int flags), (fd, data, n, flags))
SLOWED(ssize_t, recv, NET, (int fd, void *data, size_t n, int flags), (fd, data, n, flags))

typedef int open_function(int folder, const char *path, int flags, ...);

static int open_delayed(open_function *next, int folder, const char *path, int flags, mode_t mode)
{
    int after = 0;
    const unsigned long us = flags & O_CREAT ? delay_of(CREATE, &after) : 0;
    wait_us(after ? 0 : us);
    const int fd = next(folder, path, flags, mode);
    wait_us(after ? us : 0);
    return fd;
}

#define SLOWED_OPEN(name)                                                                          \
    int name(int folder, const char *path, int flags, ...)                                         \
    {                                                                                              \
        NEXT(name);                                                                                \
        mode_t mode = 0;                                                                           \
        if (flags & O_CREAT) {                                                                     \
            va_list rest;                                                                          \
            va_start(rest, flags);                                                                 \
            mode = va_arg(rest, mode_t);                                                           \
            va_end(rest);                                                                          \
        }                                                                                          \
        return open_delayed(next, folder, path, flags, mode);                                      \
    }

SLOWED_OPEN(openat)
SLOWED_OPEN(openat64)
