#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void format_message(char *at, size_t room, const char *fmt, va_list ap)
{
    if (vsnprintf(at, room, fmt, ap) < 0)
        at[0] = '\0';
}

static void fill(cz_error *err, int code, const char *fmt, va_list ap)
{
    err->code = code;
    err->hint[0] = '\0';
    format_message(err->message, sizeof err->message, fmt, ap);
}

/* A message that is already full keeps its beginning, which names the object. */
static void append(cz_error *err, const char *why)
{
    const size_t n = strlen(err->message);
    (void)snprintf(err->message + n, sizeof err->message - n, ": %s", why);
}

int(cz_fail)(cz_error *err, int code, const char *fmt, ...)
{
    if (!err)
        return code;
    va_list ap;
    va_start(ap, fmt);
    fill(err, code, fmt, ap);
    va_end(ap);
    return code;
}

int(cz_fail_memory)(cz_error *err, const char *fmt, ...)
{
    if (!err)
        return CZ_NOMEM;
    va_list ap;
    va_start(ap, fmt);
    fill(err, CZ_NOMEM, fmt, ap);
    va_end(ap);
    append(err, "out of memory");
    return CZ_NOMEM;
}

static int code_from_errno(int errnum)
{
    switch (errnum) {
    case ENOSPC:
    case EDQUOT:
        return CZ_FULL;
    case ENOENT:
    case ENOTDIR:
        return CZ_ABSENT;
    case EEXIST:
        return CZ_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
        return CZ_DENIED;
    case ENOMEM:
        return CZ_NOMEM;
    default:
        return CZ_IO;
    }
}

int cz_fail_errno(cz_error *err, int errnum, const char *fmt, ...)
{
    const int code = code_from_errno(errnum);
    if (!err)
        return code;
    va_list ap;
    va_start(ap, fmt);
    fill(err, code, fmt, ap);
    va_end(ap);
    char text[128];
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
    const char *why = strerror_r(errnum, text, sizeof text);
#else
    const char *why = strerror_r(errnum, text, sizeof text) == 0 ? text : "unknown error";
#endif
    append(err, why);
    return code;
}

void cz_hint(cz_error *err, const char *fmt, ...)
{
    if (!err)
        return;
    va_list ap;
    va_start(ap, fmt);
    format_message(err->hint, sizeof err->hint, fmt, ap);
    va_end(ap);
}

void cz_prefix(cz_error *err, const char *fmt, ...)
{
    if (!err)
        return;
    char was[sizeof err->message];
    memcpy(was, err->message, sizeof was);
    va_list ap;
    va_start(ap, fmt);
    format_message(err->message, sizeof err->message, fmt, ap);
    va_end(ap);
    append(err, was);
}

int cz_check_reserved(const uint64_t *reserved, size_t n, const char *what, cz_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (reserved[i] != 0) {
            cz_fail(err, CZ_UNSUPPORTED,
                    "%s: a reserved member is set, which camzarr " CZ_VERSION " does not know",
                    what);
            cz_hint(err, "zero-initialise the struct, or use the library of the header");
            return CZ_UNSUPPORTED;
        }
    return CZ_OK;
}
