/* store/objects/local*.c: symbolic links below the root. Each test runs twice: with openat2(), and
 * as on a kernel that lacks it. The links point to a folder of the test. */
#include "store/objects/local.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/support/temp_folder.h"

/* A kernel, or a sandbox, without openat2(): this definition stands before libc's. */
static atomic_int openat2_error;
static atomic_long openat2_calls;

long syscall(long number, ...)
{
    long a[6];
    va_list ap;
    va_start(ap, number);
    for (size_t i = 0; i < 6; i++)
        a[i] = va_arg(ap, long);
    va_end(ap);
    if (number == SYS_openat2) {
        atomic_fetch_add(&openat2_calls, 1);
        if (atomic_load(&openat2_error)) {
            errno = atomic_load(&openat2_error);
            return -1;
        }
    }
    long (*real)(long, ...) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "syscall");
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* How often a path of several segments is looked up at once, which would follow links in it. */
static atomic_int lookups;

int fstatat(int dir, const char *restrict path, struct stat *restrict to, int flags)
{
    atomic_fetch_add(&lookups, strchr(path, '/') != NULL);
    return (int)syscall(SYS_newfstatat, dir, path, to, flags);
}

/* A store, and beside it a folder that must stay as it is. */
static char root[TEMP_PATH], victim[TEMP_PATH];
static object_store *os;

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

/* The victim is a store in itself, so that every key below a link to it, or to a part of it, would
 * be found there. */
static const char *const things[] = {"k", "evil/k", "evil/video/k", "video/k", "evil/video/c/k"};

static void make_victim(void)
{
    object_store *made = NULL;
    temp_folder(victim);
    cr_assert_eq(os_open(&made, victim, false, NULL, NULL), CZ_OK);
    for (size_t i = 0; i < sizeof things / sizeof *things; i++)
        cr_assert_eq(os_put(made, things[i], things[i], strlen(things[i]), OS_CREATE, NULL), CZ_OK);
    os_close(&made);
}

static int note(void *user, const os_object *o)
{
    buf_printf(user, "%s %d ", o->key, (int)o->size);
    return 0;
}

static void victim_is_as_it_was(void)
{
    object_store *there = NULL;
    buf b = {0};
    cr_assert_eq(os_open(&there, victim, false, NULL, NULL), CZ_OK);
    cr_assert_eq(os_list(there, "", false, note, &b, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&b), "evil/k 6 evil/video/c/k 14 evil/video/k 12 k 1 video/k 7 ");
    buf_free(&b);
    for (size_t i = 0; i < sizeof things / sizeof *things; i++) {
        cr_assert_eq(os_get_all(there, things[i], 100, &b, NULL), CZ_OK);
        cr_assert_str_eq(buf_text(&b), things[i]);
        buf_free(&b);
    }
    os_close(&there);
}

static void open_store(int error)
{
    atomic_store(&openat2_error, error);
    temp_folder(root);
    make_victim();
    cr_assert_eq(os_open(&os, root, false, NULL, NULL), CZ_OK);
}

static void close_store(void)
{
    os_close(&os);
    victim_is_as_it_was();
    temp_folder_remove(root);
    temp_folder_remove(victim);
}

#define EITHER_WAY(name)                                                                           \
    static void name(void);                                                                        \
    Test(links, name, .timeout = 120)                                                              \
    {                                                                                              \
        open_store(0);                                                                             \
        name();                                                                                    \
        close_store();                                                                             \
    }                                                                                              \
    Test(links_without_openat2, name, .timeout = 120)                                              \
    {                                                                                              \
        open_store(ENOSYS);                                                                        \
        name();                                                                                    \
        close_store();                                                                             \
    }                                                                                              \
    static void name(void)

static void refused(int rc, const cz_error *err, const char *link)
{
    char begins[300];
    (void)snprintf(begins, sizeof begins, "%s: a symbolic link; ", link);
    cr_assert_eq(rc, CZ_DENIED, "%d instead (%s)", rc, err->message);
    cr_assert_eq(err->code, CZ_DENIED);
    cr_assert_eq(strncmp(err->message, begins, strlen(begins)), 0, "%s", err->message);
}

