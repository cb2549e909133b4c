#include "store/objects/local.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file or a link; a folder if the name ends with '/'. */
typedef struct entry {
    const char *name;
    uint64_t size;
    int64_t modified;
} entry;

/* A folder's entries, in ascending order of names. Since folders end with '/', a walk then lists
 * keys in ascending order of bytes ("a.b" before "a/c"). */
typedef struct folder {
    buf text;  /* names, NUL-terminated */
    buf facts; /* uint64_t size, int64_t modified */
    entry *at;
    size_t n;
} folder;

static void folder_free(folder *f)
{
    free(f->at);
    buf_free(&f->text);
    buf_free(&f->facts);
    *f = (folder){0};
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static int sort_names(folder *f)
{
    if (f->text.bad || f->facts.bad || (f->n && !(f->at = calloc(f->n, sizeof *f->at))))
        return ENOMEM;
    const char *name = (const char *)f->text.at;
    for (size_t i = 0; i < f->n; i++, name += strlen(name) + 1) {
        f->at[i].name = name;
        const uint8_t *facts = f->facts.at + i * 2 * sizeof(uint64_t);
        memcpy(&f->at[i].size, facts, sizeof(uint64_t));
        memcpy(&f->at[i].modified, facts + sizeof(uint64_t), sizeof(int64_t));
    }
    if (f->n)
        qsort(f->at, f->n, sizeof *f->at, by_bytes);
    return 0;
}

/* A symbolic link is listed as an empty object, so that removing or checking all objects of a
 * folder fails with the link's name. Pipes, sockets and devices are not listed. */
static int add_entry(folder *f, int dir, const struct dirent *d)
{
    struct stat st = {.st_mode = S_IFDIR};
    /* ENOENT: removed meanwhile. */
    if (d->d_type != DT_DIR && fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : errno;
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode))
        return 0;
    const bool is_dir = S_ISDIR(st.st_mode);
    const uint64_t size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    buf_add(&f->text, d->d_name, strlen(d->d_name));
    buf_add(&f->text, "/", is_dir ? 2 : 0);
    buf_add(&f->text, "", is_dir ? 0 : 1);
    const int64_t modified =
        is_dir ? 0 : (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    buf_add(&f->facts, &size, sizeof size);
    buf_add(&f->facts, &modified, sizeof modified);
    f->n++;
    return 0;
}

/* NFS and FUSE rename a file that is removed while it is open to ".nfs" or ".fuse_hidden" and
 * hexadecimal digits. It is not an object, cannot be removed, and disappears when it is closed. */
static bool is_removed_file(const char *name)
{
    static const char *const prefixes[] = {".nfs", ".fuse_hidden"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        const size_t n = strlen(prefixes[i]);
        if (strncmp(name, prefixes[i], n) == 0 && strlen(name + n) >= 16 &&
            name[n + strspn(name + n, "0123456789abcdef")] == '\0')
            return true;
    }
    return false;
}

static int read_names(folder *f, DIR *dir, const char *prefix)
{
    for (;;) {
        errno = 0;
        const struct dirent *d = readdir(dir);
        if (!d)
            return errno;
        /* Names that are not valid in keys are not objects, "." and ".." included. */
        if (!os_key_valid(d->d_name) || is_removed_file(d->d_name) ||
            strncmp(d->d_name, prefix, strlen(prefix)) != 0)
            continue;
        const int why = add_entry(f, dirfd(dir), d);
        if (why)
            return why;
    }
}

/* Read the entries of a folder (key with trailing '/'; "": the root) whose names begin with prefix.
 * A missing folder is empty. Returns 0 or an errno; then *f is empty. */
static int read_folder(folder *f, const local *l, const char *key, const char *prefix)
{
    *f = (folder){0};
    const int fd = local_open(l, *key ? key : ".", O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        const int why = errno;
        (void)close(fd);
        return why;
    }
    int why = read_names(f, dir, prefix);
    (void)closedir(dir);
    if (!why)
        why = sort_names(f);
    if (why)
        folder_free(f);
    return why;
}

typedef struct walk {
    const local *l;
    bool delimiter;
    int (*each)(void *user, const os_object *o);
    void *user;
    cz_error *err;
    char key[OS_KEY_MAX + 1]; /* current folder (with trailing '/') or object */
} walk;

static bool is_folder(const char *name)
{
    return name[strlen(name) - 1] == '/';
}

/* Replace the key after its first len bytes by a name; false if it would be too long. */
static bool append_name(walk *w, size_t len, const char *name)
{
    if (strlen(name) > OS_KEY_MAX - len)
        return false;
    memcpy(w->key + len, name, strlen(name) + 1);
    return true;
}

static int walk_failed(const walk *w, int why)
{
    return local_failed(w->l, *w->key ? w->key : ".", "list", why, w->err);
}

/* 1 if there is an object below the folder at w->key, 0 if not, or a negative code. */
static int holds_object(walk *w)
{
    folder f;
    const size_t len = strlen(w->key);
    const int why = read_folder(&f, w->l, w->key, "");
    if (why)
        return walk_failed(w, why);
    int rc = 0;
    for (size_t i = 0; i < f.n && rc == 0; i++)
        rc = !is_folder(f.at[i].name);
    for (size_t i = 0; i < f.n && rc == 0; i++)
        if (is_folder(f.at[i].name) && append_name(w, len, f.at[i].name))
            rc = holds_object(w);
    w->key[len] = '\0';
    folder_free(&f);
    return rc;
}

static int deliver_folder(walk *w)
{
    const int rc = holds_object(w);
    return rc == 1 ? w->each(w->user, &(os_object){.key = w->key}) : rc;
}

/* List everything below the folder at w->key whose names in it begin with prefix. */
static int walk_folder(walk *w, const char *prefix)
{
    folder f;
    const size_t len = strlen(w->key);
    const int why = read_folder(&f, w->l, w->key, prefix);
    if (why)
        return walk_failed(w, why);
    int rc = 0;
    for (size_t i = 0; i < f.n && rc == 0; i++) {
        if (!append_name(w, len, f.at[i].name))
            continue;
        if (!is_folder(f.at[i].name))
            rc = w->each(w->user, &(os_object){w->key, f.at[i].size, f.at[i].modified});
        else
            rc = w->delimiter ? deliver_folder(w) : walk_folder(w, "");
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
    walk w = {(const local *)os, delimiter, each, user, err, ""};
    memcpy(w.key, prefix, folder_len);
    return walk_folder(&w, prefix + folder_len);
}
