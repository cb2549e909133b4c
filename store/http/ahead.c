/* Reading front to back over several connections.
 *
 * A ring of pieces, each a range of its own, lies ahead of where reading is. A piece that has been
 * read is asked for anew at the ring's other end. They arrive in any order and are given out in the
 * file's. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/http/source.h"

enum {
    PIECE_MIN = 256 << 10,
    PIECE_MAX = 8 << 20,
    PIECES_MIN = 2,
};

typedef struct piece {
    http_request http;
    uint8_t *data;
    uint64_t offset;
    size_t len; /* 0: beyond the end of the file */
    bool here;
} piece;

struct ahead {
    http_source *source;
    pid_t pid;            /* whose connections they are */
    pthread_mutex_t lock; /* of all below */
    http_call *call;
    uint8_t *memory;
    piece *piece;
    size_t n, head; /* the piece that is read now */
    size_t piece_bytes;
    uint64_t at;   /* where reading is */
    uint64_t next; /* the first byte that nobody asked for */
};

/* Ask for the next piece of the file into p. */
static void ask(ahead *a, piece *p)
{
    const uint64_t left = a->source->base.size - a->next;
    p->offset = a->next;
    p->len = left < a->piece_bytes ? (size_t)left : a->piece_bytes;
    p->here = false;
    if (p->len == 0)
        return;
    http_source_request(&p->http, a->source, p->offset, p->data, p->len);
    a->next += p->len;
    http_call_add(a->call, &p->http);
}

/* Wait until p is here. */
static int wait_for(ahead *a, piece *p, cz_error *err)
{
    for (http_request *over; !p->here && (over = http_call_next(a->call));)
        for (size_t i = 0; i < a->n; i++)
            if (&a->piece[i].http == over)
                a->piece[i].here = true;
    if (p->http.rc < 0 && err)
        *err = p->http.err;
    return p->http.rc < 0 ? http_source_failed(a->source, p->http.rc, err) : CZ_OK;
}

/* A failure is final: each read that comes to the piece is told of it. */
static int read_some(ahead *a, uint8_t **to, uint64_t *offset, size_t *len, cz_error *err)
{
    piece *p = &a->piece[a->head];
    const int rc = wait_for(a, p, err);
    if (rc < 0)
        return rc;
    const uint64_t end = p->offset + p->len;
    if (*offset < end) {
        const size_t part = *len < end - *offset ? *len : (size_t)(end - *offset);
        memcpy(*to, p->data + (*offset - p->offset), part);
        *to += part;
        *offset += part;
        *len -= part;
        a->at = *offset;
    }
    if (*offset >= end) {
        a->at = end;
        ask(a, p);
        a->head = (a->head + 1) % a->n;
    }
    return CZ_OK;
}

/* A read may leave out some bytes, but not so many that asking for them would cost more than to ask
 * by itself for what is wanted. */
static bool goes_on(const ahead *a, uint64_t offset)
{
    return offset >= a->at && offset - a->at < a->piece_bytes;
}

bool ahead_read(int *ret_rc, ahead *a, uint64_t offset, void *to, size_t len, cz_error *err)
{
    int rc = CZ_OK;
    uint8_t *at = to;
    if (a->pid != getpid())
        return false;
    (void)pthread_mutex_lock(&a->lock);
    const bool mine = goes_on(a, offset);
    while (mine && rc == CZ_OK && len > 0)
        rc = read_some(a, &at, &offset, &len, err);
    (void)pthread_mutex_unlock(&a->lock);
    *ret_rc = rc;
    return mine;
}

/* One and a half pieces a connection, so that none waits for another piece to be read. */
static size_t piece_bytes(const http_source *s, size_t memory)
{
    const size_t n = (size_t)s->connections + s->connections / 2 + 1;
    const size_t bytes = memory / n;
    return bytes < PIECE_MIN ? PIECE_MIN : bytes > PIECE_MAX ? PIECE_MAX : bytes;
}

int ahead_open(ahead **out, http_source *s, uint64_t offset, size_t memory, cz_error *err)
{
    *out = NULL;
    ahead *a = calloc(1, sizeof *a);
    if (!a || pthread_mutex_init(&a->lock, NULL) != 0) {
        free(a);
        return cz_fail(err, CZ_NOMEM, "%s: reading ahead", s->base.shown);
    }
    a->source = s;
    a->pid = getpid();
    a->at = a->next = offset;
    a->piece_bytes = piece_bytes(s, memory);
    a->n = memory / a->piece_bytes < PIECES_MIN ? PIECES_MIN : memory / a->piece_bytes;
    a->memory = malloc(a->n * a->piece_bytes);
    a->piece = calloc(a->n, sizeof *a->piece);
    int rc = CZ_OK;
    if (!a->memory || !a->piece)
        rc = cz_fail(err, CZ_NOMEM, "%s: %zu bytes to read ahead", s->base.shown,
                     a->n * a->piece_bytes);
    if (rc == CZ_OK)
        rc = http_call_open(&a->call, s->transport, err);
    for (size_t i = 0; rc == CZ_OK && i < a->n; i++) {
        a->piece[i].data = a->memory + i * a->piece_bytes;
        ask(a, &a->piece[i]);
    }
    if (rc < 0)
        ahead_close(&a);
    *out = a;
    return rc;
}

void ahead_close(ahead **a)
{
    if (!a || !*a)
        return;
    http_call_close(&(*a)->call);
    (void)pthread_mutex_destroy(&(*a)->lock);
    free((*a)->piece);
    free((*a)->memory);
    free(*a);
    *a = NULL;
}
