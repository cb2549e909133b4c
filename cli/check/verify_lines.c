#include "cli/check/verify_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/say.h"

void finding_group_print(finding_group *g)
{
    const char *clip = g->clip, *key = g->key, *what = g->what;
    if (g->n == 1 && g->first >= 0)
        say(stdout, "%s: %s: frame %" PRId64 ": %s", clip, key, g->first, what);
    else if (g->n == 1)
        say(stdout, "%s: %s: %s", clip, key, what);
    else if (g->n > 1 && g->first < 0)
        say(stdout, "%s: %s: %s (%" PRIu64 " times)", clip, key, what, g->n);
    else if (g->n > 1 && (uint64_t)(g->last - g->first) + 1 == g->n)
        say(stdout, "%s: %s: frames %" PRId64 " to %" PRId64 ": %s", clip, key, g->first, g->last,
            what);
    else if (g->n > 1)
        say(stdout, "%s: %s: %" PRIu64 " of the frames %" PRId64 " to %" PRId64 ": %s", clip, key,
            g->n, g->first, g->last, what);
    g->n = 0;
}

static bool belongs(const finding_group *g, const char *clip, const cz_finding *f)
{
    return g->n > 0 && strcmp(g->clip, clip) == 0 && strcmp(g->key, f->key) == 0 &&
           strcmp(g->what, f->what) == 0 && (f->frame < 0 ? g->first < 0 : f->frame > g->last);
}

void finding_group_add(finding_group *g, const char *clip, const cz_finding *f)
{
    if (!belongs(g, clip, f)) {
        finding_group_print(g);
        g->clip = clip;
        (void)snprintf(g->key, sizeof g->key, "%s", f->key);
        (void)snprintf(g->what, sizeof g->what, "%s", f->what);
        g->first = f->frame;
    }
    g->last = f->frame;
    g->n++;
}

void finding_print_json(const char *clip, const cz_finding *f)
{
    cz_error err;
    cJSON *line = json_object();
    json_add_clean(line, "clip", clip);
    json_add_text(line, "code", cz_code_name(f->code));
    json_add_clean(line, "key", f->key);
    if (f->frame >= 0)
        json_add_i64(line, "frame", f->frame);
    json_add_clean(line, "what", f->what);
    (void)say_json(line, &err);
}
