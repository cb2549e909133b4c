/* What the exports that list frames share: which frames, their times, where the camera is. */
#ifndef CZ_CLI_EXPORT_ROWS_H
#define CZ_CLI_EXPORT_ROWS_H

#include "cli/export/export.h"

/* The frames of --frames, in ascending order and each once; without it about one per second, from
 * the first one on. with_first: frame 0 in any case. free() them. Errors: as select_frames(). */
int export_rows(uint64_t **out, size_t *n, const export_job *one, bool with_first, cz_error *err);

enum { MICROSECONDS_MAX = 40 }; /* for export_microseconds(), including the NUL */
/* "2018-07-12 00:15:10.500000", UTC, rounded down. */
void export_microseconds(char out[MICROSECONDS_MAX], int64_t ns);

/* Where the camera is, if it is one place. */
typedef struct export_place {
    bool has_position; /* latitude and longitude, in degrees */
    bool has_depth;    /* metres below the sea's surface, negative above */
    double latitude, longitude, depth;
} export_place;
void export_place_of(export_place *out, const cJSON *attributes);

/* Append a field of a CSV file, in quotes where it needs them (RFC 4180). */
void export_csv_text(buf *out, const char *text);
/* Append a number with the fewest digits that are exact. */
void export_csv_number(buf *out, double value);

/* An identifier with the form of a random UUID (RFC 9562, version 4), from the digest of two texts:
 * the same every time. Errors: those of sha256_hex(). */
enum { UUID_TEXT = 37 };
int export_uuid(char out[UUID_TEXT], const char *kind, const char *text, cz_error *err);

/* Write the text to the file of the job, and empty it. Errors: NOMEM, those of out_write(). */
int export_write_text(const export_job *j, buf *text, cz_error *err);

#endif
