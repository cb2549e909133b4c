/* A source that is a local file. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/backend.h"

typedef struct file {
    source base;
    int fd;
    struct timespec changed;
} file;

static void file_close(source *s)
{
    file *f = (file *)s;
    if (f->fd >= 0)
        (void)close(f->fd);
    free(s->shown);
    free(s->name);
    free(f);
}

static int file_read_at(source *s, uint64_t offset, void *to, size_t len, cz_error *err)
{
    const file *f = (file *)s;
    uint8_t *at = to;
    while (len > 0) {
        const ssize_t n = pread(f->fd, at, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cz_fail_errno(err, errno, "%s: %zu bytes at %" PRIu64, s->shown, len, offset);
        if (n == 0)
            return source_changed(s, "became shorter", err);
        at += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return CZ_OK;
}

static int file_get(source *s, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err)
{
    int first = CZ_OK;
    for (size_t i = 0; i < n; i++) {
        os_read *r = &reads[i];
        r->rc = source_check_range(s, r->offset, r->len, &r->err);
        if (r->rc == CZ_OK)
            r->rc = file_read_at(s, r->offset, r->to, r->len, &r->err);
        if (r->rc < 0 && first == CZ_OK) {
            first = r->rc;
            if (err)
                *err = r->err;
        }
        if (done)
            done(r);
    }
    return first;
}

static int file_check(source *s, cz_error *err)
{
    const file *f = (file *)s;
    struct stat st;
    if (fstat(f->fd, &st) < 0)
        return cz_fail_errno(err, errno, "%s", s->shown);
    if ((uint64_t)st.st_size != s->size || st.st_mtim.tv_sec != f->changed.tv_sec ||
        st.st_mtim.tv_nsec != f->changed.tv_nsec)
        return source_changed(s, "changed", err);
    return CZ_OK;
}

static int file_sidecar(source *s, char *to, size_t room, size_t *ret_len, cz_error *err)
{
    int rc = CZ_OK;
    char *path = NULL;
    if (asprintf(&path, "%s.md5", s->shown) < 0)
        return cz_fail_memory(err, "%s.md5", s->shown);
    /* O_NONBLOCK: a FIFO of that name must not block. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const ssize_t n = fd < 0 ? -1 : read(fd, to, room);
    if (n < 0)
        rc = cz_fail_errno(err, errno, "%s", path);
    else
        *ret_len = (size_t)n;
    if (fd >= 0)
        (void)close(fd);
    free(path);
    return rc;
}

static const source_ops file_ops = {
    .read_at = file_read_at,
    .get = file_get,
    .check = file_check,
    .sidecar = file_sidecar,
    .close = file_close,
};

int source_file_open(source **out, const char *path, cz_error *err)
{
    struct stat st;
    int rc = CZ_OK;
    const char *slash = strrchr(path, '/');
    file *f = calloc(1, sizeof *f);
    if (!f)
        return cz_fail_memory(err, "%s: source", path);
    f->base.ops = &file_ops;
    f->fd = -1;
    f->base.shown = strdup(path);
    f->base.name = strdup(slash ? slash + 1 : path);
    if (!f->base.shown || !f->base.name) {
        rc = cz_fail_memory(err, "%s: source", path);
        goto end;
    }
    /* O_NONBLOCK: a FIFO named by mistake must not block. */
    f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (f->fd < 0 || fstat(f->fd, &st) < 0) {
        rc = cz_fail_errno(err, errno, "%s", path);
        goto end;
    }
    if (!S_ISREG(st.st_mode)) {
        rc = cz_fail(err, CZ_UNSUPPORTED, "%s: not a file", path);
        goto end;
    }
    f->base.size = (uint64_t)st.st_size;
    f->changed = st.st_mtim;
    (void)posix_fadvise(f->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *out = &f->base;
    f = NULL;
end:
    if (f)
        file_close(&f->base);
    return rc;
}
