/* camzarr frame: frames out of the store, into files or to standard output. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/when.h"
#include "cli/fetch.h"
#include "cli/frame_movie.h"
#include "cli/frame_target.h"
#include "cli/out_file.h"
#include "cli/pick.h"
#include "cli/say.h"
#include "cli/stop.h"
#include "cli/verbs.h"

typedef struct job {
    const options *o;
    object_store *os;
    cz_clip *clip;
    uint64_t *frame;
    size_t n;
    frame_target target;
} job;

/* Tell of a file that is there now: of one frame or, with n > 1, of several from that one on. */
static int tell(const job *j, const char *path, uint64_t frame, size_t n, cz_error *err)
{
    char text[WHEN_TEXT];
    int64_t time;
    int rc = cz_time(&time, j->clip, frame, err);
    if (rc < 0)
        return rc;
    when_text(text, time);
    if (j->o->verbose)
        say(stderr, "%s: %zu frame%s from %" PRIu64 " on, %s", path, n, n == 1 ? "" : "s", frame,
            text);
    if (!j->o->json)
        return CZ_OK;
    cJSON *line = cJSON_CreateObject();
    json_add_clean(line, "path", path);
    json_add_text(line, "clip", cz_clip_facts(j->clip)->name);
    json_add_u64(line, "frame", frame);
    json_add_text(line, "time", text);
    json_add_u64(line, "frames", n);
    return say_json(line, err);
}

static int write_bytes(void *user, const cz_request *got, cz_error *err)
{
    return out_write(user, got->data, got->size, err);
}

/* All frames into one file. */
static int to_one_file(const job *j, cz_error *err)
{
    const char *path = j->target.before;
    out_file f;
    int rc = out_open(&f, path, j->o->overwrite, err);
    if (rc < 0)
        return rc;
    if (j->target.form == FORM_MOV || j->target.form == FORM_AVI)
        rc = movie_write(&f, j->target.form == FORM_AVI, j->os, j->clip, j->frame, j->n, err);
    else
        rc = fetch_frames(j->clip, j->frame, j->n, write_bytes, &f, err);
    if (rc == CZ_OK)
        rc = out_publish(&f, false, err);
    out_close(&f);
    return rc == CZ_OK ? tell(j, path, j->frame[0], j->n, err) : rc;
}

static int to_its_file(void *user, const cz_request *got, cz_error *err)
{
    const job *j = user;
    out_file f = OUT_FILE_NONE;
    int rc;
    char *path = target_path(&j->target, got->frame);
    if (!path)
        return cz_fail(err, CZ_NOMEM, "frame %" PRIu64 ": out of memory", got->frame);
    if ((rc = out_open(&f, path, j->o->overwrite, err)) == CZ_OK &&
        (rc = out_write(&f, got->data, got->size, err)) == CZ_OK &&
        (rc = out_publish(&f, false, err)) == CZ_OK)
        rc = tell(j, path, got->frame, 1, err);
    out_close(&f);
    free(path);
    return rc;
}

static int frames(job *j, cz_error *err)
{
    const options *o = j->o;
    const char *clip = o->arg[1];
    cz_store *store = NULL;
    int rc;
    if ((rc = cz_open(&store, o->arg[0], NULL, err)) == CZ_OK &&
        (rc = os_open(&j->os, o->arg[0], false, err)) == CZ_OK &&
        (rc = cz_clip_open(&j->clip, store, clip, err)) == CZ_OK &&
        (rc = pick_frames(&j->frame, &j->n, o->arg[2], j->clip, err)) == CZ_OK &&
        (rc = target_make(&j->target, o->out, o->format, clip, j->n, err)) == CZ_OK)
        rc = j->target.digits < 0 ? to_one_file(j, err)
                                  : fetch_frames(j->clip, j->frame, j->n, to_its_file, j, err);
    cz_close(&store);
    return rc;
}

int run_frame(const options *o)
{
    cz_error err;
    job j = {.o = o};
    if (!o->out)
        return say_usage("frame", "it needs -o OUT");
    if (o->json && o->out[0] == '-' && !o->out[1])
        return say_usage("frame", "--json and -o -: both want standard output");
    stop_on_signals();
    const int rc = frames(&j, &err);
    target_free(&j.target);
    free(j.frame);
    cz_clip_close(&j.clip);
    os_close(&j.os);
    return rc < 0 ? say_error(&err) : EXIT_DONE;
}
