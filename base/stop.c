#include "base/stop.h"

#include <stdatomic.h>
#include <stddef.h>

static _Atomic(bool (*)(void)) hook;

void stop_when(bool (*asked)(void))
{
    atomic_store(&hook, asked);
}

bool stop_is_possible(void)
{
    return atomic_load(&hook) != NULL;
}

bool stop_asked(void)
{
    bool (*asked)(void) = atomic_load(&hook);
    return asked && asked();
}
