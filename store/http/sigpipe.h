/* Writing to a connection that the peer has closed raises SIGPIPE: OpenSSL writes without
 * MSG_NOSIGNAL. On the engine's own thread all signals are blocked; where a caller's thread does
 * the work, SIGPIPE is blocked meanwhile, and one that this work has raised is taken away again. */
#ifndef CZ_STORE_HTTP_SIGPIPE_H
#define CZ_STORE_HTTP_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

typedef struct sigpipe_guard {
    sigset_t before; /* the thread's mask */
    bool blocked;    /* by us */
    bool pending;    /* one was, before: it stays */
} sigpipe_guard;

void sigpipe_block(sigpipe_guard *g);
void sigpipe_restore(const sigpipe_guard *g);

#endif
