/* Fault injection for the camzarr command: an LD_PRELOAD library between the program (with all of
 * its libraries) and libc. Linux with glibc only.
 *
 *     CZ_FAULT=KIND:N:EFFECT[:lasting]   what happens to the Nth call of a kind (1 is the first)
 *     CZ_FAULT_LOG=FILE                  appended to when it happens: its backtrace; when the process
 *                                        crashes, a line `crash` and the backtrace of that
 *     CZ_FAULT_COUNT=FILE                written at exit: a line "KIND CALLS" for each kind
 *     CZ_FAULT_HOST=NAME                 a host name that resolves to 127.0.0.1
 *
 * EFFECT is an error number (for lookup: a return code of getaddrinfo), `short` (half of what a read
 * or write asked for), `end` (a recv of nothing: the peer closed), `kill-before` or `kill-after`
 * (SIGKILL before or after the call). `lasting` applies it to each later call of the kind as well.
 *
 * Counting begins at main(): what a library's constructors do is the loader's concern. Calls that
 * libc makes within itself don't pass here, but for its allocations, which do. Sockets are counted
 * as send, recv and connect, unless they are of AF_UNIX: curl wakes its own poll() by such. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

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

static const char *const names[KINDS] = {
    "alloc", "open",  "read", "write",    "sync",   "link",   "rename",  "unlink", "close", "mkdir",
    "stat",  "flock", "list", "truncate", "thread", "lookup", "connect", "send",   "recv"};

enum effect { PASS, FAIL, SHORT, END, KILL_AFTER };

/* Set up before main(), only read afterwards; the counters are the exception. */
static struct {
    enum kind kind;
    long n;
    int error;
    enum effect effect;
    bool kill_before, lasting, chosen;
    const char *log, *count, *host;
} plan;
static atomic_long calls[KINDS];
static atomic_bool counting, logged;

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

static struct {
#define MEMBER(type, name, ...) type (*name)(__VA_ARGS__);
    REAL_FUNCTIONS(MEMBER)
#undef MEMBER
} real;

/* glibc's allocator under its other names: it needs no dlsym(), which allocates. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*) */
void *__libc_malloc(size_t len);
void *__libc_calloc(size_t n, size_t len);
void *__libc_realloc(void *at, size_t len);
void *__libc_memalign(size_t alignment, size_t len);
/* NOLINTEND(bugprone-reserved-identifier,cert-*) */

static void bind_real(void)
{
#define BIND(type, name, ...) *(void **)&real.name = dlsym(RTLD_NEXT, #name);
    REAL_FUNCTIONS(BIND)
#undef BIND
}

/* Constructors of other libraries run before ours, and call some of these. */
#define REAL(name) (real.name ? real.name : (bind_real(), real.name))

static void parse_plan(const char *text)
{
    char kind[16] = "", effect[16] = "", more[16] = "";
    if (sscanf(text, "%15[^:]:%ld:%15[^:]:%15s", kind, &plan.n, effect, more) < 3)
        return;
    for (int k = 0; k < KINDS; k++)
        if (strcmp(kind, names[k]) == 0) {
            plan.kind = (enum kind)k;
            plan.chosen = true;
        }
    plan.lasting = strcmp(more, "lasting") == 0;
    plan.effect = FAIL;
    if (strcmp(effect, "short") == 0)
        plan.effect = SHORT;
    else if (strcmp(effect, "end") == 0)
        plan.effect = END;
    else if (strcmp(effect, "kill-after") == 0)
        plan.effect = KILL_AFTER;
    else if (strcmp(effect, "kill-before") == 0)
        plan.kill_before = true;
    else
        plan.error = (int)strtol(effect, NULL, 10);
}

