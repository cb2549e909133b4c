#include "cli/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/say.h"

/* Room of a pipe: with the usual 64 KB the two processes switch a hundred times for a picture. */
enum { PIPE_BYTES = 1 << 20 };

/* Append to the message of an error. */
static void append(cz_error *err, const char *fmt, ...) CZ_PRINTF(2, 3);
static void append(cz_error *err, const char *fmt, ...)
{
    va_list ap;
    const size_t n = strlen(err->message);
    const int more = snprintf(err->message + n, sizeof err->message - n, "; ");
    va_start(ap, fmt);
    if (more > 0 && n + (size_t)more < sizeof err->message)
        (void)vsnprintf(err->message + n + more, sizeof err->message - n - (size_t)more, fmt, ap);
    va_end(ap);
}

static int exists_error(const char *path, cz_error *err)
{
    cz_fail(err, CZ_EXISTS, "%s: file exists", path);
    cz_hint(err, "use --overwrite to replace it");
    return CZ_EXISTS;
}

/* Check that the path may be written. Anything but a regular file is refused even with
 * --overwrite: a rename would replace a device by a file. */
static int check_path(const char *path, bool overwrite, cz_error *err)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? CZ_OK : cz_fail_errno(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
        return cz_fail(err, CZ_USAGE, "%s: not a regular file", path);
    return overwrite ? CZ_OK : exists_error(path, err);
}

/* Open the folder that contains a path, to make the name durable by fsync(). */
static int open_folder(int *ret_fd, const char *path, cz_error *err)
{
    size_t n = strlen(path);
    while (n > 0 && path[n - 1] == '/') /* the path of a folder */
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    char *folder = n ? strndup(path, n) : strdup(".");
    if (!folder)
        return cz_fail_memory(err, "%s", path);
    *ret_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int rc = *ret_fd < 0 ? cz_fail_errno(err, errno, "%s", path) : CZ_OK;
    free(folder);
    return rc;
}

static int open_standard_output(out_file *f, cz_error *err)
{
    if (isatty(STDOUT_FILENO))
        return cz_fail(err, CZ_USAGE, "-: refusing to write binary data to a terminal");
    f->fd = STDOUT_FILENO;
#ifdef F_SETPIPE_SZ
    (void)fcntl(f->fd, F_SETPIPE_SZ, PIPE_BYTES); /* fails if it is no pipe, or above the limit */
#endif
    return CZ_OK;
}

int out_open(out_file *out, const char *path, bool overwrite, cz_error *err)
{
    *out = OUT_FILE_NONE;
    out->overwrite = overwrite;
    if (strcmp(path, "-") == 0)
        return open_standard_output(out, err);
    int rc = check_path(path, overwrite, err);
    if (rc < 0)
        return rc;
    out_file f = *out;
    if (!(f.path = strdup(path)) || asprintf(&f.temporary, "%s.XXXXXX", path) < 0) {
        f.temporary = NULL;
        rc = cz_fail_memory(err, "%s", path);
        goto end;
    }
    if ((rc = open_folder(&f.folder, path, err)) < 0)
        goto end;
    f.fd = mkostemp(f.temporary, O_CLOEXEC);
    if (f.fd < 0) {
        rc = cz_fail_errno(err, errno, "%s", path);
        goto end;
    }
    *out = f;
    f = OUT_FILE_NONE;
end:
    if (f.folder >= 0)
        (void)close(f.folder);
    free(f.temporary);
    free(f.path);
    return rc;
}

