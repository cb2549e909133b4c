/* What people and recorders wrote into a movie: user data (QTFF, User Data Atoms) and metadata
 * (QTFF, Metadata). Pure. */
#ifndef CZ_MOV_TAGS_H
#define CZ_MOV_TAGS_H

#include "mov/moov.h"

/* The text strings of udta and meta (either may be absent). What is broken or no text is passed
 * over, and so is what goes beyond TAGS_MAX strings. On success the caller owns *out and its texts.
 * Errors: NOMEM. */
enum { TAGS_MAX = 256, TAG_BYTES_MAX = 65535 };
int tags_read(mov_tag **out, size_t *n, bytes udta, bytes meta, cz_error *err);
void tags_free(mov_tag *tag, size_t n);

#endif
