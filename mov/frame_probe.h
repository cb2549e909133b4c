/* Decide from its bytes whether there is a ProRes frame at an offset of a file.
 *
 * The magic "icpf" isn't sufficient: it also occurs in sound, in unused bytes and inside frames.
 * The sizes of the parts must be consistent too. By RDD 36 a frame consists of a header and one or
 * two pictures; a picture of a header, a table of slice sizes, and the slices; a slice of a header
 * and two or three planes. */
#ifndef CZ_MOV_FRAME_PROBE_H
#define CZ_MOV_FRAME_PROBE_H

#include "mov/mov.h"
#include "mov/read_buffer.h"

typedef struct probe {
    read_buffer table, data; /* for headers and slice tables; for slices and stuffing */
    uint64_t budget; /* bytes that may still be read, which bounds the cost of a file full of false
                        frames */
} probe;

typedef enum probe_found {
    PROBE_NO_FRAME,    /* no magic, an invalid header, or the frame would exceed the file */
    PROBE_HEADER_ONLY, /* a valid header, but the pictures don't add up to the frame size */
    PROBE_STUFFED,     /* they do, except for stuffing at the end: zeros, or a few other bytes */
    PROBE_EXACT,       /* they do exactly */
} probe_found;

typedef struct probe_result {
    probe_found found;
    prores_header head;
    uint64_t pictures_end; /* file offset of the end of the pictures; from PROBE_STUFFED on */
} probe_result;

/* Errors: NOMEM. */
int probe_new(probe *out, const mov_input *in, cz_error *err);
void probe_free(probe *p);

/* Examine an offset. The frame must have the dimensions and chroma format of `reference`, unless
 * that is NULL. Errors: FORMAT (budget exhausted), and those of read_at. */
int probe_frame(probe *p, probe_result *out, uint64_t at, const prores_header *reference,
                cz_error *err);

/* Check all slice headers of a frame that is PROBE_STUFFED or PROBE_EXACT; reads the whole frame.
 * Errors: those of probe_frame(). */
int probe_slices(probe *p, bool *valid, const prores_header *head, uint64_t at, cz_error *err);

#endif
