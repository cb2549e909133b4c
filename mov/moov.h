/* The moov atom: its headers parsed, its tables located but not yet parsed.
 *
 * Pure. The cursors point into the bytes that were passed in. */
#ifndef CZ_MOV_MOOV_H
#define CZ_MOV_MOOV_H

#include "base/bytes.h"
#include "mov/mov.h"

typedef struct moov_track {
    mov_track info; /* id, kind, enabled, timescale, duration, created; the rest comes from the
                       sample tables */
    /* Atom bodies, including version and flags; at == NULL if there is no such atom. */
    bytes dref, stsd, stts, stsc, stsz, chunks, elst;
    bool wide; /* chunks is from co64, not stco */
} moov_track;

typedef struct moov {
    uint64_t created;
    uint32_t timescale; /* 0: unknown */
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
