/* Sample descriptions: codec and format of the samples of a track (QTFF, Sample Description
 * Atoms). Pure. */
#ifndef CZ_MOV_SAMPLE_DESCRIPTION_H
#define CZ_MOV_SAMPLE_DESCRIPTION_H

#include "mov/moov.h"

enum { SAMPLE_DESCRIPTIONS_MAX = 64 }; /* per track */

/* A tmcd entry (QTFF, Timecode Sample Description). */
typedef struct timecode_entry {
    uint32_t flags;
    uint32_t timescale;
    uint32_t duration; /* of a frame, in timescale */
    uint8_t fps;       /* frames per second, rounded up */
} timecode_entry;

typedef struct sample_description {
    fourcc codec;
    uint16_t data;           /* dref entry of the file that contains its samples, from 1 */
    mov_video video;         /* kind vide */
    mov_audio audio;         /* kind soun */
    timecode_entry timecode; /* kind tmcd */
} sample_description;

/* Description number `which` (from 1) of a track of that kind. Errors: FORMAT. */
int sample_description_read(sample_description *out, bytes stsd, uint32_t which, fourcc kind,
                            cz_error *err);

/* Does entry `which` (from 1) of dref refer to the movie file itself? If not, name is the base name
 * of the other file, or "" if unknown. Errors: FORMAT (no such entry). */
int dref_is_same_file(bool *self, char name[64], bytes dref, uint32_t which, cz_error *err);

#endif
