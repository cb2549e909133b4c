#include "store/objects/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PART_MAX = OS_SEGMENT_MAX + sizeof "..part" };

/* The destination of a put. */
typedef struct target {
    const local *l;
    const char *key;
    const char *name; /* its last segment */
    char part[PART_MAX];
    int dir; /* the folder, resolved without links; -1: not open */
    bool is_new, is_commit;
} target;

/* "b" -> ".b.part" */
static void part_of(char part[PART_MAX], const char *name)
{
    (void)snprintf(part, PART_MAX, ".%s.part", name);
}

static bool is_part(const char *name)
{
    const size_t n = strlen(name), suffix = sizeof ".part" - 1;
    return n > suffix + 1 && name[0] == '.' && strcmp(name + n - suffix, ".part") == 0;
}

static void close_keep_errno(int fd)
{
    const int why = errno;
    if (fd >= 0)
        (void)close(fd);
    errno = why;
}

/* ---- The .part, and the lock on it ----------------------------------------------------------- */

static int lock_file(int fd, int how)
{
    int rc;
    while ((rc = flock(fd, how)) < 0 && errno == EINTR)
        ;
    return rc;
}

enum { MOVED = -2 };

/* Open a .part and lock it. MOVED: while this call waited for the lock, its holder published or
 * removed the file, so that the name refers to another file or none. -1 sets errno; EWOULDBLOCK:
 * lock has LOCK_NB, and another process holds the lock. O_NONBLOCK prevents blocking on a FIFO. */
