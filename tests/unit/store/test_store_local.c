/* store/objects/local*.c, beyond the suite for every object store: the files in the folder, killed
 * and concurrent writers, full and failing disks. Links: test_store_links.c; create-only puts:
 * test_store_create.c. */
#include "store/objects/fd_cache.h"
#include "store/objects/object_store.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/support/alloc_fail.h"
#include "tests/unit/support/temp_folder.h"

/* The calls that a test lets fail. These definitions stand before libc's for all that is linked
 * here; unarmed, they do what libc's do. Global, because the linker has no place for an argument.
 */
static atomic_long write_left = -1; /* bytes until the disk is full; -1: never */
static atomic_int syncs, sync_error, folder_syncs, file_syncs;
static atomic_long file_system; /* what fstatfs() tells; 0: the truth */
static void (*at_sync)(void);

ssize_t write(int fd, const void *data, size_t n)
{
    const long left = atomic_load(&write_left);
    if (left == 0) {
        errno = ENOSPC;
        return -1;
    }
    if (left > 0 && (size_t)left < n)
        n = (size_t)left;
    const ssize_t done = syscall(SYS_write, fd, data, n);
    if (left > 0 && done > 0)
        atomic_fetch_sub(&write_left, done);
    return done;
}

int syncfs(int fd)
{
    (void)fd;
    atomic_fetch_add(&syncs, 1);
    if (at_sync)
        at_sync();
    errno = atomic_load(&sync_error);
    return errno ? -1 : 0;
}

int fsync(int fd)
{
    struct stat st;
    const bool is_folder = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
    atomic_fetch_add(is_folder ? &folder_syncs : &file_syncs, 1);
    return 0;
}

