#include "cli/select_frames.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
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

/* A moment as ns since 1970. False: beyond 64 bits. */
static bool resolve_moment(int64_t *out, frames_moment m, const cz_facts *facts)
{
    *out = m.ns;
    return !m.from_first || !__builtin_add_overflow(m.ns, facts->start, out);
}

typedef struct selection {
    cz_clip *clip;
    const cz_facts *facts;
    const char *text; /* all of FRAMES */
    buf frames;       /* uint64_t each */
    uint64_t n;
} selection;

static int add(selection *s, uint64_t frame, cz_error *err)
{
    if (s->n == SELECT_MAX)
        return cz_fail(err, CZ_USAGE, "%.40s: selects more than %d frames", s->text, SELECT_MAX);
    s->n++;
    buf_add(&s->frames, &frame, sizeof frame);
    return s->frames.bad ? cz_fail_memory(err, "%.40s: frame numbers", s->text) : CZ_OK;
}

static int add_range(selection *s, const frames_item *item, cz_error *err)
{
    const uint64_t end = item->end == FRAMES_END ? s->facts->frames : item->end;
    if (item->first >= s->facts->frames || end > s->facts->frames)
        return out_of_range(item, s->facts, err);
    const uint64_t n = (end - item->first - 1) / item->step + 1;
    int rc = CZ_OK;
    for (uint64_t k = 0; k < n && rc == CZ_OK; k++)
        rc = add(s, item->first + k * item->step, err);
    return rc;
}

static int add_at(selection *s, const frames_item *item, cz_error *err)
{
    int64_t time;
    uint64_t frame;
    if (!resolve_moment(&time, item->from, s->facts) || time < s->facts->start ||
        time >= s->facts->end)
        return no_such_time(item, s->facts, err);
    const int rc = cz_frame_at(&frame, s->clip, time, err);
    return rc < 0 ? rc : add(s, frame, err);
}

/* The first of the moments from, from + every, ... that is not before time. */
static bool next_moment(int64_t *out, int64_t from, int64_t every, int64_t time)
{
    const uint64_t ahead = time > from ? (uint64_t)time - (uint64_t)from : 0;
    const uint64_t steps = ahead / (uint64_t)every + (ahead % (uint64_t)every > 0);
    return !__builtin_mul_overflow(steps, every, out) && !__builtin_add_overflow(*out, from, out);
}

/* Each frame shown at a moment once, even if several moments show it: `every` may be shorter than
 * a frame. */
static int add_every(selection *s, int64_t from, int64_t to, int64_t every, cz_error *err)
{
    const int64_t end = to < s->facts->end ? to : s->facts->end;
    int64_t moment, after = s->facts->start;
    int rc = CZ_OK;
    while (rc == CZ_OK && next_moment(&moment, from, every, after) && moment < end) {
        uint64_t frame;
        if ((rc = cz_frame_at(&frame, s->clip, moment, err)) < 0 || (rc = add(s, frame, err)) < 0 ||
            frame + 1 == s->facts->frames)
            break;
        rc = cz_time(&after, s->clip, frame + 1, err);
    }
    return rc;
}

/* Frames that begin in [from, to). */
static int add_each(selection *s, int64_t from, int64_t to, cz_error *err)
{
    uint64_t frame = 0;
    int64_t time = s->facts->start;
    int rc = CZ_OK;
    if (from >= s->facts->end || to <= s->facts->start)
        return CZ_OK;
    if (from > time && (rc = cz_frame_at(&frame, s->clip, from, err)) < 0)
        return rc;
    for (; frame < s->facts->frames; frame++) {
        if ((rc = cz_time(&time, s->clip, frame, err)) < 0 || time >= to)
            return rc;
        if (time >= from && (rc = add(s, frame, err)) < 0)
            return rc;
    }
    return CZ_OK;
}

static int add_between(selection *s, const frames_item *item, cz_error *err)
{
    const uint64_t before = s->n;
    int64_t from, to;
    if (!resolve_moment(&from, item->from, s->facts) || !resolve_moment(&to, item->to, s->facts))
        return no_such_time(item, s->facts, err);
    const int rc =
        item->every ? add_every(s, from, to, item->every, err) : add_each(s, from, to, err);
    return rc == CZ_OK && s->n == before ? no_such_time(item, s->facts, err) : rc;
}

int select_frames(uint64_t **out, size_t *n, const char *text, cz_clip *clip, cz_error *err)
{
    frames_item *item;
    size_t n_items;
    int rc = frames_parse(&item, &n_items, text, err);
    if (rc < 0)
        return rc;
    selection s = {.clip = clip, .facts = cz_clip_facts(clip), .text = text};
    for (size_t i = 0; i < n_items && rc == CZ_OK; i++)
        rc = item[i].kind == FRAMES_RANGE ? add_range(&s, &item[i], err)
             : item[i].kind == FRAMES_AT  ? add_at(&s, &item[i], err)
                                          : add_between(&s, &item[i], err);
    free(item);
    if (rc < 0) {
        buf_free(&s.frames);
        return rc;
    }
    *out = (uint64_t *)(void *)s.frames.at;
    *n = s.n;
    return CZ_OK;
}
