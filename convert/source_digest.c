#include "convert/source_digest.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/queue.h"

enum { OUTSTANDING = 6 };

typedef struct segment {
    block *b;
    const uint8_t *at;
    size_t n;
} segment;

struct source_digest {
    digest *md5, *sha256;
    queue *pieces;
    pthread_t thread;
    bool started;
};

static void *run(void *arg)
{
    source_digest *d = arg;
    for (segment *p; (p = queue_pop(d->pieces));) {
        digest_update(d->md5, p->at, p->n);
        if (d->sha256)
            digest_update(d->sha256, p->at, p->n);
        block_release(p->b);
        free(p);
    }
    return NULL;
}

int source_digest_start(source_digest **out, bool sha256, cz_error *err)
{
    int rc = CZ_OK;
    source_digest *d = calloc(1, sizeof *d);
    if (!d)
        return cz_fail(err, CZ_NOMEM, "digest of the source");
    rc = digest_new(&d->md5, DIGEST_MD5, err);
    if (rc == CZ_OK && sha256)
        rc = digest_new(&d->sha256, DIGEST_SHA256, err);
    if (rc == CZ_OK)
        rc = queue_new(&d->pieces, OUTSTANDING, err);
    if (rc == CZ_OK && pthread_create(&d->thread, NULL, run, d) != 0)
        rc = cz_fail(err, CZ_NOMEM, "digest of the source: no thread to be had");
    d->started = rc == CZ_OK;
    if (rc == CZ_OK)
        *out = d;
    else
        (void)source_digest_end(&d, NULL, NULL, NULL);
    return rc;
}

int source_digest_add(source_digest *d, block *b, const uint8_t *at, size_t n, cz_error *err)
{
    segment *p = malloc(sizeof *p);
    if (!p)
        return cz_fail(err, CZ_NOMEM, "digest of the source");
    *p = (segment){b, at, n};
    block_hold(b);
    (void)queue_push(d->pieces, p); /* closed by source_digest_end() alone */
    return CZ_OK;
}

int source_digest_end(source_digest **d, char *md5, char *sha256, cz_error *err)
{
    int rc = CZ_OK;
    if (!d || !*d)
        return rc;
    if ((*d)->started) {
        queue_close((*d)->pieces);
        (void)pthread_join((*d)->thread, NULL);
    }
    if (md5) {
        sha256[0] = '\0';
        rc = digest_final_hex((*d)->md5, md5, err);
        if (rc == CZ_OK && (*d)->sha256)
            rc = digest_final_hex((*d)->sha256, sha256, err);
    }
    queue_free(&(*d)->pieces);
    digest_free(&(*d)->md5);
    digest_free(&(*d)->sha256);
    free(*d);
    *d = NULL;
    return rc;
}
