/* begun.json, the conversion record: which conversion, or which removal, may change the clip.
 *
 * Only a conversion of the same fingerprint (docs/format.md, Converting) continues an interrupted
 * one. A removal has a random identity in the fingerprint's place. Thread-safe. */
#ifndef CZ_FORMAT_CONVERSION_RECORD_H
#define CZ_FORMAT_CONVERSION_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "store/objects/object_store.h"

typedef struct conversion_record {
    char fingerprint[SHA256_HEX + 1]; /* or the removal's identity */
    bool is_removal;
    char source_name[256]; /* of a conversion; "" if it is not known */
    uint64_t source_bytes;
} conversion_record;

/* Errors: ABSENT, FORMAT (not a record), and the store's. */
int conversion_record_read(conversion_record *out, object_store *os, const char *clip,
                           cz_error *err);

/* Put the record of a conversion. With replace, and for removal_record_write(), it replaces
 * another record, and is a barrier: what was removed before, such as the commit marker, is
 * durably gone when it returns. Errors: EXISTS (there is a record; never with replace), and the
 * store's. */
int conversion_record_write(object_store *os, const char *clip, const char *fingerprint,
                            const char *source_name, uint64_t source_bytes, bool replace,
                            cz_error *err);
/* Put the record of a removal: conversions in progress find it and fail. */
int removal_record_write(object_store *os, const char *clip, const char *identity, cz_error *err);

/* Remove the record if it still has this fingerprint or identity; CZ_OK if there is none. Errors:
 * CHANGED (it has another one), and the store's. */
int conversion_record_remove(object_store *os, const char *clip, const char *fingerprint,
                             cz_error *err);

#endif
