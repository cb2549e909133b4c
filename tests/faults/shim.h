/* The inside of the fault-injection library (shim.c). */
#ifndef CZ_TESTS_FAULTS_SHIM_H
#define CZ_TESTS_FAULTS_SHIM_H

#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define INTERNAL __attribute__((visibility("hidden")))

enum kind {
    ALLOC,
    OPEN,
    READ,
    WRITE,
    SYNC,
    LINK,
    RENAME,
    UNLINK,
    CLOSE,
    MKDIR,
    STAT,
    FLOCK,
    LIST,
    TRUNCATE,
    THREAD,
    LOOKUP,
    CONNECT,
    SEND,
    RECV,
    KINDS
};

enum effect { PASS, FAIL, SHORT, END, KILL_AFTER };

/* What is to become of a call of this kind. FAIL has set errno. */
INTERNAL enum effect shim_next(enum kind kind);

/* The error number of the plan, and the host name that is 127.0.0.1 (NULL: none). */
INTERNAL int shim_error(void);
INTERNAL const char *shim_host(void);

/* SIGKILL to ourselves. */
INTERNAL void shim_kill(void);

/* `file`, `socket`, or KINDS for a socket of AF_UNIX. */
INTERNAL enum kind shim_kind_of(int fd, enum kind file, enum kind socket);

/* libc's own functions, by dlsym(). */
#define REAL_FUNCTIONS(X)                                                                          \
    X(int, open64, const char *, int, ...)                                                         \
    X(int, openat64, int, const char *, int, ...)                                                  \
    X(FILE *, fopen64, const char *, const char *)                                                 \
    X(int, mkostemp64, char *, int)                                                                \
    X(ssize_t, read, int, void *, size_t)                                                          \
    X(ssize_t, pread64, int, void *, size_t, off_t)                                                \
    X(ssize_t, write, int, const void *, size_t)                                                   \
    X(ssize_t, pwrite64, int, const void *, size_t, off_t)                                         \
    X(ssize_t, writev, int, const struct iovec *, int)                                             \
    X(int, fsync, int)                                                                             \
    X(int, fdatasync, int)                                                                         \
    X(int, syncfs, int)                                                                            \
    X(int, sync_file_range, int, off_t, off_t, unsigned)                                           \
    X(int, link, const char *, const char *)                                                       \
    X(int, linkat, int, const char *, int, const char *, int)                                      \
    X(int, rename, const char *, const char *)                                                     \
    X(int, renameat, int, const char *, int, const char *)                                         \
    X(int, renameat2, int, const char *, int, const char *, unsigned)                              \
    X(int, unlink, const char *)                                                                   \
    X(int, unlinkat, int, const char *, int)                                                       \
    X(int, rmdir, const char *)                                                                    \
    X(int, close, int)                                                                             \
    X(int, mkdir, const char *, mode_t)                                                            \
    X(int, mkdirat, int, const char *, mode_t)                                                     \
    X(int, stat64, const char *, struct stat *)                                                    \
    X(int, lstat64, const char *, struct stat *)                                                   \
    X(int, fstat64, int, struct stat *)                                                            \
    X(int, fstatat64, int, const char *, struct stat *, int)                                       \
    X(int, flock, int, int)                                                                        \
    X(DIR *, opendir, const char *)                                                                \
    X(DIR *, fdopendir, int)                                                                       \
    X(struct dirent *, readdir64, DIR *)                                                           \
    X(int, ftruncate64, int, off_t)                                                                \
    X(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)         \
    X(int, getaddrinfo, const char *, const char *, const struct addrinfo *, struct addrinfo **)   \
    X(int, connect, int, const struct sockaddr *, socklen_t)                                       \
    X(ssize_t, send, int, const void *, size_t, int)                                               \
    X(ssize_t, sendto, int, const void *, size_t, int, const struct sockaddr *, socklen_t)         \
    X(ssize_t, sendmsg, int, const struct msghdr *, int)                                           \
    X(ssize_t, recv, int, void *, size_t, int)                                                     \
    X(ssize_t, recvfrom, int, void *, size_t, int, struct sockaddr *, socklen_t *)                 \
    X(ssize_t, recvmsg, int, struct msghdr *, int)                                                 \
    X(long, syscall, long, ...)

struct shim_real {
#define MEMBER(type, name, ...) type (*name)(__VA_ARGS__);
    REAL_FUNCTIONS(MEMBER)
#undef MEMBER
};
extern INTERNAL struct shim_real real;
INTERNAL void shim_bind(void);

/* Constructors of other libraries run before ours, and call some of these. */
#define REAL(name) (real.name ? real.name : (shim_bind(), real.name))

/* Make a call of a kind, or fail. */
#define CALL(kind, failed, call)                                                                   \
    do {                                                                                           \
        const enum effect todo = shim_next(kind);                                                  \
        if (todo == FAIL)                                                                          \
            return failed;                                                                         \
        __typeof__(call) result = call;                                                            \
        if (todo == KILL_AFTER)                                                                    \
            shim_kill();                                                                           \
        return result;                                                                             \
    } while (0)

/* The same for bytes: `len` is halved when the call is to be short. */
#define MOVE(kind, len, call)                                                                      \
    do {                                                                                           \
        const enum effect todo = shim_next(kind);                                                  \
        if (todo == FAIL)                                                                          \
            return -1;                                                                             \
        if (todo == END)                                                                           \
            return 0;                                                                              \
        if (todo == SHORT && (len) > 1)                                                            \
            (len) /= 2;                                                                            \
        const ssize_t result = call;                                                               \
        if (todo == KILL_AFTER)                                                                    \
            shim_kill();                                                                           \
        return result;                                                                             \
    } while (0)

#endif
