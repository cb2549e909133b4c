#include "cli/picture/deflate.h"

#include <stdlib.h>
#include <string.h>

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>

enum {
    BEST = 9,        /* of libdeflate's 12: the next ones take five times as long for 1 % */
    OVERHEAD = 1024, /* of igzip, for short data; see deflate_bound() */
};

struct deflater {
    struct libdeflate_compressor *slow; /* NULL: igzip */
    struct isal_zstream stream;
    uint32_t level, work_size;
    uint8_t work[]; /* of igzip */
};

bool deflate_level_find(deflate_level *out, const char *name)
{
    static const char *const names[] = {[DEFLATE_DEFAULT] = "default",
                                        [DEFLATE_NONE] = "none",
                                        [DEFLATE_FAST] = "fast",
                                        [DEFLATE_BEST] = "best"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (deflate_level)i;
            return true;
        }
    }
    return false;
}

int deflater_new(deflater **out, deflate_level level, cz_error *err)
{
    const bool slow = level == DEFLATE_NONE || level == DEFLATE_BEST;
    const uint32_t work = slow                    ? 0
                          : level == DEFLATE_FAST ? ISAL_DEF_LVL1_DEFAULT
                                                  : ISAL_DEF_LVL3_DEFAULT;
    deflater *d = calloc(1, sizeof *d + work);
    *out = NULL;
    if (!d)
        return cz_fail_memory(err, "compressor");
    d->level = level == DEFLATE_FAST ? 1 : 3;
    d->work_size = work;
    if (slow && !(d->slow = libdeflate_alloc_compressor(level == DEFLATE_BEST ? BEST : 0))) {
        free(d);
        return cz_fail_memory(err, "compressor");
    }
    *out = d;
    return CZ_OK;
}

void deflater_free(deflater **d)
{
    if (!d || !*d)
        return;
    libdeflate_free_compressor((*d)->slow);
    free(*d);
    *d = NULL;
}

size_t deflate_bound(const deflater *d, size_t n)
{
    if (d->slow)
        return libdeflate_zlib_compress_bound(d->slow, n);
    return n + n / 8 + OVERHEAD; /* igzip documents no bound; stored blocks take n + n / 8192 */
}

size_t deflate_zlib(deflater *d, void *to, size_t room, const void *data, size_t n)
{
    if (d->slow)
        return libdeflate_zlib_compress(d->slow, data, n, to, room);
    if (n > UINT32_MAX || room > UINT32_MAX)
        return 0;
    isal_deflate_init(&d->stream);
    d->stream.level = d->level;
    d->stream.level_buf = d->work;
    d->stream.level_buf_size = d->work_size;
    d->stream.gzip_flag = IGZIP_ZLIB;
    d->stream.end_of_stream = 1;
    d->stream.next_in = (uint8_t *)(uintptr_t)data; /* is not written to */
    d->stream.avail_in = (uint32_t)n;
    d->stream.next_out = to;
    d->stream.avail_out = (uint32_t)room;
    const bool done = isal_deflate(&d->stream) == COMP_OK && d->stream.avail_in == 0 &&
                      d->stream.internal_state.state == ZSTATE_END;
    return done ? d->stream.total_out : 0;
}
