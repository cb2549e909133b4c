#include "analyse/frame_analysis.h"

int frame_view_make(frame_view *out, frame_statistics *ret_statistics, prores_decoder *dec,
                    const uint8_t *frame, size_t len, cz_error *err)
{
    const uint32_t size = len < UINT32_MAX ? (uint32_t)len : UINT32_MAX;
    cz_error damage; /* what is wrong with a frame is in its flags */
    *ret_statistics = frame_statistics_unknown(size);
    out->known = false;
    int rc = dc_picture_decode(&out->picture, dec, frame, len, &damage);
    if (rc == CZ_NOMEM && err)
        *err = damage;
    if (rc < 0)
        return rc == CZ_NOMEM ? rc : CZ_OK;
    rc = motion_pyramid_build(&out->pyramid, &out->picture, err);
    if (rc < 0)
        return rc;
    frame_statistics_of(ret_statistics, &out->picture, size);
    out->known = true;
    return CZ_OK;
}

void frame_view_compare(frame_statistics *out, const frame_view *before, frame_view *now)
{
    if (!before->known || !now->known)
        return;
    frame_statistics_difference(out, &before->picture, &now->picture);
    const camera_motion motion = camera_motion_between(&before->pyramid, &now->pyramid);
    if (!motion.known)
        return;
    out->shift_x = (float)motion.shift_x;
    out->shift_y = (float)motion.shift_y;
    out->zoom = (float)motion.zoom;
    out->flags &= (uint8_t)~FRAME_NO_MOTION;
}

void frame_view_free(frame_view *view)
{
    dc_picture_free(&view->picture);
    motion_pyramid_free(&view->pyramid);
    view->known = false;
}
