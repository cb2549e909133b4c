/* camzarr frame: writes frames of a clip to files or standard output. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "cli/json_facts.h"
#include "cli/fetch.h"
#include "cli/frame_target.h"
#include "cli/missing_clip.h"
#include "cli/network.h"
#include "cli/out_file.h"
#include "cli/select_frames.h"
#include "cli/picture/picture.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/verbs/verbs.h"
#include "cli/view_arg.h"

typedef struct job {
    const options *o;
    cz_clip *clip;
    uint64_t *frame;
    size_t n;
    frame_target target;
    cz_view view; /* of pictures */
    cz_shape shape;
} job;

/* NULL for frames as recorded. */
static const cz_view *view_of(const job *j)
{
    return target_is_picture(&j->target) ? &j->view : NULL;
}

/* The frame's time as text; "" if the start of the clip is unknown. */
static int time_text(char out[TIMESTAMP_TEXT_MAX], const job *j, uint64_t frame, cz_error *err)
{
    int64_t time;
    const cz_facts *facts = cz_clip_facts(j->clip);
    const int rc = cz_field_time(&time, j->clip, j->view.fields, frame, err);
    out[0] = '\0';
    if (rc == CZ_OK && start_known(facts->start_from))
        timestamp_format(out, time);
    return rc;
}

/* Report a written file, which holds n frames from `frame` on. text is the time of the first one.
 */
static int report_file(const job *j, const char *path, uint64_t frame, size_t n, const char *text,
                       cz_error *err)
{
    if (j->o->verbose)
        say(stderr, "%s: %zu frame%s from %" PRIu64 " on, %s", path, n, n == 1 ? "" : "s", frame,
            text);
    if (!j->o->json)
        return CZ_OK;
    cJSON *line = json_object();
    json_add_clean(line, "path", path);
    json_add_text(line, "clip", cz_clip_facts(j->clip)->name);
    json_add_u64(line, "frame", frame);
    json_add_optional_text(line, "time", text[0] ? text : NULL);
    json_add_u64(line, "frames", n);
    return say_json(line, err);
}

/* Encode a decoded frame as a picture file. */
static int encode(buf *out, const job *j, const cz_request *got, cz_error *err)
{
    char time[TIMESTAMP_TEXT_MAX];
    const cz_facts *facts = cz_clip_facts(j->clip);
    const int rc = time_text(time, j, got->frame, err);
    if (rc < 0)
        return rc;
    const picture p = {.pixels = got->data,
                       .layout = j->view.layout,
                       .shape = j->shape,
                       .clip = facts->name,
                       .source = facts->source_name,
                       .frame = got->frame,
                       .time = time};
    switch (j->target.form) {
    case FORM_PNG:
        return picture_png(out, &p, err);
    case FORM_TIFF:
        return picture_tiff(out, &p, err);
    default:
        return picture_jpeg(out, &p, err);
    }
}

/* The file holds more than the bytes of its frames. */
static bool is_encoded(const frame_target *t)
{
    return t->form == FORM_PNG || t->form == FORM_TIFF || t->form == FORM_JPEG;
}

static int write_frame(const job *j, out_file *f, const cz_request *got, cz_error *err)
{
    if (!is_encoded(&j->target))
        return out_write(f, got->data, got->size, err);
    buf file = {0};
    int rc = encode(&file, j, got, err);
    if (rc == CZ_OK)
        rc = out_write(f, file.at, file.len, err);
    buf_free(&file);
    return rc;
}

/* One file while frames are added to it. */
typedef struct one_file {
    const job *job;
    out_file f;
} one_file;

static int write_next(void *user, const cz_request *got, cz_error *err)
{
    one_file *to = user;
    return write_frame(to->job, &to->f, got, err);
}

typedef struct movie_file {
    out_file *f;
    const char *clip;
    cz_error err; /* of out_write() */
} movie_file;

static int write_bytes(void *user, const void *data, size_t n)
{
    movie_file *to = user;
    if (interrupted())
        return cz_fail(&to->err, CZ_CANCELLED, "%s: stopped", to->clip);
    return out_write(to->f, data, n, &to->err);
}

static int write_movie(one_file *to, cz_container container, cz_error *err)
{
    const job *j = to->job;
    movie_file file = {.f = &to->f, .clip = cz_clip_facts(j->clip)->name};
    const int rc = cz_movie_write(j->clip, container, j->frame, j->n, write_bytes, &file, err);
    if (rc < 0 && file.err.code < 0)
        *err = file.err;
    return rc;
}

