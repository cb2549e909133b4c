/* Memory and threads: see shim.c. */
#include "tests/faults/shim.h"

#include <stdlib.h>

/* glibc's allocator under its other names: it needs no dlsym(), which allocates. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*) */
void *__libc_malloc(size_t len);
void *__libc_calloc(size_t n, size_t len);
void *__libc_realloc(void *at, size_t len);
void *__libc_memalign(size_t alignment, size_t len);
/* NOLINTEND(bugprone-reserved-identifier,cert-*) */

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

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*start)(void *), void *user)
{
    const enum effect todo = shim_next(THREAD);
    if (todo == FAIL)
        return shim_error();
    return REAL(pthread_create)(thread, how, start, user);
}
