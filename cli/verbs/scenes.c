/* camzarr scenes: the stretches of a clip in which the camera does not move. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "cli/analysis/scene_labels.h"
#include "cli/json_facts.h"
#include "cli/missing_clip.h"
#include "cli/network.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/units.h"
#include "cli/verbs/verbs.h"

typedef struct listing {
    const options *o;
    cz_clip *clip;
    cz_scene *scene;
    size_t n;
    scene_labels labels;
    table t;
} listing;

/* From the first frame's time to the end of the last one. */
static int span_of(int64_t *start, int64_t *end, const listing *l, const cz_scene *s, cz_error *err)
{
    const cz_facts *f = cz_clip_facts(l->clip);
    const int rc = cz_time(start, l->clip, s->first, err);
    *end = f->end;
    return rc == CZ_OK && s->last + 1 < f->frames ? cz_time(end, l->clip, s->last + 1, err) : rc;
}

static int print_json(const listing *l, size_t i, cz_error *err)
{
    const cz_scene *s = &l->scene[i];
    int64_t start, end;
    const int rc = span_of(&start, &end, l, s, err);
    if (rc < 0)
        return rc;
    cJSON *line = json_object(), *labels = json_array();
    json_add_clean(line, "clip", cz_clip_facts(l->clip)->name);
    json_add_u64(line, "scene", i);
    json_add_u64(line, "first", s->first);
    json_add_u64(line, "last", s->last);
    json_add_time(line, "start", start);
    json_add_time(line, "end", end);
    json_add_u64(line, "representative", s->representative);
    for (size_t k = 0; k < l->labels.n; k++)
        if (scene_label_fits(&l->labels.at[k], s))
            json_add_clean(labels, NULL, l->labels.at[k].text);
    json_add(line, "labels", labels);
    return say_json(line, err);
}

/* A time of day or, where the start of the clip is not known, since its first frame. */
static void add_start(table *t, const cz_facts *f, int64_t start)
{
    char text[TIMESTAMP_TEXT_MAX], since[UNITS_TEXT_MAX];
    timestamp_format(text, start);
    duration_text(since, start - f->start);
    if (start_known(f->start_from))
        table_add(t, "%s", text);
    else
        table_add(t, "+%s", since);
}

static int add_row(listing *l, size_t i, cz_error *err)
{
    const cz_scene *s = &l->scene[i];
    char duration[UNITS_TEXT_MAX];
    int64_t start, end;
    buf labels = {0};
    const int rc = span_of(&start, &end, l, s, err);
    if (rc < 0)
        return rc;
    duration_text(duration, end - start);
    for (size_t k = 0; k < l->labels.n; k++)
        if (scene_label_fits(&l->labels.at[k], s))
            buf_printf(&labels, "%s%s", labels.len ? " " : "", l->labels.at[k].text);
    const char *text = labels.len ? buf_text(&labels) : "";
    table_add(&l->t, "%zu", i);
    add_start(&l->t, cz_clip_facts(l->clip), start);
    table_add(&l->t, "%s", duration);
    table_add(&l->t, "%" PRIu64, s->first);
    table_add(&l->t, "%" PRIu64, s->last);
    table_add(&l->t, "%" PRIu64, s->representative);
    if (l->o->labels)
        table_add(&l->t, "%s", text ? text : "");
    buf_free(&labels);
    return CZ_OK;
}

static int print_scenes(listing *l, cz_error *err)
{
    static const char *const titles[] = {"SCENE", "START",          "DURATION", "FIRST",
                                         "LAST",  "REPRESENTATIVE", "LABELS"};
    int rc = CZ_OK;
    l->t = (table){.n_columns = l->o->labels ? 7 : 6, .align = "rlrrrrl"};
    for (size_t c = 0; c < l->t.n_columns; c++)
        table_add(&l->t, "%s", titles[c]);
    for (size_t i = 0; rc == CZ_OK && i < l->n && !output_failed(); i++)
        rc = l->o->json ? print_json(l, i, err) : add_row(l, i, err);
    if (rc == CZ_OK && !l->o->json && l->n > 0)
        rc = table_print(&l->t, stdout, err);
    if (rc == CZ_OK && !l->o->json && l->n == 0 && !l->o->quiet)
        say(stderr, "%s: no scenes", cz_clip_facts(l->clip)->name);
    return rc;
}

int run_scenes(const options *o)
{
    const cz_options opts = store_options_of(o);
    listing l = {.o = o};
    cz_store *store = NULL;
    cz_error err;
    int rc = o->labels ? scene_labels_read(&l.labels, o->labels, o->arg[1], &err) : CZ_OK;
    if (rc == CZ_OK)
        rc = cz_open(&store, o->arg[0], &opts, &err);
    if (rc == CZ_OK)
        rc = open_clip(&l.clip, store, o->arg[1], &err);
    if (rc == CZ_OK)
        rc = cz_clip_scenes(&l.scene, &l.n, l.clip, &err);
    if (rc == CZ_OK)
        rc = print_scenes(&l, &err);
    network_say_store(o, store);
    cz_scenes_free(&l.scene);
    cz_clip_close(&l.clip);
    cz_close(&store);
    scene_labels_free(&l.labels);
    table_free(&l.t);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
