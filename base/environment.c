#include "base/environment.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

bool environment_yes(const char *name)
{
    static const char *const yes[] = {"YES", "TRUE", "ON", "1"};
    const char *value = environment(name);
    for (size_t i = 0; value && i < sizeof yes / sizeof *yes; i++)
        if (strcasecmp(value, yes[i]) == 0)
            return true;
    return false;
}

int environment_copy(char **out, const char *name, cz_error *err)
{
    const char *value = environment(name);
    *out = NULL;
    for (const char *c = value; c && *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            cz_fail(err, CZ_USAGE, "%s: contains a control character", name);
            cz_hint(err, "a carriage return, perhaps, from a file written on Windows");
            return CZ_USAGE;
        }
    *out = value ? strdup(value) : NULL;
    return *out || !value ? CZ_OK : cz_fail_memory(err, "%s", name);
}
