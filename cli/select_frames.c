#include "cli/select_frames.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "cli/frames_arg.h"

/* Bounds the memory for frame numbers: a list can repeat all frames of a clip many times. */
enum { SELECT_MAX = 1 << 28 };

static int out_of_range(const frames_item *item, const cz_facts *facts, cz_error *err)
{
    return cz_fail(err, CZ_ABSENT, "%.*s: no such frame (%s has frames 0 to %" PRIu64 ")",
                   item->text_len, item->text, facts->name, facts->frames - 1);
}

static int no_such_time(const frames_item *item, const cz_facts *facts, cz_error *err)
{
    char start[TIMESTAMP_TEXT_MAX], end[TIMESTAMP_TEXT_MAX];
    timestamp_format(start, facts->start);
    timestamp_format(end, facts->end);
    return cz_fail(err, CZ_ABSENT, "%.*s: no frame is shown then (%s runs from %s to %s, %.3f s)",
                   item->text_len, item->text, facts->name, start, end,
                   (double)(facts->end - facts->start) / 1e9);
}

/* Turn a time into the range of its frame. */
static int at_time(frames_item *item, cz_clip *clip, cz_error *err)
{
    const cz_facts *facts = cz_clip_facts(clip);
    int64_t time = item->time;
    if (item->kind == FRAMES_OFFSET && __builtin_add_overflow(time, facts->start, &time))
        return no_such_time(item, facts, err);
    if (time < facts->start || time >= facts->end)
        return no_such_time(item, facts, err);
    const int rc = cz_frame_at(&item->first, clip, time, err);
    item->end = item->first + 1;
    item->step = 1;
    return rc;
}

static int resolve(frames_item *item, cz_clip *clip, cz_error *err)
{
    const cz_facts *facts = cz_clip_facts(clip);
    if (item->kind != FRAMES_RANGE)
        return at_time(item, clip, err);
    if (item->end == FRAMES_END)
        item->end = facts->frames;
    if (item->first >= facts->frames || item->end > facts->frames)
        return out_of_range(item, facts, err);
    return CZ_OK;
}

static uint64_t count(const frames_item *item)
{
    return (item->end - item->first - 1) / item->step + 1;
}

int select_frames(uint64_t **out, size_t *n, const char *text, cz_clip *clip, cz_error *err)
{
    frames_item *item;
    size_t n_items, at = 0;
    uint64_t total = 0, *frame = NULL;
    int rc = frames_parse(&item, &n_items, text, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < n_items; i++) {
        if ((rc = resolve(&item[i], clip, err)) < 0)
            goto end;
        total += count(&item[i]);
    }
    if (total < 1 || total > SELECT_MAX) {
        rc = cz_fail(err, CZ_USAGE, "%.40s: %" PRIu64 " frames: not 1 to %d", text, total,
                     SELECT_MAX);
        goto end;
    }
    if (!(frame = calloc(total, sizeof *frame))) {
        rc = cz_fail(err, CZ_NOMEM, "%.40s: out of memory for %" PRIu64 " frames", text, total);
        goto end;
    }
    for (size_t i = 0; i < n_items; i++)
        for (uint64_t k = 0; k < count(&item[i]); k++)
            frame[at++] = item[i].first + k * item[i].step;
    *out = frame;
    *n = at;
end:
    free(item);
    return rc;
}
