#include "mov/movie.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mov/atom.h"
#include "mov/moov.h"
#include "mov/tags.h"
#include "mov/sample_table.h"
#include "mov/sample_description.h"
#include "mov/sound_track.h"
#include "mov/timecode.h"
#include "mov/frame_times.h"

enum {
    ATOMS_MAX = 65536,   /* top-level atoms: each costs a read */
    MOOV_MAX = 1 << 30,  /* bytes: 16 times the size in the longest CamHD file */
    FRAME_BYTES_MIN = 8, /* frame size and magic */
};

static const fourcc VIDE = FOURCC('v', 'i', 'd', 'e');
static const fourcc SOUN = FOURCC('s', 'o', 'u', 'n');
static const fourcc TMCD = FOURCC('t', 'm', 'c', 'd');

int movie_warn(mov_movie *m, cz_error *err, const char *fmt, ...)
{
    if (m->n_warnings == MOVIE_WARNINGS_MAX)
        return CZ_OK;
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    char **more = realloc(m->warning, (m->n_warnings + 1) * sizeof *more);
    if (more)
        m->warning = more;
    char *copy = n < 0 ? NULL : strdup(text);
    if (!more || !copy) {
        free(copy);
        return cz_fail_memory(err, "warning");
    }
    m->warning[m->n_warnings++] = copy;
    return CZ_OK;
}

void mov_close(mov_movie **movie)
{
    mov_movie *m = movie ? *movie : NULL;
    if (!m)
        return;
    for (size_t i = 0; i < m->n_tracks; i++)
        free(m->track[i].chunk);
    free(m->track);
    tags_free(m->tag, m->n_tags);
    for (size_t i = 0; i < m->n_warnings; i++)
        free(m->warning[i]);
    free(m->warning);
    free(m->offset);
    free(m->size);
    free(m->times.run);
    free(m);
    *movie = NULL;
}

/* ---- top-level atoms ---- */

typedef struct top_level {
    file_atom moov;     /* the first complete one; size 0: none */
    file_atom cut_moov; /* a truncated one */
    uint64_t moof;      /* offset of the first fragment; 0: none */
    uint64_t end;       /* end of the last complete atom: the file size if the file is regular */
    fourcc cut;         /* type of the truncated atom at the end of the file; 0: none */
    uint32_t moovs;
} top_level;

static void on_file_atom(top_level *o, mov_movie *m, const file_atom *a)
{
    if (a->type == FOURCC('f', 't', 'y', 'p') && a->offset == 0)
        m->brand = a->brand;
    if (a->type == FOURCC('m', 'o', 'o', 'f') && o->moof == 0)
        o->moof = a->offset;
    if (a->type == FOURCC('m', 'o', 'o', 'v')) {
        if (a->cut)
            o->cut_moov = *a;
        else if (o->moovs++ == 0)
            o->moov = *a;
    }
}

static int read_top_level(top_level *o, mov_movie *m, const mov_input *in, cz_error *err)
{
    *o = (top_level){0};
    for (uint32_t n = 0; o->end < in->size; n++) {
        file_atom a;
        if (n == ATOMS_MAX)
            return cz_fail(err, CZ_FORMAT, "%s: more than %d atoms", in->name, ATOMS_MAX);
        const int rc = file_atom_read(&a, in, o->end, err);
        if (rc < 0)
            return rc;
        if (a.size == 0 || a.type == 0)
            break;
        on_file_atom(o, m, &a);
        if (a.cut) {
            o->cut = a.type;
            break;
        }
        o->end += a.size;
    }
    return CZ_OK;
}

