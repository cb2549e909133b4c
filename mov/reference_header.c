#include "mov/mov.h"

enum { MODEL_TRIES = 1000 }; /* frames that are examined for a valid header */

uint32_t mov_frame_available(const mov_movie *m, uint64_t i)
{
    const uint64_t at = m->offset[i];
    const uint32_t size = m->size[i];
    if (at >= m->bytes)
        return 0;
    return size <= m->bytes - at ? size : (uint32_t)(m->bytes - at);
}

int mov_reference_header(prores_header *out, bool *found, const mov_movie *m, const mov_input *in,
                         cz_error *err)
{
    const mov_video *v = &m->track[m->video].video;
    *out = (prores_header){0};
    *found = false;
    for (uint64_t i = 0; i < m->n_frames && i < MODEL_TRIES; i++) {
        uint8_t raw[PRORES_FIXED_HEADER_SIZE];
        prores_header head;
        if (mov_frame_available(m, i) < PRORES_FIXED_HEADER_SIZE)
            continue;
        const int rc = in->read_at(in->ctx, m->offset[i], raw, PRORES_FIXED_HEADER_SIZE, err);
        if (rc < 0)
            return rc;
        if (prores_header_parse(&head, raw, PRORES_FIXED_HEADER_SIZE) != PRORES_HEADER_OK)
            continue;
        const bool agrees = head.width == v->width && head.height == v->height;
        if (agrees || !*found)
            *out = head;
        *found = true;
        if (agrees)
            break;
    }
    return CZ_OK;
}
