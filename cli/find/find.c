/* camzarr find: the scenes of a store that show the same view as a frame. */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "cli/json_facts.h"
#include "cli/missing_clip.h"
#include "cli/network.h"
#include "cli/say.h"
#include "cli/select_frames.h"
#include "cli/signals.h"
#include "cli/table.h"
#include "cli/find/align.h"
#include "cli/verbs/verbs.h"

typedef struct job {
    const options *o;
    cz_store *store;
    cz_clip *clip; /* of the query */
    uint64_t frame;
    char **all; /* names of the store's clips; NULL unless --clips has a pattern */
    size_t n_all;
    const char **names; /* of the clips to search */
    size_t n_names;
    double min_score;
    cz_found found;
    find_align align;
} job;

/* ---- Arguments ---- */

/* FRAME: a number, or a time with or without its '@'. */
static int resolve_frame(job *j, const char *text, cz_error *err)
{
    char with_at[64];
    uint64_t *frame = NULL;
    size_t n = 0;
    const bool is_number = text[strspn(text, "0123456789")] == '\0';
    if (snprintf(with_at, sizeof with_at, "%s%s", is_number || *text == '@' ? "" : "@", text) >=
        (int)sizeof with_at)
        return cz_fail(err, CZ_USAGE, "--like %s: not a frame", j->o->like);
    int rc = select_frames(&frame, &n, with_at, j->clip, err);
    if (rc == CZ_OK && n != 1)
        rc = cz_fail(err, CZ_USAGE, "--like %s: %zu frames, not one", j->o->like, n);
    if (rc == CZ_OK)
        j->frame = frame[0];
    free(frame);
    return rc;
}

/* CLIP@FRAME */
static int open_query(job *j, cz_error *err)
{
    const char *like = j->o->like, *at = strchr(like, '@');
    if (!at || at == like || !at[1])
        return cz_fail(err, CZ_USAGE, "--like %s: not CLIP@FRAME", like);
    char *name = strndup(like, (size_t)(at - like));
    if (!name)
        return cz_fail_memory(err, "%s", like);
    int rc = open_clip(&j->clip, j->store, name, err);
    free(name);
    if (rc == CZ_OK)
        rc = resolve_frame(j, at + 1, err);
    return rc;
}

static int parse_score(job *j, cz_error *err)
{
    const char *text = j->o->min_score;
    char *end;
    if (!text)
        return CZ_OK;
    j->min_score = strtod(text, &end);
    if (*end || end == text || !(j->min_score > 0 && j->min_score <= 1))
        return cz_fail(err, CZ_USAGE, "--min-score %s: not a number above 0 and up to 1", text);
    return CZ_OK;
}

