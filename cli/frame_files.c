#include "cli/frame_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "cli/json_facts.h"
#include "cli/picture_stage.h"
#include "cli/say.h"

enum { QUALITY = 95 };

/* ---- Options --------------------------------------------------------------------------------- */

static int find_chroma(picture_chroma *out, const char *name, cz_error *err)
{
    static const char *const names[] = {
        [CHROMA_444] = "4:4:4", [CHROMA_422] = "4:2:2", [CHROMA_420] = "4:2:0"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (picture_chroma)i;
            return CZ_OK;
        }
    }
    return cz_fail(err, CZ_USAGE, "--chroma %s: not 4:4:4, 4:2:2 or 4:2:0", name);
}

int frame_files_options(picture_options *out, const options *o, const frame_target *target,
                        const cz_facts *facts, cz_error *err)
{
    const bool jpeg = target->form == FORM_JPEG;
    const bool deflated = target->form == FORM_PNG || target->form == FORM_TIFF;
    *out = (picture_options){.quality = o->quality ? (int)o->quality : QUALITY};
    if ((o->quality || o->chroma) && !jpeg)
        return cz_fail(err, CZ_USAGE, "%s: --quality and --chroma are for JPEG", o->out);
    if (o->compression && !deflated)
        return cz_fail(err, CZ_USAGE, "%s: --compression is for PNG and TIFF", o->out);
    if (o->compression && !deflate_level_find(&out->compression, o->compression))
        return cz_fail(err, CZ_USAGE, "--compression %s: not fast, default, best or none",
                       o->compression);
    return find_chroma(&out->chroma, o->chroma ? o->chroma : facts->chroma, err);
}

/* ---- Reports --------------------------------------------------------------------------------- */

int frame_time_text(char *out, cz_clip *clip, cz_fields fields, uint64_t frame, cz_error *err)
{
    int64_t time;
    const int rc = cz_field_time(&time, clip, fields, frame, err);
    out[0] = '\0';
    if (rc == CZ_OK && start_known(cz_clip_facts(clip)->start_from))
        timestamp_format(out, time);
    return rc;
}

int frame_report(const options *o, cz_clip *clip, const char *path, uint64_t frame, size_t n,
                 const char *text, cz_error *err)
{
    if (o->verbose)
        say(stderr, "%s: %zu frame%s from %" PRIu64 " on, %s", path, n, n == 1 ? "" : "s", frame,
            text);
    if (!o->json)
        return CZ_OK;
    cJSON *line = json_object();
    json_add_clean(line, "path", path);
    json_add_text(line, "clip", cz_clip_facts(clip)->name);
    json_add_u64(line, "frame", frame);
    json_add_optional_text(line, "time", text[0] ? text : NULL);
    json_add_u64(line, "frames", n);
    return say_json(line, err);
}

/* ---- Encoding -------------------------------------------------------------------------------- */

typedef struct job {
    const frame_files *files;
    picture_writer writer[STAGE_SLOTS]; /* of each thread */
    unsigned n_writers;
    out_file *one; /* the one file of all frames */
    size_t written;
} job;

/* The file holds more than the bytes of its frames. */
static bool is_encoded(const frame_target *t)
{
    return t->form == FORM_PNG || t->form == FORM_TIFF || t->form == FORM_JPEG;
}

static int encode(void *ctx, unsigned worker, stage_item *item, cz_error *err)
{
    char time[TIMESTAMP_TEXT_MAX];
    job *j = ctx;
    const frame_files *f = j->files;
    const cz_facts *facts = cz_clip_facts(f->clip);
    const int rc = frame_time_text(time, f->clip, f->view->fields, item->frame, err);
    if (rc < 0)
        return rc;
    const picture p = {.pixels = item->pixels,
                       .layout = f->view->layout,
                       .shape = f->shape,
                       .clip = facts->name,
                       .source = facts->source_name,
                       .frame = item->frame,
                       .time = time};
    switch (f->target->form) {
    case FORM_PNG:
        return picture_png(&item->file, &j->writer[worker], &p, err);
    case FORM_TIFF:
        return picture_tiff(&item->file, &j->writer[worker], &p, err);
    default:
        return picture_jpeg(&item->file, &j->writer[worker], &p, err);
    }
}

