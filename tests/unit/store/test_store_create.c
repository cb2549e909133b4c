/* store/objects/local_put.c: create-only puts, on file systems with and without RENAME_NOREPLACE
 * and hard links, and killed at any point. */
#include "store/objects/local.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/support/temp_folder.h"

/* The calls that a test lets fail, or at which it is killed. These definitions stand before libc's
 * for all that is linked here; unarmed, they do what libc's do. */
static int noreplace_error, link_error; /* what the file system answers; 0: it has the call */
static atomic_int unlink_errors;        /* how many unlinks fail with EIO */
static int links, renames;
static atomic_int kill_after = -1; /* calls until the process is killed; -1: never */
static long rename_delay;          /* nanoseconds */
static void (*at_flock)(void);     /* called once, before the lock is taken */

static void step(void)
{
    if (atomic_load(&kill_after) >= 0 && atomic_fetch_sub(&kill_after, 1) == 0)
        (void)raise(SIGKILL);
}

static int answer(long done)
{
    step();
    return (int)done;
}

static int refuse(int error)
{
    errno = error;
    return -1;
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    step();
    if (flags && noreplace_error)
        return refuse(noreplace_error);
    return answer(syscall(SYS_renameat2, from_dir, from, to_dir, to, flags));
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    const struct timespec a_while = {0, rename_delay};
    step();
    renames++;
    if (rename_delay)
        (void)nanosleep(&a_while, NULL);
    return answer(syscall(SYS_renameat2, from_dir, from, to_dir, to, 0));
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    step();
    links++;
    if (link_error)
        return refuse(link_error);
    return answer(syscall(SYS_linkat, from_dir, from, to_dir, to, flags));
}

int unlinkat(int dir, const char *name, int flags)
{
    step();
    if (!flags && atomic_load(&unlink_errors) > 0) {
        atomic_fetch_sub(&unlink_errors, 1);
        return refuse(EIO);
    }
    return answer(syscall(SYS_unlinkat, dir, name, flags));
}

int flock(int fd, int how)
{
    void (*const hook)(void) = at_flock;
    step();
    at_flock = NULL;
    if (hook)
        hook();
    return answer(syscall(SYS_flock, fd, how));
}

ssize_t write(int fd, const void *data, size_t n)
{
    step();
    return syscall(SYS_write, fd, data, n);
}

int mkdirat(int dir, const char *name, mode_t mode)
{
    step();
    return answer(syscall(SYS_mkdirat, dir, name, mode));
}

/* One store in a folder of its own. */
static char root[TEMP_PATH];
static object_store *os;

static void setup(void)
{
    temp_folder(root);
    cr_assert_eq(os_open(&os, root, false, NULL, NULL), CZ_OK);
}

static void teardown(void)
{
    os_close(&os);
    temp_folder_remove(root);
}

static const char *at(const char *below)
{
    static char path[TEMP_PATH + 512];
    (void)snprintf(path, sizeof path, "%s/%s", root, below);
    return path;
}

static int put(const char *key, const char *text, os_put_mode mode)
{
    return os_put(os, key, text, strlen(text), mode, NULL);
}

static void holds(const char *key, const char *text)
{
    buf b = {0};
    cr_assert_eq(os_get_all(os, key, 100, &b, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&b), text);
    buf_free(&b);
}

static int note(void *user, const os_object *o)
{
    buf_printf(user, "%s ", o->key);
    return 0;
}

static void lists(const char *want)
{
    buf b = {0};
    cr_assert_eq(os_list(os, "", false, note, &b, NULL), CZ_OK);
    cr_assert_str_eq(b.len ? buf_text(&b) : "", want);
    buf_free(&b);
}

TestSuite(create, .init = setup, .fini = teardown, .timeout = 120);

/* The kinds of file systems: all, NFS, and FAT by the kernel or by FUSE. */
static const struct kind {
    int noreplace_error, link_error;
} kinds[] = {{0, 0},           {EINVAL, 0},      {ENOSYS, 0},
             {EINVAL, EPERM},  {EINVAL, ENOSYS}, {EINVAL, ENOTSUP},
             {EINVAL, EMLINK}, {ENOSYS, EPERM},  {EINVAL, EOPNOTSUPP}};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void be(size_t kind)
{
    noreplace_error = kinds[kind].noreplace_error;
    link_error = kinds[kind].link_error;
    links = renames = 0;
}