/* Fail with the reason for the missing moov. */
static int fail_no_moov(const top_level *o, const mov_input *in, cz_error *err)
{
    if (o->moof) {
        cz_fail(err, CZ_UNSUPPORTED, "%s: a fragmented movie (moof at %" PRIu64 ")", in->name,
                o->moof);
        cz_hint(err, "`ffmpeg -i IN.mov -map 0 -c copy OUT.mov` puts the fragments together");
        return CZ_UNSUPPORTED;
    }
    if (o->cut_moov.size)
        return cz_fail(err, CZ_ABSENT,
                       "%s: the file ends inside its moov atom (%" PRIu64 " bytes at %" PRIu64
                       ", the file has %" PRIu64 ")",
                       in->name, o->cut_moov.size, o->cut_moov.offset, in->size);
    if (o->end < in->size && !o->cut)
        return cz_fail(err, CZ_ABSENT, "%s: no moov atom, and no atom at all at %" PRIu64, in->name,
                       o->end);
    return cz_fail(err, CZ_ABSENT, "%s: no moov atom", in->name);
}

static int warn_about_top_level(const top_level *o, mov_movie *m, cz_error *err)
{
    int rc = CZ_OK;
    char type[5];
    fourcc_text(type, o->cut);
    if (o->moovs > 1)
        rc = movie_warn(m, err, "%" PRIu32 " moov atoms: the first is used", o->moovs);
    if (rc == CZ_OK && o->cut)
        rc = movie_warn(m, err, "the file ends inside its %s atom at %" PRIu64, type, o->end);
    else if (rc == CZ_OK && o->end < m->bytes)
        rc = movie_warn(m, err, "%" PRIu64 " bytes at the end are no atom", m->bytes - o->end);
    return rc;
}

/* ---- tracks ---- */

/* Name of a codec, for the message that it isn't ProRes. */
static const char *codec_name(fourcc codec)
{
    static const struct {
        fourcc codec;
        const char *name;
    } known[] = {
        {FOURCC('a', 'v', 'c', '1'), "H.264"},        {FOURCC('h', 'v', 'c', '1'), "H.265"},
        {FOURCC('h', 'e', 'v', '1'), "H.265"},        {FOURCC('m', 'p', '4', 'v'), "MPEG-4"},
        {FOURCC('j', 'p', 'e', 'g'), "JPEG"},         {FOURCC('m', 'j', 'p', 'a'), "Motion JPEG"},
        {FOURCC('m', 'j', 'p', 'b'), "Motion JPEG"},  {FOURCC('A', 'V', 'd', 'n'), "DNxHD"},
        {FOURCC('A', 'V', 'd', 'h'), "DNxHR"},        {FOURCC('2', 'v', 'u', 'y'), "uncompressed"},
        {FOURCC('v', '2', '1', '0'), "uncompressed"}, {FOURCC('a', 'p', 'r', 'n'), "ProRes RAW"},
        {FOURCC('a', 'p', 'r', 'h'), "ProRes RAW"},   {FOURCC('e', 'n', 'c', 'v'), "encrypted"},
        {FOURCC('d', 'r', 'm', 'i'), "encrypted"},    {FOURCC('p', 'v', 'e', 'r'), "encrypted"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].codec == codec)
            return known[i].name;
    return NULL;
}

/* Fail if a track that could be a ProRes track is invalid. */
static int check_candidate(const mov_track *t, const moov_track *raw, cz_error *err)
{
    sample_description d;
    if (t->codec || (t->kind && t->kind != VIDE))
        return CZ_OK;
    if (!t->kind)
        return cz_fail(err, CZ_FORMAT, "track %" PRIu32 ": no mdia, or none that names a handler",
                       t->id);
    const int rc =
        sample_description_read(&d, raw->stsd, sample_table_first_description(raw), VIDE, err);
    if (rc < 0)
        cz_prefix(err, "track %" PRIu32, t->id);
    return rc;
}

static int fail_no_prores(const mov_movie *m, const moov *raw, cz_error *err)
{
    for (size_t i = 0; i < m->n_tracks; i++) {
        const int rc = check_candidate(&m->track[i], &raw->track[i], err);
        if (rc < 0)
            return rc;
    }
    char list[256] = "";
    size_t at = 0;
    for (size_t i = 0; i < m->n_tracks && at < sizeof list - 40; i++) {
        char codec[5], kind[5];
        fourcc_text(codec, m->track[i].codec);
        fourcc_text(kind, m->track[i].kind);
        const char *name = codec_name(m->track[i].codec);
        const int n = snprintf(list + at, sizeof list - at, "%s%s (%s)", at ? ", " : "",
                               m->track[i].codec ? codec : "nothing", name ? name : kind);
        at += n > 0 ? (size_t)n : 0;
    }
    return cz_fail(err, CZ_UNSUPPORTED, "no ProRes track: it holds %s", list);
}

