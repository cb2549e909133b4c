/* Removing empty folders, depth first. */
#include "store/objects/local.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct pruning {
    const local *l;
    size_t removed;
    char path[OS_KEY_MAX + 1]; /* the folder, without trailing '/' */
    cz_error *err;
} pruning;

static int prune_folder(pruning *p);

static int failed(const pruning *p, const char *step)
{
    return local_failed(p->l, p->path, step, errno, p->err);
}

/* A folder that is not empty stays; ENOENT: another process removed it. */
static int remove_folder(pruning *p)
{
    const int dir = local_folder(p->l, p->path, false);
    const int rc = dir < 0 ? -1 : unlinkat(dir, local_name(p->path), AT_REMOVEDIR);
    const int why = errno;
    if (dir >= 0)
        (void)close(dir);
    if (rc == 0)
        p->removed++;
    errno = why;
    return rc == 0 || why == ENOTEMPTY || why == EEXIST || why == ENOENT
               ? CZ_OK
               : failed(p, "remove folder");
}

static int prune_entry(pruning *p, int parent, const char *name)
{
    struct stat st;
    const size_t len = strlen(p->path);
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
        fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode) ||
        len + 1 + strlen(name) > OS_KEY_MAX)
        return CZ_OK;
    (void)snprintf(p->path + len, sizeof p->path - len, "/%s", name);
    const int rc = prune_folder(p);
    p->path[len] = '\0';
    return rc;
}

static int prune_folder(pruning *p)
{
    int rc = CZ_OK;
    const int fd = local_open(p->l, p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? CZ_OK : failed(p, "open the folder");
    DIR *dir = fdopendir(fd);
    if (!dir) {
        rc = failed(p, "list");
        (void)close(fd);
        return rc;
    }
    for (const struct dirent *d; rc == CZ_OK && (errno = 0, d = readdir(dir));)
        rc = prune_entry(p, fd, d->d_name);
    if (rc == CZ_OK && errno)
        rc = failed(p, "list");
    (void)closedir(dir);
    return rc == CZ_OK ? remove_folder(p) : rc;
}

int local_prune(object_store *os, const char *prefix, size_t *ret_removed, cz_error *err)
{
    pruning p = {.l = (const local *)os, .err = err};
    const size_t n = strlen(prefix) - 1; /* without trailing '/' */
    memcpy(p.path, prefix, n);
    p.path[n] = '\0';
    const int rc = prune_folder(&p);
    *ret_removed = p.removed;
    return rc;
}
