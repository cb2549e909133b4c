/* camzarr sheet: a contact sheet of a clip, as one picture. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "cli/analysis/overview_pictures.h"
#include "cli/json_facts.h"
#include "cli/network.h"
#include "cli/out_file.h"
#include "cli/picture/picture.h"
#include "cli/picture/sheet.h"
#include "cli/say.h"
#include "cli/select_frames.h"
#include "cli/signals.h"
#include "cli/verbs/verbs.h"
#include "reader/reader.h"

enum {
    PICTURES = 64,       /* unless --frames says otherwise */
    PICTURES_LEAST = 32, /* of an overview, to be used */
    PICTURES_MAX = 1024, /* of --frames */
    BATCH = 32,          /* pictures in memory beside the sheet */
    TILE_MIN = 160,      /* pixels across: the least scale that gives so many is used */
    LABEL_MAX = 64,
};

typedef struct job {
    const options *o;
    cz_clip *clip;
    uint64_t *frame;
    uint64_t *picture; /* of the overview, in place of each frame; NULL: frames are decoded */
    size_t n;
    cz_view view;
    cz_shape shape;
    sheet sheet;
    size_t unknown; /* frames that are missing, or cannot be decoded */
} job;

/* Can pictures of the overview be used? */
static bool choose_overview(job *j)
{
    if (j->o->frames || j->view.scale != 8)
        return false;
    j->frame = malloc(PICTURES * sizeof *j->frame);
    j->picture = malloc(PICTURES * sizeof *j->picture);
    if (j->frame && j->picture)
        j->n = choose_overview_pictures(j->picture, j->frame, PICTURES, PICTURES_LEAST, j->clip);
    if (j->n > 0)
        return true;
    free(j->frame);
    free(j->picture);
    j->frame = j->picture = NULL;
    return false;
}

/* Frames at equal distances, from the first one on. */
static int choose_frames(job *j, cz_error *err)
{
    const uint64_t frames = cz_clip_facts(j->clip)->frames;
    if (j->o->frames) {
        const int rc = select_frames(&j->frame, &j->n, j->o->frames, j->clip, err);
        if (rc == CZ_OK && j->n > PICTURES_MAX)
            return cz_fail(err, CZ_USAGE, "--frames %s: %zu frames; a sheet has at most %d",
                           j->o->frames, j->n, PICTURES_MAX);
        return rc;
    }
    j->n = frames < PICTURES ? (size_t)frames : PICTURES;
    j->frame = malloc(j->n * sizeof *j->frame);
    if (!j->frame)
        return cz_fail_memory(err, "%zu frames", j->n);
    for (size_t i = 0; i < j->n; i++)
        j->frame[i] = frames / j->n * i + frames % j->n * i / j->n;
    return CZ_OK;
}

static int choose_view(job *j, cz_error *err)
{
    const uint32_t width = cz_clip_facts(j->clip)->width;
    j->view = (cz_view){.layout = CZ_RGB24, .scale = 8, .conceal = true};
    while (j->view.scale > 1 && width / j->view.scale < TILE_MIN)
        j->view.scale /= 2;
    j->view.threads = (unsigned)j->o->threads;
    return cz_shape_of(&j->shape, j->clip, &j->view, err);
}

/* "+00:05:05.0 #9140": time since the first frame, and the frame's number. */
static int label_picture(job *j, size_t i, cz_error *err)
{
    char label[LABEL_MAX];
    int64_t time = 0;
    if (j->picture) {
        time = overview_picture_time(j->clip, j->frame[i]);
    } else {
        const int rc = cz_time(&time, j->clip, j->frame[i], err);
        if (rc < 0)
            return rc;
        time -= cz_clip_facts(j->clip)->start;
    }
    const uint64_t tenths = (uint64_t)time / 100000000;
    const uint64_t seconds = tenths / 10;
    (void)snprintf(label, sizeof label, "+%02" PRIu64 ":%02u:%02u.%u #%" PRIu64, seconds / 3600,
                   (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60), (unsigned)(tenths % 10),
                   j->frame[i]);
    sheet_label(&j->sheet, i, label);
    return CZ_OK;
}

/* The frame itself is to blame, so that the sheet can do without it. */
static bool is_damage(int rc)
{
    return rc == CZ_ABSENT || rc == CZ_CORRUPT || rc == CZ_FORMAT;
}

static int place_pictures(job *j, size_t first, const cz_request *got, size_t n, cz_error *err)
{
    int rc = CZ_OK;
    for (size_t i = 0; i < n && rc == CZ_OK; i++) {
        const bool known = got[i].rc == CZ_OK;
        j->unknown += !known;
        sheet_place(&j->sheet, first + i, known ? got[i].data : NULL);
        rc = label_picture(j, first + i, err);
    }
    return rc;
}

static int fetch_batch(job *j, size_t first, size_t n, cz_error *err)
{
    cz_request req[BATCH] = {0};
    cz_error why = {0};
    for (size_t i = 0; i < n; i++)
        req[i].frame = j->frame[first + i];
    int rc = cz_pictures(j->clip, &j->view, req, n, NULL, NULL, &why);
    bool only_damage = rc == CZ_OK || is_damage(rc);
    for (size_t i = 0; i < n; i++)
        only_damage = only_damage && (req[i].rc == CZ_OK || is_damage(req[i].rc));
    if (only_damage)
        rc = place_pictures(j, first, req, n, err);
    else
        *err = why;
    cz_request_free(req, n);
    return rc;
}

/* All bytes are 0: the frame is black, or it cannot be decoded. */
static bool is_black(const cz_request *r)
{
    return r->size > 0 && r->data[0] == 0 && memcmp(r->data, r->data + 1, r->size - 1) == 0;
}

