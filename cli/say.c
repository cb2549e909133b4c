#include "cli/say.h"

#include <errno.h>
#include <stdarg.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* errno of the first failed write to standard output; 0: none failed. output_finish() reports it.
 */
static int output_errno;

static void output_lost(void)
{
    if (!output_errno)
        output_errno = errno ? errno : EIO;
}

bool output_failed(void)
{
    return output_errno || ferror(stdout);
}

int exit_code(int rc)
{
    switch (rc) {
    case CZ_OK:
        return EXIT_DONE;
    case CZ_USAGE:
        return EXIT_USAGE;
    case CZ_UNREACHABLE:
        return EXIT_RETRY;
    case CZ_CANCELLED:
        return EXIT_STOPPED;
    default:
        return EXIT_FAILED;
    }
}

/* Length of the displayable UTF-8 character at p, or 0 (RFC 3629, section 4; C0, DEL and
 * C1 are control characters). */
static size_t visible(const uint8_t *p)
{
    if (p[0] < 0x80)
        return p[0] >= 0x20 && p[0] != 0x7f;
    const size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    const bool control = p[0] == 0xc2 && p[1] < 0xa0;
    const bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    const bool no_character = (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf4 && p[1] > 0x8f);
    return control || overlong || no_character ? 0 : n;
}

/* Write cleaned text to `to`, unless it is NULL; returns its length. */
static size_t clean(char *to, const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
    size_t len = 0;
    for (const uint8_t *p = (const uint8_t *)text; *p;) {
        const size_t n = visible(p);
        const size_t m = n ? n : sizeof replacement - 1;
        if (to)
            memcpy(to + len, n ? (const void *)p : replacement, m);
        len += m;
        p += n ? n : 1;
    }
    return len;
}

void add_clean(buf *to, const char *text)
{
    const size_t n = clean(NULL, text);
    char *at = (char *)buf_grow(to, n);
    if (at)
        (void)clean(at, text);
}

size_t text_width(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* Last resort: allocates nothing, and stdio allocates nothing either. */
static void say_no_memory(void)
{
    static const char text[] = "camzarr: out of memory\n";
    const ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written; /* there is nothing left to try */
}

enum { LINE_ROOM = 8192 }; /* a longer line needs memory from the heap */

/* No memory for a line: on stdout that is a failed write. */
static void line_lost(FILE *to)
{
    say_no_memory();
    errno = ENOMEM;
    if (to == stdout)
        output_lost();
}

/* One write per line, so that the lines of several programs do not mix. A failure on stderr cannot
 * be reported anywhere. */
static void say_clean(FILE *to, const char *before, const char *text)
{
    char room[LINE_ROOM];
    const size_t n = strlen(before), len = n + clean(NULL, text) + 1;
    char *line = len <= sizeof room ? room : malloc(len);
    if (!line) {
        line_lost(to);
        return;
    }
    (void)snprintf(line, len, "%s", before);
    line[n + clean(line + n, text)] = '\n';
    if (fwrite(line, 1, len, to) != len && to == stdout)
        output_lost();
    if (line != room)
        free(line);
}

static void vsay(FILE *to, const char *before, const char *fmt, va_list ap)
{
    char room[LINE_ROOM], *text = room;
    va_list again;
    va_copy(again, ap);
    const int n = vsnprintf(room, sizeof room, fmt, ap);
    if (n >= (int)sizeof room && vasprintf(&text, fmt, again) < 0)
        text = NULL;
    va_end(again);
    if (n < 0 || !text)
        line_lost(to);
    else
        say_clean(to, before, text);
    if (text != room)
        free(text);
}

void say(FILE *to, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsay(to, "", fmt, ap);
    va_end(ap);
}

int say_error(const cz_error *err)
{
    say_clean(stderr, "camzarr: ", err->message);
    if (err->hint[0])
        say_clean(stderr, "", err->hint);
    return exit_code(err->code);
}

int say_usage(const char *verb, const char *fmt, ...)
{
    char before[64];
    (void)snprintf(before, sizeof before, "camzarr: %s%s", verb ? verb : "", verb ? ": " : "");
    va_list ap;
    va_start(ap, fmt);
    vsay(stderr, before, fmt, ap);
    va_end(ap);
    say(stderr, "see `camzarr %s%s--help`", verb ? verb : "", verb ? " " : "");
    return EXIT_USAGE;
}

int say_json_to(FILE *to, const char *what, cJSON *item, cz_error *err)
{
    buf line = {0};
    int rc = json_print(&line, item, true, err);
    if (rc == CZ_OK && (fwrite(line.at, 1, line.len, to) != line.len || fflush(to) != 0))
        rc = cz_fail_errno(err, errno, "%s", what);
    buf_free(&line);
    json_free(item);
    return rc;
}

int say_json(cJSON *item, cz_error *err)
{
    cz_error why;
    errno = 0;
    const int rc = say_json_to(stdout, STANDARD_OUTPUT, item, &why);
    if (rc == CZ_NOMEM)
        errno = ENOMEM;
    if (rc < 0)
        output_lost();
    (void)err;
    return CZ_OK;
}

void json_add_clean(cJSON *to, const char *name, const char *text)
{
    buf clean = {0};
    add_clean(&clean, text);
    json_add_text(to, name, buf_text(&clean));
    buf_free(&clean);
}

void json_add_error(cJSON *to, const cz_error *err)
{
    cJSON *error = json_object();
    json_add_text(error, "code", cz_code_name(err->code));
    json_add_clean(error, "message", err->message);
    json_add(to, "error", error);
}

void output_begin(void)
{
    /* Otherwise the next opened file would get a closed descriptor, and output would go into that
     * file. The descriptors opened here cannot be used, either. */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int output_finish(int code)
{
    cz_error err;
    errno = EIO; /* if an earlier write failed, whose errno is lost */
    if (fflush(stdout) != 0 || ferror(stdout))
        output_lost();
    if (fclose(stdout) != 0) /* some file systems report a lack of space only now */
        output_lost();
    if (!output_errno)
        return code;
    (void)cz_fail_errno(&err, output_errno, STANDARD_OUTPUT);
    return say_error(&err);
}
