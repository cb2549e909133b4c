/* The lock on a folder: flock() on the folder's own descriptor, so that the lock leaves no file in
 * the tree and ends with its process. */
#include "store/objects/local.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Another process may remove the folder between any two steps, but not every time. */
enum { ATTEMPTS = 1000 };

static void close_keep_errno(int fd)
{
    const int why = errno;
    if (fd >= 0)
        (void)close(fd);
    errno = why;
}

/* EBADF: NFS grants an exclusive lock only on a descriptor that is open for writing, which a
 * folder's never is. */
static bool lacks_locks(int why)
{
    return why == EBADF || why == ENOLCK || why == ENOSYS || why == ENOTSUP || why == EOPNOTSUPP;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* A descriptor that can be locked, which one of local_folder() can't. */
static int open_folder(const local *l, const char *prefix, bool make)
{
    const int dir = local_folder(l, prefix, make);
    const int fd = dir < 0 ? -1 : openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close_keep_errno(dir);
    return fd;
}

static int lock_folder(int fd, int how)
{
    int rc;
    while ((rc = flock(fd, how | LOCK_NB)) < 0 && errno == EINTR)
        ;
    return rc;
}

/* Does the prefix still name the folder that is open? While the lock was waited for, its holder may
 * have removed the folder, and a new one of that name has another lock. */
static bool is_in_place(const local *l, const char *prefix, int fd)
{
    struct stat open, there;
    const int dir = local_folder(l, prefix, false);
    const bool in_place =
        dir >= 0 && fstat(fd, &open) == 0 && fstat(dir, &there) == 0 && is_same(&open, &there);
    close_keep_errno(dir);
    return in_place;
}

int local_lock(object_store *os, const char *prefix, int *ret_lock, cz_error *err)
{
    const local *l = (const local *)os;
    *ret_lock = OS_LOCK_NONE;
    for (int i = 0; i < ATTEMPTS; i++) {
        const int fd = open_folder(l, prefix, true);
        if (fd < 0 && errno == ENOENT)
            continue;
        if (fd < 0)
            return local_failed(l, prefix, "open the folder", errno, err);
        const int why = lock_folder(fd, LOCK_EX) < 0 ? errno : 0;
        if (!why && is_in_place(l, prefix, fd)) {
            *ret_lock = fd;
            return CZ_OK;
        }
        (void)close(fd);
        if (why == EWOULDBLOCK)
            *ret_lock = OS_LOCK_BUSY;
        else if (why && !lacks_locks(why))
            return local_failed(l, prefix, "lock", why, err);
        if (why)
            return CZ_OK;
    }
    return local_failed(l, prefix, "lock", ESTALE, err);
}

/* A shared lock, so that two callers do not take each other for the holder. */
bool local_is_locked(object_store *os, const char *prefix)
{
    const int fd = open_folder((const local *)os, prefix, false);
    const bool locked = fd >= 0 && lock_folder(fd, LOCK_SH) < 0 && errno == EWOULDBLOCK;
    if (fd >= 0)
        (void)close(fd);
    return locked;
}

/* The folder is removed under the lock, and only if it is the locked one: a folder that another
 * process made in its place is that process's to remove. */
void local_unlock(object_store *os, const char *prefix, int lock)
{
    const local *l = (const local *)os;
    struct stat open, there;
    char path[OS_KEY_MAX + 1];
    const size_t n = strlen(prefix) - 1; /* without the '/' at its end */
    memcpy(path, prefix, n);
    path[n] = '\0';
    const int dir = local_folder(l, path, false);
    if (dir >= 0 && fstat(lock, &open) == 0 &&
        fstatat(dir, local_name(path), &there, AT_SYMLINK_NOFOLLOW) == 0 && is_same(&open, &there))
        (void)unlinkat(dir, local_name(path), AT_REMOVEDIR); /* fails unless it is empty */
    close_keep_errno(dir);
    (void)flock(lock, LOCK_UN); /* a child that inherited the descriptor would keep the lock */
    (void)close(lock);
}