/* A label is a field of CSV as it is. */
static bool label_is_plain(const char *label)
{
    if (label[strcspn(label, "\",")])
        return false;
    for (const char *c = label; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            return false;
    return true;
}

static bool is_pattern(const char *text)
{
    return text[strcspn(text, "*?[")] != '\0';
}

static int add_name(job *j, const char *name, cz_error *err)
{
    for (size_t i = 0; i < j->n_names; i++)
        if (strcmp(j->names[i], name) == 0)
            return CZ_OK;
    const char **at = realloc(j->names, (j->n_names + 1) * sizeof *at);
    if (!at)
        return cz_fail_memory(err, "%zu names of clips", j->n_names);
    j->names = at;
    j->names[j->n_names++] = name;
    return CZ_OK;
}

/* --clips: names and patterns. */
static int choose_clips(job *j, cz_error *err)
{
    const text_list *given = &j->o->clips;
    int rc = CZ_OK;
    for (size_t i = 0; i < given->n && rc == CZ_OK; i++) {
        const char *text = given->at[i];
        const size_t before = j->n_names;
        if (!is_pattern(text)) {
            rc = add_name(j, text, err);
            continue;
        }
        if (!j->all)
            rc = cz_clips(&j->all, &j->n_all, j->store, err);
        for (size_t k = 0; k < j->n_all && rc == CZ_OK; k++)
            if (fnmatch(text, j->all[k], 0) == 0)
                rc = add_name(j, j->all[k], err);
        if (rc == CZ_OK && j->n_names == before)
            rc = cz_fail(err, CZ_ABSENT, "--clips %s: no clip has such a name", text);
    }
    return rc;
}

/* ---- Output ---- */

static int print_json(const job *j, size_t i, cz_error *err)
{
    const cz_match *m = &j->found.match[i];
    cJSON *line = json_object();
    json_add_text(line, "clip", m->clip);
    json_add_u64(line, "scene", m->scene);
    json_add_u64(line, "first", m->first);
    json_add_u64(line, "last", m->last);
    json_add_time(line, "start", m->start);
    json_add_time(line, "end", m->end);
    json_add_u64(line, "frame", m->frame);
    json_add_double(line, "score", m->score);
    json_add_double(line, "shift_x", m->shift_x);
    json_add_double(line, "shift_y", m->shift_y);
    json_add_double(line, "zoom", m->zoom);
    if (j->align.path)
        json_add_clean(line, "path", j->align.path[i]);
    return say_json(line, err);
}

static void add_row(table *t, const cz_match *m)
{
    char start[TIMESTAMP_TEXT_MAX];
    timestamp_format(start, m->start);
    table_add(t, "%.3f", m->score);
    table_add(t, "%s", m->clip);
    table_add(t, "%" PRIu64, m->scene);
    table_add(t, "%" PRIu64 "-%" PRIu64, m->first, m->last);
    table_add(t, "%s", start);
    table_add(t, "%+.1f,%+.1f", m->shift_x, m->shift_y);
    table_add(t, "%.3f", m->zoom);
}

static int print_table(const job *j, cz_error *err)
{
    static const char *const titles[] = {"SCORE", "CLIP",  "SCENE", "FRAMES",
                                         "START", "SHIFT", "ZOOM"};
    table t = {.n_columns = sizeof titles / sizeof *titles, .align = "rlrllrr"};
    for (size_t i = 0; i < t.n_columns; i++)
        table_add(&t, "%s", titles[i]);
    for (size_t i = 0; i < j->found.n; i++)
        add_row(&t, &j->found.match[i]);
    const int rc = table_print(&t, stdout, err);
    table_free(&t);
    return rc;
}

/* The label as a proposal for each scene, in the CSV that `scenes --labels` reads. */
static void print_labels(const job *j)
{
    say(stdout, "label,start_frame,end_frame,clip,score");
    for (size_t i = 0; i < j->found.n; i++) {
        const cz_match *m = &j->found.match[i];
        say(stdout, "%s,%" PRIu64 ",%" PRIu64 ",%s,%.3f", j->o->label, m->first, m->last, m->clip,
            m->score);
    }
}

static int report(const job *j, cz_error *err)
{
    const cz_found *f = &j->found;
    int rc = CZ_OK;
    if (j->o->label)
        print_labels(j);
    else if (!j->o->json && f->n > 0)
        rc = print_table(j, err);
    for (size_t i = 0; j->o->json && i < f->n && rc == CZ_OK; i++)
        rc = print_json(j, i, err);
    if (!j->o->quiet && f->n == 0)
        say(stderr, "camzarr: no scene shows this view (%" PRIu64 " scenes of %" PRIu64 " clips)",
            f->scenes, f->clips);
    if (!j->o->quiet && f->without_scenes > 0)
        say(stderr, "camzarr: %" PRIu64 " of %" PRIu64 " clips have no scenes; see camzarr analyse",
            f->without_scenes, f->clips);
    if (!j->o->quiet && f->unreadable > 0)
        say(stderr, "camzarr: %" PRIu64 " of %" PRIu64 " clips cannot be read; see camzarr verify",
            f->unreadable, f->clips);
    return rc;
}

/* ---- The search ---- */

static int stop_if_interrupted(void *user, uint64_t done, uint64_t total)
{
    (void)user;
    (void)done;
    (void)total;
    return interrupted() ? 1 : 0;
}

static int search(job *j, cz_error *err)
{
    const cz_find_job with = {.clips = j->names,
                              .n_clips = j->n_names,
                              .min_score = j->min_score,
                              .limit = (size_t)j->o->limit,
                              .threads = (unsigned)j->o->threads,
                              .progress = stop_if_interrupted};
    const int rc = cz_find(&j->found, j->store, j->clip, j->frame, &with, err);
    if (rc < 0 || !j->o->align)
        return rc;
    j->align = (find_align){
        .o = j->o, .store = j->store, .query = cz_clip_facts(j->clip), .found = &j->found};
    return find_align_write(&j->align, err);
}

int run_find(const options *o)
{
    cz_error err;
    job j = {.o = o};
    const cz_options opts = store_options_of(o);
    int rc;
    if (!o->like)
        return say_usage("find", "requires --like CLIP@FRAME");
    if (o->label && o->json)
        return say_usage("find", "--label and --json: both decide about the output");
    if (o->label && !label_is_plain(o->label))
        return say_usage("find", "--label: has a comma, a quotation mark or a control character");
    signals_handle();
    if ((rc = parse_score(&j, &err)) == CZ_OK &&
        (rc = cz_open(&j.store, o->arg[0], &opts, &err)) == CZ_OK &&
        (rc = open_query(&j, &err)) == CZ_OK && (rc = choose_clips(&j, &err)) == CZ_OK &&
        (rc = search(&j, &err)) == CZ_OK)
        rc = report(&j, &err);
    network_say_store(o, j.store);
    find_align_free(&j.align);
    cz_found_free(&j.found);
    free(j.names);
    cz_names_free(&j.all, j.n_all);
    cz_clip_close(&j.clip);
    cz_close(&j.store);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
