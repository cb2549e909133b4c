#include <camzarr.h>

#include <stddef.h>

const char *cz_version(void)
{
    return CZ_VERSION;
}

const char *cz_code_name(int code)
{
    static const char *const name[] = {
        [-CZ_OK] = "ok",           [-CZ_USAGE] = "usage",     [-CZ_NOMEM] = "no_memory",
        [-CZ_IO] = "io",           [-CZ_FULL] = "full",       [-CZ_ABSENT] = "absent",
        [-CZ_EXISTS] = "exists",   [-CZ_DENIED] = "denied",   [-CZ_UNREACHABLE] = "unreachable",
        [-CZ_CORRUPT] = "corrupt", [-CZ_FORMAT] = "format",   [-CZ_UNSUPPORTED] = "unsupported",
        [-CZ_NEWER] = "newer",     [-CZ_CHANGED] = "changed", [-CZ_CANCELLED] = "cancelled",
    };
    const int n = (int)(sizeof name / sizeof *name);
    return code <= 0 && code > -n ? name[-code] : "unknown";
}
