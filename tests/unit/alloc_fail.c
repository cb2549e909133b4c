#include "tests/unit/alloc_fail.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Allocations left until the one that fails; 0 when it has failed or none is to fail. The linker
 * hands us calls without a context argument, so this one test helper has to have globals. */
static atomic_size_t left;
static atomic_bool hit;

void alloc_fail_at(size_t n)
{
    atomic_store(&hit, false);
    atomic_store(&left, n);
}

bool alloc_fail_end(void)
{
    atomic_store(&left, 0);
    return atomic_load(&hit);
}

static bool fails(void)
{
    size_t n = atomic_load(&left);
    while (n && !atomic_compare_exchange_weak(&left, &n, n - 1))
        ;
    if (n != 1)
        return false;
    atomic_store(&hit, true);
    errno = ENOMEM;
    return true;
}

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
    return fails() ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t n, size_t len)
{
    return fails() ? NULL : __real_calloc(n, len);
}

void *__wrap_realloc(void *at, size_t len)
{
    return fails() ? NULL : __real_realloc(at, len);
}

void *__wrap_aligned_alloc(size_t alignment, size_t len)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, len);
}

int __wrap_posix_memalign(void **ret, size_t alignment, size_t len)
{
    return fails() ? ENOMEM : __real_posix_memalign(ret, alignment, len);
}

char *__wrap_strdup(const char *s)
{
    return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t len)
{
    return fails() ? NULL : __real_strndup(s, len);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-*) */
