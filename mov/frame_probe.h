/* Is there a ProRes frame at a place in a file? Told from its own bytes alone, as closely as asked.
 *
 * The four letters `icpf` prove nothing: they turn up in sound, in dead bytes and inside frames. What
 * counts is whether a frame's parts add up: RDD 36 has a frame be its header and its pictures, a
 * picture its header, a table of sizes and slices of these sizes, a slice its header and two or three planes. */
#ifndef CZ_MOV_FRAME_PROBE_H
#define CZ_MOV_FRAME_PROBE_H

#include "mov/mov.h"
#include "mov/read_buffer.h"

typedef struct probe {
    read_buffer table, data; /* headers and tables; slices and stuffing */
    uint64_t budget; /* bytes that may still be looked at: a file made of false frames ends it */
} probe;

typedef enum probe_found {
    PROBE_NO_FRAME, /* no frame: no mark, an impossible header, or the file ends before it does */
    PROBE_HEADER_ONLY, /* a header that can be, but its pictures don't add up to the frame */
    PROBE_STUFFED,     /* they do, but for what is left behind them: zeros, or little else */
    PROBE_EXACT,       /* they do, to the byte */
} probe_found;

typedef struct probe_result {
    probe_found found;
    prores_header head;
    uint64_t pictures_end; /* where the pictures end in the file; from PROBE_STUFFED on */
} probe_result;

/* Errors: NOMEM. */
int probe_new(probe *out, const mov_input *in, cz_error *err);
void probe_free(probe *p);

/* What is at a place. The frame must have the picture size and chroma of `like`, unless that is NULL.
 * Errors: FORMAT (out of effort), read_at's. */
int probe_frame(probe *p, probe_result *out, uint64_t at, const prores_header *reference,
                cz_error *err);

/* Do the slices of a frame that was found with PROBE_STUFFED or PROBE_EXACT have headers that can be? Reads
 * all of the frame. Errors: as of probe_frame(). */
int probe_slices(probe *p, bool *sound, const prores_header *head, uint64_t at, cz_error *err);

#endif
