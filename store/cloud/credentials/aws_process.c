#include "store/cloud/credentials/aws_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/stop.h"
#include "store/cloud/credentials/instance_parse.h"
#include "store/json/json.h"
#include "store/text/encode.h"

extern char **environ;

enum { OUTPUT_MAX = 64 << 10, LIMIT_MS = 60000, POLL_MS = 100 };
static const char what[] = "credential_process";

int aws_process_parse(credential *out, const void *text, size_t n, cz_error *err)
{
    cJSON *doc = NULL;
    uint64_t version;
    const char *id, *secret, *token = NULL, *expires = NULL;
    int rc = json_parse(&doc, text, n, what, err);
    if (rc == CZ_OK)
        rc = json_u64(&version, doc, "Version", what, err);
    if (rc == CZ_OK && version != 1)
        rc = cz_fail(err, CZ_FORMAT, "%s: its output is not of Version 1", what);
    if (rc == CZ_OK)
        rc = json_text(&id, doc, "AccessKeyId", what, err);
    if (rc == CZ_OK)
        rc = json_text(&secret, doc, "SecretAccessKey", what, err);
    if (rc == CZ_OK && json_text(&token, doc, "SessionToken", what, NULL) < 0)
        token = NULL;
    if (rc == CZ_OK && json_text(&expires, doc, "Expiration", what, NULL) < 0)
        expires = NULL;
    if (rc == CZ_OK) {
        const credential found = {.id = (char *)(uintptr_t)id,
                                  .secret = (char *)(uintptr_t)secret,
                                  .token = (char *)(uintptr_t)token,
                                  .expires = expires ? instance_parse_time(expires) : 0};
        rc = credential_copy(out, &found, err);
    }
    json_free(doc);
    return rc;
}

/* In a process group of its own, so that all of it can be ended. */
static int start(pid_t *ret_pid, int *ret_output, const char *command, cz_error *err)
{
    char *argv[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c", (char *)(uintptr_t)command,
                    NULL};
    int end[2];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (pipe2(end, O_CLOEXEC) < 0)
        return cz_fail_errno(err, errno, "%s", what);
    int why = posix_spawn_file_actions_init(&actions);
    if (!why && (why = posix_spawnattr_init(&attributes)))
        (void)posix_spawn_file_actions_destroy(&actions);
    if (!why) {
        (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
        why = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        if (!why)
            why = posix_spawn_file_actions_adddup2(&actions, end[1], STDOUT_FILENO);
        if (!why)
            why = posix_spawn(ret_pid, "/bin/sh", &actions, &attributes, argv, environ);
        (void)posix_spawnattr_destroy(&attributes);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)close(end[1]);
    if (why) {
        (void)close(end[0]);
        return cz_fail_errno(err, why, "%s", what);
    }
    *ret_output = end[0];
    return CZ_OK;
}

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int read_output(buf *out, int fd, cz_error *err)
{
    const int64_t end = now_ms() + LIMIT_MS;
    uint8_t *to = buf_grow(out, OUTPUT_MAX);
    size_t n = 0;
    int rc = to ? CZ_OK : cz_fail_memory(err, "%s", what);
    while (rc == CZ_OK) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        const int polled = poll(&ready, 1, POLL_MS);
        if (stop_asked())
            rc = cz_fail(err, CZ_CANCELLED, "%s: stopped", what);
        else if (now_ms() >= end)
            rc = cz_fail(err, CZ_DENIED, "%s: has not ended after a minute", what);
        else if (n == OUTPUT_MAX)
            rc = cz_fail(err, CZ_FORMAT, "%s: prints more than 64 KiB", what);
        else if (polled > 0) {
            const ssize_t got = read(fd, to + n, OUTPUT_MAX - n);
            if (got == 0)
                break;
            if (got < 0 && errno != EINTR)
                rc = cz_fail_errno(err, errno, "%s", what);
            n += got > 0 ? (size_t)got : 0;
        }
    }
    if (to)
        out->len -= OUTPUT_MAX - n;
    return rc;
}

int aws_process_run(credential *out, const char *command, cz_error *err)
{
    pid_t pid = -1;
    int fd = -1, status = 0;
    buf text = {0};
    int rc = start(&pid, &fd, command, err);
    if (rc < 0)
        return rc;
    rc = read_output(&text, fd, err);
    if (rc < 0 && pid > 0)
        (void)kill(-pid, SIGKILL);
    (void)close(fd);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (rc == CZ_OK && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
        const bool ended = WIFEXITED(status);
        rc = cz_fail(err, CZ_DENIED, "%s: %s %d", what, ended ? "exit code" : "killed by signal",
                     ended ? WEXITSTATUS(status) : WTERMSIG(status));
        cz_hint(err, "run the command of ~/.aws/config by hand to see what it says");
    }
    if (rc == CZ_OK)
        rc = aws_process_parse(out, text.at, text.len, err);
    buf_free_secret(&text);
    return rc;
}
