#include "store/http/sigpipe.h"

#include <pthread.h>
#include <time.h>

static bool is_pending(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

static void only_sigpipe(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGPIPE);
}

void sigpipe_block(sigpipe_guard *g)
{
    sigset_t pipe;
    only_sigpipe(&pipe);
    g->pending = is_pending();
    g->blocked = pthread_sigmask(SIG_BLOCK, &pipe, &g->before) == 0;
}

void sigpipe_restore(const sigpipe_guard *g)
{
    static const struct timespec at_once = {0};
    sigset_t pipe;
    if (!g->blocked)
        return;
    only_sigpipe(&pipe);
    if (!g->pending && is_pending())
        (void)sigtimedwait(&pipe, NULL, &at_once);
    (void)pthread_sigmask(SIG_SETMASK, &g->before, NULL);
}