__attribute__((destructor)) static void end(void)
{
    atomic_store(&counting, false);
    if (!plan.count)
        return;
    const int fd = REAL(open64)(plan.count, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    for (int k = 0; fd >= 0 && k < KINDS; k++)
        (void)dprintf(fd, "%s %ld\n", names[k], atomic_load(&calls[k]));
    if (fd >= 0)
        (void)REAL(close)(fd);
}

static void log_fault(void)
{
    if (!plan.log || atomic_exchange(&logged, true))
        return;
    const int fd = REAL(open64)(plan.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        return;
    void *frames[24];
    backtrace_symbols_fd(frames, backtrace(frames, 24), fd);
    (void)REAL(close)(fd);
}

/* Where a fault brings the process down: a library of other people, or ours? */
static void log_crash(int signal)
{
    static const char head[] = "crash\n";
    const int fd = REAL(open64)(plan.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd >= 0) {
        void *frames[24];
        atomic_store(&counting, false);
        (void)!REAL(write)(fd, head, sizeof head - 1);
        backtrace_symbols_fd(frames, backtrace(frames, 24), fd);
    }
    (void)raise(signal); /* SA_RESETHAND: now as it would have been */
}

static void watch_crashes(void)
{
    static char stack[64 << 10];
    const stack_t where = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction how = {.sa_handler = log_crash,
                            .sa_flags = (int)(SA_RESETHAND | SA_NODEFER | SA_ONSTACK)};
    (void)sigaltstack(&where, NULL); /* the first thread's; others run on their own stacks */
    (void)sigaction(SIGSEGV, &how, NULL);
    (void)sigaction(SIGBUS, &how, NULL);
    (void)sigaction(SIGABRT, &how, NULL);
}

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("CZ_FAULT");
    if (text)
        parse_plan(text);
    plan.log = getenv("CZ_FAULT_LOG");
    plan.count = getenv("CZ_FAULT_COUNT");
    plan.host = getenv("CZ_FAULT_HOST");
    void *frames[4];
    (void)backtrace(frames, 4); /* the first call loads libgcc, which allocates */
    if (plan.log)
        watch_crashes();
}

static void kill_us(void)
{
    (void)kill(getpid(), SIGKILL);
    for (;;)
        (void)pause();
}

/* What is to become of a call of this kind. FAIL has set errno. */
static enum effect next(enum kind kind)
{
    if (!atomic_load(&counting))
        return PASS;
    const long n = atomic_fetch_add(&calls[kind], 1) + 1;
    if (!plan.chosen || kind != plan.kind || (plan.lasting ? n < plan.n : n != plan.n))
        return PASS;
    const int before = errno;
    log_fault();
    if (plan.kill_before)
        kill_us();
    errno = plan.effect == FAIL ? plan.error : before;
    return plan.effect;
}

/* Make a call of a kind, or fail. */
#define CALL(kind, failed, call)                                                                   \
    do {                                                                                           \
        const enum effect todo = next(kind);                                                       \
        if (todo == FAIL)                                                                          \
            return failed;                                                                         \
        __typeof__(call) result = call;                                                            \
        if (todo == KILL_AFTER)                                                                    \
            kill_us();                                                                             \
        return result;                                                                             \
    } while (0)

/* The same for bytes: `len` is halved when the call is to be short. */
#define MOVE(kind, len, call)                                                                      \
    do {                                                                                           \
        const enum effect todo = next(kind);                                                       \
        if (todo == FAIL)                                                                          \
            return -1;                                                                             \
        if (todo == END)                                                                           \
            return 0;                                                                              \
        if (todo == SHORT && (len) > 1)                                                            \
            (len) /= 2;                                                                            \
        const ssize_t result = call;                                                               \
        if (todo == KILL_AFTER)                                                                    \
            kill_us();                                                                             \
        return result;                                                                             \
    } while (0)

/* File, socket, or neither (a pipe of our own: those don't fail). */
static enum kind kind_of(int fd, enum kind file, enum kind socket)
{
    const int before = errno;
    struct stat st;
    enum kind kind = file;
    if (REAL(fstat64)(fd, &st) == 0 && S_ISSOCK(st.st_mode)) {
        struct sockaddr_storage at;
        socklen_t len = sizeof at;
        const bool local = getsockname(fd, (struct sockaddr *)&at, &len) == 0 &&
                           at.ss_family == AF_UNIX;
        kind = local ? KINDS : socket;
    }
    errno = before;
    return kind;
}

/* main() --------------------------------------------------------------------------------------- */

typedef int main_function(int, char **, char **);
static main_function *program;

static int counted_main(int argc, char **argv, char **environment)
{
    atomic_store(&counting, true);
    return program(argc, argv, environment);
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*) */
int __libc_start_main(main_function *start, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end);
int __libc_start_main(main_function *start, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    int (*begin_program)(main_function *, int, char **, void (*)(void), void (*)(void),
                         void (*)(void), void *);
    *(void **)&begin_program = dlsym(RTLD_NEXT, "__libc_start_main");
    program = start;
    return begin_program(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-*) */

/* Memory --------------------------------------------------------------------------------------- */

void *malloc(size_t len)
{
    CALL(ALLOC, NULL, __libc_malloc(len));
}

void *calloc(size_t n, size_t len)
{
    CALL(ALLOC, NULL, __libc_calloc(n, len));
}

void *realloc(void *at, size_t len)
{
    if (at && len == 0)
        return __libc_realloc(at, len); /* a free */
    CALL(ALLOC, NULL, __libc_realloc(at, len));
}

void *aligned_alloc(size_t alignment, size_t len)
{
    CALL(ALLOC, NULL, __libc_memalign(alignment, len));
}

void *memalign(size_t alignment, size_t len);
void *memalign(size_t alignment, size_t len)
{
    CALL(ALLOC, NULL, __libc_memalign(alignment, len));
}

int posix_memalign(void **ret, size_t alignment, size_t len)
{
    const int before = errno;
    void *at = aligned_alloc(alignment, len);
    errno = before;
    if (!at)
        return ENOMEM;
    *ret = at;
    return 0;
}

/* Files ---------------------------------------------------------------------------------------- */

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
        CALL(OPEN, -1, REAL(open64)(path, how, mode));                                              \
    }
#define OPENAT_FUNCTION(name)                                                                      \
    int name(int folder, const char *path, int how, ...)                                           \
    {                                                                                              \
        va_list ap;                                                                                \
        va_start(ap, how);                                                                         \
        const mode_t mode = mode_of(how, ap);                                                      \
        va_end(ap);                                                                                \
        CALL(OPEN, -1, REAL(openat64)(folder, path, how, mode));                                    \
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
    const enum kind kind = number == SYS_openat2     ? OPEN
                           : number == SYS_renameat2 ? RENAME
                                                     : KINDS;
    if (kind == KINDS)
        return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    CALL(kind, -1, REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]));
}

