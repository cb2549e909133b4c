#include "reader/movie.h"

#include <stdlib.h>
#include <string.h>

#include "mov/mov.h"
#include "mov/start_time.h"
#include "mov/read_buffer.h"
#include "source/source.h"

/* Cost of a range (object_store.range_cost) in a file, and over a network. */
enum { FILE_RANGE_COST = 16 << 10, REMOTE_RANGE_COST = 1 << 20 };

struct clip_movie {
    cz_facts facts;
    char codec[5];
    char *name; /* of the file, without its extension */
    source *source;
    mov_write_params writer; /* for movies of its frames */
};

/* State of clip_movie_open(). */
typedef struct open_state {
    /* The source through two buffers: tables are read in small parts close together, each of which
     * would be a request over a network. `direct` reads without them. */
    mov_input in, direct;
    read_buffer begin, other; /* for the first bytes of the file; for any others */
    mov_movie *movie;
    prores_header model;
    bool has_model;
    mov_start start;
} open_state;

/* ---- The tables ----------------------------------------------------------------------------- */

static int read_near(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err)
{
    open_state *l = ctx;
    const uint8_t *at = NULL;
    size_t have = 0;
    if (len > READ_BUFFER_SIZE || offset > l->in.size || len > l->in.size - offset)
        return l->direct.read_at(l->direct.ctx, offset, to, len, err);
    read_buffer *b = offset + len <= READ_BUFFER_SIZE ? &l->begin : &l->other;
    const int rc = read_buffer_get(b, &at, &have, offset, len, err);
    if (rc == CZ_OK)
        memcpy(to, at, len);
    return rc;
}

static int open_state_begin(open_state *l, source *s, cz_error *err)
{
    l->direct = (mov_input){source_read_at, s, source_size(s), source_name(s)};
    l->in = (mov_input){read_near, l, l->direct.size, l->direct.name};
    const int rc = read_buffer_new(&l->begin, &l->direct, err);
    return rc < 0 ? rc : read_buffer_new(&l->other, &l->direct, err);
}

static void open_state_end(open_state *l)
{
    mov_close(&l->movie);
    read_buffer_free(&l->begin);
    read_buffer_free(&l->other);
}

static int read_tables(open_state *l, bool recover, cz_error *err)
{
    int rc = mov_open(&l->movie, &l->in, err);
    if (rc == CZ_ABSENT && recover)
        rc = mov_recover(&l->movie, &l->direct, err);
    else if (rc == CZ_ABSENT)
        cz_hint(err, "set `recover` to search the file for frames; convert does so by itself");
    if (rc == CZ_OK)
        rc = mov_reference_header(&l->model, &l->has_model, l->movie, &l->in, err);
    if (rc == CZ_OK)
        mov_start_choose(&l->start, l->movie, l->in.name);
    return rc;
}

static int64_t time_of(const open_state *l, uint64_t i)
{
    return l->start.start + mov_time_ns(&l->movie->times, i);
}

/* The flags that can be known from the tables alone. */
static uint8_t flags_of(const mov_movie *m, uint64_t i)
{
    const uint32_t there = mov_frame_available(m, i);
    const unsigned found = m->recovered ? CZ_FLAG_RECOVERED : 0;
    const unsigned lacks = there == 0           ? CZ_FLAG_MISSING
                           : there < m->size[i] ? CZ_FLAG_TRUNCATED
                                                : 0;
    return (uint8_t)(found | lacks);
}

static int fill_columns(movie_columns *c, open_state *l, uint64_t *damaged, cz_error *err)
{
    mov_movie *m = l->movie;
    const size_t n = (size_t)m->n_frames;
    int64_t *time = malloc(n * sizeof *time);
    uint8_t *flags = malloc(n);
    if (!time || !flags) {
        free(time);
        free(flags);
        return cz_fail_memory(err, "index of %zu frames", n);
    }
    *damaged = 0;
    for (size_t i = 0; i < n; i++) {
        time[i] = time_of(l, i);
        flags[i] = flags_of(m, i);
        *damaged += (flags[i] & CZ_FLAGS_DAMAGE) != 0;
    }
    for (size_t i = 0; i < n; i++)
        m->size[i] = mov_frame_available(m, i);
    c->at[CZ_TIME] = time;
    c->at[CZ_FLAGS] = flags;
    c->at[CZ_SOURCE_OFFSET] = m->offset; /* moved */
    c->at[CZ_SIZE] = m->size;
    m->offset = NULL;
    m->size = NULL;
    return CZ_OK;
}