Test(create, on_every_kind_of_file_system)
{
    for (size_t i = 0; i < KINDS; i++)
        for (os_put_mode mode = OS_CREATE; mode <= OS_COMMIT_NEW;
             mode += OS_COMMIT_NEW - OS_CREATE) {
            be(i);
            cr_assert_eq(put("d/k", "first", mode), CZ_OK, "%zu", i);
            cr_assert_eq(links, noreplace_error != 0);
            cr_assert_eq(renames, link_error != 0);
            holds("d/k", "first");
            cr_assert_eq(put("d/k", "second", mode), CZ_EXISTS);
            holds("d/k", "first");
            cr_assert_eq(put("d", "x", mode), CZ_EXISTS, "a folder");
            cr_assert_eq(put("d/k/below", "x", mode), CZ_EXISTS);
            lists("d/k ");
            cr_assert_eq(put("d/k", "over", OS_OVERWRITE), CZ_OK);
            holds("d/k", "over");
            cr_assert_eq(os_remove(os, "d/k", NULL), CZ_OK);
            lists("");
            cr_assert_eq(rmdir(at("d")), -1, "it went with its object");
        }
}

/* What isn't "there is no such call" isn't tried in another way. */
Test(create, other_failures_are_final)
{
    const struct {
        int error, code;
    } failures[] = {{EIO, CZ_IO}, {ENOSPC, CZ_FULL}, {EROFS, CZ_DENIED}, {EACCES, CZ_DENIED}};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        be(0);
        noreplace_error = failures[i].error;
        cr_assert_eq(put("d/k", "x", OS_CREATE), failures[i].code);
        cr_assert_eq(links + renames, 0);
        noreplace_error = EINVAL;
        link_error = failures[i].error;
        cr_assert_eq(put("d/k", "x", OS_COMMIT_NEW), failures[i].code);
        cr_assert_eq(renames, 0);
        lists("");
    }
}

/* ---- Several writers ------------------------------------------------------------------------- */

enum { WRITERS = 5 };

static void create_and_say(int i)
{
    char text[16];
    (void)snprintf(text, sizeof text, "writer %d", i);
    const int rc = put("d/k", text, i % 2 ? OS_CREATE : OS_COMMIT_NEW);
    _exit(rc == CZ_OK ? 10 + i : rc == CZ_EXISTS ? 1 : 2);
}

/* Which of them made it; all others were told that it exists. */
static int winner(const pid_t child[WRITERS])
{
    int won = -1;
    for (int i = 0; i < WRITERS; i++) {
        int status = 0;
        cr_assert_eq(waitpid(child[i], &status, 0), child[i]);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) != 2);
        if (WEXITSTATUS(status) == 1)
            continue;
        cr_assert_eq(won, -1, "two have made it");
        won = WEXITSTATUS(status) - 10;
    }
    return won;
}

/* The plain rename is delayed, which widens the gap between the look and itself. */
Test(create, exactly_one_of_many_succeeds)
{
    for (int round = 0; round < 10 * KINDS; round++) {
        char text[16];
        pid_t child[WRITERS];
        be((size_t)round % KINDS);
        rename_delay = 2000000;
        for (int i = 0; i < WRITERS; i++) {
            child[i] = fork();
            cr_assert_geq(child[i], 0);
            if (child[i] == 0)
                create_and_say(i);
        }
        (void)snprintf(text, sizeof text, "writer %d", winner(child));
        holds("d/k", text);
        lists("d/k ");
        cr_assert_eq(os_remove(os, "d/k", NULL), CZ_OK);
    }
}

static void publish_another(void)
{
    FILE *f = fopen(at("d/k"), "w");
    cr_assert_not_null(f);
    cr_assert_geq(fputs("another's", f), 0);
    cr_assert_eq(fclose(f), 0);
}

/* Another writer's rename comes between our first look and the .part that we make: the look that
 * counts is the one under the lock. */
Test(create, object_created_before_the_lock)
{
    for (size_t i = 0; i < KINDS; i++) {
        be(i);
        at_flock = publish_another;
        cr_assert_eq(put("d/k", "ours", OS_CREATE), CZ_EXISTS, "%zu", i);
        cr_assert_null(at_flock);
        holds("d/k", "another's");
        lists("d/k ");
        cr_assert_eq(os_remove(os, "d/k", NULL), CZ_OK);
    }
}

