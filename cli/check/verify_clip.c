#include "cli/check/verify_clip.h"
#include "cli/check/verify_report.h"

#include <string.h>

#include "cli/missing_clip.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "format/layout.h"

typedef struct checking {
    const options *o;
    const char *clip;
    progress bar;
    uint64_t found;
    finding_group group;
    const cz_store *store; /* NULL: the clip was named, so an unfinished one is a difference */
    bool unfinished;
    verify_report *report; /* NULL: none */
} checking;

/* ---- Results --------------------------------------------------------------------------------- */

void clip_result_print(const clip_result *r)
{
    cz_error lost;
    cJSON *line = json_object();
    json_add_clean(line, "clip", r->clip);
    json_add_text(line, "status", clip_state_name(r->state));
    json_add_u64(line, "differences", r->differences);
    json_add_bool(line, "bytes_read", r->bytes_read);
    if (r->state == CLIP_FAILED)
        json_add_error(line, r->err);
    (void)say_json(line, &lost); /* output_finish() reports a lost line */
}

void clip_unfinished_say(const options *o, const char *clip)
{
    say(stderr, "%s: incomplete; run camzarr convert again to resume", clip);
    if (o->json)
        clip_result_print(&(clip_result){.clip = clip, .state = CLIP_UNFINISHED});
}

int verify_worse(int a, int b)
{
    static const int order[] = {EXIT_STOPPED, EXIT_DIFFERENT, EXIT_USAGE, EXIT_FAILED, EXIT_RETRY};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return EXIT_DONE;
}

/* ---- Reading all objects --------------------------------------------------------------------- */

/* The clip's commit marker was removed after it was listed: a conversion or a removal is in
 * progress. */
static bool is_unfinished(const checking *c, const cz_finding *f)
{
    char key[KEY_MAX];
    uint64_t size;
    if (!c->store || f->code != CZ_ABSENT)
        return false;
    clip_key(key, c->clip, rel_key_marker(c->store->zarr));
    if (strcmp(f->key, key) != 0)
        return false;
    clip_key(key, c->clip, REL_KEY_RECORD);
    return os_stat(c->store->os, key, &size, NULL) == CZ_OK;
}

static void finding(void *user, const cz_finding *f)
{
    checking *c = user;
    if (is_unfinished(c, f)) {
        c->unfinished = true;
        return;
    }
    c->found++;
    verify_report_found(c->report, f);
    progress_clear(&c->bar);
    if (c->o->json)
        finding_print_json(c->clip, f);
    else
        finding_group_add(&c->group, c->clip, f);
}

static int show_progress(void *user, uint64_t done, uint64_t total)
{
    checking *c = user;
    progress_show(&c->bar, &(progress_state){.bytes_done = done, .bytes_total = total});
    return interrupted() || output_failed();
}

static int print_result(const checking *c, clip_state state, const cz_error *err)
{
    if (c->o->json)
        clip_result_print(&(clip_result){.clip = c->clip,
                                         .state = state,
                                         .bytes_read = true,
                                         .differences = c->found,
                                         .err = err});
    else if (state == CLIP_SOUND && c->o->verbose)
        say(stdout, "%s: intact", c->clip);
    if (state == CLIP_FAILED)
        return say_error(err);
    return state == CLIP_SOUND ? EXIT_DONE : EXIT_DIFFERENT;
}

int clip_verify(clip_state *ret_state, const options *o, cz_store *store, const char *clip,
                bool was_named, verify_report *report)
{
    checking c = {.o = o, .clip = clip, .store = was_named ? NULL : store, .report = report};
    const cz_verify_job job = {.source = o->source,
                               .decode = o->decode,
                               .found = finding,
                               .progress = show_progress,
                               .user = &c};
    cz_error err;
    uint64_t differences;
    verify_report_clip(report, clip);
    progress_begin(&c.bar, clip, o->quiet);
    const int rc =
        explain_missing_clip(cz_verify(&differences, store, clip, &job, &err), store, clip, &err);
    progress_clear(&c.bar);
    finding_group_print(&c.group);
    *ret_state = rc < 0 ? CLIP_FAILED : c.found ? CLIP_DIFFERENT : CLIP_SOUND;
    if (rc == CZ_OK && c.unfinished)
        *ret_state = CLIP_UNFINISHED;
    verify_report_result(report, *ret_state, c.found, &err);
    if (rc == CZ_CANCELLED && output_failed())
        return EXIT_FAILED; /* output_finish() prints the error */
    if (*ret_state != CLIP_UNFINISHED)
        return print_result(&c, *ret_state, &err);
    clip_unfinished_say(o, clip);
    return EXIT_DONE;
}