/* All at once, so that every object is read once. */
static int fetch_overview(job *j, cz_error *err)
{
    cz_request req[PICTURES] = {0};
    for (size_t i = 0; i < j->n; i++)
        req[i].frame = j->picture[i];
    int rc = cz_overview_pictures(j->clip, req, j->n, err);
    for (size_t i = 0; rc == CZ_OK && i < j->n; i++) {
        if (!is_black(&req[i]))
            rc = place_pictures(j, i, &req[i], 1, err);
        else if ((rc = clip_table_load(j->clip, err)) == CZ_OK)
            rc = fetch_batch(j, i, 1, err);
    }
    cz_request_free(req, j->n);
    return rc;
}

static int fill_sheet(job *j, cz_error *err)
{
    int rc = sheet_new(&j->sheet, j->n, j->shape.width, j->shape.height, err);
    if (rc == CZ_OK && j->picture)
        return fetch_overview(j, err);
    for (size_t at = 0; at < j->n && rc == CZ_OK; at += BATCH) {
        if (interrupted())
            return cz_fail(err, CZ_CANCELLED, "%s: stopped", cz_clip_facts(j->clip)->name);
        rc = fetch_batch(j, at, j->n - at < BATCH ? j->n - at : BATCH, err);
    }
    return rc;
}

/* PNG or JPEG, by the ending of the name or by --format. */
typedef int (*write_picture)(buf *out, picture_writer *w, const picture *p, cz_error *err);

static write_picture writer_of(const options *o)
{
    const char *dot = strrchr(o->out, '.');
    const char *form = o->format ? o->format : dot ? dot + 1 : "";
    if (strcmp(form, "png") == 0)
        return picture_png;
    return strcmp(form, "jpg") == 0 || strcmp(form, "jpeg") == 0 ? picture_jpeg : NULL;
}

static int write_sheet(job *j, cz_error *err)
{
    const cz_facts *facts = cz_clip_facts(j->clip);
    const sheet *s = &j->sheet;
    const size_t bytes = (size_t)s->width * s->height * 3;
    char time[TIMESTAMP_TEXT_MAX] = "";
    const picture_options with = {.quality = 95, .chroma = CHROMA_444};
    buf file = {0};
    out_file f = OUT_FILE_NONE;
    if (start_known(facts->start_from))
        timestamp_format(time, facts->start);
    const picture p = {.pixels = s->pixels,
                       .layout = CZ_RGB24,
                       .shape = {.width = s->width,
                                 .height = s->height,
                                 .depth = 8,
                                 .planes = 1,
                                 .plane = {{s->width, s->height, 3, 0}},
                                 .bytes = bytes},
                       .clip = facts->name,
                       .source = facts->source_name,
                       .frame = j->frame[0],
                       .time = time};
    picture_writer w = {0};
    int rc = picture_writer_open(&w, &with, err);
    if (rc == CZ_OK)
        rc = writer_of(j->o)(&file, &w, &p, err);
    picture_writer_close(&w);
    if (rc == CZ_OK)
        rc = out_open(&f, j->o->out, j->o->overwrite, err);
    if (rc == CZ_OK)
        rc = out_write(&f, file.at, file.len, err);
    if (rc == CZ_OK)
        rc = out_publish(&f, err);
    out_close(&f, err);
    buf_free(&file);
    return rc;
}

static int report(const job *j, cz_error *err)
{
    const cz_facts *facts = cz_clip_facts(j->clip);
    if (j->unknown > 0 && !j->o->quiet)
        say(stderr, "camzarr: %s: %zu of %zu frames are missing or damaged", facts->name,
            j->unknown, j->n);
    if (!j->o->json)
        return CZ_OK;
    cJSON *line = json_object();
    json_add_clean(line, "path", j->o->out);
    json_add_text(line, "clip", facts->name);
    json_add_u64(line, "frames", j->n);
    json_add_u64(line, "unknown", j->unknown);
    json_add_u64(line, "width", j->sheet.width);
    json_add_u64(line, "height", j->sheet.height);
    return say_json(line, err);
}

static int choose_pictures(job *j, cz_error *err)
{
    int rc = choose_view(j, err);
    if (rc < 0 || choose_overview(j))
        return rc;
    rc = clip_table_load(j->clip, err);
    return rc == CZ_OK ? choose_frames(j, err) : rc;
}

static int make_sheet(job *j, cz_error *err)
{
    const options *o = j->o;
    const cz_options opts = store_options_of(o);
    cz_store *store = NULL;
    int rc;
    if ((rc = cz_open(&store, o->arg[0], &opts, err)) == CZ_OK &&
        (rc = open_clip_only(&j->clip, store, o->arg[1], err)) == CZ_OK &&
        (rc = choose_pictures(j, err)) == CZ_OK && (rc = fill_sheet(j, err)) == CZ_OK &&
        (rc = write_sheet(j, err)) == CZ_OK)
        rc = report(j, err);
    network_say_store(o, store);
    cz_close(&store);
    return rc;
}

int run_sheet(const options *o)
{
    cz_error err;
    job j = {.o = o};
    if (!o->out)
        return say_usage("sheet", "requires -o OUT");
    if (!writer_of(o))
        return say_usage("sheet", "%s: a sheet is a .jpg or .png file", o->out);
    if (o->json && strcmp(o->out, "-") == 0)
        return say_usage("sheet", "--json and -o -: both use standard output");
    signals_handle();
    const int rc = make_sheet(&j, &err);
    sheet_free(&j.sheet);
    free(j.frame);
    free(j.picture);
    cz_clip_close(&j.clip);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
