#include "convert/input/source_digest.h"

#include <stdlib.h>

#include "base/workers.h"

enum { OUTSTANDING = 6 };

typedef struct segment {
    block *b;
    const uint8_t *at;
    size_t n;
} segment;

struct source_digest {
    digest *md5, *sha256;
    workers *thread; /* one, so that segments are digested in order */
};

static void discard(void *ctx, void *item)
{
    segment *s = item;
    (void)ctx;
    block_release(s->b);
    free(s);
}

static int update(void *ctx, unsigned worker, void *item, cz_error *err)
{
    source_digest *d = ctx;
    segment *s = item;
    (void)worker;
    (void)err;
    digest_update(d->md5, s->at, s->n);
    if (d->sha256)
        digest_update(d->sha256, s->at, s->n);
    discard(ctx, s);
    return CZ_OK;
}

int source_digest_start(source_digest **out, bool sha256, cz_error *err)
{
    static const worker_ops ops = {.run = update, .discard = discard};
    int rc = CZ_OK;
    source_digest *d = calloc(1, sizeof *d);
    if (!d)
        return cz_fail_memory(err, "digest of the source");
    rc = digest_new(&d->md5, DIGEST_MD5, err);
    if (rc == CZ_OK && sha256)
        rc = digest_new(&d->sha256, DIGEST_SHA256, err);
    if (rc == CZ_OK)
        rc = workers_start(&d->thread, 1, OUTSTANDING, &ops, d, err);
    if (rc == CZ_OK)
        *out = d;
    else
        (void)source_digest_end(&d, NULL, NULL, NULL);
    return rc;
}

int source_digest_add(source_digest *d, block *b, const uint8_t *at, size_t n, cz_error *err)
{
    segment *s = malloc(sizeof *s);
    if (!s)
        return cz_fail_memory(err, "digest of the source");
    *s = (segment){b, at, n};
    block_hold(b);
    workers_push(d->thread, s);
    return CZ_OK;
}

int source_digest_end(source_digest **d, char *md5, char *sha256, cz_error *err)
{
    int rc = CZ_OK;
    if (!d || !*d)
        return rc;
    (void)workers_join(&(*d)->thread, NULL); /* update() does not fail */
    if (md5) {
        sha256[0] = '\0';
        rc = digest_final_hex((*d)->md5, md5, err);
        if (rc == CZ_OK && (*d)->sha256)
            rc = digest_final_hex((*d)->sha256, sha256, err);
    }
    digest_free(&(*d)->md5);
    digest_free(&(*d)->sha256);
    free(*d);
    *d = NULL;
    return rc;
}
