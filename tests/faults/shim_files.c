/* Files and folders: see shim.c. */
#include "tests/faults/shim.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

static mode_t mode_of(int how, va_list ap)
{
    return how & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

#define OPEN_FUNCTION(name)                                                                        \
    int name(const char *path, int how, ...)                                                       \
    {                                                                                              \
        va_list ap;                                                                                \
        va_start(ap, how);                                                                         \
        const mode_t mode = mode_of(how, ap);                                                      \
        va_end(ap);                                                                                \
        CALL(OPEN, -1, REAL(open64)(path, how, mode));                                             \
    }
#define OPENAT_FUNCTION(name)                                                                      \
    int name(int folder, const char *path, int how, ...)                                           \
    {                                                                                              \
        va_list ap;                                                                                \
        va_start(ap, how);                                                                         \
        const mode_t mode = mode_of(how, ap);                                                      \
        va_end(ap);                                                                                \
        CALL(OPEN, -1, REAL(openat64)(folder, path, how, mode));                                   \
    }
OPEN_FUNCTION(open)
OPEN_FUNCTION(open64)
OPENAT_FUNCTION(openat)
OPENAT_FUNCTION(openat64)

FILE *fopen(const char *path, const char *how)
{
    CALL(OPEN, NULL, REAL(fopen64)(path, how));
}

FILE *fopen64(const char *path, const char *how)
{
    CALL(OPEN, NULL, REAL(fopen64)(path, how));
}

int mkostemp(char *path, int how)
{
    CALL(OPEN, -1, REAL(mkostemp64)(path, how));
}

int mkostemp64(char *path, int how)
{
    CALL(OPEN, -1, REAL(mkostemp64)(path, how));
}

/* glibc has no openat2(), and no renameat2() before 2.28. */
long syscall(long number, ...)
{
    long a[6];
    va_list ap;
    va_start(ap, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(ap, long);
    va_end(ap);
    const enum kind kind = number == SYS_openat2 ? OPEN : number == SYS_renameat2 ? RENAME : KINDS;
    if (kind == KINDS)
        return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    CALL(kind, -1, REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]));
}

ssize_t read(int fd, void *to, size_t len)
{
    const enum kind kind = shim_kind_of(fd, READ, RECV);
    if (kind == KINDS)
        return REAL(read)(fd, to, len);
    MOVE(kind, len, REAL(read)(fd, to, len));
}

ssize_t pread(int fd, void *to, size_t len, off_t offset)
{
    MOVE(READ, len, REAL(pread64)(fd, to, len, offset));
}

ssize_t pread64(int fd, void *to, size_t len, off_t offset)
{
    MOVE(READ, len, REAL(pread64)(fd, to, len, offset));
}

/* The checked forms of libraries that are built with _FORTIFY_SOURCE. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*) */
ssize_t __read_chk(int fd, void *to, size_t len, size_t room);
ssize_t __pread_chk(int fd, void *to, size_t len, off_t offset, size_t room);
ssize_t __pread64_chk(int fd, void *to, size_t len, off_t offset, size_t room);
ssize_t __recv_chk(int fd, void *to, size_t len, size_t room, int flags);
int __open_2(const char *path, int how);
int __open64_2(const char *path, int how);

ssize_t __read_chk(int fd, void *to, size_t len, size_t room)
{
    return len > room ? (abort(), -1) : read(fd, to, len);
}

ssize_t __pread_chk(int fd, void *to, size_t len, off_t offset, size_t room)
{
    return len > room ? (abort(), -1) : pread(fd, to, len, offset);
}

ssize_t __pread64_chk(int fd, void *to, size_t len, off_t offset, size_t room)
{
    return len > room ? (abort(), -1) : pread(fd, to, len, offset);
}

ssize_t __recv_chk(int fd, void *to, size_t len, size_t room, int flags)
{
    return len > room ? (abort(), -1) : recv(fd, to, len, flags);
}

int __open_2(const char *path, int how)
{
    return open(path, how);
}

int __open64_2(const char *path, int how)
{
    return open(path, how);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-*) */

ssize_t write(int fd, const void *from, size_t len)
{
    const enum kind kind = shim_kind_of(fd, WRITE, SEND);
    if (kind == KINDS)
        return REAL(write)(fd, from, len);
    MOVE(kind, len, REAL(write)(fd, from, len));
}

ssize_t pwrite(int fd, const void *from, size_t len, off_t offset)
{
    MOVE(WRITE, len, REAL(pwrite64)(fd, from, len, offset));
}

ssize_t pwrite64(int fd, const void *from, size_t len, off_t offset)
{
    MOVE(WRITE, len, REAL(pwrite64)(fd, from, len, offset));
}

