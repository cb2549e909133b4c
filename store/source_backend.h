/* Inside of sources: what a backend supplies, and what source.c makes of it. */
#ifndef CZ_STORE_SOURCE_BACKEND_H
#define CZ_STORE_SOURCE_BACKEND_H

#include "store/source.h"

typedef struct source_ops {
    /* The range is within the size that the source had. */
    int (*read_at)(source *s, uint64_t offset, void *to, size_t len, cz_error *err);
    int (*get)(source *s, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err);
    int (*read_ahead)(source *s, uint64_t offset, size_t memory, cz_error *err); /* may be NULL */
    int (*check)(source *s, cz_error *err);
    /* The beginning of the .md5 file, at most `room` bytes. ABSENT: there is none. */
    int (*sidecar)(source *s, char *to, size_t room, size_t *ret_len, cz_error *err);
    void (*statistics)(const source *s, net_statistics *out); /* may be NULL */
    void (*close)(source *s);
} source_ops;

struct source {
    const source_ops *ops;
    char *shown; /* its path or address, for messages: without user, password and query */
    char *name;
    uint64_t size;
};

int source_file_open(source **out, const char *path, cz_error *err);
int source_http_open(source **out, const char *url, const cz_network *network, cz_error *err);

/* CHANGED, and what to do about it. */
int source_changed(const source *s, const char *how, cz_error *err);

#endif