static void fill_track(mov_track *t, const moov_track *raw)
{
    sample_description d;
    if (!raw->stsd.at || sample_description_read(&d, raw->stsd, sample_table_first_description(raw),
                                                 t->kind, NULL) < 0)
        return;
    t->codec = d.codec;
    t->video = d.video;
    t->audio = d.audio;
}

static int choose_track(mov_movie *m, const moov *raw, cz_error *err)
{
    if (raw->n_tracks == 0)
        return cz_fail(err, CZ_ABSENT, "moov: no track");
    m->track = calloc(raw->n_tracks, sizeof *m->track);
    if (!m->track)
        return cz_fail_memory(err, "%zu tracks", raw->n_tracks);
    m->n_tracks = raw->n_tracks;
    m->video = SIZE_MAX;
    for (size_t i = 0; i < m->n_tracks; i++) {
        mov_track *t = &m->track[i];
        *t = raw->track[i].info;
        fill_track(t, &raw->track[i]);
        if (t->kind != VIDE || !fourcc_is_prores(t->codec))
            continue;
        if (m->video == SIZE_MAX || (t->enabled && !m->track[m->video].enabled))
            m->video = i;
    }
    return m->video == SIZE_MAX ? fail_no_prores(m, raw, err) : CZ_OK;
}

/* ---- the ProRes track ---- */

/* Each sample description in use must have the codec and dimensions of the first one, and refer to
 * this file. */
static int check_description(const mov_track *t, const moov_track *raw, uint32_t which,
                             cz_error *err)
{
    sample_description d;
    bool self;
    char elsewhere[64], codec[5];
    int rc = sample_description_read(&d, raw->stsd, which, t->kind, err);
    if (rc < 0 || (rc = dref_is_same_file(&self, elsewhere, raw->dref, d.data, err)) < 0)
        return rc;
    if (!self)
        return cz_fail(err, CZ_UNSUPPORTED, "its frames are in another file: %s",
                       elsewhere[0] ? elsewhere : "its name is unknown");
    fourcc_text(codec, d.codec);
    if (d.codec != t->codec || d.video.width != t->video.width || d.video.height != t->video.height)
        return cz_fail(err, CZ_UNSUPPORTED,
                       "its frames are of several kinds: sample description %" PRIu32
                       " is %s %" PRIu16 "x%" PRIu16,
                       which, codec, d.video.width, d.video.height);
    return CZ_OK;
}

static int check_samples(const mov_movie *m, const sample_table *s, bool fragmented, cz_error *err)
{
    if (s->n == 0 && fragmented) {
        cz_fail(err, CZ_UNSUPPORTED, "a fragmented movie (mvex)");
        cz_hint(err, "`ffmpeg -i IN.mov -map 0 -c copy OUT.mov` puts the fragments together");
        return CZ_UNSUPPORTED;
    }
    if (s->n == 0)
        return cz_fail(err, CZ_ABSENT, "stsz lists no frame");
    if (s->n > m->bytes / FRAME_BYTES_MIN)
        return cz_fail(err, CZ_FORMAT, "stsz: %" PRIu32 " frames in a file of %" PRIu64 " bytes",
                       s->n, m->bytes);
    if (s->n > FRAMES_MAX)
        return cz_fail(err, CZ_NOMEM, "stsz: %" PRIu32 " frames, at most %d are read", s->n,
                       FRAMES_MAX);
    return CZ_OK;
}

