#include "cli/fetch.h"

#include <string.h>

#include "cli/signals.h"

/* Limits of a batch: more frames would not make a request faster. One frame may exceed
 * BATCH_BYTES. */
enum { BATCH_FRAMES = 64, BATCH_BYTES = 48 << 20 };

/* size: of each frame of the clip; NULL: all frames have `each` bytes. */
static size_t batch_length(const uint32_t *size, uint64_t each, const uint64_t *frame, size_t n)
{
    uint64_t bytes = 0;
    size_t i = 0;
    while (i < n && i < BATCH_FRAMES) {
        bytes += size ? size[frame[i]] : each;
        if (i > 0 && bytes > BATCH_BYTES)
            break;
        i++;
    }
    return i;
}

/* want: n requests, which keep their memory from batch to batch. */
static int batch(cz_clip *clip, const cz_view *view, cz_request *want, const uint64_t *frame,
                 size_t n, fetch_each each, void *user, cz_error *err)
{
    for (size_t i = 0; i < n; i++)
        want[i].frame = frame[i];
    int rc = view ? cz_pictures(clip, view, want, n, NULL, NULL, err)
                  : cz_frames_raw(clip, want, n, NULL, NULL, err);
    /* Frames before the first one that failed are still delivered; err describes that one. */
    for (size_t i = 0; i < n && want[i].rc == CZ_OK; i++) {
        cz_error why;
        const int each_rc = each(user, &want[i], &why);
        if (each_rc < 0) {
            *err = why;
            rc = each_rc;
            break;
        }
    }
    return rc;
}

int fetch_frames(cz_clip *clip, const cz_view *view, const uint64_t *frame, size_t n,
                 fetch_each each, void *user, cz_error *err)
{
    const void *sizes = NULL;
    cz_shape shape = {0};
    cz_request want[BATCH_FRAMES];
    memset(want, 0, sizeof want);
    int rc =
        view ? cz_shape_of(&shape, clip, view, err) : cz_column_read(&sizes, clip, CZ_SIZE, err);
    while (rc == CZ_OK && n > 0) {
        const size_t m = batch_length(sizes, shape.bytes, frame, n);
        rc = interrupted() ? cz_fail(err, CZ_CANCELLED, "%s: stopped", cz_clip_facts(clip)->name)
                           : batch(clip, view, want, frame, m, each, user, err);
        frame += m;
        n -= m;
    }
    cz_request_free(want, BATCH_FRAMES);
    return rc;
}
