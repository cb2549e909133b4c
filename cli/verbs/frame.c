/* camzarr frame: writes frames of a clip to files or standard output. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "cli/fetch.h"
#include "cli/frame_files.h"
#include "cli/missing_clip.h"
#include "cli/network.h"
#include "cli/out_file.h"
#include "cli/select_frames.h"
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
    frame_files pictures;
} job;

/* One file while frames are added to it. */
typedef struct one_file {
    const job *job;
    out_file f;
} one_file;

static int write_next(void *user, const cz_request *got, cz_error *err)
{
    one_file *to = user;
    return out_write(&to->f, got->data, got->size, err);
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
    if (form == FORM_MOV || form == FORM_AVI)
        return write_movie(to, form == FORM_AVI ? CZ_AVI : CZ_MOV, err);
    return fetch_frames(j->clip, NULL, j->frame, j->n, write_next, to, err);
}

/* All frames, as recorded, into one file. */
static int to_one_file(const job *j, cz_error *err)
{
    char time[TIMESTAMP_TEXT_MAX];
    const char *path = j->target.before;
    one_file to = {.job = j, .f = OUT_FILE_NONE};
    int rc = frame_time_text(time, j->clip, CZ_WEAVE, j->frame[0], err);
    if (rc == CZ_OK)
        rc = out_open(&to.f, path, j->o->overwrite, err);
    if (rc == CZ_OK)
        rc = write_frames(&to, err);
    if (rc == CZ_OK)
        rc = out_publish(&to.f, err);
    out_close(&to.f, err);
    return rc == CZ_OK ? frame_report(j->o, j->clip, path, j->frame[0], j->n, time, err) : rc;
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
    if ((rc = frame_time_text(time, j->clip, CZ_WEAVE, got->frame, err)) == CZ_OK &&
        (rc = out_open(&f, path, j->o->overwrite, err)) == CZ_OK &&
        (rc = out_write(&f, got->data, got->size, err)) == CZ_OK &&
        (rc = out_publish(&f, err)) == CZ_OK)
        rc = frame_report(j->o, j->clip, path, got->frame, 1, time, err);
    out_close(&f, err);
    free(path);
    return rc;
}

/* Check the options of pictures and compute their shape, before anything is written. */
static int make_view(job *j, cz_error *err)
{
    const options *o = j->o;
    if (!target_is_picture(&j->target)) {
        if (view_is_given(o) || o->compression || o->quality || o->chroma)
            return cz_fail(err, CZ_USAGE,
                           "%s: frames as recorded have no --scale, --region, --fields, "
                           "--conceal, --compression, --quality and --chroma",
                           o->out);
        return CZ_OK;
    }
    j->view.layout = j->target.layout;
    j->pictures = (frame_files){.o = o,
                                .clip = j->clip,
                                .frame = j->frame,
                                .n = j->n,
                                .target = &j->target,
                                .view = &j->view};
    int rc = view_parse(&j->view, o, err);
    if (rc == CZ_OK)
        rc = frame_files_options(&j->pictures.picture, o, &j->target, cz_clip_facts(j->clip), err);
    return rc < 0 ? rc : cz_shape_of(&j->pictures.shape, j->clip, &j->view, err);
}

static int write_all(job *j, cz_error *err)
{
    if (target_is_picture(&j->target))
        return frame_files_write(&j->pictures, err);
    if (j->target.digits < 0)
        return to_one_file(j, err);
    return fetch_frames(j->clip, NULL, j->frame, j->n, to_its_file, j, err);
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
        rc = write_all(j, err);
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
