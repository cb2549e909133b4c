#include "store/http/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct mailbox {
    pthread_mutex_t lock; /* of the list */
    pthread_cond_t filled;
    http_attempt *first, **end;
};

int mailbox_open(mailbox **out, cz_error *err)
{
    pthread_condattr_t clock;
    mailbox *m = calloc(1, sizeof *m);
    *out = NULL;
    if (!m)
        goto nomem;
    m->end = &m->first;
    if (pthread_mutex_init(&m->lock, NULL) != 0)
        goto nomem;
    if (pthread_condattr_init(&clock) != 0)
        goto no_clock;
    const int bad = pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) != 0 ||
                    pthread_cond_init(&m->filled, &clock) != 0;
    (void)pthread_condattr_destroy(&clock);
    if (bad)
        goto no_clock;
    *out = m;
    return CZ_OK;
no_clock:
    (void)pthread_mutex_destroy(&m->lock);
nomem:
    free(m);
    return cz_fail_memory(err, "request");
}

void mailbox_close(mailbox **m)
{
    if (!m || !*m)
        return;
    (void)pthread_cond_destroy(&(*m)->filled);
    (void)pthread_mutex_destroy(&(*m)->lock);
    free(*m);
    *m = NULL;
}

void mailbox_put(mailbox *m, http_attempt *t)
{
    t->next = NULL;
    (void)pthread_mutex_lock(&m->lock);
    *m->end = t;
    m->end = &t->next;
    (void)pthread_cond_signal(&m->filled); /* under the lock: its owner may free it right after */
    (void)pthread_mutex_unlock(&m->lock);
}

http_attempt *mailbox_take(mailbox *m, int64_t until)
{
    const struct timespec when = {.tv_sec = (time_t)(until / 1000),
                                  .tv_nsec = (long)(until % 1000) * 1000000};
    int rc = 0;
    (void)pthread_mutex_lock(&m->lock);
    while (!m->first && until > 0 && rc != ETIMEDOUT)
        rc = until == INT64_MAX ? pthread_cond_wait(&m->filled, &m->lock)
                                : pthread_cond_timedwait(&m->filled, &m->lock, &when);
    http_attempt *t = m->first;
    if (t && !(m->first = t->next))
        m->end = &m->first;
    (void)pthread_mutex_unlock(&m->lock);
    return t;
}
