#include "convert/put_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/queue.h"

enum { THREADS_MAX = 16 };

typedef struct put_job {
    char rel_key[sizeof((published *)0)->rel_key];
    size_t len;
    uint8_t data[];
} put_job;

struct put_pool {
    publisher *to;
    queue *work; /* of parcels; no longer than there are threads, so that memory stays small */
    pthread_t thread[THREADS_MAX];
    unsigned n;
    pthread_mutex_t lock; /* of the first failure */
    int rc;
    cz_error err;
};

static void fail(put_pool *c, int rc, const cz_error *err)
{
    (void)pthread_mutex_lock(&c->lock);
    if (c->rc == CZ_OK) {
        c->rc = rc;
        c->err = *err;
    }
    (void)pthread_mutex_unlock(&c->lock);
}

static bool failed(put_pool *c)
{
    (void)pthread_mutex_lock(&c->lock);
    const bool is = c->rc != CZ_OK;
    (void)pthread_mutex_unlock(&c->lock);
    return is;
}

static void *work(void *arg)
{
    put_pool *c = arg;
    for (put_job *x; (x = queue_pop(c->work)); free(x)) {
        cz_error err = {0};
        const int rc =
            failed(c) ? CZ_OK : publish_listed_now(c->to, x->rel_key, x->data, x->len, &err);
        if (rc < 0)
            fail(c, rc, &err);
    }
    return NULL;
}

static void put_pool_free(put_pool *c)
{
    queue_free(&c->work);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

int put_pool_new(put_pool **out, publisher *to, unsigned threads, cz_error *err)
{
    *out = NULL;
    put_pool *c = calloc(1, sizeof *c);
    if (!c || pthread_mutex_init(&c->lock, NULL) != 0) {
        free(c);
        return cz_fail(err, CZ_NOMEM, "clips/%s: threads", to->name);
    }
    c->to = to;
    const unsigned n = threads < THREADS_MAX ? threads : THREADS_MAX;
    const int rc = queue_new(&c->work, n, err);
    while (rc == CZ_OK && c->n < n && pthread_create(&c->thread[c->n], NULL, work, c) == 0)
        c->n++;
    if (c->n > 0)
        *out = c;
    else
        put_pool_free(c);
    return rc;
}

int put_pool_put(put_pool *c, const char *rel_key, const void *data, size_t len, cz_error *err)
{
    put_job *x = malloc(sizeof *x + len);
    if (!x)
        return cz_fail(err, CZ_NOMEM, "%s: a copy of %zu bytes", rel_key, len);
    (void)snprintf(x->rel_key, sizeof x->rel_key, "%s", rel_key);
    x->len = len;
    if (len > 0)
        memcpy(x->data, data, len);
    (void)queue_push(c->work, x); /* it is open until put_pool_end() */
    return CZ_OK;
}

int put_pool_end(put_pool **pool, cz_error *err)
{
    put_pool *c = *pool;
    if (!c)
        return CZ_OK;
    queue_close(c->work);
    for (unsigned i = 0; i < c->n; i++)
        (void)pthread_join(c->thread[i], NULL);
    const int rc = c->rc;
    if (rc < 0 && err)
        *err = c->err;
    put_pool_free(c);
    *pool = NULL;
    return rc;
}