ssize_t writev(int fd, const struct iovec *from, int n)
{
    const enum kind kind = shim_kind_of(fd, WRITE, SEND);
    if (kind == KINDS)
        return REAL(writev)(fd, from, n);
    MOVE(kind, n, REAL(writev)(fd, from, n));
}

int fsync(int fd)
{
    CALL(SYNC, -1, REAL(fsync)(fd));
}

int fdatasync(int fd)
{
    CALL(SYNC, -1, REAL(fdatasync)(fd));
}

int syncfs(int fd)
{
    CALL(SYNC, -1, REAL(syncfs)(fd));
}

int sync_file_range(int fd, off_t from, off_t to, unsigned how)
{
    CALL(SYNC, -1, REAL(sync_file_range)(fd, from, to, how));
}

int link(const char *from, const char *to)
{
    CALL(LINK, -1, REAL(link)(from, to));
}

int linkat(int at, const char *from, int at2, const char *to, int how)
{
    CALL(LINK, -1, REAL(linkat)(at, from, at2, to, how));
}

int rename(const char *from, const char *to)
{
    CALL(RENAME, -1, REAL(rename)(from, to));
}

int renameat(int at, const char *from, int at2, const char *to)
{
    CALL(RENAME, -1, REAL(renameat)(at, from, at2, to));
}

int renameat2(int at, const char *from, int at2, const char *to, unsigned how)
{
    CALL(RENAME, -1, REAL(renameat2)(at, from, at2, to, how));
}

int unlink(const char *path)
{
    CALL(UNLINK, -1, REAL(unlink)(path));
}

int unlinkat(int at, const char *path, int how)
{
    CALL(UNLINK, -1, REAL(unlinkat)(at, path, how));
}

int rmdir(const char *path)
{
    CALL(UNLINK, -1, REAL(rmdir)(path));
}

/* The descriptor is gone even when close() fails: so it is on Linux. */
int close(int fd)
{
    const enum effect todo = shim_kind_of(fd, CLOSE, KINDS) == CLOSE ? shim_next(CLOSE) : PASS;
    const int why = errno;
    const int rc = REAL(close)(fd);
    if (todo == KILL_AFTER)
        shim_kill();
    if (todo == FAIL) {
        errno = why;
        return -1;
    }
    return rc;
}

int mkdir(const char *path, mode_t mode)
{
    CALL(MKDIR, -1, REAL(mkdir)(path, mode));
}

int mkdirat(int at, const char *path, mode_t mode)
{
    CALL(MKDIR, -1, REAL(mkdirat)(at, path, mode));
}

#define STAT_FUNCTION(name, to, type, what)                                                        \
    int name(type what, struct stat *st)                                                           \
    {                                                                                              \
        CALL(STAT, -1, REAL(to)(what, st));                                                        \
    }
#define STAT64_FUNCTION(name, to, type, what)                                                      \
    int name(type what, struct stat64 *st)                                                         \
    {                                                                                              \
        CALL(STAT, -1, REAL(to)(what, (struct stat *)(void *)st));                                 \
    }
STAT_FUNCTION(stat, stat64, const char *, path)
STAT_FUNCTION(lstat, lstat64, const char *, path)
STAT_FUNCTION(fstat, fstat64, int, fd)
STAT64_FUNCTION(stat64, stat64, const char *, path)
STAT64_FUNCTION(lstat64, lstat64, const char *, path)
STAT64_FUNCTION(fstat64, fstat64, int, fd)

int fstatat(int at, const char *path, struct stat *st, int how)
{
    CALL(STAT, -1, REAL(fstatat64)(at, path, st, how));
}

int fstatat64(int at, const char *path, struct stat64 *st, int how)
{
    CALL(STAT, -1, REAL(fstatat64)(at, path, (struct stat *)(void *)st, how));
}

int flock(int fd, int how)
{
    CALL(FLOCK, -1, REAL(flock)(fd, how));
}

DIR *opendir(const char *path)
{
    CALL(LIST, NULL, REAL(opendir)(path));
}

DIR *fdopendir(int fd)
{
    CALL(LIST, NULL, REAL(fdopendir)(fd));
}

struct dirent *readdir(DIR *folder)
{
    CALL(LIST, NULL, REAL(readdir64)(folder));
}

struct dirent64 *readdir64(DIR *folder)
{
    CALL(LIST, NULL, (struct dirent64 *)(void *)REAL(readdir64)(folder));
}

int ftruncate(int fd, off_t len)
{
    CALL(TRUNCATE, -1, REAL(ftruncate64)(fd, len));
}

int ftruncate64(int fd, off_t len)
{
    CALL(TRUNCATE, -1, REAL(ftruncate64)(fd, len));
}