void movie_columns_free(movie_columns *columns)
{
    for (int c = 0; c < N_COLUMNS; c++)
        free(columns->at[c]);
    *columns = (movie_columns){{0}};
}

/* ---- The facts ------------------------------------------------------------------------------ */

static void fill_facts(clip_movie *m, const open_state *l, uint64_t damaged)
{
    static const char *const interlace[] = {"progressive", "top_field_first", "bottom_field_first"};
    const mov_movie *movie = l->movie;
    const mov_track *track = &movie->track[movie->video];
    const prores_header *model = &l->model;
    fourcc_text(m->codec, track->codec);
    const bool full_chroma = l->has_model ? model->chroma == 3 : m->codec[2] == '4';
    m->facts = (cz_facts){
        .name = m->name,
        .frames = movie->n_frames,
        .width = l->has_model ? model->width : track->video.width,
        .height = l->has_model ? model->height : track->video.height,
        .codec = m->codec,
        .start = time_of(l, 0),
        .end = time_of(l, movie->n_frames),
        .start_from = mov_start_source_text(l->start.from),
        .chroma = full_chroma ? "4:4:4" : "4:2:2",
        .alpha_bits = model->alpha * 8u,
        .matrix = model->matrix,
        .interlace = interlace[model->interlace],
        .frames_per_shard = (uint32_t)movie->n_frames,
        .damaged_frames = damaged,
        .recovered = movie->recovered,
        .source_name = source_name(m->source),
        .source_bytes = movie->bytes,
        .source_md5 = "",
    };
    mov_frame_rate(&movie->times, &m->facts.rate_num, &m->facts.rate_den);
    m->writer = (mov_write_params){.codec = track->codec,
                                   .video = track->video,
                                   .timescale = movie->times.timescale,
                                   .name = m->name};
}

static int set_name(clip_movie *m, cz_error *err)
{
    const char *base = source_name(m->source);
    const char *dot = strrchr(base, '.');
    m->name = strndup(base, dot && dot != base ? (size_t)(dot - base) : strlen(base));
    return m->name ? CZ_OK : cz_fail_memory(err, "%s", base);
}

int clip_movie_open(clip_movie **out, movie_columns *columns, const char *path,
                    const cz_options *opts, cz_error *err)
{
    const cz_options o = opts ? *opts : (cz_options){0};
    open_state l = {0};
    uint64_t damaged = 0;
    int rc = CZ_OK;
    *columns = (movie_columns){{0}};
    clip_movie *m = calloc(1, sizeof *m);
    if (!m)
        return cz_fail_memory(err, "%s", path);
    if ((rc = source_open(&m->source, path, &o.network, err)) < 0 || (rc = set_name(m, err)) < 0 ||
        (rc = open_state_begin(&l, m->source, err)) < 0 ||
        (rc = read_tables(&l, o.recover, err)) < 0 ||
        (rc = fill_columns(columns, &l, &damaged, err)) < 0)
        goto end;
    fill_facts(m, &l, damaged);
    *out = m;
    m = NULL;
end:
    open_state_end(&l);
    clip_movie_close(&m);
    return rc;
}

void clip_movie_close(clip_movie **m)
{
    if (!m || !*m)
        return;
    source_close(&(*m)->source);
    free((*m)->name);
    free(*m);
    *m = NULL;
}

const cz_facts *clip_movie_facts(const clip_movie *m)
{
    return &m->facts;
}

mov_write_params clip_movie_writer(const clip_movie *m)
{
    return m->writer;
}

/* ---- Frames --------------------------------------------------------------------------------- */

int clip_movie_get(clip_movie *m, os_read *reads, size_t n, void (*done)(os_read *r), cz_error *err)
{
    return source_get(m->source, reads, n, done, err);
}

size_t clip_movie_range_cost(const clip_movie *m)
{
    return source_is_remote(m->source) ? REMOTE_RANGE_COST : FILE_RANGE_COST;
}
