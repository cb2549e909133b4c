/* The header of a WAV file. */
#ifndef CZ_CLI_EXPORT_WAV_H
#define CZ_CLI_EXPORT_WAV_H

#include "base/buf.h"
#include "base/error.h"

/* Bytes of a sample of one channel in the file: 1, 2, 3, 4 or 8. */
unsigned wav_sample_bytes(cz_sample_format format);
/* Append everything that precedes the samples: RIFF or, where sizes of 32 bits are too small, RF64
 * (EBU Tech 3306). Pure. Errors: UNSUPPORTED (more channels or a higher rate than WAV can hold),
 * NOMEM. */
int wav_header(buf *out, const cz_audio_facts *facts, cz_error *err);

#endif