static int warn_about_samples(mov_movie *m, const sample_table *s, const frame_times_repairs *r,
                              cz_error *err)
{
    int rc = CZ_OK;
    if (s->surplus)
        rc = movie_warn(m, err, "stsc has %" PRIu32 " frames more than stsz in the last chunk",
                        s->surplus);
    if (rc == CZ_OK && r->missing)
        rc = movie_warn(m, err,
                        "stts has no durations for the last %" PRIu64
                        " frames: they get the duration of the one before",
                        r->missing);
    if (rc == CZ_OK && r->surplus)
        rc = movie_warn(m, err, "stts has %" PRIu64 " frames more than there are", r->surplus);
    if (rc == CZ_OK && r->edits > 1)
        rc = movie_warn(m, err, "%" PRIu32 " edits: only the first is applied", r->edits);
    return rc;
}

static int read_frames(mov_movie *m, const moov *raw, cz_error *err)
{
    const moov_track *t = &raw->track[m->video];
    sample_table s;
    frame_times_repairs repairs;
    int rc = sample_table_read(&s, t, err);
    if (rc < 0 || (rc = check_samples(m, &s, raw->fragmented, err)) < 0)
        return rc;
    for (uint32_t i = 0; i < SAMPLE_DESCRIPTIONS_MAX; i++)
        if (s.used_descriptions >> i & 1 &&
            (rc = check_description(&m->track[m->video], t, i + 1, err)) < 0)
            return rc;
    m->n_frames = s.n;
    m->offset = malloc(s.n * sizeof *m->offset);
    m->size = malloc(s.n * sizeof *m->size);
    if (!m->offset || !m->size)
        return cz_fail_memory(err, "%" PRIu32 " frames", s.n);
    if ((rc = sample_table_locate(&s, m->offset, m->size, err)) < 0 ||
        (rc = frame_times_read(&m->times, &repairs, t, raw->timescale, s.n, err)) < 0)
        return rc;
    m->track[m->video].n_samples = s.n;
    return warn_about_samples(m, &s, &repairs, err);
}

/* ---- sound and time code ---- */

/* Truncate chunks at the end of a truncated file. */
static int truncate_chunks(mov_movie *m, mov_track *t, cz_error *err)
{
    size_t beyond = 0;
    for (size_t i = 0; i < t->n_chunks; i++) {
        mov_chunk *c = &t->chunk[i];
        if (beyond && c->offset < m->bytes && c->size)
            t->unreadable = "the file ends within its sound, and its chunks are not in order";
        if (c->offset > m->bytes)
            c->offset = m->bytes;
        if (c->size > m->bytes - c->offset) {
            c->size = m->bytes - c->offset;
            beyond++;
        }
    }
    if (beyond == 0)
        return CZ_OK;
    return movie_warn(m, err, "track %" PRIu32 ": %zu chunks lie beyond the end of the file", t->id,
                      beyond);
}

static int locate_chunks(mov_track *t, const moov_track *raw, uint32_t movie_timescale,
                         cz_error *err)
{
    sample_table s;
    int rc = sample_table_read(&s, raw, err);
    if (rc < 0)
        return rc;
    t->n_samples = s.n;
    if (s.n == 0 || (t->kind != SOUN && t->kind != TMCD))
        return CZ_OK;
    mov_chunk *chunk = malloc(s.n_chunks * sizeof *chunk);
    if (!chunk)
        return cz_fail_memory(err, "%" PRIu32 " chunks", s.n_chunks);
    if ((rc = sample_table_chunks(&s, t->audio.bytes_per_frame, chunk, err)) < 0) {
        free(chunk);
        return rc;
    }
    t->chunk = chunk;
    t->n_chunks = s.n_chunks;
    if (t->kind == SOUN)
        sound_track_check(t, raw, &s, movie_timescale);
    return CZ_OK;
}

/* Other tracks are optional: an invalid one must not make the frames unreadable. */
static int read_other_tracks(mov_movie *m, const moov *raw, cz_error *err)
{
    for (size_t i = 0; i < m->n_tracks; i++) {
        mov_track *t = &m->track[i];
        cz_error why;
        if (i == m->video)
            continue;
        int rc = locate_chunks(t, &raw->track[i], raw->timescale, &why);
        if (rc == CZ_NOMEM)
            return cz_fail(err, CZ_NOMEM, "%s", why.message);
        if (rc < 0)
            t->unreadable = "its tables are invalid";
        rc = rc < 0 ? movie_warn(m, err, "track %" PRIu32 " is left out: %s", t->id, why.message)
                    : truncate_chunks(m, t, err);
        if (rc < 0)
            return rc;
    }
    return CZ_OK;
}

