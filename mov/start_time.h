/* The start time of a clip, from the file name or the movie header.
 *
 * CamHD file names are like CAMHDA301-20180712T001500.mov, ...T060000Z.mov, ...T010015Z_03.mov. Any
 * name is accepted that contains YYYYMMDDTHHMMSS as a separate word, optionally followed by Z and
 * _NN. Years from 1970 to 2149 are valid, in names and in headers. Pure. */
#ifndef CZ_MOV_START_TIME_H
#define CZ_MOV_START_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "mov/mov.h"

typedef struct mov_filename_time {
    bool has_time;
    bool utc_suffix; /* followed by Z: it is the start time; without Z the end time, rounded to the
                        minute */
    int part;        /* the number after an underscore, as in _03; -1 without */
    int64_t time;    /* nanoseconds since 1970-01-01 UTC */
} mov_filename_time;
void mov_filename_time_parse(mov_filename_time *out, const char *base_name);

/* Where the start time comes from; the quoted text is what the store contains. */
typedef enum mov_start_source {
    MOV_START_NONE,         /* "none": unknown; times start at 1970-01-01 */
    MOV_START_HEADER,       /* "header": creation_time of the movie header */
    MOV_START_FILENAME,     /* "name": the file name, which contains the start */
    MOV_START_FILENAME_END, /* "name_end": the file name, which contains the end, minus the duration
                             */
} mov_start_source;
const char *mov_start_source_text(mov_start_source from);

typedef struct mov_start {
    mov_start_source from;
    int64_t start; /* ns since 1970; 0 for MOV_START_NONE */
    bool has_name_time, has_header_time;
    int64_t name_time, header_time; /* the values found, whichever was chosen */
} mov_start;
/* The header time is chosen if the name contains none or both are within a day of each other (the
 * clock of a recorder that was never set is years off); otherwise the time in the name. */
void mov_start_choose(mov_start *out, const mov_movie *movie, const char *base_name);

#endif
