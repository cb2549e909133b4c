#include "cli/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t asked;

/* The next one, whichever it is, does what signals do. */
static void ask(int which)
{
    (void)which;
    asked = 1;
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
}

void stop_on_signals(void)
{
    /* RESTART keeps reads and writes of the library from failing. */
    struct sigaction how = {.sa_handler = ask, .sa_flags = SA_RESTART};
    (void)sigfillset(&how.sa_mask); /* a second one has to wait until the first is done with */
    (void)sigaction(SIGINT, &how, NULL);
    (void)sigaction(SIGTERM, &how, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

bool stop_asked(void)
{
    return asked != 0;
}
