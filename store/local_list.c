#include "store/local.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a folder holds: names of files, and of folders with '/' behind them, ascending. So ordered,
 * a walk gives whole keys in ascending order of bytes ("a.b" before "a/c"). */
typedef struct folder {
    buf text; /* the names, each with a NUL */
    const char **name;
    size_t n;
} folder;

static void folder_free(folder *f)
{
    free(f->name);
    buf_free(&f->text);
    *f = (folder){0};
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int sort_names(folder *f)
{
    if (f->text.bad || (f->n && !(f->name = calloc(f->n, sizeof *f->name))))
        return ENOMEM;
    const char *at = (const char *)f->text.at;
    for (size_t i = 0; i < f->n; i++, at += strlen(at) + 1)
        f->name[i] = at;
    if (f->n)
        qsort(f->name, f->n, sizeof *f->name, by_bytes);
    return 0;
}

/* 'f' file, 'd' folder, '-' what isn't listed. */
static char kind_of(int dir, const struct dirent *d)
{
    if (d->d_type == DT_REG)
        return 'f';
    if (d->d_type == DT_DIR)
        return 'd';
    struct stat st;
    if (d->d_type != DT_UNKNOWN || fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return '-';
    return S_ISREG(st.st_mode) ? 'f' : S_ISDIR(st.st_mode) ? 'd' : '-';
}

static int read_names(folder *f, DIR *dir, const char *begins)
{
    for (;;) {
        errno = 0;
        const struct dirent *d = readdir(dir);
        if (!d)
            return errno;
        /* Names that no key can have aren't objects ("." and ".." are among them). */
        if (!os_key_valid(d->d_name) || strncmp(d->d_name, begins, strlen(begins)) != 0)
            continue;
        const char kind = kind_of(dirfd(dir), d);
        if (kind == '-')
            continue;
        buf_add(&f->text, d->d_name, strlen(d->d_name));
        buf_add(&f->text, "/", kind == 'd' ? 2 : 0);
        buf_add(&f->text, "", kind == 'f' ? 1 : 0);
        f->n++;
    }
}

/* The names in a folder ("" the root) that begin so. A folder that isn't there (any more) is empty.
 * 0 or an errno; then *f is empty. */
static int read_folder(folder *f, int root, const char *path, const char *begins)
{
    *f = (folder){0};
    const int fd = openat(root, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        const int why = errno;
        (void)close(fd);
        return why;
    }
    int why = read_names(f, dir, begins);
    (void)closedir(dir);
    if (!why)
        why = sort_names(f);
    if (why)
        folder_free(f);
    return why;
}

typedef struct walk {
    int root;
    bool delimiter;
    int (*each)(void *user, const os_object *o);
    void *user;
    cz_error *err;
    char key[OS_KEY_MAX + 1]; /* where we are: a folder with its '/', or an object */
} walk;

static bool is_folder(const char *name)
{
    return name[strlen(name) - 1] == '/';
}

/* Put a name behind the first len bytes of the key; false: no key is that long. */
static bool step_to(walk *w, size_t len, const char *name)
{
    if (strlen(name) > OS_KEY_MAX - len)
        return false;
    memcpy(w->key + len, name, strlen(name) + 1);
    return true;
}

static int walk_failed(const walk *w, int why)
{
    return cz_fail_errno(w->err, why, "%s: list", *w->key ? w->key : ".");
}

/* 1 when the folder at w->key holds an object somewhere, 0 when not, or a negative code. */
static int holds_object(walk *w)
{
    folder f;
    const size_t len = strlen(w->key);
    const int why = read_folder(&f, w->root, w->key, "");
    if (why)
        return walk_failed(w, why);
    int rc = 0;
    for (size_t i = 0; i < f.n && rc == 0; i++)
        rc = !is_folder(f.name[i]);
    for (size_t i = 0; i < f.n && rc == 0; i++)
        if (is_folder(f.name[i]) && step_to(w, len, f.name[i]))
            rc = holds_object(w);
    w->key[len] = '\0';
    folder_free(&f);
    return rc;
}

static int give_folder(walk *w)
{
    const int rc = holds_object(w);
    return rc == 1 ? w->each(w->user, &(os_object){w->key, 0}) : rc;
}

static int give_file(walk *w)
{
    struct stat st;
    if (fstatat(w->root, w->key, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : walk_failed(w, errno); /* removed meanwhile */
    return w->each(w->user, &(os_object){w->key, (uint64_t)st.st_size});
}

/* All below the folder at w->key whose names in it begin so. */
static int walk_folder(walk *w, const char *begins)
{
    folder f;
    const size_t len = strlen(w->key);
    const int why = read_folder(&f, w->root, w->key, begins);
    if (why)
        return walk_failed(w, why);
    int rc = 0;
    for (size_t i = 0; i < f.n && rc == 0; i++) {
        if (!step_to(w, len, f.name[i]))
            continue;
        if (!is_folder(f.name[i]))
            rc = give_file(w);
        else
            rc = w->delimiter ? give_folder(w) : walk_folder(w, "");
    }
    w->key[len] = '\0';
    folder_free(&f);
    return rc;
}

int local_list(object_store *os, const char *prefix, bool delimiter,
               int (*each)(void *user, const os_object *o), void *user, cz_error *err)
{
    const char *slash = strrchr(prefix, '/');
    const size_t folder_len = slash ? (size_t)(slash - prefix) + 1 : 0;
    walk w = {((const local *)os)->root, delimiter, each, user, err, ""};
    memcpy(w.key, prefix, folder_len);
    return walk_folder(&w, prefix + folder_len);
}
