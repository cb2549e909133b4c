#include "store/objects/local.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A range costs two or three system calls, about the time to read this much from the page cache. */
enum { RANGE_COST = 16 << 10 };

/* An open object. */
typedef struct file {
    uint64_t name; /* for the cache */
    int fd;        /* -1: none */
    struct stat st;
} file;

static int check_regular(const file *f, const char *key, cz_error *err)
{
    return S_ISREG(f->st.st_mode) ? CZ_OK : cz_fail(err, CZ_ABSENT, "%s: not a file", key);
}

/* Folders and devices are not objects. O_NONBLOCK prevents blocking on a FIFO; files ignore it. */
static int open_object(file *f, const local *l, const char *key, cz_error *err)
{
    f->fd = local_open(l, key, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    int rc = CZ_OK;
    if (f->fd < 0 || fstat(f->fd, &f->st) < 0)
        rc = local_failed(l, key, NULL, errno, err);
    else
        rc = check_regular(f, key, err);
    if (rc < 0 && f->fd >= 0) {
        (void)close(f->fd);
        f->fd = -1;
    }
    return rc;
}

/* The same, reusing a cached descriptor. fstatat() only checks that the name still refers to that
 * file: even if a link was put into the path since, the data read are those of a file that was
 * opened without links, in this store. Resolving the path again would cost a microsecond per read.
 */
static int borrow_object(file *f, local *l, const char *key, cz_error *err)
{
    f->name = fd_cache_name(key);
    const fd_file cached = fd_cache_take(&l->files, f->name);
    f->fd = cached.fd;
    if (cached.fd >= 0 && fstatat(l->root, key, &f->st, AT_SYMLINK_NOFOLLOW) == 0 &&
        f->st.st_ino == cached.ino && f->st.st_dev == cached.dev)
        return CZ_OK;
    if (cached.fd >= 0)
        (void)close(cached.fd);
    return open_object(f, l, key, err);
}

static void give_back(file *f, local *l)
{
    if (f->fd >= 0)
        fd_cache_give(&l->files, &(fd_file){f->name, f->st.st_dev, f->st.st_ino, f->fd});
    f->fd = -1;
}

/* Read a range within the file's size, which may have shrunk since. */
static int read_range(int fd, const char *key, uint64_t offset, void *to, size_t len, cz_error *err)
{
    for (size_t done = 0; done < len;) {
        const ssize_t n = pread(fd, (uint8_t *)to + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cz_fail_errno(err, errno, "%s: bytes %" PRIu64 " to %" PRIu64, key, offset,
                                 offset + len);
        if (n == 0)
            return cz_fail(err, CZ_CORRUPT, "%s: truncated to %" PRIu64 " bytes while it was read",
                           key, offset + done);
        done += (size_t)n;
    }
    return CZ_OK;
}

static int get_one(const file *f, os_read *r)
{
    const uint64_t size = (uint64_t)f->st.st_size;
    if (r->offset > size || r->len > size - r->offset)
        return cz_fail(&r->err, CZ_CORRUPT,
                       "%s: has %" PRIu64 " bytes (%zu requested from offset %" PRIu64 ")", r->key,
                       size, r->len, r->offset);
    return read_range(f->fd, r->key, r->offset, r->to, r->len, &r->err);
}

/* Adjacent ranges with the same key share a descriptor. */
static int local_get(object_store *os, os_read *reads, size_t n, void (*done)(os_read *r),
                     cz_error *err)
{
    local *l = (local *)os;
    int first = CZ_OK;
    file f = {.fd = -1};
    for (size_t i = 0; i < n; i++) {
        os_read *r = &reads[i];
        r->rc = CZ_OK;
        if (f.fd >= 0 && strcmp(r->key, reads[i - 1].key) != 0)
            give_back(&f, l);
        if (f.fd < 0)
            r->rc = borrow_object(&f, l, r->key, &r->err);
        if (r->rc == CZ_OK)
            r->rc = get_one(&f, r);
        if (r->rc < 0 && first == CZ_OK) {
            first = r->rc;
            if (err)
                *err = r->err;
        }
        if (done)
            done(r);
    }
    give_back(&f, l);
    return first;
}

static int local_get_all(object_store *os, const char *key, size_t max, buf *out, cz_error *err)
{
    file f = {.fd = -1};
    int rc = open_object(&f, (const local *)os, key, err);
    if (rc < 0)
        return rc;
    const uint64_t size = (uint64_t)f.st.st_size;
    const size_t before = out->len;
    if (size > max) {
        rc = cz_fail(err, CZ_CORRUPT, "%s: has %" PRIu64 " bytes (expected at most %zu)", key, size,
                     max);
        goto end;
    }
    void *to = buf_grow(out, (size_t)size);
    if (!to) {
        rc = cz_fail(err, CZ_NOMEM, "%s: out of memory (%" PRIu64 " bytes)", key, size);
        goto end;
    }
    rc = read_range(f.fd, key, 0, to, (size_t)size, err);
    if (rc < 0)
        out->len = before;
end:
    (void)close(f.fd);
    return rc;
}

static int local_stat(object_store *os, const char *key, uint64_t *ret_size, cz_error *err)
{
    const local *l = (const local *)os;
    file f;
    const int dir = local_folder(l, key, false);
    bool failed = dir < 0 || fstatat(dir, local_name(key), &f.st, AT_SYMLINK_NOFOLLOW) < 0;
    int why = errno;
    if (!failed && S_ISLNK(f.st.st_mode)) {
        failed = true;
        why = ELOOP;
    }
    if (dir >= 0)
        (void)close(dir);
    if (failed)
        return local_failed(l, key, NULL, why, err);
    const int rc = check_regular(&f, key, err);
    if (rc == CZ_OK)
        *ret_size = (uint64_t)f.st.st_size;
    return rc;
}

static void local_close(object_store *os)
{
    local *l = (local *)os;
    (void)close(l->root);
    fd_cache_destroy(&l->files);
    (void)pthread_mutex_destroy(&l->sync);
    free(l->base.url);
    free(l);
}

static int open_root(int *out, const char *path, bool create, cz_error *err)
{
    const int how = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    int fd = open(path, how);
    if (fd < 0 && errno == ENOENT && create) {
        if (mkdir(path, 0777) < 0 && errno != EEXIST)
            return cz_fail_errno(err, errno, "%s: cannot create the folder", path);
        fd = open(path, how);
    }
    if (fd < 0 && errno == ENOTDIR)
        return cz_fail(err, CZ_FORMAT, "%s: not a folder", path);
    if (fd < 0)
        return cz_fail_errno(err, errno, "%s", path);
    *out = fd;
    return CZ_OK;
}

int os_local(object_store **out, const char *path, bool create, cz_error *err)
{
    static const object_store_ops ops = {.get = local_get,
                                         .get_all = local_get_all,
                                         .stat = local_stat,
                                         .put = local_put,
                                         .list = local_list,
                                         .remove = local_remove,
                                         .prune = local_prune,
                                         .lock = local_lock,
                                         .unlock = local_unlock,
                                         .is_locked = local_is_locked,
                                         .close = local_close};
    *out = NULL;
    int root = -1;
    int rc = open_root(&root, path, create, err);
    if (rc < 0)
        return rc;
    local *l = calloc(1, sizeof *l);
    char *url = strdup(path);
    if (!l || !url || pthread_mutex_init(&l->sync, NULL) != 0)
        goto nomem;
    if (fd_cache_init(&l->files) != 0) {
        (void)pthread_mutex_destroy(&l->sync);
        goto nomem;
    }
    l->base = (object_store){.ops = &ops, .url = url, .range_cost = RANGE_COST};
    l->root = root;
    l->has_openat2 = local_has_openat2(root);
    l->syncs_each = local_syncs_each(root);
    *out = &l->base;
    return CZ_OK;
nomem:
    (void)close(root);
    free(url);
    free(l);
    return cz_fail_memory(err, "%s", path);
}
