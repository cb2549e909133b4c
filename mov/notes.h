/* What people and recorders wrote into a movie: user data (QTFF, User Data Atoms) and metadata
 * (QTFF, Metadata). Pure. */
#ifndef CZ_MOV_NOTES_H
#define CZ_MOV_NOTES_H

#include "mov/moov.h"

/* The text strings of udta and meta (either may be absent). What is broken or no text is passed
 * over, and so is what goes beyond NOTES_MAX strings. On success the caller owns *out and its texts.
 * Errors: NOMEM. */
enum { NOTES_MAX = 256, NOTE_BYTES_MAX = 65535 };
int notes_read(mov_note **out, size_t *n, bytes udta, bytes meta, cz_error *err);
void notes_free(mov_note *note, size_t n);

#endif
