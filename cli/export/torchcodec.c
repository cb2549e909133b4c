/* torchcodec's custom_frame_mappings: with them VideoDecoder needs no scan of the MOV. Times
 * are ticks of the movie's track, as FFmpeg counts them (VideoDecoder, custom_frame_mappings). */
#include <inttypes.h>

#include "cli/export/export.h"
#include "mov/mov.h"

enum { WRITE_AT = 1 << 20 };

static int read_bytes(void *ctx, uint64_t offset, void *to, size_t len, cz_error *err)
{
    return cz_source_read(to, ctx, offset, len, err);
}

static int write_text(const export_job *j, buf *text, cz_error *err)
{
    if (text->bad)
        return cz_fail_memory(err, "%s", j->path);
    const int rc = out_write(j->to, text->at, text->len, err);
    text->len = 0;
    return rc;
}

/* The frames that a player displays; every ProRes frame is a key frame. */
static int write_frames(const export_job *j, const mov_times *t, cz_error *err)
{
    int rc = CZ_OK;
    buf text = {0};
    const char *before = "{\"frames\":[\n";
    for (uint64_t i = 0; rc == CZ_OK && i < t->n_frames; i++) {
        const int64_t pts = mov_ticks(t, i), end = mov_ticks(t, i + 1);
        if (pts < t->begin)
            continue;
        buf_printf(&text, "%s{\"pts\":%" PRId64 ",\"duration\":%" PRId64 ",\"key_frame\":1}",
                   before, pts, end - pts);
        before = ",\n";
        if (text.len >= WRITE_AT)
            rc = write_text(j, &text, err);
    }
    buf_printf(&text, "%s\n]}\n", before[0] == '{' ? before : "");
    if (rc == CZ_OK)
        rc = write_text(j, &text, err);
    buf_free(&text);
    return rc;
}

int export_torchcodec(const export_job *j, cz_error *err)
{
    const cz_facts *f = cz_clip_facts(j->clip[0]);
    const mov_input in = {read_bytes, j->clip[0], f->source_bytes, f->source_name};
    mov_movie *movie = NULL;
    if (f->recovered)
        return cz_fail(err, CZ_UNSUPPORTED, "%s: no moov atom, so torchcodec cannot open it",
                       f->source_name);
    int rc = mov_open(&movie, &in, err);
    if (rc == CZ_OK)
        rc = write_frames(j, &movie->times, err);
    mov_close(&movie);
    return rc;
}
