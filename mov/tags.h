/* Tags: the texts in user data (QTFF, User Data Atoms) and metadata (QTFF, Metadata). Pure. */
#ifndef CZ_MOV_TAGS_H
#define CZ_MOV_TAGS_H

#include "mov/moov.h"

/* Read the texts of udta and meta, either of which may be absent. Invalid items, items that aren't
 * text, and items beyond TAGS_MAX are skipped. On success the caller owns *out and its texts.
 * Errors: NOMEM. */
enum { TAGS_MAX = 256, TAG_BYTES_MAX = 65535 };
int tags_read(mov_tag **out, size_t *n, bytes udta, bytes meta, cz_error *err);
void tags_free(mov_tag *tag, size_t n);

#endif
