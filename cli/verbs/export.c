/* camzarr export: export formats of clips. */
#include "cli/export/export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/json_facts.h"
#include "cli/missing_clip.h"
#include "cli/network.h"
#include "cli/place.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/verbs/verbs.h"
#include "cli/view_arg.h"

/* How many clips a form takes. */
typedef enum export_clips {
    ONE_CLIP,
    JOINED_CLIPS, /* all open at once */
    EACH_CLIP,    /* one after the other, by export_each_clip() */
} export_clips;

/* What a form has, besides clips. */
enum {
    HAS_SOURCE = 1,   /* --source */
    HAS_FRAMES = 2,   /* --frames */
    HAS_PICTURES = 4, /* the options of pictures, with --frames */
    IS_FOLDER = 8,    /* OUT is a folder, which the form creates */
    HAS_TRACK = 16,   /* --track */
    NEEDS_STORE = 32, /* a MOV by itself cannot be exported */
};

typedef struct export_form {
    const char *name;
    export_clips clips;
    unsigned has;
    int (*write)(const export_job *j, cz_error *err);
} export_form;

static const export_form forms[] = {
    {"kerchunk", JOINED_CLIPS, HAS_SOURCE, export_kerchunk},
    {"netcdf", ONE_CLIP, HAS_FRAMES | HAS_PICTURES, export_netcdf},
    {"torchcodec", ONE_CLIP, 0, export_torchcodec},
    {"wav", ONE_CLIP, HAS_TRACK, export_wav},
    {"stac", EACH_CLIP, HAS_SOURCE | IS_FOLDER | NEEDS_STORE, export_stac},
    {"ifdo", ONE_CLIP, HAS_SOURCE | HAS_FRAMES | NEEDS_STORE, export_ifdo},
    {"biigle", EACH_CLIP, HAS_FRAMES, export_biigle},
    {"fathomnet", EACH_CLIP, HAS_SOURCE | HAS_FRAMES, export_fathomnet},
    {"vars", EACH_CLIP, HAS_SOURCE, export_vars},
};
enum { N_FORMS = sizeof forms / sizeof *forms };

static const export_form *find(const char *name)
{
    for (size_t i = 0; i < N_FORMS; i++)
        if (strcmp(forms[i].name, name) == 0)
            return &forms[i];
    return NULL;
}

uint64_t export_frames(const export_job *j)
{
    uint64_t n = 0;
    for (size_t i = 0; i < j->n_clips; i++)
        n += cz_clip_facts(j->clip[i])->frames;
    return n;
}

void export_describe(cJSON *to, const export_job *j)
{
    const cz_facts *first = cz_clip_facts(j->clip[0]);
    const cz_facts *last = cz_clip_facts(j->clip[j->n_clips - 1]);
    buf title = {0};
    buf_printf(&title, "%s", first->name);
    if (j->n_clips > 1)
        buf_printf(&title, " to %s, %zu clips", last->name, j->n_clips);
    json_add_text(to, "Conventions", "CF-1.11, ACDD-1.3");
    json_add_text(to, "title", buf_text(&title));
    json_add_text(to, "history", "camzarr " CZ_VERSION ": export");
    if (j->n_clips == 1) {
        json_add_clean(to, "source", first->source_name);
        json_add_optional_text(to, "source_md5", first->source_md5[0] ? first->source_md5 : NULL);
    }
    if (start_known(first->start_from) && start_known(last->start_from)) {
        json_add_time(to, "time_coverage_start", first->start);
        json_add_time(to, "time_coverage_end", last->end);
    }
    json_add_text(to, "codec", first->codec);
    json_add_rate(to, first->rate_num, first->rate_den);
    json_add_text(to, "interlace", first->interlace);
    buf_free(&title);
}

/* ---- Which clips ----------------------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
    const cz_facts *x = cz_clip_facts(*(cz_clip *const *)a);
    const cz_facts *y = cz_clip_facts(*(cz_clip *const *)b);
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int open_clips(export_job *j, cz_error *err)
{
    const size_t n = j->n_names;
    int rc = CZ_OK;
    j->clip = calloc(n + 1, sizeof(cz_clip *));
    if (!j->clip)
        return cz_fail_memory(err, "%zu clips", n);
    for (size_t i = 0; rc == CZ_OK && i < n; i++) {
        rc = open_clip(&j->clip[i], j->store, j->name[i], err);
        j->n_clips += rc == CZ_OK;
    }
    if (rc == CZ_OK)
        qsort(j->clip, n, sizeof(cz_clip *), by_start);
    return rc;
}

/* A file is a MOV, and so is an address that ends in .mov. */
static bool is_store(const char *place)
{
    struct stat st;
    if (place_is_address(place))
        return !place_is_movie_address(place);
    return stat(place, &st) < 0 || S_ISDIR(st.st_mode);
}