/* Every operation on a key. */
static void all_refused(const char *key, const char *link)
{
    cz_error err = {0};
    buf b = {0};
    char byte = 0;
    uint64_t size = 0;
    bool same = false;
    os_read r = {.key = key, .len = 1, .to = &byte};
    refused(os_get(os, &r, 1, NULL, &err), &err, link);
    refused(r.rc, &r.err, link);
    refused(os_get_all(os, key, 100, &b, &err), &err, link);
    cr_assert_eq(b.len, 0);
    refused(os_stat(os, key, &size, &err), &err, link);
    refused(os_same(os, key, "x", 1, &same, &err), &err, link);
    refused(os_remove(os, key, &err), &err, link);
    for (os_put_mode mode = OS_OVERWRITE; mode <= OS_COMMIT_NEW; mode++)
        refused(os_put(os, key, "x", 1, mode, &err), &err, link);
    cr_assert_eq(byte, 0);
    cr_assert_neq(err.hint[0], '\0');
}

static bool is_link(const char *below)
{
    struct stat st;
    return lstat(at(below), &st) == 0 && S_ISLNK(st.st_mode);
}

static void lists(const char *prefix, bool delimiter, const char *want)
{
    buf b = {0};
    cz_error err = {0};
    cr_assert_eq(os_list(os, prefix, delimiter, note, &b, &err), CZ_OK, "%s", err.message);
    cr_assert_str_eq(b.len ? buf_text(&b) : "", want);
    buf_free(&b);
}

static void list_refused(const char *prefix, const char *link)
{
    for (int delimiter = 0; delimiter < 2; delimiter++) {
        buf b = {0};
        cz_error err = {0};
        refused(os_list(os, prefix, delimiter, note, &b, &err), &err, link);
        cr_assert_eq(b.len, 0);
    }
}

EITHER_WAY(link_within_a_key)
{
    cr_assert_eq(symlink(victim, at("clips")), 0);
    all_refused("clips/k", "clips");
    all_refused("clips/evil/video/c/k", "clips");
    all_refused("clips/new/k", "clips");
    all_refused("clips", "clips");
    list_refused("clips/", "clips");
    list_refused("clips/evil/", "clips");
    lists("", false, "clips 0 ");
    cr_assert_eq(unlink(at("clips")), 0);
    put("clips/A/k", "mine");
    put("clips/A/video/k", "mine");
    cr_assert_eq(symlink(victim, at("clips/evil")), 0);
    cr_assert_eq(symlink(victim, at("clips/A/video/c")), 0);
    all_refused("clips/evil/k", "clips/evil");
    all_refused("clips/evil/new/k", "clips/evil");
    all_refused("clips/A/video/c/k", "clips/A/video/c");
    all_refused("clips/A/video/c/evil/video/k", "clips/A/video/c");
    list_refused("clips/evil/", "clips/evil");
    list_refused("clips/evil/e", "clips/evil");
    cr_assert(is_link("clips/evil"));
    cr_assert(is_link("clips/A/video/c"));
    cr_assert_eq(atomic_load(&lookups), 0, "only for what was opened before");
}

/* Relative, to the inside of the store, nowhere, or to itself: no link is followed. */
EITHER_WAY(any_target)
{
    put("real/k", "inner");
    cr_assert_eq(symlink("real", at("folder")), 0);
    cr_assert_eq(symlink("../real/k", at("real/link")), 0);
    cr_assert_eq(symlink("nowhere", at("real/dangling")), 0);
    cr_assert_eq(symlink("loop", at("loop")), 0);
    cr_assert_eq(symlink("/proc/self/fd/0", at("magic")), 0);
    all_refused("folder/k", "folder");
    all_refused("folder", "folder");
    all_refused("real/link", "real/link");
    all_refused("real/link/k", "real/link");
    all_refused("real/dangling", "real/dangling");
    all_refused("loop", "loop");
    all_refused("loop/loop", "loop");
    all_refused("magic", "magic");
    cr_assert_eq(access(at("nowhere"), F_OK), -1);
    cr_assert_eq(access(at("real/nowhere"), F_OK), -1);
    lists("", false, "folder 0 loop 0 magic 0 real/dangling 0 real/k 5 real/link 0 ");
    lists("", true, "folder 0 loop 0 magic 0 real/ 0 ");
    lists("re", false, "real/dangling 0 real/k 5 real/link 0 ");
}