int fstatfs(int fd, struct statfs *to)
{
    const int rc = (int)syscall(SYS_fstatfs, fd, to);
    if (atomic_load(&file_system))
        to->f_type = atomic_load(&file_system);
    return rc;
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

static void put(const char *key, const char *text)
{
    cz_error err = {0};
    const int rc = os_put(os, key, text, strlen(text), OS_OVERWRITE, &err);
    cr_assert_eq(rc, CZ_OK, "%s", err.message);
}

/* Read whole, and as a range: two ways into the file. */
static void holds(const char *key, const char *text)
{
    buf b = {0};
    cz_error err = {0};
    char to[64] = "";
    int rc = os_get_all(os, key, 1 << 20, &b, &err);
    cr_assert_eq(rc, CZ_OK, "%s", err.message);
    cr_assert_str_eq(buf_text(&b), text);
    buf_free(&b);
    os_read r = {.key = key, .len = strlen(text), .to = to};
    rc = os_get(os, &r, 1, NULL, &err);
    cr_assert_eq(rc, CZ_OK, "%s", err.message);
    cr_assert_str_eq(to, text);
}

static bool is_there(const char *below)
{
    struct stat st;
    return lstat(at(below), &st) == 0;
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
    cr_assert_str_eq(buf_text(&b), want);
    buf_free(&b);
}

static void make_file(const char *below, const char *text)
{
    FILE *f = fopen(at(below), "w");
    cr_assert_not_null(f);
    cr_assert_geq(fputs(text, f), 0);
    cr_assert_eq(fclose(f), 0);
}

TestSuite(local, .init = setup, .fini = teardown, .timeout = 120);

Test(local, opens_or_creates_the_folder)
{
    object_store *other = os;
    cz_error err = {0};
    char path[TEMP_PATH + 32];
    (void)snprintf(path, sizeof path, "%s/new", root);
    cr_assert_eq(os_open(&other, path, false, NULL, &err), CZ_ABSENT);
    cr_assert_null(other);
    cr_assert_not_null(strstr(err.message, path), "%s", err.message);
    cr_assert_eq(os_open(&other, path, true, NULL, &err), CZ_OK);
    cr_assert_str_eq(other->url, path);
    os_close(&other);
    cr_assert_null(other);
    cr_assert_eq(os_open(&other, path, true, NULL, &err), CZ_OK, "made already");
    os_close(&other);
    (void)snprintf(path, sizeof path, "%s/no/parent", root);
    cr_assert_eq(os_open(&other, path, true, NULL, &err), CZ_ABSENT);
    make_file("file", "x");
    (void)snprintf(path, sizeof path, "%s/file", root);
    cr_assert_eq(os_open(&other, path, false, NULL, &err), CZ_FORMAT);
    cr_assert_eq(os_open(&other, path, true, NULL, &err), CZ_FORMAT);
    cr_assert_eq(os_open(&other, "", true, NULL, &err), CZ_ABSENT);
}

Test(local, addresses)
{
    object_store *other = NULL;
    cz_error err = {0};
    char url[TEMP_PATH + 32];
    put("k", "here");
    (void)snprintf(url, sizeof url, "file://%s", root);
    cr_assert_eq(os_open(&other, url, false, NULL, &err), CZ_OK);
    uint64_t size = 0;
    cr_assert_eq(os_stat(other, "k", &size, NULL), CZ_OK);
    os_close(&other);
    cr_assert_eq(os_open(&other, "file://not/absolute", false, NULL, &err), CZ_USAGE);
    cr_assert_eq(os_open(&other, "ftp://user:secret@host/x?key=secret", true, NULL, &err),
                 CZ_UNSUPPORTED);
    cr_assert_not_null(strstr(err.message, "ftp://"));
    cr_assert_null(strstr(err.message, "secret"), "no credential in a message: %s", err.message);
    cr_assert_eq(os_open(&other, "files://x", true, NULL, &err), CZ_UNSUPPORTED);
    cr_assert_eq(os_open(&other, "://x", false, NULL, &err), CZ_ABSENT, "that is a path");
}

Test(local, open_without_memory)
{
    for (size_t n = 1;; n++) {
        object_store *other = NULL;
        cz_error err = {0};
        alloc_fail_at(n);
        const int rc = os_open(&other, root, false, NULL, &err);
        if (!alloc_fail_end()) {
            cr_assert_eq(rc, CZ_OK);
            os_close(&other);
            break;
        }
        cr_assert_eq(rc, CZ_NOMEM);
        cr_assert_null(other);
    }
}

Test(local, object_is_a_file_and_no_other_file_remains)
{
    put("a/b/k", "text");
    cr_assert_eq(os_put(os, "a/b/c", "x", 1, OS_CREATE, NULL), CZ_OK);
    cr_assert_eq(os_put(os, "a/b/c", "x", 1, OS_CREATE, NULL), CZ_EXISTS);
    cr_assert_eq(os_put(os, "a/b/d", "x", 1, OS_COMMIT, NULL), CZ_OK);
    lists("a/b/c a/b/d a/b/k ");
    struct stat st;
    const mode_t mask = umask(0);
    (void)umask(mask);
    cr_assert_eq(stat(at("a/b/k"), &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0666 & ~mask);
    cr_assert_eq(st.st_nlink, 1);
}

Test(local, remove_deletes_empty_folders)
{
    put("a/b/c/k", "1");
    put("a/j", "2");
    cr_assert_eq(os_remove(os, "a/b/c/k", NULL), CZ_OK);
    cr_assert_not(is_there("a/b"));
    cr_assert(is_there("a/j"));
    cr_assert_eq(os_remove(os, "a/j", NULL), CZ_OK);
    cr_assert_not(is_there("a"));
    cr_assert(is_there(""), "the store itself stays");
    put("k", "again");
}

/* What a killed writer leaves. */
Test(local, stale_temporary_file)
{
    put("d/k", "old");
    make_file("d/.k.part", "much more than the new object has");
    lists("d/.k.part d/k ");
    put("d/k", "new");
    holds("d/k", "new");
    lists("d/k ");
    make_file("d/.k.part", "half");
    cr_assert_eq(os_remove(os, "d/.k.part", NULL), CZ_OK);
    lists("d/k ");
    cr_assert_eq(os_remove(os, "d/.k.part", NULL), CZ_ABSENT);
}

/* Killed in a CREATE, between link and unlink: the part is the object itself. */
Test(local, temporary_file_hard_linked_to_object)
{
    char part[TEMP_PATH + 512];
    (void)snprintf(part, sizeof part, "%s", at("d/.k.part"));
    put("d/k", "precious");
    cr_assert_eq(link(at("d/k"), part), 0);
    cr_assert_eq(os_put(os, "d/k", "other", 5, OS_CREATE, NULL), CZ_EXISTS);
    holds("d/k", "precious");
    lists("d/k ");
    cr_assert_eq(link(at("d/k"), part), 0);
    atomic_store(&write_left, 2);
    cr_assert_eq(os_put(os, "d/k", "other", 5, OS_OVERWRITE, NULL), CZ_FULL);
    atomic_store(&write_left, -1);
    holds("d/k", "precious");
    cr_assert_eq(link(at("d/k"), part), 0);
    cr_assert_eq(os_remove(os, "d/.k.part", NULL), CZ_OK);
    holds("d/k", "precious");
}

Test(local, temporary_file_in_use_is_not_removed)
{
    make_file(".k.part", "being written");
    const int fd = open(at(".k.part"), O_RDWR);
    cr_assert_eq(flock(fd, LOCK_EX), 0);
    cr_assert_eq(os_remove(os, ".k.part", NULL), CZ_OK);
    cr_assert(is_there(".k.part"));
    cr_assert_eq(close(fd), 0);
    cr_assert_eq(os_remove(os, ".k.part", NULL), CZ_OK);
    cr_assert_not(is_there(".k.part"));
}

Test(local, full_disk_is_reported_and_no_file_remains)
{
    static char data[3 << 20];
    cz_error err = {0};
    put("d/k", "old");
    for (long room = 0; room < (long)sizeof data; room = room ? room * 64 : 1)
        for (os_put_mode mode = OS_OVERWRITE; mode <= OS_COMMIT; mode++) {
            const char *key = mode == OS_CREATE ? "d/new" : "d/k";
            atomic_store(&write_left, room);
            const int rc = os_put(os, key, data, sizeof data, mode, &err);
            atomic_store(&write_left, -1);
            cr_assert_eq(rc, CZ_FULL, "%d: %s", rc, err.message);
            cr_assert_not_null(strstr(err.message, key), "%s", err.message);
            lists("d/k ");
            holds("d/k", "old");
        }
}

Test(local, short_writes_are_continued)
{
    atomic_store(&write_left, 3); /* after three bytes exactly: the rest in another call */
    const int rc = os_put(os, "k", "abc", 3, OS_OVERWRITE, NULL);
    atomic_store(&write_left, -1);
    cr_assert_eq(rc, CZ_OK);
    holds("k", "abc");
}

/* What follows is so where a whole file system can be synced; elsewhere every put syncs its file.
 */
#if defined(__linux__)

Test(local, only_a_commit_syncs)
{
    put("a/k", "1");
    cr_assert_eq(os_put(os, "a/l", "2", 1, OS_CREATE, NULL), CZ_OK);
    cr_assert_eq(atomic_load(&syncs), 0);
    cr_assert_eq(atomic_load(&folder_syncs) + atomic_load(&file_syncs), 0);
    cr_assert_eq(os_put(os, "a/mark", "3", 1, OS_COMMIT, NULL), CZ_OK);
    cr_assert_eq(atomic_load(&syncs), 1);
    cr_assert_eq(atomic_load(&folder_syncs), 1);
    cr_assert_eq(atomic_load(&file_syncs), 0);
}

/* A sync of the file system doesn't reach what a FUSE server holds back. */
Test(local, every_file_is_synced_on_fuse)
{
    object_store *fuse = NULL;
    atomic_store(&file_system, 0x65735546);
    cr_assert_eq(os_open(&fuse, root, false, NULL, NULL), CZ_OK);
    cr_assert_eq(os_put(fuse, "a/b/k", "1", 1, OS_OVERWRITE, NULL), CZ_OK);
    cr_assert_eq(atomic_load(&file_syncs), 1);
    cr_assert_eq(atomic_load(&folder_syncs), 3, "the store's, a's and b's new entries");
    cr_assert_eq(os_put(fuse, "a/b/l", "2", 1, OS_CREATE, NULL), CZ_OK);
    cr_assert_eq(os_put(fuse, "a/b/mark", "3", 1, OS_COMMIT, NULL), CZ_OK);
    cr_assert_eq(atomic_load(&file_syncs), 3);
    cr_assert_eq(atomic_load(&folder_syncs), 5);
    os_close(&fuse);
    lists("a/b/k a/b/l a/b/mark ");
}

static bool seen_whole, seen_early;
static void look_at_sync(void)
{
    struct stat st;
    seen_early = is_there("a/mark");
    seen_whole = stat(at("a/.mark.part"), &st) == 0 && st.st_size == 4;
}

Test(local, commit_is_complete_before_the_sync_and_visible_after)
{
    at_sync = look_at_sync;
    cr_assert_eq(os_put(os, "a/mark", "done", 4, OS_COMMIT, NULL), CZ_OK);
    cr_assert(seen_whole);
    cr_assert_not(seen_early);
    holds("a/mark", "done");
}

/* The kernel tells of a lost write once. Whoever commits later must not believe that all is well.
 */
Test(local, after_a_lost_write_nothing_is_committed)
{
    cz_error err = {0};
    put("a/k", "1");
    atomic_store(&sync_error, EIO);
    cr_assert_eq(os_put(os, "a/mark", "x", 1, OS_COMMIT, &err), CZ_IO);
    cr_assert_not_null(strstr(err.message, "a/mark"), "%s", err.message);
    atomic_store(&sync_error, 0);
    cr_assert_eq(os_put(os, "a/mark", "x", 1, OS_COMMIT, &err), CZ_IO);
    cr_assert_eq(os_put(os, "b/mark", "x", 1, OS_COMMIT, &err), CZ_IO);
    lists("a/k ");
}

Test(local, disk_full_at_the_sync)
{
    cz_error err = {0};
    atomic_store(&sync_error, ENOSPC);
    cr_assert_eq(os_put(os, "a/mark", "x", 1, OS_COMMIT, &err), CZ_FULL);
    lists("");
}

#endif

Test(local, read_only_folder)
{
    cz_error err = {0};
    put("d/k", "x");
    cr_assert_eq(chmod(at("d"), 0555), 0);
    cr_assert_eq(chmod(root, 0555), 0);
    const bool is_root = geteuid() == 0;
    cr_assert(!is_root || seteuid(65534) == 0, "root may write everywhere");
    const int over = os_put(os, "d/k", "y", 1, OS_OVERWRITE, &err);
    const int below = os_put(os, "new/k", "y", 1, OS_OVERWRITE, NULL);
    const int removed = os_remove(os, "d/k", NULL);
    object_store *made = NULL;
    const int opened = os_open(&made, at("sub"), true, NULL, NULL);
    cr_assert(!is_root || seteuid(0) == 0);
    cr_assert_eq(over, CZ_DENIED);
    cr_assert_not_null(strstr(err.message, "d/k"), "%s", err.message);
    cr_assert_eq(below, CZ_DENIED);
    cr_assert_eq(removed, CZ_DENIED);
    cr_assert_eq(opened, CZ_DENIED);
    holds("d/k", "x");
    cr_assert_eq(chmod(root, 0755), 0);
    cr_assert_eq(chmod(at("d"), 0755), 0);
}

Test(local, unreadable_object)
{
    cz_error err = {0};
    buf b = {0};
    put("d/k", "x");
    cr_assert_eq(chmod(at("d/k"), 0), 0);
    const bool is_root = geteuid() == 0;
    cr_assert(!is_root || seteuid(65534) == 0);
    const int rc = os_get_all(os, "d/k", 10, &b, &err);
    cr_assert(!is_root || seteuid(0) == 0);
    cr_assert_eq(rc, CZ_DENIED);
    cr_assert_not_null(strstr(err.message, "d/k"));
}

Test(local, only_regular_files_are_objects)
{
    buf b = {0};
    uint64_t size = 0;
    put("d/k", "x");
    cr_assert_eq(mkfifo(at("d/pipe"), 0666), 0);
    cr_assert_eq(mkdir(at("d/empty"), 0777), 0);
    cr_assert_eq(os_get_all(os, "d/pipe", 10, &b, NULL), CZ_ABSENT, "and it doesn't wait for it");
    cr_assert_eq(os_stat(os, "d/pipe", &size, NULL), CZ_ABSENT);
    cr_assert_eq(os_get_all(os, "d/empty", 10, &b, NULL), CZ_ABSENT);
    cr_assert_eq(os_remove(os, "d/empty", NULL), CZ_ABSENT);
    cr_assert_eq(os_get_all(os, "d/k/below", 10, &b, NULL), CZ_ABSENT);
    lists("d/k ");
    cr_assert_eq(os_list(os, "d/", true, note, &b, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&b), "d/k ", "a folder without objects isn't listed");
    buf_free(&b);
}

/* So NFS and FUSE name a file that is removed while it is open. */
Test(local, removed_files_that_are_still_open_are_not_listed)
{
    put("d/k", "x");
    make_file("d/.nfs0000000000a1b2c300000001", "x");
    make_file("d/.fuse_hidden0000000200000001", "x");
    make_file("d/.nfs", "an object like others");
    make_file("d/.nfsconfiguration-of-mine", "so is this");
    lists("d/.nfs d/.nfsconfiguration-of-mine d/k ");
}

Test(local, invalid_names_are_not_listed)
{
    char deep[TEMP_PATH + OS_KEY_MAX + 300];
    put("k", "x");
    make_file("two\nlines", "x");
    size_t n = (size_t)snprintf(deep, sizeof deep, "%s", root);
    for (int i = 0; i < 6; i++) {
        deep[n++] = '/';
        memset(deep + n, 'd', 200);
        deep[n += 200] = '\0';
        cr_assert_eq(mkdir(deep, 0777), 0);
    }
    (void)snprintf(deep + n, sizeof deep - n, "/file");
    FILE *f = fopen(deep, "w");
    cr_assert_not_null(f);
    cr_assert_eq(fclose(f), 0);
    lists("k ");
}

Test(local, name_too_long_for_the_file_system)
{
    char key[OS_SEGMENT_MAX + 1];
    cz_error err = {0};
    memset(key, 'k', OS_SEGMENT_MAX);
    key[OS_SEGMENT_MAX] = '\0';
    cr_assert_eq(os_put(os, key, "x", 1, OS_OVERWRITE, &err), CZ_IO);
    cr_assert_not_null(strstr(err.message, key), "%s", err.message);
    lists("");
}

Test(local, removed_folder)
{
    buf b = {0};
    cr_assert_eq(rmdir(root), 0);
    cr_assert_eq(os_put(os, "a/k", "x", 1, OS_OVERWRITE, NULL), CZ_ABSENT);
    cr_assert_eq(os_put(os, "k", "x", 1, OS_OVERWRITE, NULL), CZ_ABSENT);
    cr_assert_eq(os_get_all(os, "k", 10, &b, NULL), CZ_ABSENT);
    cr_assert_eq(os_list(os, "", false, note, &b, NULL), CZ_OK);
    cr_assert_eq(b.len, 0);
    buf_free(&b);
}

enum { LARGE = 4 << 20 };

/* Puts one letter LARGE times under a key, until it is killed or has done so n times. */
static void keep_putting(const char *key, char letter, int n)
{
    char *data = malloc(LARGE);
    if (!data)
        _exit(2);
    memset(data, letter, LARGE);
    for (int i = 0; i < n; i++)
        if (os_put(os, key, data, LARGE, OS_OVERWRITE, NULL) != CZ_OK)
            _exit(3);
    free(data);
    _exit(0);
}

/* Absent, or all of it by one writer. */
static bool is_whole(const char *key, bool may_lack)
{
    buf b = {0};
    const int rc = os_get_all(os, key, LARGE, &b, NULL);
    bool whole = rc == CZ_OK && b.len == LARGE;
    for (size_t i = 1; i < LARGE && whole; i++)
        whole = b.at[i] == b.at[0];
    buf_free(&b);
    return whole || (may_lack && rc == CZ_ABSENT);
}

Test(local, killed_writer_leaves_no_visible_object)
{
    int parts = 0;
    for (int round = 0; round < 40; round++) {
        char key[32];
        (void)snprintf(key, sizeof key, "d%d/k", round % 4);
        const pid_t child = fork();
        cr_assert_geq(child, 0);
        if (child == 0)
            keep_putting(key, (char)('a' + round % 26), 1000);
        const struct timespec a_while = {0, (round * 389 % 97 + 1) * 100000L};
        (void)nanosleep(&a_while, NULL);
        int status = 0;
        cr_assert_eq(kill(child, SIGKILL), 0);
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert(WIFSIGNALED(status), "it put without an error until it was killed");
        cr_assert(is_whole(key, true), "round %d", round);
        (void)snprintf(key, sizeof key, "d%d/.k.part", round % 4);
        parts += is_there(key);
    }
    cr_assert_gt(parts, 0, "none of 40 was killed while it wrote: this tests nothing");
    for (int i = 0; i < 4; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "d%d/k", i);
        put(key, "after");
        holds(key, "after");
    }
    lists("d0/k d1/k d2/k d3/k ");
}

Test(local, two_processes_put_one_key)
{
    pid_t child[2];
    for (int i = 0; i < 2; i++) {
        child[i] = fork();
        cr_assert_geq(child[i], 0);
        if (child[i] == 0)
            keep_putting("d/k", (char)('a' + i), 40);
    }
    for (int i = 0; i < 60; i++)
        cr_assert(is_whole("d/k", i < 60), "a mixture, or a part of an object");
    for (int i = 0; i < 2; i++) {
        int status = 0;
        cr_assert_eq(waitpid(child[i], &status, 0), child[i]);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    cr_assert(is_whole("d/k", false));
    lists("d/k ");
}

/* Exactly one of many gets to CREATE. */
Test(local, many_processes_create_one_key)
{
    enum { MANY = 6 };
    for (int round = 0; round < 10; round++) {
        pid_t child[MANY];
        int won = 0;
        for (int i = 0; i < MANY; i++) {
            child[i] = fork();
            cr_assert_geq(child[i], 0);
            if (child[i] == 0) {
                const int rc = os_put(os, "d/k", "x", 1, OS_CREATE, NULL);
                _exit(rc == CZ_OK ? 10 : rc == CZ_EXISTS ? 11 : 12);
            }
        }
        for (int i = 0; i < MANY; i++) {
            int status = 0;
            cr_assert_eq(waitpid(child[i], &status, 0), child[i]);
            cr_assert(WIFEXITED(status) && WEXITSTATUS(status) != 12);
            won += WEXITSTATUS(status) == 10;
        }
        cr_assert_eq(won, 1);
        lists("d/k ");
        cr_assert_eq(os_remove(os, "d/k", NULL), CZ_OK);
    }
}

static void *put_and_remove(void *arg)
{
    const char *key = arg;
    for (int i = 0; i < 300; i++)
        if (os_put(os, key, "x", 1, OS_OVERWRITE, NULL) != CZ_OK ||
            os_remove(os, key, NULL) != CZ_OK)
            return arg;
    return NULL;
}

/* Folders come and go under the feet of those who put. */
Test(local, folders_emptied_and_filled_concurrently)
{
    static char key[4][16] = {"a/b/c/1", "a/b/c/2", "a/b/3", "a/4"};
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&t[i], NULL, put_and_remove, key[i]), 0);
    for (int i = 0; i < 4; i++) {
        void *failed = NULL;
        cr_assert_eq(pthread_join(t[i], &failed), 0);
        cr_assert_null(failed);
    }
    lists("");
    cr_assert_not(is_there("a"));
}

