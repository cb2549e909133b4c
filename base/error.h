/* Errors: one place that fills a cz_error.
 *
 * The cause calls cz_fail() once, with all it knows (key, byte range, status); callers hand the
 * code up unchanged. Every function here accepts a NULL err. Thread-safe: a cz_error belongs to
 * the call that was given it. */
#ifndef CZ_BASE_ERROR_H
#define CZ_BASE_ERROR_H

#include <camzarr.h>

#if defined(__GNUC__)
#define CZ_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define CZ_PRINTF(fmt, args)
#endif

/* Fill err (may be NULL) with code and message; returns code, so that it ends a `return`.
 * The message reads "WHAT: WHY" or "WHAT: WHY (WHERE)"; a message too long is cut. */
int cz_fail(cz_error *err, int code, const char *fmt, ...) CZ_PRINTF(3, 4);

#ifdef __clang_analyzer__
/* clang-tidy reads one file at a time. Not told that the code comes back, it follows each failure as
 * if it were a success, and warns of what isn't set then. */
#define cz_fail(err, code, ...) ((void)(cz_fail)(err, code, __VA_ARGS__), (code))
#endif

/* The same for a failed system call: appends the text of errnum; ENOSPC, EDQUOT -> CZ_FULL,
 * ENOENT, ENOTDIR -> CZ_ABSENT, EEXIST -> CZ_EXISTS, EACCES, EPERM, EROFS -> CZ_DENIED,
 * ENOMEM -> CZ_NOMEM, else CZ_IO. */
int cz_fail_errno(cz_error *err, int errnum, const char *fmt, ...) CZ_PRINTF(3, 4);

/* UNSUPPORTED unless all n reserved members of the caller's struct, which `what` names, are 0. */
int cz_check_reserved(const uint64_t *reserved, size_t n, const char *what, cz_error *err);
#define CZ_CHECK_RESERVED(type, struct_, err)                                                      \
    cz_check_reserved((struct_)->reserved,                                                         \
                      sizeof(struct_)->reserved / sizeof *(struct_)->reserved, type, err)

/* Say what to do about it: the line after the error. */
void cz_hint(cz_error *err, const char *fmt, ...) CZ_PRINTF(2, 3);

/* Put "PREFIX: " before the message, where a caller knows what the cause could not. */
void cz_prefix(cz_error *err, const char *fmt, ...) CZ_PRINTF(2, 3);

#endif
