#include "store/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* "a/b" -> "a/.b.part" */
enum { PART_MAX = OS_KEY_MAX + sizeof "..part" };

static size_t folder_length(const char *key)
{
    const char *slash = strrchr(key, '/');
    return slash ? (size_t)(slash - key) + 1 : 0;
}

static void part_of(char part[PART_MAX], const char *key)
{
    const size_t folder = folder_length(key);
    (void)snprintf(part, PART_MAX, "%.*s.%s.part", (int)folder, key, key + folder);
}

static bool is_part(const char *key)
{
    const char *name = key + folder_length(key);
    const size_t n = strlen(name), ends = sizeof ".part" - 1;
    return n > ends + 1 && name[0] == '.' && strcmp(name + n - ends, ".part") == 0;
}

/* Open a .part and lock it. The one before us may have published or removed the file while we
 * waited: then the path is another file's, or nobody's, and we begin again. -1 and errno:
 * EWOULDBLOCK when lock has LOCK_NB and somebody holds it. */
static int open_locked(struct stat *ret_st, int root, const char *part, int how, int lock)
{
    for (;;) {
        const int fd = openat(root, part, how | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd < 0)
            return -1;
        int rc;
        while ((rc = flock(fd, lock)) < 0 && errno == EINTR)
            ;
        struct stat there;
        if (rc == 0 && (rc = fstat(fd, ret_st)) == 0 &&
            fstatat(root, part, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
            ret_st->st_dev == there.st_dev && ret_st->st_ino == there.st_ino)
            return fd;
        const int why = errno;
        (void)close(fd);
        if (rc < 0) {
            errno = why;
            return -1;
        }
    }
}

/* Make a folder's entries durable. One that is gone has none: somebody removed what was in it. */
static int sync_folder(int root, const char *key, size_t folder)
{
    char path[OS_KEY_MAX + 1] = ".";
    if (folder)
        (void)snprintf(path, sizeof path, "%.*s", (int)folder, key);
    const int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    const int rc = fsync(fd);
    const int why = errno;
    (void)close(fd);
    errno = why;
    return rc;
}

static bool is_commit(os_put_mode mode)
{
    return mode == OS_COMMIT || mode == OS_COMMIT_NEW;
}

/* How writes become durable. Linux: nothing waits until a COMMIT, which syncs the file system once.
 * Elsewhere no such call reports failures: every file and every folder's entry is synced by itself. */
#if defined(__linux__)

static int after_mkdir(int root, const char *path)
{
    (void)root;
    (void)path;
    return 0;
}

/* Large files: let the disk begin now, so that the sync at the end finds little to do. */
static int after_write(int fd, size_t len)
{
    enum { LARGE = 1 << 20 };
    if (len >= LARGE)
        (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    return 0;
}

/* All that was written before is durable. The kernel reports a lost write to one call only, whoever
 * makes it; so the first failure stays, and no later COMMIT of this store may pass. */
static int settle(local *l)
{
    pthread_mutex_lock(&l->sync);
    if (!l->lost && syncfs(l->root) < 0)
        l->lost = errno;
    const int lost = l->lost;
    pthread_mutex_unlock(&l->sync);
    errno = lost;
    return lost ? -1 : 0;
}

static int after_publish(local *l, const char *key, os_put_mode mode)
{
    return is_commit(mode) ? sync_folder(l->root, key, folder_length(key)) : 0;
}

#else

static int after_mkdir(int root, const char *path)
{
    return sync_folder(root, path, folder_length(path));
}

static int after_write(int fd, size_t len)
{
    (void)len;
#if defined(F_FULLFSYNC)
    if (fcntl(fd, F_FULLFSYNC) == 0)
        return 0;
#endif
    return fsync(fd);
}

static int settle(local *l)
{
    (void)l;
    return 0;
}

static int after_publish(local *l, const char *key, os_put_mode mode)
{
    (void)mode;
    return sync_folder(l->root, key, folder_length(key));
}

#endif

/* Make the folders of a key; another process may make or remove them at the same time. */
static int make_folders(int root, const char *key)
{
    char path[OS_KEY_MAX + 1];
    for (const char *slash = strchr(key, '/'); slash; slash = strchr(slash + 1, '/')) {
        (void)snprintf(path, sizeof path, "%.*s", (int)(slash - key), key);
        if (mkdirat(root, path, 0777) == 0) {
            if (after_mkdir(root, path) < 0)
                return -1;
        } else if (errno != EEXIST && errno != ENOENT) {
            return -1;
        }
    }
    return 0;
}

/* An empty .part of our own: locked, and no object under another name. */
static int begin_part(int root, const char *key, const char *part)
{
    struct stat st;
    /* Folders that others remove while we make them: give up at some time. */
    for (int tries = 0; tries < 100;) {
        const int fd = open_locked(&st, root, part, O_CREAT, LOCK_EX);
        if (fd < 0) {
            if (errno != ENOENT || ++tries == 100 || make_folders(root, key) < 0)
                return -1;
            continue;
        }
        /* More than one name: somebody was killed in a CREATE, between link and unlink, and this
         * file is the object. It loses its other name, and we begin again. */
        const bool ours = st.st_nlink == 1;
        const int rc = ours ? ftruncate(fd, 0) : unlinkat(root, part, 0);
        if (rc == 0 && ours)
            return fd;
        const int why = errno;
        (void)close(fd);
        errno = why;
        if (rc < 0)
            return -1;
    }
    return -1;
}

/* In pieces: for a write of tens of megabytes ext4 takes page cache in blocks as large, and finding
 * and filling those cost four times the system time of the same bytes in small pieces; a megabyte at a
 * time still up to twice (Linux 6.18). */
static int write_all(int fd, const void *data, size_t len)
{
    enum { PIECE = 256 << 10 };
    for (size_t have = 0; have < len;) {
        const size_t left = len - have;
        const ssize_t n = write(fd, (const uint8_t *)data + have, left < PIECE ? left : PIECE);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0)
            have += (size_t)n;
    }
    return 0;
}

/* The object gets its name. link() makes no second one where there is one already. */
static int publish(int root, const char *part, const char *key, os_put_mode mode)
{
    if (mode != OS_CREATE && mode != OS_COMMIT_NEW)
        return renameat(root, part, root, key);
    if (linkat(root, part, root, key, 0) < 0)
        return -1;
    (void)unlinkat(root, part, 0); /* left behind, it does no harm: see begin_part() */
    return 0;
}

static int put_failed(const char *key, const char *step, int why, cz_error *err)
{
    if (why == EEXIST)
        return cz_fail(err, CZ_EXISTS, "%s: exists already", key);
    if (why == EISDIR || why == ENOTDIR)
        return cz_fail(err, CZ_EXISTS, "%s: %s is in its way", key,
                       why == EISDIR ? "a folder of that name" : "a file with a folder's name");
    return cz_fail_errno(err, why, "%s: %s", key, step);
}

int local_put(object_store *os, const char *key, const os_body *body, os_put_mode mode,
              cz_error *err)
{
    local *l = (local *)os;
    char part[PART_MAX];
    part_of(part, key);
    const int fd = begin_part(l->root, key, part);
    if (fd < 0)
        return put_failed(key, "can't be made", errno, err);

    const char *failed = NULL;
    if (write_all(fd, body->data, body->len) < 0 || after_write(fd, body->len) < 0)
        failed = "write";
    else if (is_commit(mode) && settle(l) < 0)
        failed = "sync of what was written";
    else if (publish(l->root, part, key, mode) < 0)
        failed = "publish";

    int rc = CZ_OK;
    if (failed) {
        rc = put_failed(key, failed, errno, err);
        (void)unlinkat(l->root, part, 0);
    } else if (after_publish(l, key, mode) < 0) {
        rc = put_failed(key, "sync of its folder", errno, err);
    }
    (void)close(fd);
    return rc;
}

/* Unlink a .part if nobody holds it: a writer that comes meanwhile waits, and then sees that the
 * file isn't at its path any more. */
static int remove_part(int root, const char *part)
{
    struct stat st;
    const int fd = open_locked(&st, root, part, 0, LOCK_EX | LOCK_NB);
    if (fd < 0)
        return errno == EWOULDBLOCK ? 0 : -1;
    const int rc = unlinkat(root, part, 0);
    const int why = errno;
    (void)close(fd);
    errno = why;
    return rc;
}

int local_remove(object_store *os, const char *key, cz_error *err)
{
    const int root = ((const local *)os)->root;
    const int rc = is_part(key) ? remove_part(root, key) : unlinkat(root, key, 0);
    if (rc < 0) {
        /* A folder: Linux says EISDIR, POSIX EPERM. */
        struct stat st;
        const int why = errno;
        if (fstatat(root, key, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
            return cz_fail(err, CZ_ABSENT, "%s: not a file", key);
        return cz_fail_errno(err, why, "%s: remove", key);
    }
    char path[OS_KEY_MAX + 1];
    (void)snprintf(path, sizeof path, "%s", key);
    for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
        *slash = '\0';
        if (unlinkat(root, path, AT_REMOVEDIR) < 0)
            break; /* not empty */
    }
    return CZ_OK;
}
