#include "format/clip_lock.h"

#include "base/pause.h"

enum { POLL_MS = 25, WAIT_MAX_MS = 10000 };

static int wait_briefly(const object_store *os, const char *name, unsigned waited, cz_error *err)
{
    if (waited < WAIT_MAX_MS)
        return CZ_OK;
    cz_fail(err, CZ_UNREACHABLE, "clips/%s: another process is converting or removing it (%s)",
            name, os->url);
    cz_hint(err, "try again when that process has ended");
    return CZ_UNREACHABLE;
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
        rc = wait ? wait(user, waited, err) : wait_briefly(os, name, waited, err);
        if (rc != CZ_OK)
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
