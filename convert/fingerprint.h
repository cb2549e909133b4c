/* Identities of the processes that change a clip, as stored in the conversion record.
 *
 * The fingerprint of a conversion is a digest of the source and of all options that affect the
 * bytes (docs/format.md, Converting). A removal has a random identity in its place. */
#ifndef CZ_CONVERT_FINGERPRINT_H
#define CZ_CONVERT_FINGERPRINT_H

#include <camzarr.h>

#include "base/digest.h"
#include "mov/mov.h"

/* What a fingerprint has of the source. */
typedef struct source_sample {
    const char *name; /* the input's */
    uint64_t bytes;
    char head[SHA256_HEX + 1], tail[SHA256_HEX + 1]; /* SHA-256 of the first and the last MiB */
} source_sample;

/* Errors: NOMEM, and those of reading. */
int source_sample_read(source_sample *out, const mov_input *in, cz_error *err);
/* `overview` is the rate of the overview as text, which takes the place of the job's; NULL: without
 * analysis. Errors: NOMEM. */
int fingerprint_of_sample(char hex[SHA256_HEX + 1], const source_sample *sample, const char *clip,
                          const cz_convert_job *job, const char *overview, cz_error *err);
/* Both. */
int fingerprint_make(char hex[SHA256_HEX + 1], const mov_input *in, const char *clip,
                     const cz_convert_job *job, const char *overview, cz_error *err);
/* Random. Errors: IO. */
int removal_identity(char hex[SHA256_HEX + 1], cz_error *err);

#endif
