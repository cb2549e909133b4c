#include <inttypes.h>
#include <stdio.h>

#include "reader/picture.h"
#include "reader/verify.h"

/* Pictures are decoded in batches, of as many as PICTURES_ROOM holds, and then freed. */
enum { BATCH = 16 };

/* Damage that the index has recorded is no difference: the frame was recorded so. */
static int is_flagged(verify *v, bool *ret, uint64_t frame, cz_error *err)
{
    const void *flags;
    const int rc = cz_column_read(&flags, v->clip, CZ_FLAGS, err);
    if (rc == CZ_OK)
        *ret = (((const uint8_t *)flags)[frame] & CZ_FLAGS_DAMAGE) != 0;
    return rc;
}

static int report_picture(verify *v, const cz_request *r, cz_error *err)
{
    char rel_key[REL_KEY_MAX];
    bool known = false;
    if (r->rc == CZ_NOMEM)
        return cz_fail_memory(err, "frame %" PRIu64 ": picture", r->frame);
    /* Missing and changed bytes have been reported by verify_shard(). */
    if (r->rc == CZ_OK || (r->damaged == 0 && r->rc != CZ_FORMAT))
        return CZ_OK;
    const int rc = is_flagged(v, &known, r->frame, err);
    if (rc < 0 || known)
        return rc;
    rel_key_shard(rel_key, v->store->zarr, r->frame / v->clip->facts->frames_per_shard);
    if (r->damaged)
        verify_report(v, r->rc, rel_key, (int64_t)r->frame, "%zu slices can't be decoded",
                      r->damaged);
    else
        verify_report(v, r->rc, rel_key, (int64_t)r->frame, "can't be decoded");
    return CZ_OK;
}

static int decode_batch(verify *v, uint64_t first, size_t n, cz_error *err)
{
    const cz_view view = {.layout = CZ_NATIVE};
    cz_request req[BATCH] = {{0}};
    int rc = CZ_OK;
    for (size_t i = 0; i < n; i++)
        req[i].frame = first + i;
    (void)cz_pictures(v->clip, &view, req, n, NULL, NULL, NULL); /* each has its own rc */
    for (size_t i = 0; rc == CZ_OK && i < n; i++)
        rc = report_picture(v, &req[i], err);
    cz_request_free(req, n);
    return rc;
}

static size_t batch_of(size_t picture_bytes)
{
    const size_t n = PICTURES_ROOM / (picture_bytes ? picture_bytes : 1);
    return n < 1 ? 1 : n > BATCH ? BATCH : n;
}

int verify_decode(verify *v, cz_error *err)
{
    const cz_view view = {.layout = CZ_NATIVE};
    const uint64_t n = v->clip->facts->frames;
    cz_shape shape = {0};
    cz_error why = {0};
    int rc = cz_shape_of(&shape, v->clip, &view, &why);
    if (rc == CZ_FORMAT) {
        verify_report(v, rc, rel_key_marker(v->store->zarr), -1, "%s", why.message);
        return CZ_OK;
    }
    if (rc < 0)
        return cz_fail(err, rc, "%s", why.message);
    const size_t most = batch_of(shape.bytes);
    for (uint64_t at = 0; rc == CZ_OK && at < n; at += most) {
        rc = decode_batch(v, at, n - at < most ? (size_t)(n - at) : most, err);
        if (rc == CZ_OK)
            rc = verify_progress(v, 0, err);
    }
    return rc;
}