ssize_t read(int fd, void *to, size_t len)
{
    const enum kind kind = kind_of(fd, READ, RECV);
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
    const enum kind kind = kind_of(fd, WRITE, SEND);
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
    const enum kind kind = kind_of(fd, WRITE, SEND);
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
    const enum effect todo = kind_of(fd, CLOSE, KINDS) == CLOSE ? next(CLOSE) : PASS;
    const int why = errno;
    const int rc = REAL(close)(fd);
    if (todo == KILL_AFTER)
        kill_us();
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
        CALL(STAT, -1, REAL(to)(what, st));                                                         \
    }
#define STAT64_FUNCTION(name, to, type, what)                                                      \
    int name(type what, struct stat64 *st)                                                         \
    {                                                                                              \
        CALL(STAT, -1, REAL(to)(what, (struct stat *)(void *)st));                                  \
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

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*start)(void *), void *user)
{
    const enum effect todo = next(THREAD);
    if (todo == FAIL)
        return plan.error;
    return REAL(pthread_create)(thread, how, start, user);
}

/* Network -------------------------------------------------------------------------------------- */

int getaddrinfo(const char *host, const char *service, const struct addrinfo *want,
                struct addrinfo **ret)
{
    if (next(LOOKUP) == FAIL)
        return plan.error;
    if (host && plan.host && strcmp(host, plan.host) == 0)
        host = "127.0.0.1";
    return REAL(getaddrinfo)(host, service, want, ret);
}

int connect(int fd, const struct sockaddr *to, socklen_t len)
{
    if (to->sa_family == AF_UNIX)
        return REAL(connect)(fd, to, len);
    CALL(CONNECT, -1, REAL(connect)(fd, to, len));
}

#define SOCKET_FUNCTION(name, kind, len, parameters, call)                                         \
    ssize_t name parameters                                                                        \
    {                                                                                              \
        if (kind_of(fd, kind, kind) == KINDS)                                                      \
            return call;                                                                           \
        MOVE(kind, len, call);                                                                     \
    }
SOCKET_FUNCTION(send, SEND, len, (int fd, const void *from, size_t len, int how),
                REAL(send)(fd, from, len, how))
SOCKET_FUNCTION(sendto, SEND, len,
                (int fd, const void *from, size_t len, int how, const struct sockaddr *to,
                 socklen_t to_len),
                REAL(sendto)(fd, from, len, how, to, to_len))
SOCKET_FUNCTION(recv, RECV, len, (int fd, void *to, size_t len, int how),
                REAL(recv)(fd, to, len, how))
SOCKET_FUNCTION(recvfrom, RECV, len,
                (int fd, void *to, size_t len, int how, struct sockaddr *from,
                 socklen_t *from_len),
                REAL(recvfrom)(fd, to, len, how, from, from_len))

ssize_t sendmsg(int fd, const struct msghdr *message, int how)
{
    if (kind_of(fd, SEND, SEND) == KINDS)
        return REAL(sendmsg)(fd, message, how);
    CALL(SEND, -1, REAL(sendmsg)(fd, message, how));
}

ssize_t recvmsg(int fd, struct msghdr *message, int how)
{
    if (kind_of(fd, RECV, RECV) == KINDS)
        return REAL(recvmsg)(fd, message, how);
    CALL(RECV, -1, REAL(recvmsg)(fd, message, how));
}
