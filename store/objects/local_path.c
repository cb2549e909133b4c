#include "store/objects/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#endif
#if defined(SYS_openat2)
#include <linux/openat2.h>
#endif

/* O_PATH needs no permission to list the folder. */
#if defined(O_PATH)
enum { FOLDER = O_PATH | O_DIRECTORY | O_CLOEXEC };
#else
enum { FOLDER = O_RDONLY | O_DIRECTORY | O_CLOEXEC };
#endif

static void close_keep_errno(int fd)
{
    const int why = errno;
    (void)close(fd);
    errno = why;
}

const char *local_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- With openat2() ------------------------------------------------------- */

#if defined(SYS_openat2)

/* EAGAIN: a concurrent rename or mount; the kernel asks for a retry. */
static int openat2_below(int root, const char *path, int flags)
{
    struct open_how how = {.flags = (unsigned)(flags | O_CLOEXEC),
                           .resolve =
                               RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    if (!(flags & O_PATH))
        how.flags |= (unsigned)O_LARGEFILE; /* added by open() implicitly */
    for (int attempts = 10;;) {
        const long fd = syscall(SYS_openat2, root, path, &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR) || --attempts == 0)
            return (int)fd;
    }
}

/* Fails before Linux 5.6 (ENOSYS), and in sandboxes that do not know the call (EPERM). */
bool local_has_openat2(int root)
{
    const int fd = openat2_below(root, ".", FOLDER);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

#else

static int openat2_below(int root, const char *path, int flags)
{
    (void)root;
    (void)path;
    (void)flags;
    errno = ENOSYS;
    return -1;
}

bool local_has_openat2(int root)
{
    (void)root;
    return false;
}

#endif

/* ---- Without openat2(): segment by segment
 * ---------------------------------------------------------------------- */

bool local_is_link(int dir, const char *name)
{
    struct stat st;
    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

static int make_folder(const local *l, int dir, const char *name)
{
    if (mkdirat(dir, name, 0777) < 0)
        return errno == EEXIST ? 0 : -1;
    return l->syncs_each ? local_sync_folder(dir) : 0;
}

/* Open a subfolder. For a link, O_DIRECTORY | O_NOFOLLOW fails with ENOTDIR. */
static int open_in(const local *l, int dir, const char *name, bool make)
{
    int fd = openat(dir, name, FOLDER | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT && make) {
        if (make_folder(l, dir, name) < 0)
            return -1;
        fd = openat(dir, name, FOLDER | O_NOFOLLOW);
    }
    if (fd < 0 && errno == ENOTDIR)
        errno = local_is_link(dir, name) ? ELOOP : ENOTDIR;
    return fd;
}

/* Open the folder at the first len bytes of path; 0: the root. *ret_at is the length of the part of
 * the path that was resolved, including the segment that failed. */
static int walk_to(size_t *ret_at, const local *l, const char *path, size_t len, bool make)
{
    int dir = openat(l->root, ".", FOLDER);
    for (size_t at = 0; dir >= 0 && at < len;) {
        char name[OS_SEGMENT_MAX + 1];
        const size_t n = strcspn(path + at, "/");
        *ret_at = at + n;
        (void)snprintf(name, sizeof name, "%.*s", (int)n, path + at);
        const int next = open_in(l, dir, name, make);
        close_keep_errno(dir);
        dir = next;
        at += n + 1;
    }
    return dir;
}

/* ---- With either
 * ------------------------------------------------------------------------------------ */

int local_folder(const local *l, const char *path, bool make)
{
    const size_t n = (size_t)(local_name(path) - path);
    size_t at;
    if (l->has_openat2) {
        char folder[OS_KEY_MAX + 2] = ".";
        if (n)
            (void)snprintf(folder, sizeof folder, "%.*s", (int)n - 1, path);
        const int fd = openat2_below(l->root, folder, FOLDER);
        if (fd >= 0 || errno != ENOENT || !make)
            return fd;
    }
    return walk_to(&at, l, path, n, make);
}

int local_open(const local *l, const char *path, int flags)
{
    if (l->has_openat2)
        return openat2_below(l->root, path, flags);
    const int dir = local_folder(l, path, false);
    if (dir < 0)
        return -1;
    const char *name = *local_name(path) ? local_name(path) : ".";
    const int fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOTDIR)
        errno = local_is_link(dir, name) ? ELOOP : ENOTDIR;
    close_keep_errno(dir);
    return fd;
}

/* Length of the part of a path that ends with its first link; the whole path if the link is gone.
 */
static size_t link_length(const local *l, const char *path)
{
    size_t at = 0;
    const size_t n = (size_t)(local_name(path) - path);
    const int dir = walk_to(&at, l, path, n, false);
    if (dir < 0 && errno == ELOOP)
        return at;
    if (dir >= 0)
        (void)close(dir);
    return strlen(path);
}

int local_failed(const local *l, const char *path, const char *step, int why, cz_error *err)
{
    if (why != ELOOP)
        return step ? cz_fail_errno(err, why, "%s: %s", path, step)
                    : cz_fail_errno(err, why, "%s", path);
    cz_fail(err, CZ_DENIED, "%.*s: a symbolic link; links inside a store are not followed (%s)",
            (int)link_length(l, path), path, l->base.url);
    cz_hint(err, "replace it by a folder, or by a bind mount (mount --bind)");
    return CZ_DENIED;
}
