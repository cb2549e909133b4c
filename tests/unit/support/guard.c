#include "tests/unit/support/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

guard guard_new(size_t len)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t inner = (len + page - 1) / page * page;
    guard g = {.len = len, .map_len = inner + 2 * page};
    uint8_t *map = mmap(NULL, g.map_len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || (inner && mprotect(map + page, inner, PROT_READ | PROT_WRITE) != 0)) {
        perror("guard_new");
        exit(EXIT_FAILURE);
    }
    g.map = map;
    g.at = map + page + inner - len;
    memset(g.at, 0xa5, len);
    return g;
}

guard guard_copy(const void *bytes, size_t len)
{
    guard g = guard_new(len);
    if (len)
        memcpy(g.at, bytes, len);
    return g;
}

void guard_free(guard *g)
{
    if (g->map)
        (void)munmap(g->map, g->map_len);
    *g = (guard){0};
}