EITHER_WAY(link_at_a_temporary_file)
{
    cz_error err = {0};
    char path[TEMP_PATH + 32];
    put("d/other", "x");
    (void)snprintf(path, sizeof path, "%s/k", victim);
    cr_assert_eq(symlink(path, at("d/.k.part")), 0);
    for (os_put_mode mode = OS_OVERWRITE; mode <= OS_COMMIT_NEW; mode++)
        refused(os_put(os, "d/k", "x", 1, mode, &err), &err, "d/.k.part");
    refused(os_remove(os, "d/.k.part", &err), &err, "d/.k.part");
    cr_assert_eq(os_remove(os, "d/k", &err), CZ_ABSENT);
    lists("", false, "d/.k.part 0 d/other 1 ");
}

/* A folder that contains only a link is still listed, so that removing a clip is refused instead of
 * reporting that the clip is absent. */
EITHER_WAY(folder_with_a_link)
{
    cr_assert_eq(mkdir(at("clips"), 0777), 0);
    cr_assert_eq(mkdir(at("clips/N"), 0777), 0);
    cr_assert_eq(symlink(victim, at("clips/N/video")), 0);
    lists("clips/", true, "clips/N/ 0 ");
    lists("clips/N/", false, "clips/N/video 0 ");
    put("clips/N/k", "x");
    cr_assert_eq(os_remove(os, "clips/N/k", NULL), CZ_OK);
    cr_assert(is_link("clips/N/video"));
}

EITHER_WAY(only_own_folders_are_pruned)
{
    struct stat st;
    cr_assert_eq(mkdir(at("real"), 0777), 0);
    cr_assert_eq(symlink("real", at("clips")), 0);
    put("real/A/B/k", "x");
    cr_assert_eq(os_remove(os, "real/A/B/k", NULL), CZ_OK);
    cr_assert_eq(lstat(at("real"), &st), -1);
    cr_assert(is_link("clips"));
    cr_assert_eq(stat(root, &st), 0);
}

EITHER_WAY(the_root_may_be_a_link)
{
    char path[TEMP_PATH + 32];
    object_store *other = NULL;
    put("a/k", "text");
    cr_assert_eq(symlink(root, at("self")), 0);
    (void)snprintf(path, sizeof path, "%s/self", root);
    cr_assert_eq(os_open(&other, path, false, NULL, NULL), CZ_OK);
    buf b = {0};
    cr_assert_eq(os_get_all(other, "a/k", 10, &b, NULL), CZ_OK);
    cr_assert_str_eq(buf_text(&b), "text");
    cr_assert_eq(os_put(other, "b/k", "x", 1, OS_CREATE, NULL), CZ_OK);
    cr_assert_eq(os_remove(other, "a/k", NULL), CZ_OK);
    os_close(&other);
    buf_free(&b);
    lists("", false, "b/k 1 self 0 ");
}

/* Files in the way of folders aren't links, and are told as before. */
EITHER_WAY(file_in_place_of_a_folder)
{
    cz_error err = {0};
    buf b = {0};
    put("d/k", "x");
    cr_assert_eq(os_get_all(os, "d/k/below", 10, &b, &err), CZ_ABSENT);
    cr_assert_eq(os_remove(os, "d/k/below", &err), CZ_ABSENT);
    cr_assert_eq(os_put(os, "d/k/below", "x", 1, OS_OVERWRITE, &err), CZ_EXISTS);
    cr_assert_eq(os_put(os, "d", "x", 1, OS_OVERWRITE, &err), CZ_EXISTS);
    cr_assert_eq(os_put(os, "d/new/deep/k", "x", 1, OS_COMMIT_NEW, &err), CZ_OK);
    cr_assert_eq(os_get_all(os, "no/k", 10, &b, &err), CZ_ABSENT);
    lists("d/k/", false, "");
    lists("no/", false, "");
    lists("", false, "d/k 1 d/new/deep/k 1 ");
}

