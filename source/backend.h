/* Inside of sources: what a backend supplies, and what source.c makes of it. */
#ifndef CZ_SOURCE_BACKEND_H
#define CZ_SOURCE_BACKEND_H

#include <sys/uio.h>

#include "base/statistics.h"
#include "store/objects/object_store.h"

typedef struct source source;

/* A range that goes into several parts of memory, one after the other. */
typedef struct source_range {
    uint64_t offset;
    size_t len; /* the parts' together */
    const struct iovec *to;
    size_t parts;
} source_range;

typedef struct source_ops {
    /* The range is within the size that the source had. */
    int (*read_at)(source *s, uint64_t offset, void *to, size_t len, cz_error *err);
    int (*get)(source *s, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err);
    int (*check)(source *s, cz_error *err);
    /* The beginning of the .md5 file, at most `room` bytes. ABSENT: there is none. */
    int (*sidecar)(source *s, char *to, size_t room, size_t *ret_len, cz_error *err);
    void (*statistics)(const source *s, net_statistics *out); /* may be NULL */
    void (*close)(source *s);

    /* Streams of n slots; slot i is asked for again only after it was waited for. NULL: a range is
     * read when it is taken. */
    int (*stream_open)(void **out, source *s, size_t n, cz_error *err);
    void (*stream_ask)(void *stream, size_t slot, const source_range *r);
    int (*stream_wait)(void *stream, size_t slot, cz_error *err);
    void (*stream_close)(void *stream);
} source_ops;

struct source {
    const source_ops *ops;
    char *shown; /* its path or address, for messages: without user, password and query */
    char *name;
    uint64_t size;
    unsigned connections; /* at once; 0: it is no matter of connections */
};

int source_file_open(source **out, const char *path, cz_error *err);
int source_http_open(source **out, const char *url, const cz_network *network, cz_error *err);

/* CHANGED when it isn't within the source. */
int source_check_range(const source *s, uint64_t offset, size_t len, cz_error *err);
/* CHANGED, and what to do about it. */
int source_changed(const source *s, const char *how, cz_error *err);

#endif
