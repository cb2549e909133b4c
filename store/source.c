#include "store/source.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct source {
    char *path;
    const char *name; /* the end of path */
    int fd;
    uint64_t size;
    struct timespec changed;
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int source_open(source **out, const char *path, cz_error *err)
{
    struct stat st;
    int rc = CZ_OK;
    source *s = calloc(1, sizeof *s);
    if (s)
        s->fd = -1;
    if (!s || !(s->path = strdup(path))) {
        rc = cz_fail(err, CZ_NOMEM, "%s: source", path);
        goto end;
    }
    s->name = base_name(s->path);
    /* Not to hang on a FIFO that was named by mistake. */
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->fd < 0 || fstat(s->fd, &st) < 0) {
        rc = cz_fail_errno(err, errno, "%s", path);
        goto end;
    }
    if (!S_ISREG(st.st_mode)) {
        rc = cz_fail(err, CZ_UNSUPPORTED, "%s: not a file", path);
        goto end;
    }
    s->size = (uint64_t)st.st_size;
    s->changed = st.st_mtim;
    (void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *out = s;
    s = NULL;
end:
    source_close(&s);
    return rc;
}

void source_close(source **s)
{
    if (!s || !*s)
        return;
    if ((*s)->fd >= 0)
        (void)close((*s)->fd);
    free((*s)->path);
    free(*s);
    *s = NULL;
}

uint64_t source_size(const source *s)
{
    return s->size;
}

const char *source_name(const source *s)
{
    return s->name;
}

static int changed(const source *s, const char *how, cz_error *err)
{
    cz_fail(err, CZ_CHANGED, "%s: %s while it was read", s->path, how);
    cz_hint(err, "wait until nobody writes to it, then start again");
    return CZ_CHANGED;
}

int source_read_at(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err)
{
    const source *s = ctx;
    uint8_t *at = to;
    if (offset > s->size || len > s->size - offset)
        return cz_fail(err, CZ_CHANGED, "%s: %zu bytes at %" PRIu64 " asked for, it has %" PRIu64,
                       s->path, len, offset, s->size);
    while (len > 0) {
        const ssize_t n = pread(s->fd, at, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cz_fail_errno(err, errno, "%s: %zu bytes at %" PRIu64, s->path, len, offset);
        if (n == 0)
            return changed(s, "became shorter", err);
        at += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return CZ_OK;
}

int source_check(const source *s, cz_error *err)
{
    struct stat st;
    if (fstat(s->fd, &st) < 0)
        return cz_fail_errno(err, errno, "%s", s->path);
    if ((uint64_t)st.st_size != s->size || st.st_mtim.tv_sec != s->changed.tv_sec ||
        st.st_mtim.tv_nsec != s->changed.tv_nsec)
        return changed(s, "changed", err);
    return CZ_OK;
}

/* The first word: md5sum writes the digest and the name, the archive's files hold the digest alone. */
static bool first_word(char md5[33], const char *text, size_t n)
{
    if (n < 32 || (n > 32 && !isspace((unsigned char)text[32])))
        return false;
    for (size_t i = 0; i < 32; i++) {
        if (!isxdigit((unsigned char)text[i]))
            return false;
        md5[i] = (char)tolower((unsigned char)text[i]);
    }
    md5[32] = '\0';
    return true;
}

int source_sidecar_md5(char md5[33], const source *s, cz_error *err)
{
    char text[64];
    int rc = CZ_OK;
    md5[0] = '\0';
    char *path = NULL;
    if (asprintf(&path, "%s.md5", s->path) < 0)
        return cz_fail(err, CZ_NOMEM, "%s.md5", s->path);
    /* Not to hang on a FIFO of that name. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (fd < 0 && errno == ENOENT)
        rc = CZ_OK;
    else if (n < 0)
        rc = cz_fail_errno(err, errno, "%s", path);
    else if (!first_word(md5, text, (size_t)n))
        rc = cz_fail(err, CZ_FORMAT, "%s: holds no MD5", path);
    if (fd >= 0)
        (void)close(fd);
    free(path);
    return rc;
}
