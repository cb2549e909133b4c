#include "cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/stop.h"

static atomic_bool asked; /* read by other threads */
static atomic_flag first = ATOMIC_FLAG_INIT;

/* The second signal of either kind has the default action. Two threads may run this at once, one
 * for each signal: one of them is the second. */
static void ask(int which)
{
    const int before = errno;
    if (atomic_flag_test_and_set(&first)) {
        (void)signal(which, SIG_DFL);
        (void)raise(which);
    }
    atomic_store(&asked, true);
    errno = before;
}

void signals_handle(void)
{
    /* RESTART keeps reads and writes of the library from failing. */
    struct sigaction how = {.sa_handler = ask, .sa_flags = SA_RESTART};
    (void)sigfillset(&how.sa_mask); /* a second one has to wait until the first is done with */
    (void)sigaction(SIGINT, &how, NULL);
    (void)sigaction(SIGTERM, &how, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    stop_when(interrupted);
}

void signals_interrupt_reads(bool yes)
{
    static const int signals[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction how;
        if (sigaction(signals[i], NULL, &how) < 0)
            continue;
        how.sa_flags = yes ? how.sa_flags & ~SA_RESTART : how.sa_flags | SA_RESTART;
        (void)sigaction(signals[i], &how, NULL);
    }
}

bool interrupted(void)
{
    return atomic_load(&asked);
}
