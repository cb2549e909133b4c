/* mov/: the input is a file, which is opened by its tables and recovered without them; its
 * beginning is also used as a file name. A movie that is accepted must keep the guarantees of
 * mov.h. */
#include <stdlib.h>
#include <string.h>

#include "base/timestamp.h"
#include "mov/mov.h"
#include "mov/start_time.h"
#include "mov/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

typedef struct file {
    const uint8_t *data;
    size_t len;
} file;

/* Nothing beyond the file's size may be asked for. */
static int read_at(void *ctx, uint64_t offset, void *to, size_t n, cz_error *err)
{
    const file *f = ctx;
    (void)err;
    if (offset > f->len || n > f->len - offset)
        abort();
    memcpy(to, f->data + offset, n);
    return CZ_OK;
}

static void check_frames(const mov_movie *m)
{
    if (m->n_frames == 0 || m->n_frames > m->bytes / 8 || m->times.n_frames != m->n_frames)
        abort();
    int64_t before = INT64_MIN;
    for (uint64_t i = 0; i <= m->n_frames; i++) {
        const int64_t ns = mov_time_ns(&m->times, i);
        if (ns < before)
            abort();
        before = ns;
    }
    uint64_t end = 0;
    for (uint64_t i = 0; i < m->n_frames; i++) {
        if (m->size[i] == 0 || m->offset[i] < end || m->offset[i] > INT64_MAX - m->size[i])
            abort();
        end = m->offset[i] + m->size[i];
        if (m->recovered && end > m->bytes)
            abort();
    }
}

static void check_tracks(const mov_movie *m)
{
    if (m->video >= m->n_tracks || !fourcc_is_prores(m->track[m->video].codec))
        abort();
    for (size_t i = 0; i < m->n_tracks; i++) {
        const mov_track *t = &m->track[i];
        if (strlen(t->timecode) >= sizeof t->timecode)
            abort();
        for (size_t k = 0; k < t->n_chunks; k++)
            if (t->chunk[k].offset > m->bytes || t->chunk[k].size > m->bytes - t->chunk[k].offset)
                abort();
    }
}

static void check_start(const mov_movie *m, const file *f)
{
    char name[48] = {0}, text[TIMESTAMP_TEXT_MAX];
    memcpy(name, f->data, f->len < sizeof name - 1 ? f->len : sizeof name - 1);
    mov_start start;
    int64_t back;
    mov_start_choose(&start, m, name);
    timestamp_format(text, start.start);
    if (!timestamp_parse(&back, text) || back != start.start)
        abort();
}

/* What we write of its frames is a movie of these frames. */
static void check_writer(const mov_movie *m)
{
    enum { FEW = 8 };
    const size_t n = m->n_frames < FEW ? (size_t)m->n_frames : FEW;
    const mov_track *t = &m->track[m->video];
    const mov_write_params w = {t->codec, t->video, m->times.timescale, m->created, NULL};
    uint32_t ticks[FEW];
    buf b = {0};
    for (size_t i = 0; i < n; i++)
        ticks[i] = (uint32_t)(mov_ticks(&m->times, i + 1) - mov_ticks(&m->times, i));
    if (mov_write_header(&b, &w, m->size, ticks, n, NULL) != CZ_OK)
        abort();
    file f = {b.at, b.len};
    const mov_input in = {read_at, &f, b.len, "written"};
    mov_movie *again;
    if (mov_open(&again, &in, NULL) != CZ_OK || again->n_frames != n ||
        memcmp(again->size, m->size, n * sizeof *m->size) != 0 ||
        mov_ticks(&again->times, n) != mov_ticks(&m->times, n) - m->times.shift)
        abort();
    mov_close(&again);
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    file f = {data, len};
    const mov_input in = {read_at, &f, len, "fuzz"};
    for (int recover = 0; recover < 2; recover++) {
        mov_movie *m;
        cz_error err = {0};
        const int rc = recover ? mov_recover(&m, &in, &err) : mov_open(&m, &in, &err);
        if (rc != err.code || (rc < 0) != (m == NULL))
            abort();
        if (!m)
            continue;
        check_frames(m);
        check_tracks(m);
        check_start(m, &f);
        check_writer(m);
        mov_close(&m);
    }
    return 0;
}