static int open_locked(struct stat *ret_st, int dir, const char *part, int how, int lock)
{
    struct stat named;
    const int fd =
        openat(dir, part, how | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666);
    if (fd < 0)
        return -1;
    int rc = lock_file(fd, lock);
    if (rc == 0)
        rc = fstat(fd, ret_st);
    if (rc == 0 && fstatat(dir, part, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
        ret_st->st_dev == named.st_dev && ret_st->st_ino == named.st_ino)
        return fd;
    close_keep_errno(fd);
    return rc < 0 ? -1 : MOVED;
}

/* Bounds retries after other writers moved the file. On a file system with unstable inode numbers
 * they are exhausted, with ESTALE. */
enum { ATTEMPTS = 100000, MISSING_FOLDER = ATTEMPTS / 100 };

/* Unlink a .part unless a writer holds its lock. A writer that starts meanwhile waits for the lock,
 * and then finds that the name no longer refers to the file. */
static int remove_part(int dir, const char *part)
{
    struct stat st;
    int fd = MOVED;
    for (int i = 0; fd == MOVED && i < ATTEMPTS; i++)
        fd = open_locked(&st, dir, part, 0, LOCK_EX | LOCK_NB);
    if (fd < 0)
        return fd == -1 && errno == EWOULDBLOCK ? 0 : -1;
    const int rc = unlinkat(dir, part, 0);
    close_keep_errno(fd);
    return rc;
}

/* 0: the object may be put. -1: ELOOP, the name is a link; EEXIST, the object exists. */
static int check_destination(const target *t)
{
    struct stat st;
    if (fstatat(t->dir, t->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -1;
    if (!S_ISLNK(st.st_mode) && !t->is_new)
        return 0;
    errno = S_ISLNK(st.st_mode) ? ELOOP : EEXIST;
    return -1;
}

/* Empty an opened .part. 1: it is empty, and has no other name. 0: it had a second name, and the
 * .part was unlinked: the file is the object, of a writer killed between link and unlink
 * (publish_new). */
static int empty_part(const target *t, int fd, const struct stat *st)
{
    if (S_ISREG(st->st_mode) && st->st_nlink > 1)
        return unlinkat(t->dir, t->part, 0);
    return ftruncate(fd, 0) < 0 ? -1 : 1;
}

/* Open and lock the .part, and return as open_locked(). If the object cannot be put, no .part is
 * created, and one of a killed writer is removed. */
static int open_part(target *t, struct stat *ret_st)
{
    if (t->dir < 0)
        t->dir = local_folder(t->l, t->key, true);
    if (t->dir < 0)
        return -1;
    if (check_destination(t) == 0)
        return open_locked(ret_st, t->dir, t->part, O_CREAT, LOCK_EX);
    const int why = errno;
    (void)remove_part(t->dir, t->part);
    errno = why;
    return -1;
}

/* Open an empty .part, locked. */
static int create_part(target *t)
{
    struct stat st;
    for (int i = 0; i < ATTEMPTS; i++) {
        const int fd = open_part(t, &st);
        if (fd >= 0) {
            const int rc = empty_part(t, fd, &st);
            if (rc == 1)
                return fd;
            close_keep_errno(fd);
            if (rc < 0)
                return -1;
        } else if (fd != MOVED) {
            if (errno != ENOENT)
                return -1;
            i += MISSING_FOLDER; /* another process removed a folder meanwhile */
            close_keep_errno(t->dir);
            t->dir = -1;
        }
    }
    errno = errno == ENOENT ? ENOENT : ESTALE;
    return -1;
}

/* ---- Putting --------------------------------------------------------------------------------- */

/* Write in small blocks: for a write of tens of megabytes ext4 allocates page cache in blocks as
 * large, which takes four times the system time of small blocks; with 1 MiB still up to twice
 * (Linux 6.18). */
static int write_all(int fd, const void *data, size_t len)
{
    enum { BLOCK = 256 << 10 };
    for (size_t done = 0; done < len;) {
        const size_t left = len - done;
        const ssize_t n = write(fd, (const uint8_t *)data + done, left < BLOCK ? left : BLOCK);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0)
            done += (size_t)n;
    }
    return 0;
}

/* Errors of a file system that lacks a call or a flag. For link(), FAT and FUSE servers return
 * EPERM, ENOSYS, EOPNOTSUPP or EMLINK (at most one name); for an unknown flag it is EINVAL. */
static bool is_unsupported(int why)
{
    return why == EINVAL || why == ENOSYS || why == EPERM || why == ENOTSUP || why == EOPNOTSUPP ||
           why == EMLINK;
}

/* Rename the .part to the object's name, unless the object exists: EEXIST.
 *
 * 1. renameat2(RENAME_NOREPLACE) is atomic. A process killed before it leaves the .part, which the
 * next put reuses; killed after it, nothing.
 * 2. Without that flag (NFS, many FUSE servers), link and unlink; link is atomic. A process killed
 *    between the two, or a failure of unlink, leaves the object with a second name, which the next
 * put or remove of the key removes.
 * 3. Without links either (exFAT by FUSE), a check and a plain rename, which would replace an
 * object that appears between them. None can: every put of the key, in any mode, holds the lock on
 * the .part from before it writes until after its rename, and has checked under the lock that the
 * name still refers to the locked file (open_locked). This put holds that lock now. A second put
 * that has opened the same file waits for the lock; the rename moves the file, so the second put
 * starts again, and finds the object. A put that starts later creates its own .part, and finds the
 * object too. rename() is atomic for other processes, so a kill leaves the .part or the object,
 * never both; and the lock ends with the process. On FAT, and for FUSE servers without locks, the
 * kernel implements flock() within one machine. Two machines that mount such a file system over a
 * network are excluded only if it shares flock(). If flock() fails, nothing is put. A program that
 * writes to the store without the lock is not excluded. */
static int publish_new(const target *t)
{
#if defined(RENAME_NOREPLACE)
    if (renameat2(t->dir, t->part, t->dir, t->name, RENAME_NOREPLACE) == 0)
        return 0;
    if (!is_unsupported(errno))
        return -1;
#endif
    if (linkat(t->dir, t->part, t->dir, t->name, 0) == 0) {
        (void)unlinkat(t->dir, t->part, 0);
        return 0;
    }
    if (!is_unsupported(errno) || check_destination(t) < 0)
        return -1;
    return renameat(t->dir, t->part, t->dir, t->name);
}

static int publish(const target *t)
{
    return t->is_new ? publish_new(t) : renameat(t->dir, t->part, t->dir, t->name);
}

static int put_failed(const target *t, const char *step, int why, cz_error *err)
{
    const char *key = t->key;
    if (why == EEXIST)
        return cz_fail(err, CZ_EXISTS, "%s: exists already", key);
    if (why == EISDIR || why == ENOTDIR)
        return cz_fail(err, CZ_EXISTS, "%s: %s is in its way", key,
                       why == EISDIR ? "a folder of that name" : "a file with a folder's name");
    /* The link may have the name of the .part. */
    char part[OS_KEY_MAX + PART_MAX];
    (void)snprintf(part, sizeof part, "%.*s%s", (int)(t->name - key), key, t->part);
    const bool at_part = why == ELOOP && t->dir >= 0 && local_is_link(t->dir, t->part) &&
                         !local_is_link(t->dir, t->name);
    return local_failed(t->l, at_part ? part : key, step, why, err);
}

/* Returns NULL, or the name of the step that failed. */
static const char *fill_and_publish(local *l, const target *t, int fd, const os_body *body)
{
    if (write_all(fd, body->data, body->len) < 0 || local_sync_file(l, fd, body->len) < 0)
        return "write";
    if (t->is_commit && local_sync_all(l) < 0)
        return "sync";
    return publish(t) < 0 ? "publish" : NULL;
}

int local_put(object_store *os, const char *key, const os_body *body, os_put_mode mode,
              cz_error *err)
{
    local *l = (local *)os;
    target t = {.l = l,
                .key = key,
                .name = local_name(key),
                .dir = -1,
                .is_new = mode == OS_CREATE || mode == OS_COMMIT_NEW,
                .is_commit = mode == OS_COMMIT || mode == OS_COMMIT_NEW};
    part_of(t.part, t.name);
    int rc = CZ_OK;
    const int fd = create_part(&t);
    if (fd < 0) {
        rc = put_failed(&t, "create", errno, err);
        goto end;
    }
    const char *failed = fill_and_publish(l, &t, fd, body);
    if (failed) {
        rc = put_failed(&t, failed, errno, err);
        (void)unlinkat(t.dir, t.part, 0);
    } else if ((t.is_commit || l->syncs_each) && local_sync_folder(t.dir) < 0) {
        rc = put_failed(&t, "sync the folder", errno, err);
    }
end:
    close_keep_errno(fd);
    close_keep_errno(t.dir);
    return rc;
}

/* ---- Removing -------------------------------------------------------------------------------- */

/* Remove the object's folders, innermost first, up to one that is not empty. */
static void remove_emptied(const local *l, const char *key)
{
    char path[OS_KEY_MAX + 1];
    (void)snprintf(path, sizeof path, "%s", key);
    for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
        *slash = '\0';
        const int dir = local_folder(l, path, false);
        const int rc = dir < 0 ? -1 : unlinkat(dir, local_name(path), AT_REMOVEDIR);
        close_keep_errno(dir);
        if (rc < 0)
            return;
    }
}

/* Remove a file, and a .part of the same key that a killed writer left. -1: EISDIR, ELOOP. */
static int remove_in(int dir, const char *name)
{
    struct stat st;
    char part[PART_MAX];
    part_of(part, name);
    (void)remove_part(dir, part);
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    if (S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : ELOOP;
        return -1;
    }
    return is_part(name) ? remove_part(dir, name) : unlinkat(dir, name, 0);
}

int local_remove(object_store *os, const char *key, cz_error *err)
{
    const local *l = (const local *)os;
    const int dir = local_folder(l, key, false);
    const int rc = dir < 0 ? -1 : remove_in(dir, local_name(key));
    const int why = errno;
    close_keep_errno(dir);
    if (rc < 0 && why == EISDIR)
        return cz_fail(err, CZ_ABSENT, "%s: not a file", key);
    if (rc < 0)
        return local_failed(l, key, "remove", why, err);
    remove_emptied(l, key);
    return CZ_OK;
}
