/* Inside of sources: the interface of a backend, and the state that all have in common. */
#ifndef CZ_SOURCE_BACKEND_H
#define CZ_SOURCE_BACKEND_H

#include <sys/uio.h>

#include "base/statistics.h"
#include "store/objects/object_store.h"

typedef struct source source;

/* A range that fills several parts of memory in sequence. */
typedef struct source_range {
    uint64_t offset;
    size_t len; /* of all parts together */
    const struct iovec *to;
    size_t parts;
} source_range;

typedef struct source_ops {
    /* The range is within `size`. */
    int (*read_at)(source *s, uint64_t offset, void *to, size_t len, cz_error *err);
    int (*get)(source *s, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err);
    int (*check)(source *s, cz_error *err);
    /* The first `room` bytes of the .md5 file, or all of it. ABSENT: there is none. */
    int (*sidecar)(source *s, char *to, size_t room, size_t *ret_len, cz_error *err);
    void (*statistics)(const source *s, net_statistics *out); /* may be NULL */
    void (*close)(source *s);

    /* Streams of n slots; slot i is requested again only after stream_wait(). NULL: a range is read
     * when it is taken. */
    int (*stream_open)(void **out, source *s, size_t n, cz_error *err);
    void (*stream_request)(void *stream, size_t slot, const source_range *r);
    int (*stream_wait)(void *stream, size_t slot, cz_error *err);
    void (*stream_close)(void *stream);
} source_ops;

struct source {
    const source_ops *ops;
    char *shown; /* path or address for messages: without user, password and query */
    char *name;
    uint64_t size;
    unsigned connections; /* maximum at once; 0: not a remote source */
    bool sidecar_is_page; /* the server returned a page for the .md5 file */
};

int source_file_open(source **out, const char *path, cz_error *err);
int source_http_open(source **out, const char *url, const cz_network *network, cz_error *err);

/* CHANGED if the range exceeds the source. */
int source_check_range(const source *s, uint64_t offset, size_t len, cz_error *err);
/* Fail with CHANGED and a hint; `how` is a verb with its object, such as "became shorter". */
int source_changed(const source *s, const char *how, cz_error *err);

#endif
