/* Names of what camzarr.h enumerates. */
#include <camzarr.h>

#include <stddef.h>

#define NAME_OF(table, i)                                                                          \
    ((i) >= 0 && (size_t)(i) < sizeof(table) / sizeof *(table) ? (table)[i] : NULL)

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

const char *cz_column_name(cz_column column)
{
    static const char *const name[] = {
        [CZ_TIME] = "time",   [CZ_SOURCE_OFFSET] = "source_offset", [CZ_SIZE] = "size",
        [CZ_SHARD] = "shard", [CZ_SHARD_OFFSET] = "shard_offset",   [CZ_CRC32C] = "crc32c",
        [CZ_FLAGS] = "flags",
    };
    return NAME_OF(name, (int)column);
}

const char *cz_column_description(cz_column column)
{
    static const char *const text[] = {
        [CZ_TIME] = "time at which the frame is shown",
        [CZ_SOURCE_OFFSET] = "byte at which the frame began in the source",
        [CZ_SIZE] = "bytes of the frame",
        [CZ_SHARD] = "number of the shard that holds the frame",
        [CZ_SHARD_OFFSET] = "byte at which the frame begins in its shard",
        [CZ_CRC32C] = "CRC-32C of the frame's bytes",
        [CZ_FLAGS] = "what is known to be wrong with the frame; 0 is a sound one",
    };
    return NAME_OF(text, (int)column);
}

/* By the exponent of the CZ_FLAG_ bit. */
const char *cz_flag_name(int bit)
{
    static const char *const name[] = {"size_mismatch", "no_mark",   "bad_header", "truncated",
                                       "missing",       "recovered", "varies"};
    _Static_assert(CZ_FLAG_SIZE == 1 << 0 && CZ_FLAG_MAGIC == 1 << 1 && CZ_FLAG_HEADER == 1 << 2 &&
                       CZ_FLAG_TRUNCATED == 1 << 3 && CZ_FLAG_MISSING == 1 << 4 &&
                       CZ_FLAG_RECOVERED == 1 << 5 && CZ_FLAG_VARIES == 1 << 6,
                   "the order of the names");
    return NAME_OF(name, bit);
}

static const struct {
    const char *name;
    unsigned channels; /* of a pixel; 0: planes */
    unsigned sample_bytes;
} layouts[] = {
    [CZ_NATIVE] = {"native", 0, 2},
    [CZ_YUV422P10] = {"yuv422p10le", 0, 2},
    [CZ_YUV444P10] = {"yuv444p10le", 0, 2},
    [CZ_YUV444P12] = {"yuv444p12le", 0, 2},
    [CZ_GRAY] = {"gray", 1, 1},
    [CZ_GRAY16] = {"gray16le", 1, 2},
    [CZ_RGB24] = {"rgb24", 3, 1},
    [CZ_BGR24] = {"bgr24", 3, 1},
    [CZ_RGB48] = {"rgb48le", 3, 2},
    [CZ_RGBA] = {"rgba", 4, 1},
    [CZ_YUVA444P12] = {"yuva444p12le", 0, 2},
    [CZ_YUVA444P10] = {"yuva444p10le", 0, 2},
    [CZ_GRAY10] = {"gray10le", 1, 2},
    [CZ_RGBA64] = {"rgba64le", 4, 2},
    [CZ_BGR48] = {"bgr48le", 3, 2},
};
enum { N_LAYOUTS = sizeof layouts / sizeof *layouts };

const char *cz_layout_name(cz_layout layout)
{
    return (unsigned)layout < N_LAYOUTS ? layouts[layout].name : NULL;
}

unsigned cz_layout_channels(cz_layout layout)
{
    return (unsigned)layout < N_LAYOUTS ? layouts[layout].channels : 0;
}

unsigned cz_layout_sample_bytes(cz_layout layout)
{
    return (unsigned)layout < N_LAYOUTS ? layouts[layout].sample_bytes : 0;
}

const char *cz_fields_name(cz_fields fields)
{
    static const char *const name[] = {
        [CZ_WEAVE] = "weave",           [CZ_TOP] = "top",
        [CZ_BOTTOM] = "bottom",         [CZ_BOB_TOP] = "bob-top",
        [CZ_BOB_BOTTOM] = "bob-bottom",
    };
    return NAME_OF(name, (int)fields);
}
