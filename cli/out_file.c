#include "cli/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/say.h"

static int there_already(const char *path, cz_error *err)
{
    cz_fail(err, CZ_EXISTS, "%s: it is there already", path);
    cz_hint(err, "--overwrite replaces it");
    return CZ_EXISTS;
}

/* Whether the place may be written to. What is no file is refused even with --overwrite: a rename
 * would put a file in the place of a device. */
static int check_place(const char *path, bool overwrite, cz_error *err)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? CZ_OK : cz_fail_errno(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
        return cz_fail(err, CZ_USAGE, "%s: it is there and no file", path);
    return overwrite ? CZ_OK : there_already(path, err);
}

static int open_standard_output(out_file *f, cz_error *err)
{
    if (isatty(STDOUT_FILENO))
        return cz_fail(err, CZ_USAGE, "-: standard output is a terminal, and frames are no text");
    f->fd = STDOUT_FILENO;
    return CZ_OK;
}

int out_open(out_file *out, const char *path, bool overwrite, cz_error *err)
{
    *out = (out_file){.fd = -1, .overwrite = overwrite};
    if (strcmp(path, "-") == 0)
        return open_standard_output(out, err);
    int rc = check_place(path, overwrite, err);
    if (rc < 0)
        return rc;
    out_file f = *out;
    if (!(f.path = strdup(path)) || asprintf(&f.temporary, "%s.XXXXXX", path) < 0) {
        f.temporary = NULL;
        rc = cz_fail(err, CZ_NOMEM, "%s: out of memory", path);
        goto end;
    }
    f.fd = mkostemp(f.temporary, O_CLOEXEC);
    if (f.fd < 0) {
        rc = cz_fail_errno(err, errno, "%s", path);
        goto end;
    }
    *out = f;
    f = OUT_FILE_NONE;
end:
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

/* mkostemp() keeps others out; a file that is done is as readable as any. */
static mode_t usual_mode(void)
{
    const mode_t mask = umask(0);
    (void)umask(mask);
    return 0666 & ~mask;
}

/* A link fails where something is; a rename replaces it. Where the file system has no links, the
 * check at opening has to do. */
static int move(const out_file *f)
{
    if (!f->overwrite) {
        if (link(f->temporary, f->path) == 0)
            return unlink(f->temporary);
        if (errno == EEXIST)
            return -1;
    }
    return rename(f->temporary, f->path);
}

/* A file's name is durable when its folder is. */
static int sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    if (!folder)
        return -1;
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0)
        return -1;
    const int rc = fsync(fd);
    (void)close(fd);
    return rc;
}

int out_publish(out_file *f, bool durable, cz_error *err)
{
    if (!f->path)
        return CZ_OK;
    if (fchmod(f->fd, usual_mode()) < 0 || (durable && fsync(f->fd) < 0))
        return cz_fail_errno(err, errno, "%s", f->path);
    const int closed = close(f->fd);
    f->fd = -1;
    if (closed < 0)
        return cz_fail_errno(err, errno, "%s", f->path);
    if (move(f) < 0)
        return errno == EEXIST ? there_already(f->path, err)
                               : cz_fail_errno(err, errno, "%s", f->path);
    free(f->temporary);
    f->temporary = NULL;
    if (durable && sync_folder(f->path) < 0)
        return cz_fail_errno(err, errno, "%s: its folder", f->path);
    return CZ_OK;
}

void out_close(out_file *f)
{
    if (f->path && f->fd >= 0)
        (void)close(f->fd);
    if (f->temporary)
        (void)unlink(f->temporary);
    free(f->temporary);
    free(f->path);
    *f = OUT_FILE_NONE;
}
