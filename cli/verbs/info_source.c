#include "cli/verbs/info.h"

#include <inttypes.h>

#include "cli/json_facts.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "convert/plan.h"
#include "convert/warnings.h"
#include "source/source.h"

typedef struct source_info {
    source *source;
    progress bar;
    mov_movie *movie;
    plan plan;
    warnings warnings;
} source_info;

/* read_at() that shows the progress of a search for frames. */
static int read_source(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err)
{
    source_info *l = ctx;
    progress_show(&l->bar,
                  &(progress_state){.bytes_done = offset, .bytes_total = source_size(l->source)});
    return source_read_at(l->source, offset, to, len, err);
}

/* The same steps as in a conversion, so that both report the same. */
static int source_info_open(source_info *l, const char *path, bool quiet, cz_error *err)
{
    int rc = source_open(&l->source, path, NULL, err);
    if (rc < 0)
        return rc;
    const mov_input in = {read_source, l, source_size(l->source), source_name(l->source)};
    progress_begin(&l->bar, in.name, quiet);
    rc = mov_open(&l->movie, &in, err);
    if (rc == CZ_ABSENT)
        rc = mov_recover(&l->movie, &in, err);
    if (rc == CZ_OK)
        rc = plan_make(&l->plan, l->movie, &in, in.name, ZARR_V3, 1, err);
    progress_clear(&l->bar);
    return rc == CZ_OK ? warnings_of_movie(&l->warnings, l->movie, err) : rc;
}

static void source_info_close(source_info *l)
{
    warnings_free(&l->warnings);
    plan_free(&l->plan);
    mov_close(&l->movie);
    source_close(&l->source);
}

static void add_fourcc(cJSON *to, const char *name, fourcc f)
{
    char text[5];
    fourcc_text(text, f);
    json_add_text(to, name, text);
}

/* The file as a whole, and its pictures. */
static void add_pictures(cJSON *to, const source_info *l)
{
    static const char *const interlace[] = {"progressive", "top_field_first", "bottom_field_first"};
    const mov_movie *m = l->movie;
    const plan *p = &l->plan;
    uint32_t num, den;
    mov_frame_rate(&m->times, &num, &den);
    json_add_clean(to, "source", source_name(l->source));
    json_add_u64(to, "bytes", m->bytes);
    json_add_bool(to, "moov", !m->recovered);
    json_add_u64(to, "frames", m->n_frames);
    json_add_u64(to, "frame_bytes", p->frame_bytes);
    json_add_u64(to, "width", p->width);
    json_add_u64(to, "height", p->height);
    add_fourcc(to, "codec", p->track->codec);
    json_add_text(to, "interlace", interlace[p->reference_header.interlace]);
    json_add_rate(to, num, den);
    json_add_span(to, plan_time(p, 0), plan_time(p, m->n_frames),
                  mov_start_source_text(p->start.from));
    if (p->start.has_name_time)
        json_add_time(to, "name_time", p->start.name_time);
    if (p->start.has_header_time)
        json_add_time(to, "header_time", p->start.header_time);
}

/* A summary of every track, and the audio tracks. */
static void add_tracks(cJSON *to, const mov_movie *m)
{
    cJSON *tracks = json_array(), *audio = json_array();
    for (size_t i = 0; i < m->n_tracks; i++) {
        const mov_track *t = &m->track[i];
        cJSON *one = json_object();
        json_add_u64(one, "track", t->id);
        add_fourcc(one, "kind", t->kind);
        add_fourcc(one, "codec", t->codec);
        json_add_u64(one, "samples", t->n_samples);
        json_add(tracks, NULL, one);
        if (t->kind != FOURCC('s', 'o', 'u', 'n'))
            continue;
        one = json_object();
        json_add_u64(one, "track", t->id);
        add_fourcc(one, "codec", t->codec);
        json_add_u64(one, "channels", t->audio.channels);
        json_add_u64(one, "bits", t->audio.bits);
        json_add_u64(one, "rate", t->audio.rate);
        json_add(audio, NULL, one);
    }
    json_add(to, "tracks", tracks);
    json_add(to, "audio", audio);
    for (size_t i = 0; i < m->n_tracks; i++)
        if (m->track[i].timecode[0] && !json_at(to, "timecode"))
            json_add_clean(to, "timecode", m->track[i].timecode);
}

static void add_notes(cJSON *to, const mov_movie *m)
{
    cJSON *notes = json_array();
    for (size_t i = 0; i < m->n_tags; i++) {
        cJSON *one = json_object();
        json_add_clean(one, "key", m->tag[i].key);
        json_add_clean(one, "text", m->tag[i].text);
        json_add(notes, NULL, one);
    }
    json_add(to, "notes", notes);
}

int describe_source(cJSON **out, const char *path, bool quiet, cz_error *err)
{
    source_info l = {0};
    const int rc = source_info_open(&l, path, quiet, err);
    if (rc == CZ_OK) {
        cJSON *doc = json_object();
        add_pictures(doc, &l);
        add_tracks(doc, l.movie);
        add_notes(doc, l.movie);
        json_add_texts(doc, "warnings", l.warnings.text, l.warnings.n);
        *out = doc;
    }
    source_info_close(&l);
    return rc;
}
