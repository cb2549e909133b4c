#include "cli/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t asked;

static void ask(int signal)
{
    (void)signal;
    asked = 1;
}

void stop_on_signals(void)
{
    /* RESETHAND is what makes the second one kill; RESTART keeps reads and writes of the library
     * from failing. */
    struct sigaction how = {.sa_handler = ask, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    (void)sigemptyset(&how.sa_mask);
    (void)sigaction(SIGINT, &how, NULL);
    (void)sigaction(SIGTERM, &how, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

bool stop_asked(void)
{
    return asked != 0;
}