static int open_writers(job *j, cz_error *err)
{
    const unsigned n = stage_threads(j->files->view);
    for (int rc; is_encoded(j->files->target) && j->n_writers < n; j->n_writers++)
        if ((rc = picture_writer_open(&j->writer[j->n_writers], &j->files->picture, err)) < 0)
            return rc;
    return CZ_OK;
}

static void close_writers(job *j)
{
    while (j->n_writers > 0)
        picture_writer_close(&j->writer[--j->n_writers]);
}

/* ---- One file -------------------------------------------------------------------------------- */

static int append(void *ctx, stage_item *item, cz_error *err)
{
    const job *j = ctx;
    if (is_encoded(j->files->target))
        return out_write(j->one, item->file.at, item->file.len, err);
    return out_write(j->one, item->pixels, item->bytes, err);
}

static int write_head(job *j, cz_error *err)
{
    const frame_files *f = j->files;
    buf head = {0};
    if (f->target->form != FORM_NPY)
        return CZ_OK;
    int rc = picture_npy_head(&head, f->view->layout, &f->shape, f->n, err);
    if (rc == CZ_OK)
        rc = out_write(j->one, head.at, head.len, err);
    buf_free(&head);
    return rc;
}

static int write_one(job *j, cz_error *err)
{
    const frame_files *f = j->files;
    char time[TIMESTAMP_TEXT_MAX];
    const stage_ops ops = {.process = is_encoded(f->target) ? encode : NULL, .deliver = append};
    out_file file = OUT_FILE_NONE;
    j->one = &file;
    int rc = frame_time_text(time, f->clip, f->view->fields, f->frame[0], err);
    if (rc == CZ_OK)
        rc = out_open(&file, f->target->before, f->o->overwrite, err);
    if (rc == CZ_OK)
        rc = write_head(j, err);
    if (rc == CZ_OK)
        rc = stage_run(f->clip, f->view, f->frame, f->n, &ops, j, err);
    if (rc == CZ_OK)
        rc = out_publish(&file, err);
    out_close(&file, err);
    return rc < 0 ? rc
                  : frame_report(f->o, f->clip, f->target->before, f->frame[0], f->n, time, err);
}

/* ---- A file for each frame ------------------------------------------------------------------- */

/* Write the file under its temporary name. */
static int write_own(void *ctx, unsigned worker, stage_item *item, cz_error *err)
{
    const job *j = ctx;
    char *path = target_path(j->files->target, item->frame);
    if (!path)
        return cz_fail_memory(err, "frame %" PRIu64, item->frame);
    int rc = encode(ctx, worker, item, err);
    if (rc == CZ_OK)
        rc = out_open(&item->out, path, j->files->o->overwrite, err);
    if (rc == CZ_OK)
        rc = out_write(&item->out, item->file.at, item->file.len, err);
    if (rc == CZ_OK)
        rc = out_sync(&item->out, err);
    free(path);
    return rc;
}

static int publish(void *ctx, stage_item *item, cz_error *err)
{
    job *j = ctx;
    const frame_files *f = j->files;
    char time[TIMESTAMP_TEXT_MAX];
    int rc = frame_time_text(time, f->clip, f->view->fields, item->frame, err);
    if (rc == CZ_OK)
        rc = out_publish(&item->out, err);
    if (rc < 0)
        return rc;
    j->written++;
    return frame_report(f->o, f->clip, item->out.path, item->frame, 1, time, err);
}

static void close_own(void *ctx, stage_item *item, cz_error *err)
{
    (void)ctx;
    out_close(&item->out, err);
}

static int write_many(job *j, cz_error *err)
{
    static const stage_ops ops = {write_own, publish, close_own};
    const frame_files *f = j->files;
    const int rc = stage_run(f->clip, f->view, f->frame, f->n, &ops, j, err);
    if (rc < 0 && j->written > 0) {
        const size_t at = strlen(err->message);
        (void)snprintf(err->message + at, sizeof err->message - at,
                       "; %zu of %zu files are written, the last one of frame %" PRIu64, j->written,
                       f->n, f->frame[j->written - 1]);
    }
    return rc;
}

int frame_files_write(const frame_files *files, cz_error *err)
{
    job *j = calloc(1, sizeof *j);
    if (!j)
        return cz_fail_memory(err, "%s", files->o->out);
    j->files = files;
    int rc = open_writers(j, err);
    if (rc == CZ_OK)
        rc = files->target->digits < 0 ? write_one(j, err) : write_many(j, err);
    close_writers(j);
    free(j);
    return rc;
}
