/* Locks on folders: flock() on the folder's own descriptor, so that the lock needs no file in the
 * tree, and ends with the process. */
#include "store/objects/local.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bounds retries after another process removed the folder. */
enum { ATTEMPTS = 1000 };

static void close_keep_errno(int fd)
{
    const int why = errno;
    if (fd >= 0)
        (void)close(fd);
    errno = why;
}

/* EBADF: NFS requires a writable descriptor for an exclusive lock, which a folder cannot have. */
static bool lacks_locks(int why)
{
    return why == EBADF || why == ENOLCK || why == ENOSYS || why == ENOTSUP || why == EOPNOTSUPP;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* A descriptor for flock(), which does not accept those of local_folder() (O_PATH). */
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

/* Does the prefix still refer to the open folder? Before it was locked, the previous holder may
 * have removed it; a new folder of that name has a lock of its own. */
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

/* Uses a shared lock, so that two concurrent callers do not see each other as holders. */
bool local_is_locked(object_store *os, const char *prefix)
{
    const int fd = open_folder((const local *)os, prefix, false);
    const bool locked = fd >= 0 && lock_folder(fd, LOCK_SH) < 0 && errno == EWOULDBLOCK;
    if (fd >= 0)
        (void)close(fd);
    return locked;
}

/* Remove the folder while it is locked, and only if it is the locked one: a folder that another
 * process created in its place belongs to that process. */
void local_unlock(object_store *os, const char *prefix, int lock)
{
    const local *l = (const local *)os;
    struct stat open, there;
    char path[OS_KEY_MAX + 1];
    const size_t n = strlen(prefix) - 1; /* without trailing '/' */
    memcpy(path, prefix, n);
    path[n] = '\0';
    const int dir = local_folder(l, path, false);
    if (dir >= 0 && fstat(lock, &open) == 0 &&
        fstatat(dir, local_name(path), &there, AT_SYMLINK_NOFOLLOW) == 0 && is_same(&open, &there))
        (void)unlinkat(dir, local_name(path), AT_REMOVEDIR); /* fails unless it is empty */
    close_keep_errno(dir);
    (void)flock(lock, LOCK_UN); /* otherwise a child that inherited the descriptor keeps the lock */
    (void)close(lock);
}