static int read_timecodes(mov_movie *m, const moov *raw, const mov_input *in, cz_error *err)
{
    for (size_t i = 0; i < m->n_tracks; i++) {
        mov_track *t = &m->track[i];
        sample_description d;
        uint8_t sample[4];
        if (t->kind != TMCD || t->n_chunks == 0 || t->chunk[0].size < sizeof sample ||
            sample_description_read(&d, raw->track[i].stsd,
                                    sample_table_first_description(&raw->track[i]), TMCD, NULL) < 0)
            continue;
        const int rc = in->read_at(in->ctx, t->chunk[0].offset, sample, sizeof sample, err);
        if (rc < 0)
            return rc;
        timecode_text(t->timecode, &d.timecode, rd32be(sample));
    }
    return CZ_OK;
}

/* ---- the whole ---- */

static int build(mov_movie *m, const moov *raw, cz_error *err)
{
    m->has_moov = true;
    m->timescale = raw->timescale;
    m->duration = raw->duration;
    int rc = choose_track(m, raw, err);
    if (rc < 0)
        return rc;
    m->created = raw->created ? raw->created : m->track[m->video].created;
    if ((rc = read_frames(m, raw, err)) < 0) {
        cz_prefix(err, "track %" PRIu32, m->track[m->video].id);
        return rc;
    }
    if ((rc = read_other_tracks(m, raw, err)) < 0)
        return rc;
    return tags_read(&m->tag, &m->n_tags, raw->udta, raw->meta, err);
}

/* Read the body of the moov atom. */
static int read_moov_body(uint8_t **out, bytes *body, const file_atom *a, const mov_input *in,
                          cz_error *err)
{
    const uint64_t n = a->size - a->head;
    if (n > MOOV_MAX)
        return cz_fail(err, CZ_NOMEM, "%s: a moov atom of %" PRIu64 " bytes, at most %d are read",
                       in->name, n, MOOV_MAX);
    *out = malloc(n ? (size_t)n : 1);
    if (!*out)
        return cz_fail_memory(err, "%s: moov atom", in->name);
    *body = (bytes){*out, (size_t)n, false};
    return n ? in->read_at(in->ctx, a->offset + a->head, *out, (size_t)n, err) : CZ_OK;
}

int mov_open(mov_movie **out, const mov_input *in, cz_error *err)
{
    *out = NULL;
    if (in->size == 0)
        return cz_fail(err, CZ_FORMAT, "%s: the file is empty", in->name);
    top_level o;
    moov raw = {0};
    uint8_t *at = NULL;
    bytes body;
    int rc = CZ_OK;
    mov_movie *m = calloc(1, sizeof *m);
    if (!m)
        return cz_fail_memory(err, "%s: movie", in->name);
    m->bytes = in->size;
    if ((rc = read_top_level(&o, m, in, err)) < 0)
        goto end;
    if (o.moov.size == 0 || o.moof) {
        rc = fail_no_moov(&o, in, err);
        goto end;
    }
    m->moov_offset = o.moov.offset;
    m->moov_size = o.moov.size;
    if ((rc = read_moov_body(&at, &body, &o.moov, in, err)) < 0)
        goto end;
    if ((rc = moov_read(&raw, body, err)) < 0 || (rc = build(m, &raw, err)) < 0 ||
        (rc = warn_about_top_level(&o, m, err)) < 0) {
        cz_prefix(err, "%s", in->name);
        goto end;
    }
    if ((rc = read_timecodes(m, &raw, in, err)) < 0)
        goto end;
    *out = m;
    m = NULL; /* moved to the caller */
end:
    moov_free(&raw);
    free(at);
    mov_close(&m);
    return rc;
}
