/* begun.json, the conversion record: which conversion, or which removal, may change the clip.
 *
 * The fingerprint of a conversion is a digest of the source and of all options that decide about
 * the bytes (docs/format.md, Converting): only a conversion of the same fingerprint continues an
 * interrupted one. A removal has a random identity in its place. */
#ifndef CZ_CONVERT_CONVERSION_RECORD_H
#define CZ_CONVERT_CONVERSION_RECORD_H

#include <stdbool.h>

#include "base/digest.h"
#include "mov/mov.h"
#include "store/objects/object_store.h"

typedef struct conversion_record {
    char fingerprint[SHA256_HEX + 1]; /* or the removal's identity */
    bool is_removal;
} conversion_record;

/* Reads the first and the last MiB of the source. Errors: NOMEM, and those of reading. */
int fingerprint_make(char hex[SHA256_HEX + 1], const mov_input *in, const char *clip,
                     const cz_convert_job *job, cz_error *err);
/* Random. Errors: IO. */
int removal_identity(char hex[SHA256_HEX + 1], cz_error *err);

/* Errors: ABSENT, FORMAT (not a record), and the store's. */
int conversion_record_read(conversion_record *out, object_store *os, const char *clip,
                           cz_error *err);

/* Put the record of a conversion. With replace, and for removal_record_write(), it replaces
 * another record, and is a barrier: what was removed before, such as the commit marker, is
 * durably gone when it returns. Errors: EXISTS (there is a record; never with replace), and the
 * store's. */
int conversion_record_write(object_store *os, const char *clip, const char *fingerprint,
                            const mov_input *in, bool replace, cz_error *err);
/* Put the record of a removal: conversions that are under way find it and fail. */
int removal_record_write(object_store *os, const char *clip, const char *identity, cz_error *err);

/* Remove the record if it still has this fingerprint or identity; CZ_OK if there is none. Errors:
 * CHANGED (it has another one), and the store's. */
int conversion_record_remove(object_store *os, const char *clip, const char *fingerprint,
                             cz_error *err);

#endif
