/* store/objects/local_lock.c: locks on folders, between object_stores and between processes. */
#include "store/objects/object_store.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/support/temp_folder.h"

#define CLIP "clips/a/"

/* Stands before libc's for all that is linked here. */
static int flock_error;            /* 0: none */
static void (*before_flock)(void); /* called once */
static char folder[TEMP_PATH];
static char path[TEMP_PATH + 64];
static object_store *one, *other;

int flock(int fd, int how)
{
    void (*const hook)(void) = before_flock;
    before_flock = NULL;
    if (hook)
        hook();
    errno = flock_error;
    return flock_error && how != LOCK_UN ? -1 : (int)syscall(SYS_flock, fd, how);
}

static const char *in_folder(const char *name)
{
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void begin(void)
{
    flock_error = 0;
    before_flock = NULL;
    temp_folder(folder);
    cr_assert_eq(os_local(&one, folder, false, NULL), CZ_OK);
    cr_assert_eq(os_local(&other, folder, false, NULL), CZ_OK);
}

static void end(void)
{
    os_close(&one);
    os_close(&other);
    temp_folder_remove(folder);
}

TestSuite(lock, .init = begin, .fini = end, .timeout = 60);

static int lock_of(object_store *os)
{
    int lock;
    cz_error err = {0};
    cr_assert_eq(os_lock(os, CLIP, &lock, &err), CZ_OK, "%s", err.message);
    return lock;
}

static bool exists(const char *name)
{
    return access(in_folder(name), F_OK) == 0;
}

Test(lock, one_holder_at_a_time)
{
    const int lock = lock_of(one);
    cr_assert_geq(lock, 0);
    cr_expect_eq(lock_of(other), OS_LOCK_BUSY);
    cr_expect_eq(lock_of(one), OS_LOCK_BUSY, "not even by the same object_store");
    os_unlock(one, CLIP, lock);
    const int next = lock_of(other);
    cr_expect_geq(next, 0);
    os_unlock(other, CLIP, next);
    os_unlock(other, CLIP, OS_LOCK_BUSY);
    os_unlock(other, CLIP, OS_LOCK_NONE);
}

Test(lock, folder_is_created_and_removed_if_empty)
{
    int lock = lock_of(one);
    cr_expect(exists("clips/a"));
    os_unlock(one, CLIP, lock);
    cr_expect_not(exists("clips/a"));
    lock = lock_of(one);
    cr_assert_eq(os_put(one, CLIP "b", "x", 1, OS_OVERWRITE, NULL), CZ_OK);
    os_unlock(one, CLIP, lock);
    cr_expect(exists("clips/a/b"));
}

Test(lock, symbolic_link_is_refused)
{
    char victim[TEMP_PATH];
    int lock;
    cz_error err = {0};
    temp_folder(victim);
    cr_assert_eq(mkdir(in_folder("clips"), 0777), 0);
    cr_assert_eq(symlink(victim, in_folder("clips/a")), 0);
    cr_expect_eq(os_lock(one, CLIP, &lock, &err), CZ_DENIED);
    cr_expect_not_null(strstr(err.message, "clips/a: a symbolic link"), "%s", err.message);
    cr_expect_not(os_is_locked(one, CLIP));
    temp_folder_remove(victim);
}

static int held = OS_LOCK_NONE;

/* The holder ends, and with it the folder that is about to be locked. */
static void release(void)
{
    os_unlock(one, CLIP, held);
}

Test(lock, folder_removed_meanwhile_is_locked_again)
{
    held = lock_of(one);
    before_flock = release;
    const int lock = lock_of(other);
    cr_expect_geq(lock, 0);
    cr_expect(exists("clips/a"), "the lock is on a folder that is there");
    cr_expect_eq(lock_of(one), OS_LOCK_BUSY);
    os_unlock(other, CLIP, lock);
}

Test(lock, folder_of_the_next_holder_is_kept)
{
    const int lock = lock_of(one);
    cr_assert_eq(rmdir(in_folder("clips/a")), 0);
    const int next = lock_of(other);
    cr_expect_geq(next, 0);
    os_unlock(one, CLIP, lock);
    cr_expect(exists("clips/a"));
    cr_expect_eq(lock_of(one), OS_LOCK_BUSY);
    os_unlock(other, CLIP, next);
}

Test(lock, ends_with_its_process)
{
    int ready[2];
    char byte;
    cr_assert_eq(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        int lock;
        object_store *os = NULL;
        if (os_local(&os, folder, false, NULL) == CZ_OK && os_lock(os, CLIP, &lock, NULL) == CZ_OK)
            (void)write(ready[1], "x", 1);
        for (;;)
            pause();
    }
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    cr_expect_eq(lock_of(one), OS_LOCK_BUSY);
    cr_expect(os_is_locked(one, CLIP));
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_expect_not(os_is_locked(one, CLIP));
    const int lock = lock_of(one);
    cr_expect_geq(lock, 0);
    os_unlock(one, CLIP, lock);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

Test(lock, inherited_by_a_child_is_released)
{
    const int lock = lock_of(one);
    const pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    os_unlock(one, CLIP, lock);
    const int next = lock_of(other);
    cr_expect_geq(next, 0);
    os_unlock(other, CLIP, next);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
}

static bool other_sees_lock;

static void look(void)
{
    other_sees_lock = os_is_locked(other, CLIP);
}

Test(lock, is_locked_changes_nothing)
{
    cr_expect_not(os_is_locked(one, CLIP));
    cr_expect_not(exists("clips"), "no folder is made");
    const int lock = lock_of(one);
    cr_expect(os_is_locked(other, CLIP));
    cr_expect(os_is_locked(one, CLIP));
    cr_assert_eq(os_put(one, CLIP "b", "x", 1, OS_OVERWRITE, NULL), CZ_OK);
    os_unlock(one, CLIP, lock);
    before_flock = look;
    cr_expect_not(os_is_locked(one, CLIP) || other_sees_lock, "two look at the same time");
    cr_expect_eq(os_remove(one, CLIP "b", NULL), CZ_OK);
}

Test(lock, unsupported_by_other_backends)
{
    static const int missing[] = {EBADF, ENOLCK, ENOSYS, EOPNOTSUPP};
    int lock;
    cz_error err = {0};
    object_store *memory = NULL;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        flock_error = missing[i];
        cr_expect_eq(lock_of(one), OS_LOCK_NONE, "%s", strerror(missing[i]));
        cr_expect_not(os_is_locked(one, CLIP));
    }
    flock_error = EIO;
    cr_expect_eq(os_lock(one, CLIP, &lock, &err), CZ_IO);
    flock_error = 0;
    cr_assert_eq(os_memory(&memory, NULL), CZ_OK);
    cr_expect_eq(lock_of(memory), OS_LOCK_NONE);
    cr_expect_not(os_is_locked(memory, CLIP));
    os_close(&memory);
}

Test(lock, invalid_prefixes)
{
    int lock;
    cr_expect_eq(os_lock(one, "", &lock, NULL), CZ_USAGE);
    cr_expect_eq(os_lock(one, "clips/a", &lock, NULL), CZ_USAGE);
    cr_expect_eq(os_lock(one, "../a/", &lock, NULL), CZ_USAGE);
    cr_expect_not(os_is_locked(one, "../a/"));
}
