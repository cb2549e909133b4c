/* A moov atom taken apart: what its headers say, and where its tables lie, still as they are.
 *
 * Pure: bytes in, structure out. The spans point into those bytes. */
#ifndef CZ_MOV_MOOV_H
#define CZ_MOV_MOOV_H

#include "base/bytes.h"
#include "mov/mov.h"

typedef struct moov_track {
    mov_track
        info; /* id, kind, enabled, timescale, duration, created; the rest is the samples' affair */
    /* Bodies of atoms, version and flags included; at == NULL where there is none. */
    bytes dref, stsd, stts, stsc, stsz, chunks, elst;
    bool wide; /* chunks is a co64, not an stco */
} moov_track;

typedef struct moov {
    uint64_t created;
    uint32_t timescale; /* 0: not told */
    uint64_t duration;
    moov_track *track;
    size_t n_tracks;
    bytes udta, meta;
    bool fragmented; /* mvex: samples may be in fragments */
} moov;

/* Errors: FORMAT (names the atom), UNSUPPORTED (compressed header, reference movie), NOMEM. */
int moov_read(moov *out, bytes body, cz_error *err);
void moov_free(moov *m);

#endif
