/* camzarr: frames of ProRes QuickTime files, served from a Zarr store. (work in progress: errors first) */
#ifndef CAMZARR_H
#define CAMZARR_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#if defined(CZ_STATIC)
#define CZ_API
#elif defined(__GNUC__)
#define CZ_API __attribute__((visibility("default")))
#else
#define CZ_API
#endif

/* What a function returns: CZ_OK or one of these. The numbers are pinned. */
enum {
    CZ_OK = 0,
    CZ_USAGE = -1,       /* an argument that can't be: a programming or a typing error */
    CZ_NOMEM = -2,       /* out of memory, or a limit on memory would be passed */
    CZ_IO = -3,          /* the operating system failed to read or write */
    CZ_FULL = -4,        /* no space left where we write */
    CZ_ABSENT = -5,      /* what was asked for isn't there */
    CZ_EXISTS = -6,      /* what was to be made is there already */
    CZ_DENIED = -7,      /* not permitted */
    CZ_UNREACHABLE = -8, /* nobody answers, or not now: a retry may help */
    CZ_CORRUPT = -9,     /* bytes are damaged: a checksum or a length is wrong */
    CZ_FORMAT = -10,     /* bytes that aren't what they should be: not a MOV, not a store, hostile tables */
    CZ_UNSUPPORTED = -11,/* sound, but of a kind that we don't read: another codec, cmov, moof */
    CZ_NEWER = -12,      /* a store of a newer major version than this library */
    CZ_CHANGED = -13,    /* the source changed while it was read, or isn't the one that was begun */
    CZ_CANCELLED = -14,  /* the caller asked to stop */
};

/* What went wrong, in words for people. Filled on failure only. Never holds a credential. */
typedef struct cz_error {
    int code;            /* the code that was returned */
    char message[768];   /* one line: "WHAT: WHY (WHERE)" */
    char hint[256];      /* what to do next, or "" */
} cz_error;

#ifdef __cplusplus
}
#endif
#endif
