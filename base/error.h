/* Filling a cz_error.
 *
 * cz_fail() is called once, where the error occurs, with all that is known there (key, byte range,
 * status); callers return the code unchanged. Every function accepts a NULL err. */
#ifndef CZ_BASE_ERROR_H
#define CZ_BASE_ERROR_H

#include <camzarr.h>

#if defined(__GNUC__)
#define CZ_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define CZ_PRINTF(fmt, args)
#endif

/* Set code and message; returns code, for use in a `return`. Messages read "WHAT: WHY" or "WHAT:
 * WHY (WHERE)"; one that is too long is truncated. */
int cz_fail(cz_error *err, int code, const char *fmt, ...) CZ_PRINTF(3, 4);

/* cz_fail() with CZ_NOMEM for a failed allocation: appends ": out of memory". fmt names what the
 * memory was for. */
int cz_fail_memory(cz_error *err, const char *fmt, ...) CZ_PRINTF(2, 3);

#ifdef __clang_analyzer__
/* clang-tidy analyzes one file at a time. Without this it doesn't know that these functions return
 * an error code, treats failures as success, and reports values that aren't set then. */
#define cz_fail(err, code, ...) ((void)(cz_fail)(err, code, __VA_ARGS__), (code))
#define cz_fail_memory(err, ...) ((void)(cz_fail_memory)(err, __VA_ARGS__), CZ_NOMEM)
#endif

/* cz_fail() for a failed system call: appends the description of errnum; ENOSPC, EDQUOT -> CZ_FULL,
 * ENOENT, ENOTDIR -> CZ_ABSENT, EEXIST -> CZ_EXISTS, EACCES, EPERM, EROFS -> CZ_DENIED, ENOMEM ->
 * CZ_NOMEM, else CZ_IO. */
int cz_fail_errno(cz_error *err, int errnum, const char *fmt, ...) CZ_PRINTF(3, 4);

/* UNSUPPORTED unless all n reserved members of the caller's struct, which `what` names, are 0. */
int cz_check_reserved(const uint64_t *reserved, size_t n, const char *what, cz_error *err);
#define CZ_CHECK_RESERVED(type, struct_, err)                                                      \
    cz_check_reserved((struct_)->reserved,                                                         \
                      sizeof(struct_)->reserved / sizeof *(struct_)->reserved, type, err)

/* Set the hint, which tells the user what to do about the error. */
void cz_hint(cz_error *err, const char *fmt, ...) CZ_PRINTF(2, 3);

/* Prepend "PREFIX: " to the message: context that only the caller has. */
void cz_prefix(cz_error *err, const char *fmt, ...) CZ_PRINTF(2, 3);

#endif
