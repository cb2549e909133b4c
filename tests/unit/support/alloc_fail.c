#include "tests/unit/support/alloc_fail.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef enum reach { OWN, ANYWHERE } reach;

/* Allocations left until the one that fails; 0 when it has failed or none is to fail. The linker
 * hands us calls without a context argument, so this one test helper has to have globals. */
static atomic_size_t left;
static atomic_bool hit;
static _Atomic reach counted; /* whose allocations are */

static bool fails(reach whose)
{
    size_t n = whose == atomic_load(&counted) ? atomic_load(&left) : 0;
    while (n && !atomic_compare_exchange_weak(&left, &n, n - 1))
        ;
    if (n != 1)
        return false;
    atomic_store(&hit, true);
    errno = ENOMEM;
    return true;
}

bool alloc_fail_end(void)
{
    atomic_store(&left, 0);
    return atomic_load(&hit);
}

/* ---- Our own objects ------------------------------------------------------------------------- */

/* The names are the linker's: it sends a call of f to __wrap_f, and one of __real_f to f. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*) */
void *__real_malloc(size_t len);
void *__real_calloc(size_t n, size_t len);
void *__real_realloc(void *at, size_t len);
void *__real_aligned_alloc(size_t alignment, size_t len);
int __real_posix_memalign(void **ret, size_t alignment, size_t len);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t len);

void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t n, size_t len);
void *__wrap_realloc(void *at, size_t len);
void *__wrap_aligned_alloc(size_t alignment, size_t len);
int __wrap_posix_memalign(void **ret, size_t alignment, size_t len);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t len);

void *__wrap_malloc(size_t len)
{
    return fails(OWN) ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t n, size_t len)
{
    return fails(OWN) ? NULL : __real_calloc(n, len);
}

void *__wrap_realloc(void *at, size_t len)
{
    return fails(OWN) ? NULL : __real_realloc(at, len);
}

void *__wrap_aligned_alloc(size_t alignment, size_t len)
{
    return fails(OWN) ? NULL : __real_aligned_alloc(alignment, len);
}

int __wrap_posix_memalign(void **ret, size_t alignment, size_t len)
{
    return fails(OWN) ? ENOMEM : __real_posix_memalign(ret, alignment, len);
}

char *__wrap_strdup(const char *s)
{
    return fails(OWN) ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t len)
{
    return fails(OWN) ? NULL : __real_strndup(s, len);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-*) */

static void arm(reach whose, size_t n)
{
    cJSON_InitHooks(&(cJSON_Hooks){__wrap_malloc, free}); /* cJSON's allocations count as ours */
    atomic_store(&hit, false);
    atomic_store(&counted, whose);
    atomic_store(&left, n);
}

void alloc_fail_at(size_t n)
{
    arm(OWN, n);
}

/* ---- Every library --------------------------------------------------------------------------- */

#if ALLOC_FAIL_ANYWHERE

void alloc_fail_anywhere_at(size_t n)
{
    arm(ANYWHERE, n);
}

/* The program's own allocator: the dynamic linker gives it to every library, libc included. The
 * memory is still glibc's, so its free() serves. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*,readability-inconsistent-*) */
#define EXPORT __attribute__((visibility("default")))
void *__libc_malloc(size_t len);
void *__libc_calloc(size_t n, size_t len);
void *__libc_realloc(void *at, size_t len);
void *__libc_memalign(size_t alignment, size_t len);
void *memalign(size_t alignment, size_t len);

EXPORT void *malloc(size_t len)
{
    return fails(ANYWHERE) ? NULL : __libc_malloc(len);
}

EXPORT void *calloc(size_t n, size_t len)
{
    return fails(ANYWHERE) ? NULL : __libc_calloc(n, len);
}

EXPORT void *realloc(void *at, size_t len)
{
    return fails(ANYWHERE) ? NULL : __libc_realloc(at, len);
}

EXPORT void *memalign(size_t alignment, size_t len)
{
    return fails(ANYWHERE) ? NULL : __libc_memalign(alignment, len);
}

EXPORT void *aligned_alloc(size_t alignment, size_t len)
{
    return memalign(alignment, len);
}

EXPORT int posix_memalign(void **ret, size_t alignment, size_t len)
{
    const int was = errno;
    void *at = memalign(alignment, len);
    errno = was;
    if (!at)
        return ENOMEM;
    *ret = at;
    return 0;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-*,readability-inconsistent-*) */

#else

void alloc_fail_anywhere_at(size_t n)
{
    arm(OWN, n);
}

#endif
