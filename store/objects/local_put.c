#include "store/objects/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PART_MAX = OS_SEGMENT_MAX + sizeof "..part" };

/* Where an object is to lie. */
typedef struct target {
    const local *l;
    const char *key;
    const char *name; /* its last segment */
    char part[PART_MAX];
    int dir; /* the folder, resolved without links; -1: not yet */
    bool is_new, is_commit;
} target;

/* "b" -> ".b.part" */
static void part_of(char part[PART_MAX], const char *name)
{
    (void)snprintf(part, PART_MAX, ".%s.part", name);
}

static bool is_part(const char *name)
{
    const size_t n = strlen(name), ends = sizeof ".part" - 1;
    return n > ends + 1 && name[0] == '.' && strcmp(name + n - ends, ".part") == 0;
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

/* Open a .part and lock it. MOVED: the writer before us has published or removed the file while we
 * waited; the name is another file's, or no file's. -1 and errno: EWOULDBLOCK when lock has LOCK_NB
 * and another process holds it. O_NONBLOCK is for what isn't a file: it would hold us up. */
static int open_locked(struct stat *ret_st, int dir, const char *part, int how, int lock)
{
    struct stat there;
    const int fd =
        openat(dir, part, how | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666);
    if (fd < 0)
        return -1;
    int rc = lock_file(fd, lock);
    if (rc == 0)
        rc = fstat(fd, ret_st);
    if (rc == 0 && fstatat(dir, part, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        ret_st->st_dev == there.st_dev && ret_st->st_ino == there.st_ino)
        return fd;
    close_keep_errno(fd);
    return rc < 0 ? -1 : MOVED;
}

/* Other writers may move the file again and again, but not for ever: a file system whose inode
 * numbers don't hold ends here too, with ESTALE. */
enum { ATTEMPTS = 100000, MISSING_FOLDER = ATTEMPTS / 100 };

/* Unlink a .part unless a writer holds it. A writer that comes meanwhile waits for the lock, and
 * then sees that the file isn't at its name any more. */
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

/* 0: an object may be put there. -1: ELOOP, a link is there; EEXIST, there is an object already. */
static int check_place(const target *t)
{
    struct stat st;
    if (fstatat(t->dir, t->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -1;
    if (!S_ISLNK(st.st_mode) && !t->is_new)
        return 0;
    errno = S_ISLNK(st.st_mode) ? ELOOP : EEXIST;
    return -1;
}

/* The .part that was opened: 1, it is empty and has no other name. 0, it had one and has lost this
 * one: the file is the object, and a writer was killed between link and unlink (publish_new). */
static int empty_part(const target *t, int fd, const struct stat *st)
{
    if (S_ISREG(st->st_mode) && st->st_nlink > 1)
        return unlinkat(t->dir, t->part, 0);
    return ftruncate(fd, 0) < 0 ? -1 : 1;
}

/* The .part is opened, and locked: a descriptor, MOVED or -1 as open_locked(). Where nothing can be
 * put, none is made, and one that a killed writer left goes. */
static int open_part(target *t, struct stat *ret_st)
{
    if (t->dir < 0)
        t->dir = local_folder(t->l, t->key, true);
    if (t->dir < 0)
        return -1;
    if (check_place(t) == 0)
        return open_locked(ret_st, t->dir, t->part, O_CREAT, LOCK_EX);
    const int why = errno;
    (void)remove_part(t->dir, t->part);
    errno = why;
    return -1;
}

/* An empty .part of our own, locked. */
static int begin_part(target *t)
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
            i += MISSING_FOLDER; /* others removed a folder while we made it */
            close_keep_errno(t->dir);
            t->dir = -1;
        }
    }
    errno = errno == ENOENT ? ENOENT : ESTALE;
    return -1;
}

/* ---- Putting --------------------------------------------------------------------------------- */

/* In pieces: for a write of tens of megabytes ext4 takes page cache in blocks as large, and finding
 * and filling those cost four times the system time of the same bytes in small pieces; a megabyte
 * at a time still up to twice (Linux 6.18). */
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

/* What a file system answers that lacks a call, or a flag of it. For a link, FAT and FUSE servers
 * say EPERM, ENOSYS or EOPNOTSUPP, and EMLINK: at most one name. For a flag it is EINVAL. */
static bool is_missing(int why)
{
    return why == EINVAL || why == ENOSYS || why == EPERM || why == ENOTSUP || why == EOPNOTSUPP ||
           why == EMLINK;
}

/* The .part gets the object's name, unless there is an object of that name: EEXIST.
 *
 * 1. renameat2(RENAME_NOREPLACE): one step, decided by the file system. Killed before it, the .part
 *    is left for the next put to take over; killed after it, nothing is.
 * 2. Without that flag (NFS, many FUSE servers), link and unlink: the link decides. Killed between
 *    the two, or when unlink fails, the object has a second name, which the next put or remove of
 *    the key takes away.
 * 3. Without links too (exFAT by FUSE), a look and a plain rename, which would replace an object
 *    that appears between them. None can: every put of the key, in whatever mode, holds the lock on
 *    the .part of that name from before it writes until after its rename, and has checked, with the
 *    lock held, that the locked file is still at that name (open_locked). This put holds that lock
 *    now. A second put has opened the same file and waits for the lock: the rename takes the file
 *    away from the name, so that put begins anew, and finds the object. Or it starts later, makes
 *    a .part of its own, and finds the object too. rename() is one step for all other processes, so
 *    a kill leaves the .part or the object, never both; and the lock ends with the process.
 *    On FAT, and where a FUSE server has no locks, the kernel keeps them, so they hold between the
 *    processes of one machine. Two machines that mount such a file system over a network are kept
 *    apart only if it shares flock(). Where flock() fails, nothing is put at all. A program that
 *    writes into the store without the lock isn't kept apart. */
static int publish_new(const target *t)
{
#if defined(RENAME_NOREPLACE)
    if (renameat2(t->dir, t->part, t->dir, t->name, RENAME_NOREPLACE) == 0)
        return 0;
    if (!is_missing(errno))
        return -1;
#endif
    if (linkat(t->dir, t->part, t->dir, t->name, 0) == 0) {
        (void)unlinkat(t->dir, t->part, 0);
        return 0;
    }
    if (!is_missing(errno) || check_place(t) < 0)
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
    /* The link may be at the name of the .part. */
    char part[OS_KEY_MAX + PART_MAX];
    (void)snprintf(part, sizeof part, "%.*s%s", (int)(t->name - key), key, t->part);
    const bool at_part = why == ELOOP && t->dir >= 0 && local_is_link(t->dir, t->part) &&
                         !local_is_link(t->dir, t->name);
    return local_failed(t->l, at_part ? part : key, step, why, err);
}

/* NULL, or the step that failed. */
static const char *fill_and_publish(local *l, const target *t, int fd, const os_body *body)
{
    if (write_all(fd, body->data, body->len) < 0 || local_sync_file(l, fd, body->len) < 0)
        return "write";
    if (t->is_commit && local_sync_all(l) < 0)
        return "sync of what was written";
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
    const int fd = begin_part(&t);
    if (fd < 0) {
        rc = put_failed(&t, "can't be made", errno, err);
        goto end;
    }
    const char *failed = fill_and_publish(l, &t, fd, body);
    if (failed) {
        rc = put_failed(&t, failed, errno, err);
        (void)unlinkat(t.dir, t.part, 0);
    } else if ((t.is_commit || l->syncs_each) && local_sync_folder(t.dir) < 0) {
        rc = put_failed(&t, "sync of its folder", errno, err);
    }
end:
    close_keep_errno(fd);
    close_keep_errno(t.dir);
    return rc;
}

/* ---- Removing -------------------------------------------------------------------------------- */

/* The folders that the object lay in, innermost first, until one isn't empty. */
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

/* A file, and with it a .part of its own that a killed writer left. -1: EISDIR, ELOOP. */
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
