#include "format/clip_lock.h"

#include <time.h>

enum { POLL_MS = 25 };

static void pause_ms(unsigned ms)
{
    const struct timespec t = {.tv_nsec = (long)ms * 1000000};
    (void)nanosleep(&t, NULL); /* a signal ends it early, and wait() is called */
}

int clip_lock_take(clip_lock *out, object_store *os, const char *name, clip_lock_wait wait,
                   void *user, cz_error *err)
{
    int rc;
    *out = (clip_lock){0};
    clip_key(out->prefix, name, "");
    for (unsigned waited = 0;; waited += POLL_MS) {
        int lock;
        rc = os_lock(os, out->prefix, &lock, err);
        if (rc < 0)
            return rc;
        if (lock != OS_LOCK_BUSY) {
            out->os = os;
            out->lock = lock;
            return CZ_OK;
        }
        if ((rc = wait(user, waited, err)) != CZ_OK)
            return rc;
        pause_ms(POLL_MS);
    }
}

bool clip_lock_is_held(const clip_lock *l)
{
    return l->os && l->lock >= 0;
}

void clip_lock_release(clip_lock *l)
{
    if (l->os)
        os_unlock(l->os, l->prefix, l->lock);
    l->os = NULL;
}
