/* What a file's name says of its time, and which time a clip starts at.
 *
 * CamHD's names are CAMHDA301-20180712T001500.mov and ...T060000Z.mov, ...T010015Z_03.mov; any name
 * is read in which a YYYYMMDDTHHMMSS stands as a word of its own, with nothing but Z and _NN behind it.
 * Years from 1970 to 2149 count, in names and in headers. Pure and thread-safe. */
#ifndef CZ_MOV_START_TIME_H
#define CZ_MOV_START_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "mov/mov.h"

typedef struct mov_filename_time {
    bool has_time;
    bool
        utc_suffix; /* a Z behind it: it stamps the start; without: the end, rounded to the minute */
    int part;       /* the number behind an underscore, as in _03; -1 without */
    int64_t time;   /* nanoseconds since 1970-01-01 UTC */
} mov_filename_time;
void mov_filename_time_parse(mov_filename_time *out, const char *base_name);

/* How the start of a clip was chosen; the text is what the store says. */
typedef enum mov_start_source {
    MOV_START_NONE,         /* "none": nothing tells; times count from 1970-01-01 */
    MOV_START_HEADER,       /* "header": the movie header's creation_time */
    MOV_START_FILENAME,     /* "name": a name that stamps the start */
    MOV_START_FILENAME_END, /* "name_end": a name that stamps the end, less the duration */
} mov_start_source;
const char *mov_start_source_text(mov_start_source from);

typedef struct mov_start {
    mov_start_source from;
    int64_t start; /* ns since 1970; 0 for MOV_START_NONE */
    bool has_name_time, has_header_time;
    int64_t name_time, header_time; /* as they stand, whichever was chosen */
} mov_start;
/* The header's time is chosen where it is there and either the name has none or they lie within a day
 * of one another (a recorder's clock that was never set is years off); else the name's. */
void mov_start_choose(mov_start *out, const mov_movie *movie, const char *base_name);

#endif
