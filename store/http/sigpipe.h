/* Keeps SIGPIPE from the caller. Writing to a connection that the peer has closed raises it, since
 * OpenSSL writes without MSG_NOSIGNAL. The engine's own thread blocks all signals; while a caller's
 * thread drives transfers, SIGPIPE is blocked, and one raised by the transfers is consumed. */
#ifndef CZ_STORE_HTTP_SIGPIPE_H
#define CZ_STORE_HTTP_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

typedef struct sigpipe_guard {
    sigset_t before; /* the thread's signal mask */
    bool blocked;    /* by sigpipe_block() */
    bool pending;    /* a SIGPIPE was pending before: it is kept */
} sigpipe_guard;

void sigpipe_block(sigpipe_guard *g);
void sigpipe_restore(const sigpipe_guard *g);

#endif
