#include "analyse/scenes.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"

/* Motion is not known so exactly that the limit could become less with the width for ever. */
enum { DRIFT_WIDTH_MIN = 960 };

/* The path of the content up to a frame: sums over all steps so far. */
typedef struct position {
    double x, y; /* pixels */
    double zoom; /* sum of zoom - 1 */
} position;

typedef struct search {
    const frame_statistics *frames;
    uint64_t n;
    position *path; /* of each frame */
    double edge;    /* pixels from the center to the corner */
    double limit;   /* of the drift, in pixels */
    scene *scenes;
    size_t count, capacity;
} search;

static bool is_black(const frame_statistics *f)
{
    return (f->flags & FRAME_BLACK) && !(f->flags & FRAME_DAMAGED);
}

/* Is there a cut before this frame? */
static bool is_cut(const frame_statistics *f)
{
    return (f->flags & FRAME_NO_MOTION) && f->difference > CUT_DIFFERENCE;
}

static void sum_path(search *s)
{
    position at = {0};
    for (uint64_t i = 0; i < s->n; i++) {
        const frame_statistics *f = &s->frames[i];
        if (!(f->flags & FRAME_NO_MOTION)) {
            at.x += (double)f->shift_x;
            at.y += (double)f->shift_y;
            at.zoom += (double)f->zoom - 1;
        }
        s->path[i] = at;
    }
}

/* How far the content moves between two frames, at the corners of the frame at most. */
static double drift(const search *s, uint64_t a, uint64_t b)
{
    const double x = s->path[b].x - s->path[a].x, y = s->path[b].y - s->path[a].y;
    return sqrt(x * x + y * y) + fabs(s->path[b].zoom - s->path[a].zoom) * s->edge;
}

/* Does frame i of the stretch [first, end), which has no cut, move? Near an end of the stretch only
 * the other side decides. */
static bool moves(const search *s, uint64_t i, uint64_t first, uint64_t end)
{
    const bool has_before = i - first >= SCENE_WINDOW, has_after = end - i > SCENE_WINDOW;
    const uint64_t before = has_before ? i - SCENE_WINDOW : first;
    const uint64_t after = has_after ? i + SCENE_WINDOW : end - 1;
    const bool moved = drift(s, before, i) > s->limit, will = drift(s, i, after) > s->limit;
    return has_before == has_after ? moved && will : has_before ? moved : will;
}

/* The undamaged candidate next to the middle; false if there is none. */
static bool choose_representative(const search *s, scene *in)
{
    const uint64_t middle = in->first + (in->last - in->first) / 2;
    const uint64_t every = REPRESENTATIVE_EVERY;
    bool found = false;
    uint64_t least = 0;
    for (uint64_t i = (in->first + every - 1) / every * every; i <= in->last; i += every) {
        const uint64_t away = i > middle ? i - middle : middle - i;
        if ((s->frames[i].flags & FRAME_DAMAGED) || (found && away >= least))
            continue;
        found = true;
        least = away;
        in->representative = i;
    }
    return found;
}

/* Add the still frames [first, end) as a scene, less damaged ones at its ends. */
static int add_scene(search *s, uint64_t first, uint64_t end, cz_error *err)
{
    while (first < end && (s->frames[first].flags & FRAME_DAMAGED))
        first++;
    while (end > first && (s->frames[end - 1].flags & FRAME_DAMAGED))
        end--;
    scene found = {.first = first, .last = end - 1};
    if (first == end || (end - first < SCENE_FRAMES_MIN && end - first < s->n) ||
        !choose_representative(s, &found))
        return CZ_OK;
    if (s->count == s->capacity) {
        const size_t capacity = s->capacity ? 2 * s->capacity : 16;
        scene *more = realloc(s->scenes, capacity * sizeof *more);
        if (!more)
            return cz_fail_memory(err, "%zu scenes", capacity);
        s->scenes = more;
        s->capacity = capacity;
    }
    s->scenes[s->count++] = found;
    return CZ_OK;
}

/* Find the scenes of [first, end), which has neither cuts nor black frames. */
static int search_stretch(search *s, uint64_t first, uint64_t end, cz_error *err)
{
    uint64_t from = first;
    int rc = CZ_OK;
    for (uint64_t i = first; i < end && rc == CZ_OK; i++)
        if (moves(s, i, first, end)) {
            rc = add_scene(s, from, i, err);
            from = i + 1;
        }
    return rc == CZ_OK ? add_scene(s, from, end, err) : rc;
}

static int search_all(search *s, cz_error *err)
{
    uint64_t from = 0;
    int rc = CZ_OK;
    for (uint64_t i = 0; i < s->n && rc == CZ_OK; i++) {
        const bool black = is_black(&s->frames[i]);
        if (!black && !is_cut(&s->frames[i]))
            continue;
        rc = search_stretch(s, from, i, err);
        from = black ? i + 1 : i;
    }
    return rc == CZ_OK ? search_stretch(s, from, s->n, err) : rc;
}

int scenes_find(scene **ret_scenes, size_t *ret_count, const frame_statistics *frames, uint64_t n,
                uint32_t width, uint32_t height, cz_error *err)
{
    const uint32_t wide = width > DRIFT_WIDTH_MIN ? width : DRIFT_WIDTH_MIN;
    search s = {.frames = frames, .n = n, .limit = SCENE_DRIFT_MAX * wide / 1920};
    int rc = CZ_OK;
    s.edge = sqrt((double)width * width + (double)height * height) / 2;
    s.path = n ? malloc(n * sizeof *s.path) : NULL;
    if (n && !s.path)
        return cz_fail_memory(err, "scenes of %llu frames", (unsigned long long)n);
    sum_path(&s);
    if ((rc = search_all(&s, err)) < 0)
        goto end;
    *ret_scenes = s.scenes;
    *ret_count = s.count;
    s.scenes = NULL;
end:
    free(s.scenes);
    free(s.path);
    return rc;
}