/* A MOV by itself is one clip. */
static int open_movie(export_job *j, cz_error *err)
{
    if (j->o->n_args > 3)
        return cz_fail(err, CZ_USAGE, "%s: not a store: a MOV has no clips", j->o->arg[2]);
    j->clip = calloc(1, sizeof(cz_clip *));
    if (!j->clip)
        return cz_fail_memory(err, "%s", j->place);
    const cz_options opts = store_options_of(j->o);
    const int rc = cz_movie_open(&j->clip[0], j->place, &opts, err);
    j->n_clips = rc == CZ_OK;
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Copy the names that the arguments have, in ascending order. */
static int take_named(export_job *j, cz_error *err)
{
    const size_t n = j->o->n_args - 3;
    char **name = calloc(n + 1, sizeof *name);
    if (!name)
        return cz_fail_memory(err, "%zu names of clips", n);
    j->name = name;
    for (; j->n_names < n; j->n_names++)
        if (!(name[j->n_names] = strdup(j->o->arg[j->n_names + 2])))
            return cz_fail_memory(err, "%zu names of clips", n);
    qsort(name, n, sizeof *name, by_name);
    return CZ_OK;
}

/* The clips that the arguments name, or all clips of the store. */
static int open_store(export_job *j, const export_form *form, cz_error *err)
{
    const cz_options opts = store_options_of(j->o);
    int rc = cz_open(&j->store, j->place, &opts, err);
    if (rc == CZ_OK)
        rc = j->o->n_args > 3 ? take_named(j, err) : cz_clips(&j->name, &j->n_names, j->store, err);
    if (rc < 0)
        return rc;
    if (j->n_names == 0)
        return cz_fail(err, CZ_ABSENT, "%s: store has no clips", j->place);
    if (j->n_names > 1 && form->clips == ONE_CLIP)
        return cz_fail(err, CZ_USAGE, "%s: %zu clips, but %s exports one: name it", j->place,
                       j->n_names, form->name);
    return form->clips == EACH_CLIP ? CZ_OK : open_clips(j, err);
}

static void close_clips(export_job *j)
{
    for (size_t i = 0; i < j->n_clips; i++)
        cz_clip_close(&j->clip[i]);
    free(j->clip);
    cz_names_free(&j->name, j->n_names);
    network_say_store(j->o, j->store);
    cz_close(&j->store);
}

int export_each_clip(const export_job *j, export_each each, void *user, cz_error *err)
{
    int rc = CZ_OK;
    if (!j->store)
        return each(user, j, err);
    for (size_t i = 0; rc == CZ_OK && i < j->n_names; i++) {
        cz_clip *clip = NULL;
        if (interrupted())
            return cz_fail(err, CZ_CANCELLED, "%s: stopped", j->name[i]);
        export_job one = *j;
        rc = open_clip(&clip, j->store, j->name[i], err);
        one.clip = &clip;
        one.n_clips = 1;
        if (rc == CZ_OK)
            rc = each(user, &one, err);
        cz_clip_close(&clip);
    }
    return rc;
}

/* ---- The verb -------------------------------------------------------------------------------- */

static int check_options(const options *o, const export_form *form)
{
    const bool to_stdout = strcmp(o->arg[o->n_args - 1], "-") == 0;
    const bool pictures = form->has & HAS_PICTURES;
    if (o->source && !(form->has & HAS_SOURCE))
        return say_usage("export", "%s: --source does not apply", form->name);
    if (o->track && !(form->has & HAS_TRACK))
        return say_usage("export", "%s: --track does not apply", form->name);
    if (!(form->has & HAS_FRAMES) && o->frames)
        return say_usage("export", "%s: --frames does not apply", form->name);
    if (!pictures && (o->format || view_is_given(o)))
        return say_usage("export", "%s: picture options apply to netcdf only", form->name);
    if (pictures && !o->frames && (o->format || view_is_given(o)))
        return say_usage("export", "%s: picture options require --frames", form->name);
    if (to_stdout && form->has & IS_FOLDER)
        return say_usage("export", "%s: OUT is a folder", form->name);
    if (form->has & NEEDS_STORE && !is_store(o->arg[1]))
        return say_usage("export", "%s: %s is a MOV; only clips of a store can be exported",
                         form->name, o->arg[1]);
    if (o->json && to_stdout)
        return say_usage("export", "--json and -: both use standard output");
    return EXIT_DONE;
}

static int report_export(const export_job *j, const export_form *form, cz_error *err)
{
    if (!j->o->json)
        return CZ_OK;
    cJSON *line = json_object(), *clips = json_array();
    for (size_t i = 0; i < j->n_clips; i++)
        json_add_text(clips, NULL, cz_clip_facts(j->clip[i])->name);
    for (size_t i = 0; j->n_clips == 0 && i < j->n_names; i++)
        json_add_text(clips, NULL, j->name[i]);
    json_add_clean(line, "path", j->path);
    json_add_text(line, "form", form->name);
    json_add(line, "clips", clips);
    return say_json(line, err);
}

static int export(export_job *j, const export_form *form, cz_error *err)
{
    out_file to = OUT_FILE_NONE;
    int rc = j->is_store ? open_store(j, form, err) : open_movie(j, err);
    const bool is_file = !(form->has & IS_FOLDER);
    if (rc == CZ_OK && is_file)
        rc = out_open(&to, j->path, j->o->overwrite, err);
    j->to = &to;
    if (rc == CZ_OK)
        rc = form->write(j, err);
    if (rc == CZ_OK && is_file)
        rc = out_publish(&to, err);
    out_close(&to, err);
    j->to = NULL;
    return rc == CZ_OK ? report_export(j, form, err) : rc;
}

int run_export(const options *o)
{
    cz_error err;
    const export_form *form = find(o->arg[0]);
    if (strcmp(o->arg[0], "nwb") == 0)
        return say_usage("export",
                         "nwb: camzarr.export(\"nwb\", ...) of the Python package writes it");
    if (!form)
        return say_usage("export", "%s: unknown form; see camzarr export --help", o->arg[0]);
    const int code = check_options(o, form);
    if (code != EXIT_DONE)
        return code;
    signals_handle();
    export_job j = {
        .o = o, .place = o->arg[1], .is_store = is_store(o->arg[1]), .path = o->arg[o->n_args - 1]};
    const int rc = export(&j, form, &err);
    close_clips(&j);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
