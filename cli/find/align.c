#include "cli/find/align.h"

#include <stdlib.h>
#include <string.h>

#include "cli/frame_files.h"
#include "cli/out_file.h"
#include "cli/signals.h"
#include "base/timestamp.h"

enum { QUALITY = 95 };

/* What one picture needs. */
typedef struct align_job {
    const find_align *a;
    frame_target target;
    picture_writer writer;
    uint8_t *pixels; /* as the query's camera shows it */
} align_job;

typedef struct ordered {
    const cz_match *at;
} ordered;

static int by_time(const void *a, const void *b)
{
    const cz_match *x = ((const ordered *)a)->at, *y = ((const ordered *)b)->at;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    const int order = strcmp(x->clip, y->clip);
    return order ? order : (x->scene > y->scene) - (x->scene < y->scene);
}

static int encode(buf *out, align_job *j, cz_clip *clip, const cz_match *m, cz_error *err)
{
    char time[TIMESTAMP_TEXT_MAX];
    const cz_facts *query = j->a->query;
    const int rc = frame_time_text(time, clip, CZ_WEAVE, m->frame, err);
    if (rc < 0)
        return rc;
    const picture p = {.pixels = j->pixels,
                       .layout = CZ_RGB24,
                       .shape = {.width = query->width,
                                 .height = query->height,
                                 .depth = 8,
                                 .planes = 1,
                                 .plane = {{query->width, query->height, 3, 0}},
                                 .bytes = (size_t)query->width * query->height * 3},
                       .clip = m->clip,
                       .source = cz_clip_facts(clip)->source_name,
                       .frame = m->frame,
                       .time = time};
    return j->target.form == FORM_PNG    ? picture_png(out, &j->writer, &p, err)
           : j->target.form == FORM_TIFF ? picture_tiff(out, &j->writer, &p, err)
                                         : picture_jpeg(out, &j->writer, &p, err);
}

static int publish(const char *path, const buf *file, bool overwrite, cz_error *err)
{
    out_file f = OUT_FILE_NONE;
    int rc = out_open(&f, path, overwrite, err);
    if (rc == CZ_OK)
        rc = out_write(&f, file->at, file->len, err);
    if (rc == CZ_OK)
        rc = out_publish(&f, err);
    out_close(&f, err);
    return rc;
}

static int write_picture(align_job *j, const cz_match *m, const char *path, cz_error *err)
{
    const cz_view view = {.layout = CZ_RGB24, .conceal = true};
    const cz_facts *query = j->a->query;
    cz_request req = {.frame = m->frame};
    cz_clip *clip = NULL;
    buf file = {0};
    int rc = cz_clip_open(&clip, j->a->store, m->clip, err);
    if (rc == CZ_OK)
        rc = cz_pictures(clip, &view, &req, 1, NULL, NULL, err);
    if (rc == CZ_OK)
        rc = cz_align(j->pixels, query->width, query->height, req.data, cz_clip_facts(clip)->width,
                      cz_clip_facts(clip)->height, m, err);
    if (rc == CZ_OK)
        rc = encode(&file, j, clip, m, err);
    if (rc == CZ_OK)
        rc = publish(path, &file, j->a->o->overwrite, err);
    buf_free(&file);
    cz_request_free(&req, 1);
    cz_clip_close(&clip);
    return rc;
}

/* Write the i-th match in order of time to a file with that number. */
static int write_all(align_job *j, const ordered *order, cz_error *err)
{
    const cz_found *found = j->a->found;
    for (size_t i = 0; i < found->n; i++) {
        char *path = target_path(&j->target, i);
        j->a->path[order[i].at - found->match] = path;
        if (!path)
            return cz_fail_memory(err, "%zu pictures", found->n);
        if (interrupted())
            return cz_fail(err, CZ_CANCELLED, "%s: stopped", path);
        const int rc = write_picture(j, order[i].at, path, err);
        if (rc < 0)
            return rc;
    }
    return CZ_OK;
}

static int check_target(const frame_target *t, const options *o, cz_error *err)
{
    if (t->form != FORM_PNG && t->form != FORM_TIFF && t->form != FORM_JPEG)
        return cz_fail(err, CZ_USAGE, "--align %s: not .png, .tif or .jpg", o->align);
    if (t->digits < 0)
        return cz_fail(err, CZ_USAGE, "--align %s: a file for each picture: x_%%06d.png or x/",
                       o->align);
    return CZ_OK;
}

int find_align_write(find_align *a, cz_error *err)
{
    const size_t n = a->found->n;
    align_job j = {.a = a};
    const picture_options with = {.quality = QUALITY, .chroma = CHROMA_444};
    ordered *order = malloc((n ? n : 1) * sizeof *order);
    int rc;
    a->path = calloc(n ? n : 1, sizeof *a->path);
    j.pixels = malloc((size_t)a->query->width * a->query->height * 3);
    if (!order || !a->path || !j.pixels) {
        rc = cz_fail_memory(err, "%zu pictures", n);
        goto end;
    }
    for (size_t i = 0; i < n; i++)
        order[i].at = &a->found->match[i];
    qsort(order, n, sizeof *order, by_time);
    if ((rc = target_make(&j.target, a->o->align, a->o->format, "view", 2, err)) == CZ_OK &&
        (rc = check_target(&j.target, a->o, err)) == CZ_OK &&
        (rc = picture_writer_open(&j.writer, &with, err)) == CZ_OK)
        rc = write_all(&j, order, err);
end:
    picture_writer_close(&j.writer);
    target_free(&j.target);
    free(j.pixels);
    free(order);
    return rc;
}

void find_align_free(find_align *a)
{
    for (size_t i = 0; a->path && i < a->found->n; i++)
        free(a->path[i]);
    free(a->path);
    a->path = NULL;
}