/* ---- Killed ---------------------------------------------------------------------------------- */

/* Kill a put after so many calls; false: it ended before. */
static bool killed_in_put(int calls, os_put_mode mode)
{
    int status = 0;
    const pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        atomic_store(&kill_after, calls);
        const int rc = put("d/k", "whole", mode);
        atomic_store(&kill_after, -1);
        _exit(rc == CZ_OK ? 0 : 1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

static bool is_there(const char *key)
{
    uint64_t size = 0;
    const int rc = os_stat(os, key, &size, NULL);
    cr_assert(rc == CZ_OK || rc == CZ_ABSENT);
    return rc == CZ_OK;
}

/* Whole or absent after the kill. Done again, there is the object and nothing else. */
static void kill_and_redo(size_t kind, os_put_mode mode)
{
    int points = 0, both = 0;
    be(kind);
    while (killed_in_put(points, mode)) {
        points++;
        const bool whole = is_there("d/k");
        if (whole)
            holds("d/k", "whole");
        both += whole && is_there("d/.k.part");
        cr_assert_eq(put("d/k", "again", mode), whole ? CZ_EXISTS : CZ_OK);
        lists("d/k ");
        cr_assert_eq(os_remove(os, "d/k", NULL), CZ_OK);
    }
    cr_assert_geq(points, 6, "%d points to be killed at", points);
    /* Only links leave two names, for as long as the put isn't done again. */
    cr_assert_eq(both, kinds[kind].noreplace_error && !kinds[kind].link_error ? 2 : 0, "%d", both);
    cr_assert_eq(os_remove(os, "d/k", NULL), CZ_OK);
    lists("");
}

Test(create, killed_anywhere_and_retried)
{
    for (size_t i = 0; i < KINDS; i++) {
        kill_and_redo(i, OS_CREATE);
        kill_and_redo(i, OS_COMMIT_NEW);
    }
}

/* Or removed: what the killed writer left goes with the object, and so does the folder. */
Test(create, killed_anywhere_and_removed)
{
    for (size_t i = 0; i < KINDS; i++) {
        be(i);
        for (int calls = 0; killed_in_put(calls, OS_CREATE); calls++) {
            const bool whole = is_there("d/k");
            cr_assert_eq(os_remove(os, "d/k", NULL), whole ? CZ_OK : CZ_ABSENT);
            lists("");
        }
        cr_assert_eq(os_remove(os, "d/k", NULL), CZ_OK);
    }
}

/* An unlink that fails leaves a second name of the object, and the object whole. */
Test(create, failed_unlink)
{
    be(1);
    atomic_store(&unlink_errors, 1);
    cr_assert_eq(put("d/k", "whole", OS_CREATE), CZ_OK);
    holds("d/k", "whole");
    lists("d/.k.part d/k ");
    cr_assert_eq(put("d/k", "other", OS_CREATE), CZ_EXISTS);
    holds("d/k", "whole");
    lists("d/k ");
    cr_assert_eq(os_remove(os, "d/k", NULL), CZ_OK);
    be(0);
    atomic_store(&unlink_errors, 1);
    cr_assert_eq(put("d/k", "whole", OS_CREATE), CZ_OK);
    lists("d/k ");
    atomic_store(&unlink_errors, 0);
}

/* A put that finds the object removes what another has left, but not what another holds. */
Test(create, temporary_file_in_use_is_kept)
{
    be(0);
    cr_assert_eq(put("d/k", "whole", OS_CREATE), CZ_OK);
    const int fd = open(at("d/.k.part"), O_RDWR | O_CREAT, 0666);
    cr_assert_eq(flock(fd, LOCK_EX), 0);
    cr_assert_eq(put("d/k", "other", OS_CREATE), CZ_EXISTS);
    lists("d/.k.part d/k ");
    cr_assert_eq(os_remove(os, "d/k", NULL), CZ_OK);
    lists("d/.k.part ");
    cr_assert_eq(close(fd), 0);
    cr_assert_eq(put("d/k", "whole", OS_CREATE), CZ_OK);
    lists("d/k ");
}