Test(local, usable_after_fork)
{
    put("k", "0123456789");
    holds("k", "0123456789");
    const pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        char to[4];
        os_read r = {.key = "k", .offset = 3, .len = 4, .to = to};
        const int rc = os_get(os, &r, 1, NULL, NULL);
        _exit(rc == CZ_OK && memcmp(to, "3456", 4) == 0 ? 0 : 1);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    holds("k", "0123456789");
}

static int open_files(void)
{
    int n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

Test(local, open_files_are_limited_and_closed)
{
    enum { MANY = 2 * FD_CACHE_MAX + 10 };
    char key[16], to[16];
    object_store *other = NULL;
    const int before = open_files();
    cr_assert_eq(os_open(&other, root, false, NULL, NULL), CZ_OK);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(key, sizeof key, "d/%d", i);
        put(key, key);
    }
    for (int i = 0; i < 4 * MANY; i++) {
        (void)snprintf(key, sizeof key, "d/%d", i < 2 * MANY ? i % MANY : i * 7919 % 50);
        os_read r = {.key = key, .len = strlen(key), .to = to};
        cr_assert_eq(os_get(other, &r, 1, NULL, NULL), CZ_OK);
        cr_assert_eq(memcmp(to, key, strlen(key)), 0);
    }
    cr_assert_leq(open_files(), before + 1 + FD_CACHE_MAX);
    os_close(&other);
    cr_assert_eq(open_files(), before);
}

/* A reader meets the old object or the new one, also when it has read it before. */
Test(local, replacement_and_removal_by_others_are_noticed)
{
    object_store *other = NULL;
    buf b = {0};
    cr_assert_eq(os_open(&other, root, false, NULL, NULL), CZ_OK);
    put("d/k", "first");
    holds("d/k", "first");
    cr_assert_eq(os_put(other, "d/k", "second, longer", 14, OS_OVERWRITE, NULL), CZ_OK);
    holds("d/k", "second, longer");
    cr_assert_eq(os_remove(other, "d/k", NULL), CZ_OK);
    cr_assert_eq(os_get_all(os, "d/k", 100, &b, NULL), CZ_ABSENT);
    cr_assert_eq(os_get(os, &(os_read){.key = "d/k"}, 1, NULL, NULL), CZ_ABSENT);
    cr_assert_eq(os_put(other, "d/k", "third", 5, OS_CREATE, NULL), CZ_OK);
    holds("d/k", "third");
    os_close(&other);
    buf_free(&b);
}
