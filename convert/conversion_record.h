/* begun.json: that a conversion of a clip is under way, and which one.
 *
 * The fingerprint stands for the source and the options that decide about the bytes (docs/format.md, Converting): a
 * conversion that was interrupted goes on only as the same one. */
#ifndef CZ_CONVERT_CONVERSION_RECORD_H
#define CZ_CONVERT_CONVERSION_RECORD_H

#include <stdbool.h>

#include "base/digest.h"
#include "mov/mov.h"
#include "store/objects/object_store.h"

/* Reads the first and the last MiB of the source. Errors: NOMEM, and what reading says. */
int fingerprint_make(char hex[SHA256_HEX + 1], const mov_input *in, const char *clip,
                     const cz_convert_job *job, cz_error *err);

/* The fingerprint that begun.json holds. Errors: ABSENT, FORMAT, and the store's. */
int conversion_record_read(char hex[SHA256_HEX + 1], object_store *os, const char *clip,
                           cz_error *err);
/* With replace, what was removed before (the mark) is durably gone when it returns, so that no crash
 * brings back a mark whose objects were overwritten. Errors: EXISTS (somebody began meanwhile; never
 * with replace), and the store's. */
/* A removal takes the record over, too, with an identity of its own: conversions that are under way see it and
 * fail. What was removed before is durably gone when it returns. */
int removal_identity(char hex[SHA256_HEX + 1], cz_error *err);
int removal_record_write(object_store *os, const char *clip, const char *identity, cz_error *err);
/* Remove the record if it still holds this fingerprint or identity; when it is absent, that is CZ_OK. Errors:
 * CHANGED (it holds another), and the store's. */
int conversion_record_remove(object_store *os, const char *clip, const char *fingerprint,
                             cz_error *err);

int conversion_record_write(object_store *os, const char *clip, const char *fingerprint,
                            const mov_input *in, bool replace, cz_error *err);

#endif
