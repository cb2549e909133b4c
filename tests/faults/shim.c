/* Fault injection for the camzarr command: an LD_PRELOAD library between the program (with all of
 * its libraries) and libc. Linux with glibc only.
 *
 *     CZ_FAULT=KIND:N:EFFECT[:lasting]  what happens to the Nth call of a kind (1 is the first)
 *     CZ_FAULT_LOG=FILE     appended to when it happens: its backtrace; when the process crashes, a
 *                           line `crash` and the backtrace of that
 *     CZ_FAULT_COUNT=FILE   written at exit: a line "KIND CALLS" for each kind
 *     CZ_FAULT_STACKS=FILE  written at exit: for each allocation, 8 bytes that stand for the
 *                           functions that it was called by
 *     CZ_FAULT_HOST=NAME    a host name that resolves to 127.0.0.1
 *
 * EFFECT is an error number (for lookup: a return code of getaddrinfo), `short` (half of what a
 * read or write asked for), `end` (a recv of nothing: the peer closed), `kill-before` or
 * `kill-after` (SIGKILL before or after the call). `lasting` applies it to each later call of the
 * kind as well.
 *
 * Counting begins at main(): what a library's constructors do is the loader's concern. Calls that
 * libc makes within itself don't pass here, but for its allocations, which do. Sockets are counted
 * as send, recv and connect, unless they are of AF_UNIX: curl wakes its own poll() by such. */
#include "tests/faults/shim.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[KINDS] = {
    "alloc", "open",  "read", "write",    "sync",   "link",   "rename",  "unlink", "close", "mkdir",
    "stat",  "flock", "list", "truncate", "thread", "lookup", "connect", "send",   "recv"};

/* Set up before main(), only read afterwards; the counters are the exception. */
static struct {
    enum kind kind;
    long n;
    int error;
    enum effect effect;
    bool kill_before, lasting, chosen;
    const char *log, *count, *stacks, *host;
} plan;
static atomic_long calls[KINDS];
static atomic_bool counting, logged;

/* What the allocations were called by. */
enum { STACKS_MAX = 1 << 17, DEPTH = 24 };
static uint64_t stack_of[STACKS_MAX];

struct shim_real real;

void shim_bind(void)
{
#define BIND(type, name, ...) *(void **)&real.name = dlsym(RTLD_NEXT, #name);
    REAL_FUNCTIONS(BIND)
#undef BIND
}

static void parse_plan(const char *given)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%s", given);
    char *more = text;
    const char *kind = strsep(&more, ":"), *n = strsep(&more, ":"), *effect = strsep(&more, ":");
    if (!n || !effect)
        return;
    plan.n = strtol(n, NULL, 10);
    for (int k = 0; k < KINDS; k++)
        if (strcmp(kind, names[k]) == 0) {
            plan.kind = (enum kind)k;
            plan.chosen = true;
        }
    plan.lasting = more && strcmp(more, "lasting") == 0;
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

static void write_stacks(void)
{
    const long n = atomic_load(&calls[ALLOC]);
    const size_t len = (size_t)(n < STACKS_MAX ? n : STACKS_MAX) * sizeof stack_of[0];
    const int fd = REAL(open64)(plan.stacks, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0) {
        (void)!REAL(write)(fd, stack_of, len);
        (void)REAL(close)(fd);
    }
}

__attribute__((destructor)) static void end(void)
{
    atomic_store(&counting, false);
    if (plan.stacks)
        write_stacks();
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
    void *frames[DEPTH];
    backtrace_symbols_fd(frames, backtrace(frames, DEPTH), fd);
    (void)REAL(close)(fd);
}

/* Where a fault brings the process down: a library of other people, or ours? */
static void log_crash(int signal)
{
    static const char head[] = "crash\n";
    const int fd = REAL(open64)(plan.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd >= 0) {
        void *frames[DEPTH];
        atomic_store(&counting, false);
        (void)!REAL(write)(fd, head, sizeof head - 1);
        backtrace_symbols_fd(frames, backtrace(frames, DEPTH), fd);
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
    plan.stacks = getenv("CZ_FAULT_STACKS");
    plan.host = getenv("CZ_FAULT_HOST");
    void *frames[4];
    (void)backtrace(frames, 4); /* the first call loads libgcc, which allocates */
    if (plan.log)
        watch_crashes();
}

int shim_error(void)
{
    return plan.error;
}

const char *shim_host(void)
{
    return plan.host;
}

void shim_kill(void)
{
    (void)kill(getpid(), SIGKILL);
    for (;;)
        (void)pause();
}

/* FNV-1a over the return addresses. */
static void note_stack(long n)
{
    void *frames[DEPTH];
    const int depth = backtrace(frames, DEPTH);
    uint64_t hash = 0xcbf29ce484222325;
    for (int i = 0; i < depth; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * 0x100000001b3;
    if (n <= STACKS_MAX)
        stack_of[n - 1] = hash;
}

enum effect shim_next(enum kind kind)
{
    if (!atomic_load(&counting))
        return PASS;
    const long n = atomic_fetch_add(&calls[kind], 1) + 1;
    if (plan.stacks && kind == ALLOC)
        note_stack(n);
    if (!plan.chosen || kind != plan.kind || (plan.lasting ? n < plan.n : n != plan.n))
        return PASS;
    const int before = errno;
    log_fault();
    if (plan.kill_before)
        shim_kill();
    errno = plan.effect == FAIL ? plan.error : before;
    return plan.effect;
}

enum kind shim_kind_of(int fd, enum kind file, enum kind socket)
{
    const int before = errno;
    struct stat st;
    enum kind kind = file;
    if (REAL(fstat64)(fd, &st) == 0 && S_ISSOCK(st.st_mode)) {
        struct sockaddr_storage at = {0};
        socklen_t len = sizeof at;
        const bool local =
            getsockname(fd, (struct sockaddr *)&at, &len) == 0 && at.ss_family == AF_UNIX;
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
