/* The lock that a conversion or a removal holds on its clip, where the store has locks (os_lock()):
 * two processes that write one clip run one after the other. Without locks, as in a bucket, the
 * conversion record alone keeps them apart (docs/architecture.md). */
#ifndef CZ_FORMAT_CLIP_LOCK_H
#define CZ_FORMAT_CLIP_LOCK_H

#include "format/layout.h"
#include "store/objects/object_store.h"

typedef struct clip_lock {
    object_store *os;
    char prefix[KEY_MAX]; /* "clips/NAME/" */
    int lock;
} clip_lock;

/* Called repeatedly while another process holds the lock; waited is in milliseconds. A result
 * other than CZ_OK ends the wait and is returned. */
typedef int (*clip_lock_wait)(void *user, unsigned waited, cz_error *err);

/* Take the lock, or wait for it: as long as wait() returns CZ_OK or, without wait(), for 10 s.
 * CZ_OK without locks, too. Errors: what wait() returns, UNREACHABLE (10 s have passed), and the
 * store's. On failure nothing is held. */
int clip_lock_take(clip_lock *out, object_store *os, const char *name, clip_lock_wait wait,
                   void *user, cz_error *err);
/* False if the store has no locks. */
bool clip_lock_is_held(const clip_lock *l);
void clip_lock_release(clip_lock *l); /* repeatable; a zero-initialised one is not held */

#endif