static int write_frames(one_file *to, cz_error *err)
{
    const job *j = to->job;
    const frame_form form = j->target.form;
    int rc = CZ_OK;
    if (form == FORM_MOV || form == FORM_AVI)
        return write_movie(to, form == FORM_AVI ? CZ_AVI : CZ_MOV, err);
    if (form == FORM_NPY) {
        buf head = {0};
        rc = picture_npy_head(&head, j->view.layout, &j->shape, j->n, err);
        if (rc == CZ_OK)
            rc = out_write(&to->f, head.at, head.len, err);
        buf_free(&head);
    }
    return rc < 0 ? rc : fetch_frames(j->clip, view_of(j), j->frame, j->n, write_next, to, err);
}

/* All frames into one file. */
static int to_one_file(const job *j, cz_error *err)
{
    char time[TIMESTAMP_TEXT_MAX];
    const char *path = j->target.before;
    one_file to = {.job = j, .f = OUT_FILE_NONE};
    int rc = time_text(time, j, j->frame[0], err);
    if (rc == CZ_OK)
        rc = out_open(&to.f, path, j->o->overwrite, err);
    if (rc == CZ_OK)
        rc = write_frames(&to, err);
    if (rc == CZ_OK)
        rc = out_publish(&to.f, err);
    out_close(&to.f, err);
    return rc == CZ_OK ? report_file(j, path, j->frame[0], j->n, time, err) : rc;
}

static int to_its_file(void *user, const cz_request *got, cz_error *err)
{
    const job *j = user;
    char time[TIMESTAMP_TEXT_MAX];
    out_file f = OUT_FILE_NONE;
    int rc;
    char *path = target_path(&j->target, got->frame);
    if (!path)
        return cz_fail_memory(err, "frame %" PRIu64, got->frame);
    if ((rc = time_text(time, j, got->frame, err)) == CZ_OK &&
        (rc = out_open(&f, path, j->o->overwrite, err)) == CZ_OK &&
        (rc = write_frame(j, &f, got, err)) == CZ_OK && (rc = out_publish(&f, err)) == CZ_OK)
        rc = report_file(j, path, got->frame, 1, time, err);
    out_close(&f, err);
    free(path);
    return rc;
}

/* Check the options of pictures and compute their shape, before anything is written. */
static int make_view(job *j, cz_error *err)
{
    if (!target_is_picture(&j->target)) {
        if (view_is_given(j->o))
            return cz_fail(err, CZ_USAGE,
                           "%s: frames as recorded have no --scale, --region, "
                           "--fields and --conceal",
                           j->o->out);
        return CZ_OK;
    }
    j->view.layout = j->target.layout;
    const int rc = view_parse(&j->view, j->o, err);
    return rc < 0 ? rc : cz_shape_of(&j->shape, j->clip, &j->view, err);
}

static int frames(job *j, cz_error *err)
{
    const options *o = j->o;
    const char *clip = o->arg[1];
    const cz_options opts = store_options_of(o);
    cz_store *store = NULL;
    int rc;
    if ((rc = cz_open(&store, o->arg[0], &opts, err)) == CZ_OK &&
        (rc = open_clip(&j->clip, store, clip, err)) == CZ_OK &&
        (rc = select_frames(&j->frame, &j->n, o->arg[2], j->clip, err)) == CZ_OK &&
        (rc = target_make(&j->target, o->out, o->format, clip, j->n, err)) == CZ_OK &&
        (rc = make_view(j, err)) == CZ_OK)
        rc = j->target.digits < 0
                 ? to_one_file(j, err)
                 : fetch_frames(j->clip, view_of(j), j->frame, j->n, to_its_file, j, err);
    network_say_store(o, store);
    cz_close(&store);
    return rc;
}

int run_frame(const options *o)
{
    cz_error err;
    job j = {.o = o};
    if (!o->out)
        return say_usage("frame", "requires -o OUT");
    if (o->json && o->out[0] == '-' && !o->out[1])
        return say_usage("frame", "--json and -o -: both use standard output");
    signals_handle();
    const int rc = frames(&j, &err);
    target_free(&j.target);
    free(j.frame);
    cz_clip_close(&j.clip);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
