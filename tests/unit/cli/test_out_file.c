/* cli/out_file.c: whichever system call fails, the file is complete under its name, or the name is
 * as before. The system calls are intercepted with -Wl,--wrap (CMakeLists.txt). */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/out_file.h"
#include "tests/unit/support/temp_folder.h"

typedef enum call {
    WRITE,
    FCHMOD,
    FSYNC,
    CLOSE,
    RENAMEAT2,
    RENAME,
    LINK,
    UNLINK,
    MKDIR,
    RMDIR,
    N_CALLS
} call;

/* Which calls fail. Criterion runs each test in a process of its own. */
static struct {
    bool armed;
    size_t n, from, to;  /* calls so far; those that fail with EIO */
    int always[N_CALLS]; /* 0, or what each call of that kind fails with */
} plan;

static bool fails(call c)
{
    if (!plan.armed)
        return false;
    plan.n++;
    errno = plan.always[c] ? plan.always[c] : EIO;
    return plan.always[c] || (plan.n >= plan.from && plan.n <= plan.to);
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*) */
#define WRAP(kind, ret, name, parameters, arguments)                                               \
    ret __real_##name parameters;                                                                  \
    ret __wrap_##name parameters;                                                                  \
    ret __wrap_##name parameters                                                                   \
    {                                                                                              \
        return fails(kind) ? -1 : __real_##name arguments;                                         \
    }