/* A file that is open from an earlier read isn't a way past a link. */
EITHER_WAY(folder_replaced_by_a_link_after_listing)
{
    char to[4] = "";
    cz_error err = {0};
    os_read r = {.key = "evil/k", .len = 4, .to = to};
    put("evil/k", "mine");
    for (int i = 0; i < 3; i++)
        cr_assert_eq(os_get(os, &r, 1, NULL, NULL), CZ_OK);
    char was[TEMP_PATH + 32];
    (void)snprintf(was, sizeof was, "%s/was", root);
    cr_assert_eq(rename(at("evil"), was), 0);
    cr_assert_eq(symlink(victim, at("evil")), 0);
    r.len = 1;
    refused(os_get(os, &r, 1, NULL, &err), &err, "evil");
}

/* ---- Folders and links that take each other's place ------------------------------------------ */

static atomic_bool stop;

static void *exchange(void *arg)
{
    (void)arg;
    char folder[TEMP_PATH + 32], link[TEMP_PATH + 32];
    (void)snprintf(folder, sizeof folder, "%s/evil", root);
    (void)snprintf(link, sizeof link, "%s/link", root);
    while (!atomic_load(&stop))
        if (renameat2(AT_FDCWD, folder, AT_FDCWD, link, RENAME_EXCHANGE) < 0)
            return "the exchange failed";
    return NULL;
}

static int check_own(void *user, const os_object *o)
{
    /* "evil/video/c/k" is the victim's alone. */
    *(bool *)user |= strcmp(o->key, "evil/video/c/k") == 0;
    return 0;
}

/* What is read, told and listed is the store's own. */
static void read_while_exchanged(void)
{
    buf b = {0};
    char to[4] = "";
    uint64_t size = 4;
    bool foreign = false;
    os_read r = {.key = "evil/video/k", .len = 4, .to = to};
    if (os_get(os, &r, 1, NULL, NULL) == CZ_OK)
        cr_assert_eq(memcmp(to, "mine", 4), 0);
    if (os_get_all(os, "evil/video/k", 100, &b, NULL) == CZ_OK)
        cr_assert_eq(b.len, 4);
    buf_free(&b);
    if (os_stat(os, "evil/video/k", &size, NULL) == CZ_OK)
        cr_assert_eq(size, 4);
    (void)os_list(os, "", false, check_own, &foreign, NULL);
    cr_assert_not(foreign);
}

EITHER_WAY(folders_exchanged_for_links_meanwhile)
{
    pthread_t t;
    void *failed = NULL;
    int done = 0;
    put("evil/stays", "or the folder would be removed");
    char target[TEMP_PATH + 32];
    (void)snprintf(target, sizeof target, "%s/evil", victim);
    cr_assert_eq(symlink(target, at("link")), 0);
    cr_assert_eq(pthread_create(&t, NULL, exchange, NULL), 0);
    for (int i = 0; i < 2000; i++) {
        done += os_put(os, "evil/video/k", "mine", 4, OS_OVERWRITE, NULL) == CZ_OK;
        (void)os_put(os, "evil/new/k", "mine", 4, OS_CREATE, NULL);
        read_while_exchanged();
        (void)os_remove(os, "evil/new/k", NULL);
        (void)os_remove(os, "evil/k", NULL);
        (void)os_remove(os, "evil/video/k", NULL);
        if (i % 100 == 0)
            victim_is_as_it_was();
    }
    atomic_store(&stop, true);
    cr_assert_eq(pthread_join(t, &failed), 0);
    cr_assert_null(failed, "%s", (const char *)failed);
    cr_assert_gt(done, 0, "no put met the folder: this tests nothing");
}

/* ---- Which of the two ways ------------------------------------------------------------------- */

Test(links, openat2_is_used_where_there_is_one)
{
    const int errors[] = {ENOSYS, EPERM};
    for (size_t i = 0; i < 2; i++) {
        open_store(errors[i]);
        cr_assert_not(((local *)os)->has_openat2);
        atomic_store(&openat2_calls, 0); /* os_open() has asked */
        put("a/k", "x");
        lists("", false, "a/k 1 ");
        cr_assert_eq(atomic_load(&openat2_calls), 0);
        close_store();
    }
}