int out_write(out_file *f, const void *p, size_t n, cz_error *err)
{
    const uint8_t *at = p;
    while (n > 0) {
        const ssize_t wrote = write(f->fd, at, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return cz_fail_errno(err, errno, "%s", f->path ? f->path : STANDARD_OUTPUT);
        at += wrote;
        n -= (size_t)wrote;
    }
    return CZ_OK;
}

/* mkostemp() creates a private file; the finished one has the usual permissions. The mask can only
 * be read by replacing it, which belongs to the whole process. */
static mode_t usual_mode(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    (void)pthread_mutex_lock(&lock);
    const mode_t mask = umask(0);
    (void)umask(mask);
    (void)pthread_mutex_unlock(&lock);
    return 0666 & ~mask;
}

int out_sync(out_file *f, cz_error *err)
{
    if (!f->path || f->fd < 0)
        return CZ_OK;
    if (fchmod(f->fd, usual_mode()) < 0 || fsync(f->fd) < 0)
        return cz_fail_errno(err, errno, "%s", f->path);
    const int closed = close(f->fd);
    f->fd = -1;
    return closed < 0 ? cz_fail_errno(err, errno, "%s", f->path) : CZ_OK;
}

/* ---- Renaming to the path -------------------------------------------------------------------- */

/* Renames that some systems lack. */
typedef enum rename_mode { MODE_NOREPLACE, MODE_EXCHANGE } rename_mode;

static int rename_as(rename_mode mode, const char *from, const char *to)
{
#ifdef RENAME_EXCHANGE
    return renameat2(AT_FDCWD, from, AT_FDCWD, to,
                     mode == MODE_EXCHANGE ? RENAME_EXCHANGE : RENAME_NOREPLACE);
#else
    (void)mode, (void)from, (void)to;
    errno = ENOSYS;
    return -1;
#endif
}

/* The error means that the file system lacks this way of renaming or linking. */
static bool lacking(int code)
{
    return code == EINVAL || code == ENOSYS || code == EOPNOTSUPP || code == EPERM ||
           code == EMLINK || code == EXDEV;
}

/* How the path was changed, for undo_rename(). */
typedef enum change { CREATED, EXCHANGED, REPLACED } change;

/* Rename to a path that must not exist. On file systems that have neither RENAME_NOREPLACE nor hard
 * links an empty file reserves the name and is then replaced. */
static int create(out_file *f)
{
    if (rename_as(MODE_NOREPLACE, f->temporary, f->path) == 0)
        goto moved;
    if (!lacking(errno))
        return -1;
    if (link(f->temporary, f->path) == 0)
        return 0; /* the temporary is removed once the name is durable */
    if (!lacking(errno))
        return -1;
    const int fd = open(f->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    (void)close(fd);
    if (rename(f->temporary, f->path) < 0) {
        const int why = errno;
        (void)unlink(f->path);
        errno = why;
        return -1;
    }
moved:
    free(f->temporary);
    f->temporary = NULL;
    return 0;
}

/* Rename to a path that may exist. An exchange can be undone; file systems without it replace the
 * previous file irrevocably. */
static int replace(out_file *f, change *ret)
{
    *ret = EXCHANGED;
    if (rename_as(MODE_EXCHANGE, f->temporary, f->path) == 0)
        return 0;
    if (errno == ENOENT) {
        *ret = CREATED;
        if (create(f) == 0)
            return 0;
        if (errno != EEXIST)
            return -1;
    } else if (!lacking(errno)) {
        return -1;
    }
    *ret = REPLACED;
    if (rename(f->temporary, f->path) < 0)
        return -1;
    free(f->temporary);
    f->temporary = NULL;
    return 0;
}

/* Restore the path as it was before; on failure err says so. */
static void undo_rename(out_file *f, change what, cz_error *err)
{
    bool undone = false;
    if (what == CREATED)
        undone = unlink(f->path) == 0;
    else if (what == EXCHANGED)
        undone = rename_as(MODE_EXCHANGE, f->temporary, f->path) == 0;
    if (!undone)
        append(err, "%s is the new file, and may not survive a crash", f->path);
}

/* Make the rename durable, then remove the temporary file. */
static int sync_and_remove_temporary(out_file *f, change what, cz_error *err)
{
    int rc = CZ_OK;
    if (fsync(f->folder) < 0)
        rc = cz_fail_errno(err, errno, "%s: its folder", f->path);
    else if (f->temporary && unlink(f->temporary) < 0)
        rc = cz_fail_errno(err, errno, "%s", f->temporary);
    if (rc < 0) {
        undo_rename(f, what, err);
        return rc;
    }
    free(f->temporary);
    f->temporary = NULL;
    return CZ_OK;
}

int out_publish(out_file *f, cz_error *err)
{
    change what = CREATED;
    if (!f->path)
        return CZ_OK;
    const int rc = out_sync(f, err);
    if (rc < 0)
        return rc;
    if ((f->overwrite ? replace(f, &what) : create(f)) < 0)
        return errno == EEXIST ? exists_error(f->path, err)
                               : cz_fail_errno(err, errno, "%s", f->path);
    return sync_and_remove_temporary(f, what, err);
}

void out_close(out_file *f, cz_error *err)
{
    if (f->path && f->fd >= 0)
        (void)close(f->fd);
    if (f->folder >= 0)
        (void)close(f->folder);
    if (f->temporary && unlink(f->temporary) < 0 && errno != ENOENT) {
        cz_error why;
        (void)cz_fail_errno(&why, errno, "%s cannot be removed", f->temporary);
        append(err, "%s", why.message);
    }
    free(f->temporary);
    free(f->path);
    *f = OUT_FILE_NONE;
}

int out_make_folder(const char *path, cz_error *err)
{
    int parent = -1;
    if (mkdir(path, 0777) < 0)
        return errno == EEXIST ? CZ_OK : cz_fail_errno(err, errno, "%s", path);
    int rc = open_folder(&parent, path, err);
    if (rc == CZ_OK && fsync(parent) < 0)
        rc = cz_fail_errno(err, errno, "%s: the folder that holds it", path);
    if (parent >= 0)
        (void)close(parent);
    if (rc < 0 && rmdir(path) < 0)
        append(err, "%s is left, and empty", path);
    return rc;
}