WRAP(WRITE, ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
WRAP(FCHMOD, int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(FSYNC, int, fsync, (int fd), (fd))
WRAP(RENAMEAT2, int, renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
     (a, from, b, to, flags))
WRAP(RENAME, int, rename, (const char *from, const char *to), (from, to))
WRAP(LINK, int, link, (const char *from, const char *to), (from, to))
WRAP(UNLINK, int, unlink, (const char *path), (path))
WRAP(MKDIR, int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(RMDIR, int, rmdir, (const char *path), (path))

/* A close that fails has closed. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    const int rc = __real_close(fd);
    return fails(CLOSE) ? -1 : rc;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-*) */

/* ---- A folder, and the file in it ------------------------------------------------------------ */

static char folder[TEMP_PATH], path[TEMP_PATH + 8];

static void begin(void)
{
    temp_folder(folder);
    (void)snprintf(path, sizeof path, "%s/x.mov", folder);
}

static void end(void)
{
    temp_folder_remove(folder);
}

TestSuite(out_file, .init = begin, .fini = end);

static void put_old(bool there)
{
    FILE *f = there ? fopen(path, "wb") : NULL;
    if (there)
        cr_assert(f && fputs("old", f) >= 0 && fclose(f) == 0);
    else
        (void)unlink(path);
}

/* What the file holds; "" if there is none. */
static void content(char out[16])
{
    FILE *f = fopen(path, "rb");
    const size_t n = f ? fread(out, 1, 15, f) : 0;
    out[n] = '\0';
    if (f)
        (void)fclose(f);
}

/* Other files of the folder: each must be named in the message. They are removed. Returns how
 * many. */
static size_t take_away_others(const char *message)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    cr_assert_not_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.' || strcmp(e->d_name, "x.mov") == 0)
            continue;
        char other[TEMP_PATH + 300];
        (void)snprintf(other, sizeof other, "%s/%s", folder, e->d_name);
        cr_assert_not_null(strstr(message, other), "%s is left: %s", other, message);
        cr_assert_eq(unlink(other), 0);
        n++;
    }
    (void)closedir(d);
    return n;
}

static int write_file(bool overwrite, cz_error *err)
{
    out_file f;
    int rc = out_open(&f, path, overwrite, err);
    if (rc == CZ_OK)
        rc = out_write(&f, "new", 3, err);
    if (rc == CZ_OK)
        rc = out_publish(&f, err);
    out_close(&f, err);
    return rc;
}

/* One run. false when fewer calls were made than `from`. */
static bool attempt(bool old, bool overwrite, size_t from, size_t to, bool lasting)
{
    char now[16];
    cz_error err = {0};
    put_old(old);
    plan.n = 0;
    plan.from = from;
    plan.to = to;
    plan.armed = true;
    const int rc = write_file(overwrite, &err);
    plan.armed = false;
    const bool reached = plan.n >= from;
    content(now);
    const size_t others = take_away_others(err.message);
    if (rc == CZ_OK) {
        cr_assert_str_eq(now, "new", "call %zu", from);
        cr_assert_eq(others, 0, "call %zu", from);
        return reached;
    }
    /* When taking back fails as well, or can't be, the message says which file is there. */
    const bool told = strstr(err.message, "is the new file") != NULL;
    const bool may = lasting || plan.always[RENAMEAT2];
    cr_assert(strcmp(now, old ? "old" : "") == 0 || (may && told && strcmp(now, "new") == 0),
              "call %zu: \"%s\", %s", from, now, err.message);
    cr_assert(reached, "call %zu: %s", from, err.message);
    return true;
}

static void remove_unlisted(void)
{
    for (int way = 0; way < 8; way++) {
        const bool old = way & 1, overwrite = way & 2, lasting = way & 4;
        if (old && !overwrite)
            continue;
        size_t n = 1;
        while (attempt(old, overwrite, n, lasting ? SIZE_MAX : n, lasting) && n < 100)
            n++;
        cr_assert(n > 5 && n < 100, "%zu calls", n);
    }
}

Test(out_file, each_system_call_fails_once_or_always)
{
    remove_unlisted();
}

Test(out_file, without_rename_exchange)
{
    plan.always[RENAMEAT2] = EINVAL;
    remove_unlisted();
}

Test(out_file, without_hard_links)
{
    plan.always[RENAMEAT2] = EINVAL;
    plan.always[LINK] = EPERM;
    remove_unlisted();
}

Test(out_file, existing_file)
{
    for (int i = 0; i < 3; i++) {
        char now[16];
        cz_error err = {0};
        plan.always[RENAMEAT2] = i > 0 ? ENOSYS : 0;
        plan.always[LINK] = i > 1 ? EOPNOTSUPP : 0;
        plan.armed = true;
        put_old(true);
        cr_assert_eq(write_file(false, &err), CZ_EXISTS);
        content(now);
        cr_assert_str_eq(now, "old");
        cr_assert_eq(take_away_others(""), 0);
        cr_assert_eq(write_file(true, &err), CZ_OK, "%s", err.message);
        content(now);
        cr_assert_str_eq(now, "new");
        cr_assert_eq(take_away_others(""), 0);
    }
}

/* It appears while ours is being written. */
Test(out_file, file_created_meanwhile)
{
    for (int i = 0; i < 3; i++) {
        out_file f;
        char now[16];
        cz_error err = {0};
        plan.always[RENAMEAT2] = i > 0 ? ENOSYS : 0;
        plan.always[LINK] = i > 1 ? EOPNOTSUPP : 0;
        plan.armed = true;
        put_old(false);
        cr_assert_eq(out_open(&f, path, false, &err), CZ_OK);
        put_old(true);
        cr_assert_eq(out_publish(&f, &err), CZ_EXISTS, "%s", err.message);
        out_close(&f, &err);
        content(now);
        cr_assert_str_eq(now, "old");
        cr_assert_eq(take_away_others(""), 0);
    }
}

Test(out_file, missing_folder_is_created_only_on_request)
{
    struct stat st;
    for (size_t n = 1; n < 20; n++) {
        cz_error err = {0};
        plan.n = 0;
        plan.from = plan.to = n;
        plan.armed = true;
        const int rc = out_make_folder(path, &err);
        plan.armed = false;
        cr_assert_eq(stat(path, &st) == 0, rc == CZ_OK, "call %zu", n);
        if (rc == CZ_OK && plan.n < n)
            break;
        (void)rmdir(path);
        cr_assert_lt(n, 10);
    }
}
