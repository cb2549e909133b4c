#include "cli/analysis/overview_pictures.h"

#include "analyse/overview_frames.h"
#include "cli/missing_clip.h"
#include "reader/reader.h"

int open_clip_only(cz_clip **out, cz_store *store, const char *name, cz_error *err)
{
    commit_marker *marker = NULL;
    int rc = commit_marker_read(&marker, store->os, store->zarr, name, err);
    if (rc == CZ_OK)
        rc = clip_of_marker(out, store, &marker, err);
    commit_marker_free(&marker);
    return explain_missing_clip(rc, store, name, err);
}

/* Bytes of the objects that have these pictures, which ascend; UINT64_MAX: one is not listed. */
static uint64_t bytes_of(const uint64_t *picture, size_t n, const cz_overview *about,
                         const commit_marker *m)
{
    uint64_t bytes = 0, last = UINT64_MAX;
    for (size_t i = 0; i < n; i++) {
        char rel_key[REL_KEY_MAX];
        const uint64_t chunk = picture[i] / about->chunk_pictures;
        if (chunk == last)
            continue;
        last = chunk;
        rel_key_overview_chunk(rel_key, m->zarr, chunk);
        const marker_object *o = commit_marker_find(m, rel_key);
        if (!o || o->size > INT64_MAX - bytes)
            return UINT64_MAX;
        bytes += o->size;
    }
    return bytes;
}

/* The frames last as long as the rate says, to a hundredth of a frame each: so times need not be
 * read. */
static bool has_constant_rate(const cz_facts *f)
{
    if (f->rate_num == 0 || f->rate_den == 0 || f->end <= f->start)
        return false;
    const double frame = 1e9 * f->rate_den / f->rate_num;
    const double off = (double)(f->end - f->start) / (double)f->frames - frame;
    return off < frame / 100 && off > -frame / 100;
}

size_t choose_overview_pictures(uint64_t *picture, uint64_t *frame, size_t most, size_t least,
                                const cz_clip *clip)
{
    cz_overview about;
    const cz_facts *f = cz_clip_facts(clip);
    if (cz_clip_overview(&about, clip, NULL) < 0 || about.pictures == 0 || !has_constant_rate(f))
        return 0;
    const size_t n = about.pictures < most ? (size_t)about.pictures : most;
    if (n < least && n < f->frames)
        return 0;
    for (size_t i = 0; i < n; i++) {
        picture[i] = about.pictures / n * i + about.pictures % n * i / n;
        frame[i] = overview_frame((frame_step){about.step_num, about.step_den}, picture[i]);
    }
    const uint64_t of_frames = clip->marker->frame_bytes / f->frames * n;
    return bytes_of(picture, n, &about, clip->marker) <= of_frames / 2 ? n : 0;
}

int64_t overview_picture_time(const cz_clip *clip, uint64_t frame)
{
    const cz_facts *f = cz_clip_facts(clip);
    return (int64_t)((double)frame * 1e9 * f->rate_den / f->rate_num);
}
